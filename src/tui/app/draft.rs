//! An event that is edited before it is retried.

use std::sync::Arc;

use tui_textarea::{CursorMove, TextArea};

use crate::bus::FailedEvent;
use crate::event::{Fault, FaultKind, NewEvent, Report, pick};
use crate::schema::{Check, Registry};
use crate::text::display_safe;
use crate::tui::app::Scrolled;
use crate::tui::app::field::place_in;
use crate::tui::pretty::indented;

/// The payload of a failed event in an editor. What was changed is kept until it is sent, or another one is edited.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The event as it lies.
    pub event: Arc<FailedEvent>,
    /// Its JSON as it lies.
    pub text: Arc<str>,
    /// Its payload as it lies, laid out.
    pub before: String,
    /// The editor.
    pub area: TextArea<'static>,
    /// Where it is scrolled to.
    pub scrolled: Scrolled,
    /// What is wrong with what is typed.
    pub faults: Vec<String>,
}

impl Draft {
    /// Begins to edit. `None` where the event has no payload that could be read.
    pub fn new(event: Arc<FailedEvent>, text: Arc<str>, schemas: Option<&Registry>) -> Option<Self> {
        let [payload] = pick(&text, &["payload"]).ok()?;
        let before = indented(payload?);
        let area = TextArea::new(before.lines().map(ToOwned::to_owned).collect());
        let scrolled = Scrolled::default();
        let mut draft = Self { event, text, before, area, scrolled, faults: Vec::new() };
        draft.check(schemas);
        Some(draft)
    }

    /// What is typed.
    pub fn typed(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Takes `text` in place of what is typed; undoing brings that back. False where it is the same.
    pub fn replace(&mut self, text: &str) -> bool {
        // Editors end the last line, and Windows' ones end each with two characters.
        let text = text.replace("\r\n", "\n");
        let text = text.trim_end_matches('\n');
        if text == self.typed().trim_end_matches('\n') {
            return false;
        }
        // Not `select_all`: that goes no further than 65 535 lines.
        self.area.move_cursor(CursorMove::Top);
        self.area.move_cursor(CursorMove::Head);
        self.area.start_selection();
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
        self.area.insert_str(text);
        self.area.move_cursor(CursorMove::Top);
        self.area.move_cursor(CursorMove::Head);
        true
    }

    /// Puts the caret into a line, so many cells behind its byte `from`.
    pub fn point(&mut self, line: usize, (from, cells): (usize, usize)) {
        let (line, letters) = place_in(self.area.lines(), line, (from, cells));
        // Further than that the editor cannot be told to go.
        let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        self.area.cancel_selection();
        self.area.move_cursor(CursorMove::Jump(short(line), short(letters)));
    }

    /// Whether it differs from what lies there.
    pub fn is_changed(&self) -> bool {
        self.typed().trim() != self.before.trim()
    }

    /// Looks over what is typed.
    pub fn check(&mut self, schemas: Option<&Registry>) {
        self.faults = match self.event_as_typed() {
            Err(why) => vec![why],
            Ok(event) => match schemas.map(|schemas| schemas.check(event.event_type(), event.payload())) {
                Some(Check::Invalid(reports)) => {
                    let fault = |report: &Report| Fault::new(FaultKind::Schema, report.clone()).summary();
                    reports.iter().map(fault).collect()
                }
                Some(_) | None => Vec::new(),
            },
        };
    }

    /// The event with what is typed as its payload: id, type and time are those of the event that lies there.
    pub fn event_as_typed(&self) -> Result<NewEvent, String> {
        let typed = self.typed();
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&typed) {
            return Err(display_safe(&format!("no JSON object: {error}")).into_owned());
        }
        let [payload] = pick(&self.text, &["payload"]).map_err(|_| "the event cannot be read".to_owned())?;
        let payload = payload.ok_or("the event has no payload")?;
        // `pick` answers a part of the text itself: where that stands, what is typed takes its place.
        let from = payload.as_ptr() as usize - self.text.as_ptr() as usize;
        let (before, rest) = self.text.split_at(from);
        let text = format!("{before}{}{}", typed.trim(), &rest[payload.len()..]);
        let event =
            NewEvent::from_text(text).map_err(|fault| display_safe(&fault.to_string()).into_owned())?;
        let is_same = event.event_type() == &self.event.event_type
            && self.event.event.is_none_or(|id| id == event.id());
        if !is_same {
            return Err("id and type of an event stay as they are".to_owned());
        }
        Ok(match &self.event.channel {
            Some(channel) => event.on_channel(channel.clone()),
            None => event,
        })
    }
}
