//! What a person can ask for. One line gives an action its name, its spelling in a config, what the footer says and
//! what the help says.

macro_rules! actions {
    ($($name:ident = $spelling:literal, $hint:literal, $help:literal;)*) => {
        /// Something a person can ask for: bindable, named, documented.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $help] $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in a config.
            pub fn spelling(self) -> &'static str {
                match self { $(Self::$name => $spelling,)* }
            }

            /// What the footer says, in a word or two.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)* }
            }

            /// What the help says.
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
}

actions! {
    Quit = "quit", "quit", "Quit; what would be lost by that is asked about first";
    Interrupt = "interrupt", "quit", "Quit at once, from anywhere";
    Suspend = "suspend", "suspend", "Go to the background; `fg` comes back";
    Redraw = "redraw", "redraw", "Draw the whole screen anew, after something else has written on it";
    Mouse = "mouse", "mouse", "Let the mouse scroll, choose and press here, or leave it to the terminal, which selects text by it";
    Back = "back", "back", "Close what is open: popup, field, whole event, marks, the past, filter, cursor; then go back. Never quits";
    ShowFlow = "show-flow", "flow", "Open the view Flow: rates by type and tenant";
    ShowEvents = "show-events", "events", "Open the view Events: one by one";
    ShowHandlers = "show-handlers", "handlers", "Open the view Handlers: what each was given and has not finished";
    ShowFailed = "show-failed", "failed", "Open the view Failed: what a person may have to act on";
    ShowCompose = "show-compose", "compose", "Open the view Compose: an event to send, as a form and as JSON";
    ShowHealth = "show-health", "health", "Open the view Health: what is wrong with the bus, and what to do";
    NextPane = "next-pane", "next pane", "Give the focus to the next pane";
    PreviousPane = "previous-pane", "previous pane", "Give the focus to the previous pane";
    Help = "help", "help", "Show the keys that work here: Enter does what one does";
    Palette = "palette", "commands", "Find an action, a type, a tenant, a context or a theme by its name, and do it or go there";
    Contexts = "contexts", "context", "Open another context: what is known of this one is put away";

    Down = "down", "down", "Move down by one; below the last event, the list reads on";
    Up = "up", "up", "Move up by one";
    Left = "left", "left", "Move left; in an event fold, or go to what is around";
    Right = "right", "right", "Move right; in an event unfold, or go in";
    HalfPageDown = "half-page-down", "half page down", "Move down by half a page";
    HalfPageUp = "half-page-up", "half page up", "Move up by half a page";
    PageDown = "page-down", "page down", "Move down by a page";
    PageUp = "page-up", "page up", "Move up by a page";
    First = "first", "first", "Move to the first row: of events, the newest";
    Last = "last", "last", "Move to the last row: of events, the oldest that is kept; from there, to the oldest that lies on the bus";
    Open = "open", "open", "Open what is under the cursor: an event or a handler whole, a type or a tenant as a filter, the place of a finding";

    Follow = "follow", "follow", "Go to the newest event, and stay there; from the past back to it";
    JumpToTime = "jump-to-time", "go to time", "Go to a time in the list of events: 14:02, -2h, yesterday 14:02, a date, an entry id; what lies on the bus is read back from there";
    Pause = "pause", "pause", "Hold the screen still; events go on being received and counted";
    Filter = "filter", "filter", "Type a filter: it applies while you type";
    Invert = "invert", "invert", "Turn the filter round: show what it hides";
    TenantScope = "tenant-scope", "tenant", "Narrow every pane to one tenant";
    ChannelScope = "channel-scope", "channel", "Narrow every pane to one channel";
    NextHit = "next-hit", "next", "Go to the next match, further down, while what does not match is shown, too; else to the next event that failed or is invalid; behind the last row it looks on in the past";
    PreviousHit = "previous-hit", "previous", "Go to the previous match, or failure, further up";
    Context = "context", "with context", "Show also what the filter hides, dimmed: n and N go from match to match";
    Columns = "columns", "columns", "Choose the columns of the list of events";
    CopyMenu = "copy-menu", "copy ..", "Choose what to copy of the event: its id, its payload, the value under the cursor, where that stands";
    ToggleFold = "toggle-fold", "fold", "Fold the object or list that begins under the cursor, or unfold it";
    FoldAll = "fold-all", "fold all", "Fold everything below the first level";
    UnfoldAll = "unfold-all", "unfold all", "Unfold everything";
    Raw = "raw", "raw", "Show the JSON as it came, or laid out";
    ScrollLeft = "scroll-left", "scroll left", "Scroll to the left, where lines are not wrapped";
    ScrollRight = "scroll-right", "scroll right", "Scroll to the right, where lines are not wrapped";
    Errors = "errors", "errors", "Show the errors of handlers, in groups; in the view Handlers those of the one under the cursor";
    Outcomes = "outcomes", "outcomes", "Go from an event to the failed attempts of its handlers, and from there to the event";
    ItsFailed = "its-failed", "failed", "Go from a group of errors, or one event of it, to its failed events in the view Failed: there they are retried";
    Retry = "retry", "retry", "Make a retry plan of what is marked, else of what is under the cursor: an event or a group";
    RetryAll = "retry-all", "retry all", "Make a retry plan of everything that is shown";
    EditRetry = "edit-retry", "edit", "Edit the payload of the event, then retry it";
    Discard = "discard", "discard", "Put failed events aside; asked first, and undone with `u`";
    Undo = "undo", "undo discard", "Put back what was discarded last since the dashboard was started";
    Release = "release", "release", "Offer pending events to consumers again at once";
    Mark = "mark", "mark", "Mark what is under the cursor, or take the mark away";
    MarkRange = "mark-range", "mark range", "Begin a range of marks; at its other end, mark it";
    Sort = "sort", "sort", "Sort: events by time, type, tenant; failed ones by what failed last, waits longest, is most frequent";
    Group = "group", "group", "Show groups of handler, type, error and tenant, or each event";
    ShowAll = "show-all", "show all", "Show also what nobody has to act on: running, retried, discarded";
    Refresh = "refresh", "refresh", "Read all failed events anew; in the journal the journal; in the view Health look now";
    Journal = "journal", "journal", "Show what operators did on this bus: who, when, what and why; Enter narrows it to a plan";
    Export = "export", "export", "Write what is marked, else what is under the cursor, or all that is shown, into a file; in Events also all that matches on the bus, or back to a time";
    PausePlan = "pause-plan", "pause plan", "Hold the retry plan that runs, or go on with it";
    CancelPlan = "cancel-plan", "cancel plan", "End the retry plan that runs: what is left stays where it is";

    Compose = "compose", "compose", "Start a new event from the one under the cursor: its type, tenant, channel and payload";
    EditField = "edit-field", "edit", "Edit or choose what is under the cursor; open or close what holds fields";
    Toggle = "toggle", "turn", "Turn true to false; take the next choice; open or close what holds fields";
    Generate = "generate", "make one", "Put in what can be made: a new UUID, the time, the first choice";
    Complete = "complete", "seen values", "Take the next value that was seen on this bus for the tenant, or that the schema names";
    CompleteBack = "complete-back", "the one before", "Take the value before; before the first one is what was typed";
    AddEntry = "add-entry", "add", "Add an item to the list, or a field to the object, that is under the cursor or around it";
    ClearField = "clear-field", "take out", "Take the field or the item under the cursor out of the payload";
    RenameField = "rename-field", "rename", "Rename the field under the cursor, where its name is one's own";
    SetNull = "set-null", "null", "Set the field under the cursor to null";
    ChooseVariant = "choose-variant", "kind", "Choose which of several kinds the value is";
    ItemUp = "item-up", "item up", "Move the item under the cursor up in its list";
    ItemDown = "item-down", "item down", "Move the item under the cursor down in its list";
    UndoChange = "undo-change", "undo", "Take the last change of the event back";
    RedoChange = "redo-change", "redo", "Do again what was taken back";
    NextFault = "next-fault", "next fault", "Go to the next fault of the payload: form and caret";
    PreviousFault = "previous-fault", "previous fault", "Go to the fault before";
    LayOut = "lay-out", "lay out", "Lay the JSON out on lines, values as they are";
    SendAgain = "send-again", "send again", "Send again what was sent last: with the same id where nobody knows whether it is there, else as a new event; asked first";
    CopyId = "copy-id", "copy id", "Copy the id of the event that was sent last to the clipboard";
    ShowSent = "show-sent", "its event", "Show the event that was sent last among the events";
    HoldSending = "hold-sending", "hold", "Hold the copies or the file that is being sent, or go on with it";
    EndSending = "end-sending", "end", "Send no more copies, or no more of the file: what is sent stays";
    SendFile = "send-file", "a file", "Send a file of events, one a line as JSON: it is looked at first, and asked before anything is sent";
    ShowUnsent = "show-unsent", "its lines", "Show the lines of the file that were not published, or of which nobody knows it, each with its reason";
    Templates = "templates", "templates", "Show the templates: Enter starts from one";
    SentBefore = "sent-before", "sent before", "Show what was sent in this context: Enter starts from it, as a new event";
    SaveTemplate = "save-template", "save", "Save what is composed as a template, under a name";
    Duplicate = "duplicate", "duplicate", "Keep the template under the cursor under another name, too";
    DeleteTemplate = "delete-template", "delete", "Delete the template under the cursor; asked first";
    StartAnew = "start-anew", "anew", "Start anew with an empty event; asked first where something was typed";

    Wrap = "wrap", "wrap", "Wrap long lines of an event, or cut them";
    Copy = "copy", "copy", "Copy the event's JSON to the clipboard, through the terminal (OSC 52); in the journal the name of the plan, in the view Health the finding";
    Reveal = "reveal", "reveal", "Show what is masked of the event under the cursor, until it is left, or hide it again";
    RevealAll = "reveal-all", "reveal all", "Show what is masked of all events, after a question, or hide it again";
    Reconnect = "reconnect", "reconnect", "Try to connect now, without waiting for the next try";
    Demo = "demo", "demo", "Watch the built-in demo instead: it needs no Redis";
    HideBanner = "hide-banner", "hide notice", "Hide the notices of gaps and lost data that are shown";

    Accept = "accept", "keep", "Keep what is typed, and leave the field";
    Cancel = "cancel", "put back", "Leave the field, and put back the filter as it was";
    Choose = "choose", "choose", "Choose the line under the cursor";
    FillIn = "fill-in", "complete", "Write the line under the cursor into the field";
    NextField = "next-field", "next", "Go to the next part of the form";
    PreviousField = "previous-field", "previous", "Go to the part before";
    Change = "change", "change", "Change the choice";
    ChangeBack = "change-back", "change back", "Change the choice, the other way";
    CompletePath = "complete-path", "complete", "Complete the path as far as it is clear; what it may be then is listed";
    Commands = "commands", "commands", "Show the exact commands that would be sent, or hide them";
    Review = "review", "review", "Show what would be sent, or what was changed, before it is sent";
    OpenEditor = "open-editor", "$EDITOR", "Open the text in $VISUAL or $EDITOR: what is saved there comes back";
    Search = "search", "search", "Search in the help";
}

impl Action {
    /// Actions that no key does by default.
    pub const UNBOUND: &[Self] = &[Self::RevealAll];
}
