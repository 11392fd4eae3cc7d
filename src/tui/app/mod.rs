//! Everything the screen shows, as plain state. `update` alone changes it; drawing takes `&App`.
//!
//! What `update` must know of the drawing, to keep cursors on the screen, it asks the views, for the body's area:
//! `views::flow::page(body, &App, FlowPane) -> Option<usize>` (rows of a pane; `None` where it is not shown at this
//! size), `views::events::page(body, &App) -> usize` (rows of the list) and `views::events::detail(body, &App) ->
//! Extent` (lines and columns of the detail in all, and on the screen).

mod allow;
mod areas;
mod around;
mod clock;
mod columns;
pub mod compose;
mod draft;
mod errors;
mod events;
mod events_allow;
mod events_draft;
mod events_picker;
mod exporting;
mod failed;
mod field;
mod filter_bar;
mod flow;
mod form;
mod form_drafts;
mod handlers;
mod health;
mod hint;
mod journal;
mod leaving;
mod marks;
mod moment;
mod notice;
mod palette;
mod pointer;
mod popup;
mod popup_allow;
mod reach;
mod reading;
mod redacting;
mod rest;
pub mod rewind;
mod rights;
mod running;
mod says;
mod scrolled;
pub mod seek;
pub mod sending;
mod setup;
pub mod shelf;
mod table;
mod trail;
pub(in crate::tui) mod unread;

use std::collections::{BTreeMap, BTreeSet};

use ratatui::layout::Size;

use super::action::Action;
use super::effect::{Effect, Schemas};
use super::keymap::Context;
use crate::bus::{ContextInfo, Watch};
use crate::event::Channel;
use crate::monitor::{Lens, Monitor, Scope};

pub use areas::{Areas, Pane, Part};
pub use around::{EACH, Surroundings};
pub use clock::{Clock, Zone};
pub use columns::{Column, Columns, EventsLook};
pub use compose::{ComposePane, ComposeState};
pub use draft::Draft;
pub use errors::{ErrorsPage, ErrorsState, OpenEvent, OpenGroup};
pub use events::{DetailState, EventsPane, EventsState, Split};
pub use events_draft::{Ends, EventsDraft, Range};
pub use events_picker::{CopyWhat, EventsChoice, EventsPicker};
pub use exporting::{Exporting, Source, Sweep, left_on_disk};
pub use failed::{
    ExportingFailed, FailedDetail, FailedPlace, FailedState, OpenFailed, can_be_released, can_be_retried,
    what_helps,
};
pub use field::Field;
pub use filter_bar::{Editing, FilterBar, Narrows};
pub use flow::{FlowPane, FlowState, term, type_term};
pub use form::{Form, RUNS, Slot, What, paces};
pub use form_drafts::{
    Chosen, EditedDraft, ExportDraft, Origin, RetryDraft, errors_in_common, marked_hidden,
};
pub use handlers::{Closely, HandlersState};
pub use health::HealthState;
pub use journal::{JOURNAL_LINES, JournalPage};
pub use leaving::{Goal, Loss};
pub use marks::Marks;
pub use moment::{FORMS, Moment};
pub use notice::{Notices, Toast};
pub use palette::{Command, Found, Named, Palette, Stem};
pub use pointer::{Pointer, Pressed};
pub use popup::{Choice, HelpState, Picker, Popup};
pub use reading::{Purpose, Reading};
pub use redacting::{MasksOf, Redacting, Revealed};
pub use rewind::Rewind;
pub use rights::Rights;
pub use running::RunningPlan;
pub use scrolled::{Extent, Scrolled};
pub use sending::{SendDraft, SendingState};
pub use setup::{Setup, context_note};
pub use table::TableState;
pub use trail::{Trail, Whence};

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Rates by type and tenant, and the newest events.
    #[default]
    Flow,
    /// The events, one by one.
    Events,
    /// Handlers: what each was given and has not finished.
    Handlers,
    /// Failed events: what a person may have to act on.
    Failed,
    /// An event that is composed.
    Compose,
    /// What is wrong with the bus, and what to do.
    Health,
}

impl View {
    /// In the order of the tabs.
    pub const ALL: [Self; 6] =
        [Self::Flow, Self::Events, Self::Handlers, Self::Failed, Self::Compose, Self::Health];

    /// What opens it.
    pub fn action(self) -> Action {
        match self {
            Self::Flow => Action::ShowFlow,
            Self::Events => Action::ShowEvents,
            Self::Handlers => Action::ShowHandlers,
            Self::Failed => Action::ShowFailed,
            Self::Compose => Action::ShowCompose,
            Self::Health => Action::ShowHealth,
        }
    }

    /// What the tab says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Flow => "Flow",
            Self::Events => "Events",
            Self::Handlers => "Handlers",
            Self::Failed => "Failed",
            Self::Compose => "Compose",
            Self::Health => "Health",
        }
    }
}

/// Which theme is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themed {
    /// The one that stays.
    pub kept: String,
    /// The one that is on the screen: another one, while the palette tries it.
    pub shown: String,
}

/// The state of the dashboard.
#[derive(Debug)]
pub struct App {
    /// What it was started with.
    pub setup: Setup,
    /// What is known of the bus.
    pub monitor: Monitor,
    /// The context that is open, or being opened.
    pub context: ContextInfo,
    /// What is watched of it: at first what the setup says; another channel, once a person chose one beyond that.
    pub watch: Watch,
    /// The channels that were seen since the context was opened, also while one alone is watched.
    pub channels: BTreeSet<Channel>,
    /// Whether watching has ended and will not be tried again by itself.
    pub ended: bool,
    /// The open tab.
    pub view: View,
    /// The Flow view.
    pub flow: FlowState,
    /// The Events view, and the strip of the Flow view.
    pub events: EventsState,
    /// The Handlers view.
    pub handlers: HandlersState,
    /// The Health view.
    pub health: HealthState,
    /// The Failed view.
    pub failed: FailedState,
    /// The Compose view.
    pub compose: Box<ComposeState>,
    /// Sending what is composed, and what became of it.
    pub sending: SendingState,
    /// What this session may do to failed events.
    pub rights: Rights,
    /// The plan that was started last.
    pub plan: Option<RunningPlan>,
    /// The event that is being edited.
    pub draft: Option<Box<Draft>>,
    /// The schemas of the types of the context.
    pub schemas: Schemas,
    /// Errors of handlers, over any view.
    pub errors: ErrorsState,
    /// The filter.
    pub filter: FilterBar,
    /// The tenant and the channel that every pane is narrowed to.
    pub scope: Scope,
    /// How it was before a row of the Flow view was opened, until it is as it was.
    pub trail: Option<Trail>,
    /// Where the event that is composed was started from, until another tab is opened.
    pub whence: Option<Box<Whence>>,
    /// What is read back in the Events view.
    pub rewind: Rewind,
    /// Whether there are entries that the filter has not looked at yet.
    pub behind: bool,
    /// What is masked, and what of it is revealed.
    pub redacting: Redacting,
    /// What lies over the view.
    pub popup: Option<Popup>,
    /// What a person was told, and has seen.
    pub notices: Notices,
    /// Which theme is on the screen, and which one is there to stay.
    pub theme: Themed,
    /// What was composed for other contexts than the one that is open.
    pub put_away: BTreeMap<String, Box<ComposeState>>,
    /// Their filters.
    pub filters: BTreeMap<String, String>,
    /// Now, and where.
    pub clock: Clock,
    /// The terminal's size.
    pub size: Size,
    /// What was drawn where: for the mouse.
    pub areas: Areas,
    /// The mouse.
    pub pointer: Pointer,
}

impl App {
    /// A dashboard that knows nothing yet, and what it asks for first.
    pub fn start(setup: Setup, clock: Clock, size: Size) -> (Self, Vec<Effect>) {
        let monitor = Monitor::new(setup.limits, setup.labels.clone());
        let scope = Scope { tenant: None, channel: setup.watch.channels.clone() };
        let lens = Lens::new(crate::filter::Filter::default(), scope.clone(), &monitor);
        let events = EventsState { columns: setup.events.columns.clone(), ..EventsState::new(lens) };
        let context = setup.context_named(&setup.context);
        let theme = Themed { kept: setup.theme.clone(), shown: setup.theme.clone() };
        let redacting = Redacting::of(setup.masks.of(&setup.context));
        let observe = Effect::Observe { context: setup.context.clone(), watch: setup.watch.clone() };
        let pointer = Pointer::new(setup.mouse);
        let app = Self {
            watch: setup.watch.clone(),
            setup,
            monitor,
            context,
            channels: BTreeSet::new(),
            ended: false,
            view: View::default(),
            flow: FlowState::default(),
            events,
            handlers: HandlersState::default(),
            health: HealthState::default(),
            failed: FailedState::default(),
            compose: Box::default(),
            sending: SendingState::default(),
            rights: Rights::default(),
            plan: None,
            draft: None,
            schemas: Schemas::default(),
            errors: ErrorsState::default(),
            filter: FilterBar::default(),
            scope,
            trail: None,
            whence: None,
            rewind: Rewind::default(),
            behind: false,
            redacting,
            popup: None,
            notices: Notices::default(),
            theme,
            put_away: BTreeMap::new(),
            filters: BTreeMap::new(),
            clock,
            size,
            areas: Areas::default(),
            pointer,
        };
        (app, vec![observe])
    }

    /// Forgets what was known of a bus: another one is watched from now on. The view stays.
    pub fn forget_bus(&mut self) {
        self.monitor = Monitor::new(self.setup.limits, self.setup.labels.clone());
        self.scope = Scope { tenant: None, channel: self.watch.channels.clone() };
        let lens = Lens::new(self.filter.live.good.clone(), self.scope.clone(), &self.monitor);
        self.events = self.events.anew(lens);
        self.flow = FlowState::default();
        self.handlers = HandlersState::default();
        self.health = HealthState::new(!self.context.locked_to.is_empty());
        self.forget_failed();
        self.errors = ErrorsState::default();
        self.redacting = Redacting::of(self.setup.masks.of(&self.context.name));
        self.channels.clear();
        self.trail = None;
        self.whence = None;
        self.rewind.forget();
        self.behind = false;
        self.notices.hidden_until = None;
        self.ended = false;
    }

    /// Forgets what was known of failed events. What still is answered of before is not taken: the numbers go on.
    fn forget_failed(&mut self) {
        self.failed.forget();
        self.rights.asked = false;
        self.draft = None;
        if matches!(self.popup, Some(Popup::Form(_) | Popup::Edit)) {
            // It is about another bus.
            self.popup = None;
        }
    }

    /// Whether the screen is held still.
    pub fn is_paused(&self) -> bool {
        // While the past is shown, the list of what comes is aside.
        self.rewound().map_or(&self.events.lens, |shown| &shown.aside.lens).is_frozen()
    }

    /// Whether there is work to do when nothing else is: the event loop sends [`Message::Spare`] then.
    ///
    /// [`Message::Spare`]: crate::tui::message::Message::Spare
    pub fn has_work(&self) -> bool {
        self.behind
            || self.view == View::Failed && self.failed.sift.is_behind(&self.failed.list, self.clock.now)
    }

    /// Where a person is, as far as keys are concerned, the innermost first.
    pub fn contexts(&self) -> &'static [Context] {
        self.contexts_in(self.popup.as_ref())
    }

    /// As [`App::contexts`], where `popup` lies over the view.
    fn contexts_in(&self, popup: Option<&Popup>) -> &'static [Context] {
        match popup {
            Some(Popup::Help(help)) if help.search.is_some() => &[Context::Search, Context::Anywhere],
            Some(Popup::Help(_)) => &[Context::Help, Context::Rows, Context::Anywhere],
            Some(Popup::Shelf(_)) => &[Context::Shelf, Context::Picker, Context::Anywhere],
            Some(Popup::Palette(_)) => &[Context::Palette, Context::Anywhere],
            Some(
                Popup::Tenants(_)
                | Popup::Channels(_)
                | Popup::Contexts(_)
                | Popup::Compose(_)
                | Popup::Events(_)
                | Popup::Jump(_),
            ) => &[Context::Picker, Context::Anywhere],
            Some(Popup::Form(form)) if form.has_path() => &[Context::PathField, Context::Anywhere],
            Some(Popup::Form(form)) if form.has_field() => &[Context::FormField, Context::Anywhere],
            Some(Popup::Form(_)) => &[Context::Form, Context::Anywhere],
            Some(Popup::Edit) => &[Context::Edit, Context::Anywhere],
            None => self.contexts_below(),
        }
    }

    /// As [`App::contexts`], of what lies below a popup: what the help is about.
    pub fn contexts_below(&self) -> &'static [Context] {
        if self.filter.is_open() {
            return &[Context::Filter, Context::Anywhere];
        }
        if self.errors.page.is_some() {
            return &[Context::Errors, Context::Rows, Context::Global, Context::Anywhere];
        }
        match self.view {
            View::Flow => &[Context::Flow, Context::Rows, Context::Global, Context::Anywhere],
            View::Events if self.events.reads_detail() => {
                &[Context::Detail, Context::Events, Context::Rows, Context::Global, Context::Anywhere]
            }
            View::Failed if self.failed.journal.is_some() => {
                &[Context::Journal, Context::Rows, Context::Global, Context::Anywhere]
            }
            View::Compose if self.compose.field.is_some() => &[Context::ComposeField, Context::Anywhere],
            View::Compose if self.compose.edits_json() => &[Context::ComposeJson, Context::Anywhere],
            View::Compose => &[Context::Compose, Context::Rows, Context::Global, Context::Anywhere],
            View::Failed => &[Context::Failed, Context::Rows, Context::Global, Context::Anywhere],
            View::Health => &[Context::Health, Context::Rows, Context::Global, Context::Anywhere],
            View::Handlers => &[Context::Handlers, Context::Rows, Context::Global, Context::Anywhere],
            View::Events => &[Context::Events, Context::Rows, Context::Global, Context::Anywhere],
        }
    }
}
