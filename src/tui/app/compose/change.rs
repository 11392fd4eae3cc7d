//! Changes of the payload: each makes a new text, and can be taken back.

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use tui_textarea::CursorMove;

use super::history::Version;
use super::{ComposeState, Line, generator};
use crate::event::json::{Pointer, Shape, pretty, read, set};
use crate::schema::form::{Entry, FormError, FormModel, Opened, Row, generate};
use crate::text::work;
use crate::tui::app::field::place_in;

/// What a change is made of.
type Changed = Result<String, FormError>;

impl ComposeState {
    /// Changes the text by the form. In one line why not.
    pub(super) fn change(
        &mut self,
        by: impl FnOnce(&FormModel, &str, &mut Opened) -> Changed,
    ) -> Result<(), String> {
        let Some(model) = &self.model else { return Ok(()) };
        let before = self.version();
        match by(model, &self.text, &mut self.opened) {
            Ok(text) if text == self.text => self.renew(),
            Ok(text) => {
                self.history.push(before);
                self.put(&text);
                self.renew();
                self.show_caret();
            }
            Err(why) => return Err(why.to_string()),
        }
        Ok(())
    }

    /// Sets a value.
    pub fn set(&mut self, at: &Pointer, entry: &Entry) -> Result<(), String> {
        self.change(|model, text, opened| model.set(text, at, entry, opened))
    }

    /// Sets null.
    pub fn set_null(&mut self, at: &Pointer) -> Result<(), String> {
        self.change(|model, text, opened| model.set_null(text, at, opened))
    }

    /// Takes a field or an item out.
    pub fn clear(&mut self, at: &Pointer) -> Result<(), String> {
        self.change(|model, text, opened| model.clear(text, at, opened))
    }

    /// Puts in what can be made: a new UUID, the time, the first choice, the smallest number.
    pub fn generate(&mut self, now: DateTime<Utc>) -> Result<(), String> {
        let Some(row) = self.row() else { return Ok(()) };
        let (at, kind) = (row.pointer.clone(), row.editor.clone());
        let made = generate(&kind, &mut generator(&mut self.uuid.clone(), now));
        let made = made.ok_or_else(|| format!("no {} can be made that surely fits", kind.name()))?;
        self.set(&at, &made)
    }

    /// Adds an item to the list at a place, and goes there.
    pub fn add_item(&mut self, list: &Pointer, now: DateTime<Utc>) -> Result<(), String> {
        let mut uuid = self.uuid;
        self.change(|model, text, opened| {
            let added = model.add_item(text, list, &mut generator(&mut uuid, now), opened)?;
            opened.open(list.clone());
            Ok(emptied(model, added, list))
        })?;
        let within = |row: &&Row| row.pointer.split().is_some_and(|(above, _)| above == *list);
        if let Some(at) = self.rows.iter().rfind(within).map(|row| row.pointer.clone()) {
            self.stand_on(Line::Field(at));
            self.show_caret();
        }
        Ok(())
    }

    /// Moves the item under the cursor by one place. False where it is none, or at its end.
    pub fn move_item(&mut self, by: isize) -> Result<(), String> {
        let Some((list, from)) = self.item() else { return Ok(()) };
        let Some(to) = from.checked_add_signed(by) else { return Ok(()) };
        self.change(|model, text, opened| model.move_item(text, &list, from, to, opened))?;
        self.go_to_field(&list.join(to.to_string()));
        Ok(())
    }

    /// The list and the number of the item under the cursor.
    pub fn item(&self) -> Option<(Pointer, usize)> {
        let (list, nth) = self.at.among(&self.rows).item?;
        Some((self.rows.get(list)?.pointer.clone(), nth))
    }

    /// Whether the item under the cursor is the last one of its list.
    pub fn is_last_item(&self) -> bool {
        self.at.among(&self.rows).is_last
    }

    /// Makes the value at a place one of its kinds.
    pub fn choose_variant(&mut self, at: &Pointer, nth: usize, now: DateTime<Utc>) -> Result<(), String> {
        let mut uuid = self.uuid;
        self.change(|model, text, opened| {
            let chosen = model.choose_variant(text, at, nth, &mut generator(&mut uuid, now), opened)?;
            opened.open(at.clone());
            Ok(chosen)
        })
    }

    /// Opens or closes what lies in a row. That is no change of the text.
    pub fn fold(&mut self, at: &Pointer, open: bool) {
        if open {
            self.opened.open(at.clone());
        } else {
            self.opened.close(at);
        }
        self.renew();
    }

    /// Lays the text out on lines. False where it is laid out already; why not where it is broken.
    pub fn lay_out(&mut self) -> Result<bool, String> {
        if let Some(broken) = &self.broken {
            return Err(broken.to_string());
        }
        let laid_out = pretty(&self.text);
        let is_new = laid_out != self.text;
        if is_new {
            let before = self.version();
            self.history.push(before);
            let was_typed = self.is_typed();
            self.put(&laid_out);
            self.renew();
            if !was_typed {
                self.made.clone_from(&self.text);
            }
            self.show_caret();
        }
        Ok(is_new)
    }

    /// Takes `text` in place of what is there: what another editor left. False where it is the same.
    pub fn replace(&mut self, text: &str) -> bool {
        // Editors end the last line, and Windows' ones end each with two characters.
        let text = text.replace("\r\n", "\n");
        let text = text.trim_end_matches('\n');
        if text == self.text.trim_end_matches('\n') {
            return false;
        }
        self.close_field();
        let before = self.version();
        self.history.push(before);
        self.put(text);
        self.renew();
        true
    }

    /// A key for the editor.
    pub fn type_in(&mut self, key: KeyEvent) {
        let before = (!self.history.is_typing).then(|| self.version());
        if !self.area.input(key) {
            self.history.is_typing = false;
            return;
        }
        self.typed(before);
        // A word is one change.
        self.history.is_typing =
            !matches!(key.code, crossterm::event::KeyCode::Char(' ') | crossterm::event::KeyCode::Enter);
    }

    /// Pasted text, for the editor.
    pub fn paste(&mut self, text: &str) {
        let before = Some(self.version());
        if self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n")) {
            self.typed(before);
        }
    }

    fn typed(&mut self, before: Option<Version>) {
        if let Some(before) = before {
            self.history.push(before);
        }
        self.renew();
    }

    /// Takes the last change back, or with `false` does it again.
    pub fn undo(&mut self, back: bool) -> bool {
        self.close_field();
        let Some(version) = self.travel(back) else { return false };
        let caret = version.caret;
        self.restore(version);
        self.renew();
        self.jump(caret);
        true
    }

    /// Whether there is a change to take back, or with `false` to do again.
    pub fn can_undo(&self, back: bool) -> bool {
        if back { self.history.can_undo() } else { self.history.can_redo() }
    }

    /// Puts the caret on the value of the line under the cursor, so that the editor shows it.
    pub fn show_caret(&mut self) {
        match (self.line(), &self.root) {
            (Line::Field(at), Some(root)) => {
                let byte = root.nearest(at).span.start;
                self.jump_to(byte);
            }
            (Line::Field(_), None) => {}
            _ => self.jump_to(0),
        }
    }

    /// Puts the caret into a line, so many cells behind its byte `from`.
    pub fn point(&mut self, line: usize, (from, cells): (usize, usize)) {
        let place = place_in(self.area.lines(), line, (from, cells));
        self.history.is_typing = false;
        self.jump(place);
    }

    /// Goes to the next fault, or the one before: with the cursor of the form, and with the caret.
    pub fn step_to_fault(&mut self, by: isize) {
        let all = self.faults.len();
        // From where a person is: a row of the form, or the caret.
        let (here, places): (_, Vec<usize>) = match (self.edits_json(), self.row_number()) {
            (true, _) => (Some(self.caret()), self.spans.iter().map(|span| span.start).collect()),
            (false, here) => (here, self.fault_rows.clone()),
        };
        let next = match (self.fault_at, by, here) {
            (Some(at), by, _) => (at + all).saturating_add_signed(by) % all.max(1),
            (None, 1.., Some(here)) => places.iter().position(|place| *place > here).unwrap_or(0),
            (None, _, Some(here)) => {
                places.iter().rposition(|place| *place < here).unwrap_or(all.saturating_sub(1))
            }
            (None, 1.., None) => 0,
            (None, _, None) => all.saturating_sub(1),
        };
        let (Some(fault), Some(span)) = (self.faults.get(next), self.spans.get(next).cloned()) else {
            return;
        };
        if self.broken.is_none() {
            self.go_to_field(&FormModel::place_of(fault));
        }
        self.fault_at = Some(next);
        self.jump_to(span.start);
    }

    /// The fault that was gone to last, since the text changed.
    pub fn fault_at(&self) -> Option<usize> {
        self.fault_at
    }

    /// Puts the cursor of the form on the value at the caret.
    pub fn show_line(&mut self) {
        if let Some(at) = self.root.as_ref().map(|root| root.place_at(self.caret())) {
            self.go_to_field(&at);
        }
    }

    /// The byte of the text at the caret.
    pub fn caret(&self) -> usize {
        let (line, column) = (self.area.cursor().0, self.area.cursor().1);
        let lines = self.area.lines();
        let before: usize = lines.iter().take(line).map(|line| line.len() + 1).sum();
        before + lines.get(line).map_or(0, |text| self.caret_in(text, column))
    }

    /// The byte of `text`, which is the line that the caret is in, at the caret. Counted once for each place of it: a
    /// payload may be one long line.
    pub fn caret_in(&self, text: &str, column: usize) -> usize {
        let key = (self.area.cursor().0, column, text.len());
        if let Some((_, byte)) = self.caret_byte.get().filter(|(known, _)| *known == key) {
            return byte;
        }
        work::looked_at(text.len());
        let byte = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
        self.caret_byte.set(Some((key, byte)));
        byte
    }

    fn jump_to(&mut self, byte: usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count());
        self.jump((line, column));
    }

    fn jump(&mut self, (line, column): (usize, usize)) {
        // Further than that the editor cannot be told to go.
        let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        self.area.cancel_selection();
        self.area.move_cursor(CursorMove::Jump(short(line), short(column)));
    }
}

impl ComposeState {
    /// The row that what is added goes into.
    pub fn holder(&self) -> Option<&Row> {
        self.rows.get(self.at.among(&self.rows).holder?)
    }

    /// Reads everything anew that is read from the text.
    pub fn read_anew(&mut self) {
        self.put_rows(Vec::new());
        self.renew();
    }

    /// Chooses a channel; `None` for the profile's own.
    pub fn choose_channel(&mut self, channel: Option<crate::event::Channel>) {
        if self.channel != channel {
            let before = self.version();
            self.history.push(before);
            self.channel = channel;
        }
    }
}

/// `text` with an empty text as the last item of a list, where that is as good as the one that was made up.
fn emptied(model: &FormModel, text: String, list: &Pointer) -> String {
    let Ok(root) = read(&text) else { return text };
    let Some(Shape::List(items)) = root.get(list).map(|node| &node.shape) else { return text };
    let is_text = items.last().is_some_and(|item| matches!(item.shape, Shape::Text(_)));
    let at = list.join(items.len().saturating_sub(1).to_string());
    match set(&text, &at, "\"\"") {
        Ok(empty) if is_text && model.faults(&empty).len() <= model.faults(&text).len() => empty,
        _ => text,
    }
}
