//! Where a person is, as far as keys are concerned.

/// A part of the screen that has keys of its own. Where a person is, several apply, the innermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// In a text field and everywhere else.
    Anywhere,
    /// In every view.
    Global,
    /// In everything that has rows.
    Rows,
    /// In the Flow view.
    Flow,
    /// In the Events view.
    Events,
    /// In the Handlers view.
    Handlers,
    /// In the Failed view.
    Failed,
    /// In the Health view.
    Health,
    /// In the journal.
    Journal,
    /// In the errors of handlers.
    Errors,
    /// In the Compose view.
    Compose,
    /// In a field of the Compose view.
    ComposeField,
    /// In the JSON of the Compose view.
    ComposeJson,
    /// In the detail of an event.
    Detail,
    /// In the filter field.
    Filter,
    /// In a list to choose from.
    Picker,
    /// In the command palette.
    Palette,
    /// In the list of templates, or of what was sent.
    Shelf,
    /// In a form that asks before anything is done.
    Form,
    /// In a field of such a form.
    FormField,
    /// In a field for the path of a file.
    PathField,
    /// In the editor of a payload.
    Edit,
    /// In the help.
    Help,
    /// In the help's search field.
    Search,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 24] = [
        Self::Anywhere,
        Self::Global,
        Self::Rows,
        Self::Flow,
        Self::Events,
        Self::Handlers,
        Self::Failed,
        Self::Health,
        Self::Journal,
        Self::Errors,
        Self::Compose,
        Self::ComposeField,
        Self::ComposeJson,
        Self::Detail,
        Self::Filter,
        Self::Picker,
        Self::Palette,
        Self::Shelf,
        Self::Form,
        Self::FormField,
        Self::PathField,
        Self::Edit,
        Self::Help,
        Self::Search,
    ];

    /// Its name in a config, and its heading in the help.
    pub fn spelling(self) -> &'static str {
        match self {
            Self::Anywhere => "anywhere",
            Self::Global => "global",
            Self::Rows => "rows",
            Self::Flow => "flow",
            Self::Events => "events",
            Self::Handlers => "handlers",
            Self::Failed => "failed",
            Self::Health => "health",
            Self::Journal => "journal",
            Self::Errors => "errors",
            Self::Compose => "compose",
            Self::ComposeField => "compose-field",
            Self::ComposeJson => "compose-json",
            Self::Detail => "detail",
            Self::Filter => "filter",
            Self::Picker => "picker",
            Self::Palette => "palette",
            Self::Shelf => "shelf",
            Self::Form => "form",
            Self::FormField => "form-field",
            Self::PathField => "path-field",
            Self::Edit => "edit",
            Self::Help => "help",
            Self::Search => "search",
        }
    }

    /// Whether a text field has the focus: every printable key is text.
    pub fn has_field(self) -> bool {
        matches!(
            self,
            Self::ComposeField
                | Self::ComposeJson
                | Self::Filter
                | Self::Picker
                | Self::Palette
                | Self::FormField
                | Self::PathField
                | Self::Edit
                | Self::Search
        )
    }

    /// Where its keys work.
    pub fn help(self) -> &'static str {
        match self {
            Self::Anywhere => "In a text field and everywhere else",
            Self::Global => "In every view",
            Self::Rows => "In everything that has rows",
            Self::Flow => "In the Flow view",
            Self::Events => "In the Events view",
            Self::Handlers => "In the Handlers view",
            Self::Failed => "In the Failed view",
            Self::Health => "In the Health view",
            Self::Journal => "In the journal of the Failed view",
            Self::Errors => "In the errors of handlers",
            Self::Compose => "In the Compose view",
            Self::ComposeField => "In a field of the Compose view",
            Self::ComposeJson => "In the JSON of the Compose view",
            Self::Detail => "In the detail of an event",
            Self::Filter => "In the filter field",
            Self::Picker => "In a list to choose from",
            Self::Palette => "In the command palette",
            Self::Shelf => "In the list of templates, and of what was sent",
            Self::Form => "In a form that asks before anything is done",
            Self::FormField => "In a field of such a form",
            Self::PathField => "In a field for the path of a file",
            Self::Edit => "In the editor of a payload",
            Self::Help => "In the help",
            Self::Search => "In the help's search field",
        }
    }
}
