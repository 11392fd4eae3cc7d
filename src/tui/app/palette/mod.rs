//! The command palette: everything that has a name, found by typing some of it.

mod rank;

use super::{Field, Popup, TableState};
use crate::event::{EventType, TenantId};
use crate::filter::Filter;
use crate::text::display_safe;
use crate::tui::action::Action;

pub use rank::Found;

/// What can be done or gone to.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// Do this.
    Action(Action),
    /// Narrow Events to this type.
    Type(EventType),
    /// Narrow everything to this tenant; `None` to all.
    Tenant(Option<TenantId>),
    /// Open this context.
    Context(String),
    /// Use this theme.
    Theme(String),
    /// Make this the filter.
    Filter(String),
    /// Go on typing a name of this kind.
    Stem(Stem),
}

/// The word with which the names of a kind begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stem {
    /// Of a type.
    Type,
    /// Of a tenant.
    Tenant,
    /// Of a context.
    Context,
    /// Of a theme.
    Theme,
    /// Of a filter.
    Filter,
}

impl Stem {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Type, Self::Tenant, Self::Context, Self::Theme, Self::Filter];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Tenant => "tenant",
            Self::Context => "context",
            Self::Theme => "theme",
            Self::Filter => "filter",
        }
    }

    /// What is typed behind the word: so it is told from an action of the same name.
    pub fn rest(self) -> &'static str {
        match self {
            Self::Filter => "TEXT",
            Self::Type | Self::Tenant | Self::Context | Self::Theme => "NAME",
        }
    }

    /// What comes of it.
    pub fn help(self) -> &'static str {
        match self {
            Self::Type => "Narrow the view Events to a type",
            Self::Tenant => "Narrow every pane to a tenant, or to none",
            Self::Context => "Open another context",
            Self::Theme => "Try a theme, and keep it for this run",
            Self::Filter => "Make what you type the filter",
        }
    }

    /// The kind of which the names begin with the first word of `query`, and what is typed behind that word.
    fn of(query: &str) -> Option<(Self, &str)> {
        let (first, rest) = query.trim_start().split_once(' ')?;
        let stem = Self::ALL.into_iter().find(|stem| stem.word().eq_ignore_ascii_case(first))?;
        Some((stem, rest.trim()))
    }
}

/// One line of the palette.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// What it does.
    pub named: Named,
    /// What it is called. Safe to show.
    pub name: String,
    /// What it does, in words. Safe to show.
    pub help: String,
    /// The keys that do it, as they are shown.
    pub keys: String,
    /// Why it cannot be done now. Safe to show.
    pub refusal: Option<String>,
}

impl Command {
    /// The kind whose word its name begins with.
    pub fn stem(&self) -> Option<Stem> {
        match self.named {
            Named::Action(_) => None,
            Named::Type(_) => Some(Stem::Type),
            Named::Tenant(_) => Some(Stem::Tenant),
            Named::Context(_) => Some(Stem::Context),
            Named::Theme(_) => Some(Stem::Theme),
            Named::Filter(_) => Some(Stem::Filter),
            Named::Stem(stem) => Some(stem),
        }
    }

    /// What is typed to find it: of a kind its word.
    fn typed(&self) -> &str {
        match self.named {
            Named::Stem(stem) => stem.word(),
            _ => &self.name,
        }
    }

    /// Its name without the word of its kind.
    fn label(&self) -> &str {
        let stem = self.stem().map_or("", Stem::word);
        self.name.strip_prefix(stem).map_or(self.name.as_str(), str::trim_start)
    }

    /// What is typed, as a filter; why it is none.
    fn filter(text: &str, closed: Option<&str>) -> Self {
        let mistake = || Filter::parse(text).err().map(|why| display_safe(&why.to_string()).into_owned());
        let refusal = closed.map(ToOwned::to_owned).or_else(mistake);
        let name = format!("filter {}", display_safe(text));
        let help = "Make this the filter".to_owned();
        let named = Named::Filter(text.to_owned());
        Self { named, name, help, keys: String::new(), refusal }
    }
}

/// The palette.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What is typed.
    pub field: Field,
    /// Everything that has a name.
    pub commands: Vec<Command>,
    /// What is typed, as a filter.
    pub own: Option<Command>,
    /// The commands that fit what is typed, the best first.
    pub found: Vec<Found>,
    /// The list on the screen; a place in `found`, and behind its end `own`.
    pub list: TableState,
    /// Why nothing but actions and themes can be chosen, if so.
    closed: Option<&'static str>,
    /// What lies below it, and comes back when it is closed.
    pub below: Option<Box<Popup>>,
}

impl Palette {
    /// One of these.
    pub fn new(commands: Vec<Command>, closed: Option<&'static str>, below: Option<Popup>) -> Self {
        let mut palette = Self {
            field: Field::default(),
            commands,
            own: None,
            found: Vec::new(),
            list: TableState::default(),
            closed,
            below: below.map(Box::new),
        };
        palette.narrow();
        palette
    }

    /// Looks for what is typed, and puts the cursor on what fits best.
    pub fn narrow(&mut self) {
        let query = self.field.text();
        (self.found, self.own) = match Stem::of(query) {
            Some((Stem::Filter, text)) => (Vec::new(), Some(Command::filter(text, self.closed))),
            Some((stem, rest)) => (rank::within(&self.commands, stem, rest), None),
            None => {
                let text = query.trim();
                let own = (!text.is_empty()).then(|| Command::filter(text, self.closed));
                (rank::among(&self.commands, text), own)
            }
        };
        self.list = TableState { cursor: (!self.is_empty()).then_some(0), top: 0 };
    }

    /// How many lines there are to choose from.
    pub fn len(&self) -> usize {
        self.found.len() + usize::from(self.own.is_some())
    }

    /// Whether nothing fits what is typed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The command in line `at`, and which characters of its name were typed.
    pub fn line(&self, at: usize) -> Option<(&Command, &[u32])> {
        match self.found.get(at) {
            Some(found) => Some((self.commands.get(found.at)?, &found.letters)),
            None if at == self.found.len() => self.own.as_ref().map(|own| (own, &[][..])),
            None => None,
        }
    }

    /// The command under the cursor.
    pub fn chosen(&self) -> Option<&Command> {
        self.line(self.list.cursor?).map(|(command, _)| command)
    }

    /// The theme under the cursor, where one is that can be used.
    pub fn tried(&self) -> Option<&str> {
        match self.chosen() {
            Some(Command { named: Named::Theme(name), refusal: None, .. }) => Some(name),
            _ => None,
        }
    }

    /// Writes the name under the cursor into the field.
    pub fn fill_in(&mut self) {
        let Some(chosen) = self.chosen() else { return };
        let text = match chosen.named {
            Named::Stem(stem) => format!("{} ", stem.word()),
            _ => chosen.name.clone(),
        };
        if self.field.text() != text {
            self.field.set(&text);
            self.narrow();
        }
    }

    /// Whether an action can be done here; the reason if not.
    pub fn allows(&self, action: Action) -> Result<(), String> {
        match action {
            Action::Choose => match self.chosen() {
                None => Err("nothing fits what is typed".to_owned()),
                Some(chosen) => chosen.refusal.clone().map_or(Ok(()), Err),
            },
            Action::FillIn if self.is_empty() => Err("nothing fits what is typed".to_owned()),
            Action::Palette => Err("this is the palette: Esc closes it".to_owned()),
            _ => Ok(()),
        }
    }
}
