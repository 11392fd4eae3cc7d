//! The columns of a list of events: which there are, and which a person chose.

use serde::Deserialize;

use crate::monitor::AboutRules;

/// A column of a list of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// When the server took it.
    Time,
    /// Its type.
    Type,
    /// Its tenant.
    Tenant,
    /// What it is about.
    About,
    /// The handlers that failed at it.
    Handlers,
    /// Its channel, where there are several.
    Channel,
    /// Its id.
    Id,
    /// Where it lies in its stream.
    Entry,
    /// How large its JSON is.
    Size,
    /// How long ago it came.
    Age,
}

impl Column {
    /// Every column, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Age,
        Self::Type,
        Self::Tenant,
        Self::About,
        Self::Handlers,
        Self::Channel,
        Self::Id,
        Self::Entry,
        Self::Size,
    ];

    /// Its name in a config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Type => "type",
            Self::Tenant => "tenant",
            Self::About => "about",
            Self::Handlers => "handlers",
            Self::Channel => "channel",
            Self::Id => "id",
            Self::Entry => "entry",
            Self::Size => "size",
            Self::Age => "age",
        }
    }

    /// Its heading.
    pub fn title(self) -> String {
        self.word().to_uppercase()
    }

    /// What it shows.
    pub fn help(self) -> &'static str {
        match self {
            Self::Time => "when it came, to the millisecond",
            Self::Type => "its type",
            Self::Tenant => "whose it is",
            Self::About => "the telling part of its payload",
            Self::Handlers => "the handlers that failed at it",
            Self::Channel => "its channel, where there are several",
            Self::Id => "the first digits of its id",
            Self::Entry => "its place in the stream",
            Self::Size => "how large its JSON is",
            Self::Age => "how long ago it came",
        }
    }
}

/// The columns that are shown, from left to right; at least one, and none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        Self(vec![Column::Time, Column::Type, Column::Tenant, Column::About, Column::Channel])
    }
}

impl Columns {
    /// These columns; `None` where there is none, or one twice.
    pub fn new(columns: Vec<Column>) -> Option<Self> {
        let is_twice = columns.iter().enumerate().any(|(at, column)| columns[..at].contains(column));
        (!columns.is_empty() && !is_twice).then_some(Self(columns))
    }

    /// From left to right.
    pub fn all(&self) -> &[Column] {
        &self.0
    }

    /// Whether it is shown.
    pub fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }

    /// Shows a column, at its usual place, or hides it. False where it is the last one: it stays.
    pub fn turn(&mut self, column: Column) -> bool {
        if let Some(at) = self.0.iter().position(|known| *known == column) {
            let has_others = self.0.len() > 1;
            if has_others {
                self.0.remove(at);
            }
            return has_others;
        }
        let place = |column: &Column| Column::ALL.iter().position(|known| known == column);
        let before = self.0.iter().rposition(|known| place(known) < place(&column));
        self.0.insert(before.map_or(0, |before| before + 1), column);
        true
    }
}

/// How events are shown, as the config says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventsLook {
    /// What an event is about.
    pub about: AboutRules,
    /// The columns of the list.
    pub columns: Columns,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_comes_to_its_usual_place() {
        let mut columns = Columns::default();
        assert!(columns.turn(Column::Size) && columns.turn(Column::Age) && columns.turn(Column::Time));
        let words: Vec<_> = columns.all().iter().map(|column| column.word()).collect();
        assert_eq!(words, ["age", "type", "tenant", "about", "channel", "size"]);
    }

    #[test]
    fn the_last_one_stays() {
        let mut columns = Columns::new(vec![Column::Id]).unwrap();
        assert!(!columns.turn(Column::Id));
        assert_eq!(columns.all(), [Column::Id]);
        assert_eq!(Columns::new(Vec::new()), None);
        assert_eq!(Columns::new(vec![Column::Id, Column::Id]), None);
    }
}
