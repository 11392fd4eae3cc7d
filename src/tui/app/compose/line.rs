//! The lines of the form: type, tenant and channel, then the rows of the payload. One cursor goes through all of them.

use super::ComposeState;
use super::here::Standing;
use crate::event::json::Pointer;
use crate::schema::form::Row;

/// A line of the form. Fields are places in the payload, not numbers: what opens above moves nothing under a person's
/// eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The event's type.
    Type,
    /// Its tenant.
    Tenant,
    /// Its channel, where there are some.
    Channel,
    /// A field of the payload.
    Field(Pointer),
}

impl ComposeState {
    /// How many lines stand above the fields.
    pub fn heads(&self) -> usize {
        if self.has_channels { 3 } else { 2 }
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.heads() + self.rows.len()
    }

    /// The line under the cursor.
    pub fn line(&self) -> &Line {
        self.at.line()
    }

    /// The row of the field under the cursor.
    pub fn row(&self) -> Option<&Row> {
        self.rows.get(self.row_number()?)
    }

    /// The number of the row under the cursor.
    pub fn row_number(&self) -> Option<usize> {
        self.at.among(&self.rows).row
    }

    /// The number of the line under the cursor.
    pub fn cursor(&self) -> usize {
        match self.at.line() {
            Line::Type => 0,
            Line::Tenant => 1,
            Line::Channel => 2,
            Line::Field(_) => self.heads() + self.row_number().unwrap_or(0),
        }
    }

    /// Puts the cursor on a line.
    pub(super) fn stand_on(&mut self, line: Line) {
        self.at = Standing::on(line);
    }

    /// Puts the cursor on line `nth`, or the last one.
    pub fn go_to(&mut self, nth: usize) {
        let nth = nth.min(self.lines().saturating_sub(1));
        let line = match nth {
            0 => Line::Type,
            1 => Line::Tenant,
            2 if self.has_channels => Line::Channel,
            nth => match self.rows.get(nth - self.heads()) {
                Some(row) => Line::Field(row.pointer.clone()),
                None => Line::Tenant,
            },
        };
        self.stand_on(line);
    }

    /// Puts the cursor on the field at a place, or the innermost one around it.
    pub fn go_to_field(&mut self, at: &Pointer) {
        let around = |row: &&Row| at.is_within(&row.pointer);
        let nearest = self.rows.iter().filter(around).max_by_key(|row| row.pointer.names().len());
        if let Some(at) = nearest.map(|row| row.pointer.clone()) {
            self.stand_on(Line::Field(at));
        }
    }

    /// After the rows changed: the cursor stays on its field, or goes to what that lay in.
    pub(super) fn hold_line(&mut self) {
        match self.line().clone() {
            Line::Field(at) if self.row_number().is_none() => self.go_to_field(&at),
            Line::Channel if !self.has_channels => self.stand_on(Line::Tenant),
            _ => {}
        }
    }
}
