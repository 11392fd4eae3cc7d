//! What is asked before anything is done to failed events: a popup with Cancel focused.

use super::Field;
use super::sending::{FileDraft, SendDraft};
use super::shelf::ShelfAsk;
use super::{Chosen, Clock, EditedDraft, EventsDraft, ExportDraft, Goal, Range, RetryDraft};
use crate::bus::Runs;
use crate::plan::Pace;

/// From so many events of a production context on, their number must be typed.
const TYPED_FROM: usize = 101;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Form {
    /// About what.
    pub what: What,
    /// Why it is done, where that is asked.
    pub reason: Option<Field>,
    /// Whether nothing is done without a reason.
    pub needs_reason: bool,
    /// The file to write, where one is asked for.
    pub file: Option<Field>,
    /// The number to type, as far as it is typed.
    pub typed: Option<Field>,
    /// What has the keys.
    pub focus: Slot,
    /// Whether the exact commands are shown.
    pub shows_commands: bool,
    /// Whether it is about a production context.
    pub is_production: bool,
    /// The first line on the screen.
    pub top: usize,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum What {
    /// Retry these, by a plan.
    Retry(Box<RetryDraft>),
    /// Put these aside.
    Discard(Chosen),
    /// Offer these to consumers again.
    Release {
        /// Those.
        chosen: Chosen,
        /// Also those that somebody may be at.
        force: bool,
    },
    /// Send this.
    Send(Box<SendDraft>),
    /// Send a file of events.
    File(Box<FileDraft>),
    /// Nothing: the lines of a file that were not published are shown.
    Unsent,
    /// Something about templates.
    Shelf(ShelfAsk),
    /// Retry this one, edited.
    Edited(Box<EditedDraft>),
    /// Write these into a file.
    Export(Box<ExportDraft>),
    /// Write these events into a file.
    ExportEvents(Box<EventsDraft>),
    /// Take away nothing more by the running plan.
    CancelPlan,
    /// Leave the dashboard, although something is lost by it: see [`App::losses`].
    ///
    /// [`App::losses`]: super::App::losses
    Leave,
    /// Watch this, and leave behind what would be broken off or lost.
    Switch(Goal),
    /// Show what is masked of all events.
    RevealAll,
    /// Put away what is composed, and begin an empty event.
    Anew,
}

/// A part of the form that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// What runs.
    Runs,
    /// How fast.
    Pace,
    /// Whether also those are released that somebody may be at.
    Force,
    /// Which events are written into a file.
    Which,
    /// Back to when.
    Since,
    /// The file.
    File,
    /// Whether what does not fit its schema is sent all the same.
    Override,
    /// Whether placeholders are filled in.
    Fill,
    /// Whether the copy for workflows is written.
    Workflow,
    /// How many copies.
    Copies,
    /// Whether bad lines are passed over.
    BadLines,
    /// How many of them a second.
    Rate,
    /// A new file for the bad lines.
    BadFile,
    /// Why.
    Reason,
    /// The number to type.
    Typed,
    /// Do nothing.
    Cancel,
    /// Do it.
    Go,
}

/// The paces to choose from.
pub fn paces() -> [Pace; 5] {
    [Pace::AtOnce, Pace::ramp(), Pace::PerSecond(5.0), Pace::PerSecond(50.0), Pace::PerSecond(500.0)]
}

/// What can run.
pub const RUNS: [Runs; 3] = [Runs::Failed, Runs::All, Runs::AsNew];

impl Form {
    /// About `what`, with Cancel focused.
    pub fn new(what: What, is_production: bool) -> Self {
        let asks = matches!(what, What::Retry(_) | What::Discard(_) | What::Release { .. } | What::Edited(_));
        let mut form = Self {
            what,
            reason: asks.then(Field::default),
            needs_reason: asks && is_production,
            file: None,
            typed: None,
            focus: Slot::Cancel,
            shows_commands: false,
            is_production,
            top: 0,
        };
        form.renew_typed();
        form
    }

    /// Asks for the number to be typed where there are many; what is typed stays.
    pub fn renew_typed(&mut self) {
        let asks = self.is_production && self.count() >= TYPED_FROM;
        self.typed = asks.then(|| self.typed.take().unwrap_or_default());
    }

    /// About `what`, with a file to name. It changes nothing on the bus, so Enter does it.
    pub fn for_file(what: What, file: &str) -> Self {
        let mut form = Self::new(what, false);
        form.file = Some(Field::new(file));
        form.focus = if form.replaces() { Slot::Cancel } else { Slot::Go };
        form
    }

    /// Whether the file that is named is there already.
    pub fn replaces(&self) -> bool {
        match (&self.what, &self.file) {
            (What::Export(draft), Some(file)) => draft.exists.as_deref() == Some(file.text().trim()),
            (What::ExportEvents(draft), Some(file)) => {
                draft.held.exists.as_deref() == Some(file.text().trim())
            }
            (What::Shelf(ask), Some(file)) => ask.replaces(file.text()),
            _ => false,
        }
    }

    /// How many events it is about.
    pub fn count(&self) -> usize {
        match &self.what {
            What::Retry(draft) => draft.plan.items.len(),
            What::Discard(chosen) | What::Release { chosen, .. } => chosen.events.len(),
            What::Edited(_) => 1,
            What::Send(draft) => usize::try_from(draft.count().unwrap_or(0)).unwrap_or(0),
            What::Export(draft) => draft.events().len(),
            What::File(draft) => usize::try_from(draft.count()).unwrap_or(usize::MAX),
            What::ExportEvents(draft) if draft.reads_bus() => 0,
            What::ExportEvents(draft) => draft.held.events().len(),
            What::CancelPlan
            | What::Leave
            | What::Switch(_)
            | What::Anew
            | What::RevealAll
            | What::Shelf(_)
            | What::Unsent => 0,
        }
    }

    /// Whether the exact commands can be shown.
    pub fn has_commands(&self) -> bool {
        match &self.what {
            What::Retry(draft) => !draft.commands.is_empty(),
            What::Edited(draft) => !draft.commands.is_empty(),
            What::Send(draft) => draft.prospect.as_ref().is_some_and(|known| !known.commands.is_empty()),
            What::Discard(_)
            | What::Release { .. }
            | What::Export(_)
            | What::ExportEvents(_)
            | What::CancelPlan
            | What::Leave
            | What::Switch(_)
            | What::Anew
            | What::RevealAll
            | What::File(_)
            | What::Unsent
            | What::Shelf(_) => false,
        }
    }

    /// Its parts, from top to bottom.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = match &self.what {
            What::Unsent => return vec![Slot::Cancel],
            What::File(_) => return self.file_slots(),
            What::Retry(_) => vec![Slot::Runs, Slot::Pace],
            What::Release { .. } => vec![Slot::Force],
            What::Send(draft) => {
                let special = [
                    (draft.misfits(), Slot::Override),
                    (draft.fills.is_some(), Slot::Fill),
                    (draft.workflow.is_some(), Slot::Workflow),
                ];
                let special = special.into_iter().filter(|(is_there, _)| *is_there).map(|(_, slot)| slot);
                let many = [Slot::Copies, Slot::Rate].into_iter().filter(|_| !draft.is_again);
                special.chain(many).collect()
            }
            What::Export(draft) if draft.has_choice() => vec![Slot::Which],
            What::ExportEvents(draft) if draft.range == Range::Since => vec![Slot::Which, Slot::Since],
            What::ExportEvents(draft) if draft.ranges().len() > 1 => vec![Slot::Which],
            What::Export(_)
            | What::ExportEvents(_)
            | What::Discard(_)
            | What::Edited(_)
            | What::CancelPlan
            | What::Leave
            | What::Switch(_)
            | What::Anew
            | What::RevealAll
            | What::Shelf(_) => Vec::new(),
        };
        slots.extend(self.file.as_ref().map(|_| Slot::File));
        slots.extend(self.reason.as_ref().map(|_| Slot::Reason));
        slots.extend(self.typed.as_ref().map(|_| Slot::Typed));
        // What is typed is what is wanted there: Enter behind it does it.
        let is_typed = self.file.is_some() && matches!(self.what, What::Shelf(_));
        slots.extend(if is_typed { [Slot::Go, Slot::Cancel] } else { [Slot::Cancel, Slot::Go] });
        slots
    }

    /// What of the file is to be said comes first.
    fn file_slots(&self) -> Vec<Slot> {
        let typed = self.typed.as_ref().map(|_| Slot::Typed);
        let first = [Slot::File, Slot::BadLines, Slot::BadFile, Slot::Rate];
        first.into_iter().chain(typed).chain([Slot::Cancel, Slot::Go]).collect()
    }

    /// What Enter does, in a word or two.
    pub fn enter_does(&self) -> &'static str {
        match (self.focus, &self.what) {
            (Slot::Cancel, What::Leave | What::Switch(_)) => "stay",
            (Slot::Cancel, What::Unsent) => "close",
            (Slot::File, What::File(_)) => "look at it",
            (Slot::Cancel, _) => "cancel",
            (Slot::Go, _) => "do it",
            _ => "next",
        }
    }

    /// Gives the keys to the next part, or the one before. Before the first one comes Cancel: what is done needs a step
    /// towards it.
    pub fn step(&mut self, by: isize) {
        let slots = self.slots();
        let at = slots.iter().position(|slot| *slot == self.focus).unwrap_or(0);
        if at == 0 && by < 0 && self.focus != Slot::Cancel {
            self.focus = Slot::Cancel;
            return;
        }
        let next = (at + slots.len()).saturating_add_signed(by) % slots.len();
        self.focus = slots.get(next).copied().unwrap_or(Slot::Cancel);
    }

    /// The field that has the keys.
    pub fn field(&mut self) -> Option<&mut Field> {
        match (self.focus, &mut self.what) {
            (Slot::Copies, What::Send(draft)) => return Some(&mut draft.copies),
            (Slot::Rate, What::Send(draft)) => return Some(&mut draft.rate),
            (Slot::Rate, What::File(draft)) => return Some(&mut draft.rate),
            (Slot::Since, What::ExportEvents(draft)) => return Some(&mut draft.since),
            (Slot::BadFile, What::File(draft)) => return Some(&mut draft.bad_file),
            _ => {}
        }
        match self.focus {
            Slot::File => self.file.as_mut(),
            Slot::Reason => self.reason.as_mut(),
            Slot::Typed => self.typed.as_mut(),
            _ => None,
        }
    }

    /// Whether a field has the keys.
    pub fn has_field(&self) -> bool {
        matches!(
            self.focus,
            Slot::File | Slot::Since | Slot::BadFile | Slot::Copies | Slot::Rate | Slot::Reason | Slot::Typed
        )
    }

    /// Whether a field has the keys that holds the path of a file, which can be completed.
    pub fn has_path(&self) -> bool {
        matches!((self.focus, &self.what), (Slot::File | Slot::BadFile, What::File(_)))
    }

    /// The reason, as it was typed.
    pub fn reason(&self) -> Option<String> {
        let text = self.reason.as_ref()?.text().trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The part of an export that it cannot be done with: what is to be typed there is named by [`Form::objection`].
    pub fn objects_to(&self, clock: &Clock) -> Option<Slot> {
        let has_time = |draft: &EventsDraft| draft.range != Range::Since || draft.span(clock).is_ok();
        let has_file = self.file.as_ref().is_some_and(|file| !file.text().trim().is_empty());
        match &self.what {
            What::ExportEvents(draft) if !has_time(draft) => Some(Slot::Since),
            What::ExportEvents(_) | What::Export(_) if !has_file => Some(Slot::File),
            _ => None,
        }
    }

    /// Why it cannot be done yet, if it cannot.
    pub fn objection(&self, clock: &Clock) -> Option<String> {
        if let What::ExportEvents(draft) = &self.what
            && draft.reads_bus()
            && let Err(why) = draft.span(clock)
        {
            return Some(why);
        }
        if let What::Send(draft) = &self.what
            && let Some(why) = draft.objection()
        {
            return Some(why);
        }
        if let What::File(draft) = &self.what
            && let Some(why) = draft.objection(self.file.as_ref().map_or("", |file| file.text()))
        {
            return Some(why);
        }
        if self.needs_reason && self.reason().is_none() {
            return Some("a production context asks for a reason: Tab goes to it".to_owned());
        }
        let wanted = self.count().to_string();
        if self.typed.as_ref().is_some_and(|typed| typed.text().trim().replace(',', "") != wanted) {
            return Some(format!("type the number of events, {wanted}: Tab goes to it"));
        }
        if let (What::Shelf(ask), Some(file)) = (&self.what, &self.file) {
            return ask.objection(file.text());
        }
        if self.file.as_ref().is_some_and(|file| file.text().trim().is_empty()) {
            return Some("name a file: a path, or ~/ and what is at home".to_owned());
        }
        match &self.what {
            What::Edited(draft) if !draft.faults.is_empty() => {
                Some(format!("it does not fit its schema: {}", draft.faults[0]))
            }
            _ => None,
        }
    }
}
