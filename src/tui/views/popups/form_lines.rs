//! What a form says above its choices.

use super::form::LABEL;
use crate::bus::{BusError, Foreseen};
use crate::plan::{Share, Summary};
use crate::text::{Change, age, count, cut_end, cut_safe, diff, display_safe, pad_end, plural, width};
use crate::tui::app::{
    App, Chosen, EditedDraft, EventsDraft, ExportDraft, Form, Range, RetryDraft, What, marked_hidden,
};
use crate::tui::pretty::indented;
use crate::tui::theme::Meaning;
use crate::tui::widgets::folded;

/// So many shares are named, and the others counted.
const NAMED: usize = 3;
/// From so many cells on there are lines enough, too.
const ROOMY: usize = 80;
/// So many bytes of a command are shown: it is laid out anew for every frame, and nobody reads on.
const SHOWN: usize = 32 * 1024;
/// Lines of a diff around what changed.
const AROUND: usize = 3;

/// A line: what it is about, and what it says. Both safe to show.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) text: String,
    pub(super) meaning: Meaning,
}

/// Puts lines together that are no wider than so many cells.
pub(super) struct Lines<'a> {
    pub(super) all: Vec<Line>,
    pub(super) cells: usize,
    pub(super) dot: &'a str,
}

impl Lines<'_> {
    pub(super) fn say(&mut self, text: &str, meaning: Meaning) {
        let parts = folded(&display_safe(text), self.cells);
        self.all.extend(parts.into_iter().map(|text| Line { label: String::new(), text, meaning }));
    }

    /// A label, and what it says; further lines below that.
    pub(super) fn tell(&mut self, label: &str, text: &str, meaning: Meaning) {
        let parts = folded(&display_safe(text), self.cells.saturating_sub(LABEL).max(8));
        for (at, text) in parts.into_iter().enumerate() {
            let label = pad_end(if at == 0 { label } else { "" }, LABEL);
            self.all.push(Line { label, text, meaning });
        }
    }

    /// As [`Lines::shares`], of texts that begin alike and differ in what follows: where they do not fit whole into one
    /// line, each has one of its own. On a narrow screen, which is a low one, what stands below is worth more.
    fn long_shares(&mut self, label: &str, shares: &[Share], name: impl Fn(&str) -> String) {
        let room = self.cells.saturating_sub(LABEL);
        let whole = |share: &Share| width(&name(&share.name)) + count(share.count).len() + 4;
        if self.cells < ROOMY || shares.len() <= NAMED && shares.iter().map(whole).sum::<usize>() <= room {
            return self.shares(label, shares, name);
        }
        let (named, others) = shares.split_at(shares.len().min(NAMED));
        for (at, share) in named.iter().enumerate() {
            let more = if at + 1 == named.len() && !others.is_empty() {
                format!(" {} +{} more", self.dot, count(others.len() as u64))
            } else {
                String::new()
            };
            let behind = format!(" {}{more}", count(share.count));
            let each = room.saturating_sub(width(&behind)).max(8);
            let text = format!("{}{behind}", cut_end(&name(&share.name), each));
            let label = pad_end(if at == 0 { label } else { "" }, LABEL);
            self.all.push(Line { label, text, meaning: Meaning::Text });
        }
    }

    /// `Acme MSP 380 · Northwind IT 32 · +3 more`, in one line.
    fn shares(&mut self, label: &str, shares: &[Share], name: impl Fn(&str) -> String) {
        let room = self.cells.saturating_sub(LABEL);
        let each = if shares.len() == 1 {
            room.saturating_sub(8)
        } else {
            (room / NAMED.min(shares.len().max(1))).saturating_sub(10).max(12)
        };
        let part = |share: &Share| format!("{} {}", cut_end(&name(&share.name), each), count(share.count));
        let mut parts: Vec<String> = shares.iter().take(NAMED).map(part).collect();
        let others = |parts: &[String]| {
            let n = shares.len() - parts.len();
            if n > 0 { format!(" {} +{} more", self.dot, count(n as u64)) } else { String::new() }
        };
        let joined =
            |parts: &[String]| format!("{}{}", parts.join(&format!(" {} ", self.dot)), others(parts));
        while parts.len() > 1 && width(&joined(&parts)) > room {
            parts.pop();
        }
        let text = joined(&parts);
        self.all.push(Line { label: pad_end(label, LABEL), text, meaning: Meaning::Text });
    }
}

/// What the form says.
pub(super) fn lines(form: &Form, cells: usize, app: &App, dot: &str) -> Vec<Line> {
    let mut out = Lines { all: Vec::new(), cells, dot };
    match &form.what {
        What::Retry(draft) => retry(draft, form, app, &mut out),
        What::Discard(chosen) => {
            let events = plural(chosen.events.len() as u64, "failed event", "failed events");
            let them = if chosen.events.len() == 1 { "it" } else { "them" };
            out.say(
                &format!("Put {events} aside: out of the list, and not deleted. u puts {them} back."),
                Meaning::Text,
            );
            about(chosen, app, &mut out);
        }
        What::Release { chosen, .. } => {
            let events = plural(chosen.events.len() as u64, "pending event", "pending events");
            let how =
                "to a consumer of its group again at once, without waiting until it counts as left behind.";
            out.say(&format!("Offer {events} {how}"), Meaning::Text);
            about(chosen, app, &mut out);
        }
        What::Shelf(ask) => super::shelf_lines::say(ask, &mut out),
        What::Send(draft) => super::send_lines::say(draft, form, app, &mut out),
        What::File(draft) => super::file_lines::say(draft, form, app, &mut out),
        What::Unsent => super::file_lines::say_unsent(app, &mut out),
        What::Edited(draft) => edited(draft, form, &mut out),
        What::Export(draft) => export(draft, &mut out),
        What::ExportEvents(draft) => export_events(draft, app, &mut out),
        What::CancelPlan => {
            let left = app.plan.as_ref().map_or(0, |plan| plan.progress.tally.left);
            let events = plural(left, "event is", "events are");
            out.say(
                &format!(
                    "{events} left: they stay where they are. What was retried is followed to its outcome."
                ),
                Meaning::Text,
            );
        }
        What::Leave => super::leave_lines::say(app, &mut out),
        What::Switch(goal) => super::leave_lines::switch(goal, app, &mut out),
        What::RevealAll => out.say(
            "What is masked of all events of this context is shown from now on, also in what is copied and exported, until it is hidden again or another context is opened. The header says REVEALED as long.",
            Meaning::Text,
        ),
        What::Anew => out.say(
            "What is composed is put away, and an empty event takes its place. The same key that takes back a change brings it back.",
            Meaning::Text,
        ),
    }
    out.all
}

fn export(draft: &ExportDraft, out: &mut Lines<'_>) {
    let (n, letters) = (draft.events().len(), draft.importable());
    let events = plural(n as u64, "event", "events");
    out.say(
        &format!("Write {events} into a file that only you can read, with all fields, one line each."),
        Meaning::Text,
    );
    let (back, meaning) = match letters {
        0 => (
            "`tidings failed import` takes none of them back: it takes dead letters.".to_owned(),
            Meaning::Waiting,
        ),
        all if all == n => ("`tidings failed import` takes all of them back.".to_owned(), Meaning::Dim),
        some => (
            format!(
                "`tidings failed import` takes {} of them back, the dead letters; it refuses a file with others, so take their lines out first.",
                count(some as u64)
            ),
            Meaning::Waiting,
        ),
    };
    out.say(&back, meaning);
    export_notes(draft, true, out);
}

fn export_events(draft: &EventsDraft, app: &App, out: &mut Lines<'_>) {
    let events = match (draft.reads_bus(), draft.ends) {
        (true, Some(ends)) if draft.range == Range::Since => {
            let here = ends.here.time().map_or_else(|| "here".to_owned(), |at| app.clock.date_time(at));
            format!("all events on the bus that match, from {here} back to a time,")
        }
        (true, _) => "all events on the bus that match, from the oldest to the newest that came,".to_owned(),
        (false, _) => plural(draft.held.events().len() as u64, "event", "events"),
    };
    out.say(
        &format!(
            "Write {events} into a file that only you can read, one line each, as `tidings tail -o json` prints them."
        ),
        Meaning::Text,
    );
    if draft.reads_bus() {
        let size = "How many they are is not known before: they are read page by page, oldest first, and Esc ends it.";
        out.say(size, Meaning::Dim);
        if draft.range == Range::Since {
            match draft.span(&app.clock) {
                Ok((since, _)) => {
                    let time = since.time().filter(|_| since.ms > 0);
                    let shown = time.map_or_else(
                        || "the oldest event that lies on the bus".to_owned(),
                        |at| app.clock.date_time(at),
                    );
                    out.say(&format!("back to {shown}"), Meaning::Ok);
                }
                Err(why) => out.say(&why, Meaning::Waiting),
            }
        }
    }
    out.say(
        "`jq -c .event` makes of it what `tidings publish --events` takes. Nothing is changed on the bus.",
        Meaning::Dim,
    );
    export_notes(&draft.held, !draft.reads_bus(), out);
}

/// What is left out, where marks say what is written; and whether a file would be replaced.
fn export_notes<At>(draft: &ExportDraft<At>, is_held: bool, out: &mut Lines<'_>) {
    // All that matches is taken without a look at marks; but where none of them is shown, they were meant.
    let goes_by_marks = is_held && (!draft.takes_shown || draft.chosen.is_empty());
    if draft.hidden > 0 && goes_by_marks {
        out.say(&marked_hidden(draft.hidden), Meaning::Waiting);
    }
    if let Some(file) = &draft.exists {
        out.say(&format!("{file} is there already: another name keeps it"), Meaning::Failed);
    }
}

fn retry(draft: &RetryDraft, form: &Form, app: &App, out: &mut Lines<'_>) {
    let plan = &draft.plan;
    let events = plural(plan.items.len() as u64, "event", "events");
    let late = match draft.late {
        0 => String::new(),
        n => format!("   (+{} since: not in this plan)", count(n as u64)),
    };
    let meaning = if draft.late > 0 { Meaning::Waiting } else { Meaning::Text };
    out.say(&format!("{events}, frozen {}{late}", app.clock.time(plan.frozen_at)), meaning);
    summary(&plan.summary, &draft.errors, app, out);
    for note in &draft.notes {
        out.say(note, Meaning::Waiting);
    }
    match &draft.foreseen {
        None => out.tell("reaches", "asked, and not answered yet", Meaning::Dim),
        Some(answer) => foreseen(answer, out),
    }
    commands(&draft.commands, form.shows_commands, plan.items.len(), out);
}

fn foreseen(answer: &Result<Foreseen, BusError>, out: &mut Lines<'_>) {
    let foreseen = match answer {
        Ok(foreseen) => foreseen,
        Err(why) => {
            return out.tell("reaches", &format!("not known: {}", why.what()), Meaning::Waiting);
        }
    };
    let handlers: Vec<Share> =
        foreseen.handlers.iter().map(|(name, count)| Share { name: name.clone(), count: *count }).collect();
    if !handlers.is_empty() {
        out.shares("reaches", &handlers, |name| display_safe(name).into_owned());
    }
    if foreseen.skipped > 0 {
        let n = plural(foreseen.skipped, "event would", "events would");
        out.tell(
            "skipped",
            &format!("{n} reach nobody: every handler says it has done them"),
            Meaning::Waiting,
        );
    }
    if foreseen.skipped_runs > 0 {
        let n = plural(foreseen.skipped_runs, "single run", "single runs");
        out.tell("skipped", &format!("{n} of handlers that have done them"), Meaning::Dim);
    }
    for note in &foreseen.notes {
        out.tell("note", note, Meaning::Waiting);
    }
}

/// The exact commands for one event; the first of them alone, while not all are asked for.
pub(super) fn commands(commands: &[String], all: bool, of: usize, out: &mut Lines<'_>) {
    let Some(first) = commands.first() else { return };
    if !all {
        let room = out.cells.saturating_sub(LABEL + 16).max(8);
        let text = format!("{}  (x shows all)", cut_safe(first, room));
        return out.tell("sends", &text, Meaning::Dim);
    }
    let times = if of > 1 {
        format!(", of the first; the same for each of {}", count(of as u64))
    } else {
        String::new()
    };
    out.tell("sends", &format!("exactly this{times}:"), Meaning::Dim);
    for command in commands {
        let start = &command[..command.floor_char_boundary(SHOWN)];
        out.say(start, Meaning::Text);
        let more = (command.len() - start.len()) as u64;
        if more > 0 {
            out.say(
                &format!(
                    "… and {} more of this command, as they stand in the JSON",
                    plural(more, "byte", "bytes")
                ),
                Meaning::Waiting,
            );
        }
    }
}

fn about(chosen: &Chosen, app: &App, out: &mut Lines<'_>) {
    summary(&chosen.summary, &chosen.errors, app, out);
    for note in &chosen.notes {
        out.say(note, Meaning::Waiting);
    }
}

fn summary(summary: &Summary, errors: &[Share], app: &App, out: &mut Lines<'_>) {
    let or = |name: &str, nothing: &str| {
        if name.is_empty() { nothing.to_owned() } else { display_safe(name).into_owned() }
    };
    out.shares("tenant", &summary.tenants, |id| {
        if id.is_empty() { "(no tenant)".to_owned() } else { app.monitor.labels().show(id) }
    });
    out.shares("type", &summary.types, |name| or(name, "(no type)"));
    out.shares("handler", &summary.handlers, |name| or(name, "(not named)"));
    out.long_shares("error", errors, |name| or(name, "(not recorded)"));
    let ages = summary.ages.map(|(youngest, oldest)| {
        let (youngest, oldest) = (age(youngest), age(oldest));
        if youngest == oldest { oldest } else { format!("{youngest} to {oldest}") }
    });
    // Those that wait would be tried again without anybody.
    let several = summary.states.len() > 1;
    let states = summary.states.iter().filter(|_| several);
    let states = states.map(|(state, n)| format!("{} {}", state.word(), count(*n)));
    let text = ages.into_iter().chain(states).collect::<Vec<_>>().join(&format!(" {} ", out.dot));
    if !text.is_empty() {
        out.tell(if summary.ages.is_some() { "age" } else { "state" }, &text, Meaning::Text);
    }
}

fn edited(draft: &EditedDraft, form: &Form, out: &mut Lines<'_>) {
    let event = &draft.event;
    let id = event.event.map(|id| format!(" {id}")).unwrap_or_default();
    out.say(
        &format!(
            "{}{id}: id, type and time stay. The event lies where it is until this one is accepted.",
            event.event_type
        ),
        Meaning::Text,
    );
    for fault in &draft.faults {
        out.say(fault, Meaning::Failed);
    }
    // Both sides are laid out alike, however it was typed: only what differs in meaning is shown.
    let after = indented(draft.after.payload());
    let changes = diff(&draft.before, &after);
    if changes.iter().all(|change| matches!(change, Change::Same(_))) {
        out.say("only white space is changed: the payload says the same", Meaning::Waiting);
    }
    let is_near = |at: usize| {
        let near = changes.get(at.saturating_sub(AROUND)..(at + AROUND + 1).min(changes.len()));
        near.is_some_and(|near| near.iter().any(|change| !matches!(change, Change::Same(_))))
    };
    let mut was_near = true;
    for (at, change) in changes.iter().enumerate() {
        if !is_near(at) {
            if was_near {
                out.say("  ..", Meaning::Dim);
            }
            was_near = false;
            continue;
        }
        was_near = true;
        let (sign, text, meaning) = match change {
            Change::Same(text) => (' ', text, Meaning::Dim),
            Change::Out(text) => ('-', text, Meaning::Failed),
            Change::In(text) => ('+', text, Meaning::Ok),
        };
        let text = cut_end(&display_safe(text), out.cells.saturating_sub(2)).into_owned();
        out.all.push(Line { label: String::new(), text: format!("{sign} {text}"), meaning });
    }
    commands(&draft.commands, form.shows_commands, 1, out);
}
