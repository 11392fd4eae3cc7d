//! What is said of a file of events before it is sent, and of its lines that were not published.

use super::form_lines::Lines;
use crate::compose::{Counts, Survey};
use crate::text::{count, display_safe, pad_end, plural};
use crate::tui::app::sending::{FileDraft, FileLook, UnsentFate, ranges};
use crate::tui::app::{App, Form};
use crate::tui::theme::Meaning;

/// So many names are told of each kind, and so many of the paths that are offered.
const NAMED: usize = 6;
const OFFERED: usize = 200;

/// Says what a file holds.
pub(super) fn say(draft: &FileDraft, form: &Form, app: &App, out: &mut Lines<'_>) {
    if !draft.offers.is_empty() {
        return offers(draft, out);
    }
    if let Err(why) = &draft.may {
        out.say(&format!("Nothing can be sent from here: {why}"), Meaning::Failed);
    }
    if form.is_production {
        out.say(&format!("This is production: {}", app.context.name), Meaning::Production);
    }
    let survey = match &draft.look {
        FileLook::Nothing => {
            out.say(
                "A file of whole events, one a line as JSON, as `tidings failed export --events` writes them. Enter looks at all of it; nothing is sent before that is asked here. Each keeps its id: sending the file again within a day makes no doubles.",
                Meaning::Text,
            );
            return;
        }
        FileLook::Failed(why) => return out.say(why, Meaning::Failed),
        FileLook::Now { survey, read, of } => {
            let part = (read.min(of) * 100).checked_div(*of).unwrap_or(0);
            let so_far = plural(survey.lines, "line", "lines");
            out.say(
                &format!("Looking at it: {so_far} so far, {part} % of {}", plural(*of, "byte", "bytes")),
                Meaning::Waiting,
            );
            survey
        }
        FileLook::Done { survey, stamp } => {
            let lines = plural(survey.lines, "line", "lines");
            out.say(&format!("{lines}, {}", plural(stamp.bytes, "byte", "bytes")), Meaning::Text);
            survey
        }
    };
    numbers(survey, draft, out);
    names("types", &survey.types, out, display);
    names("tenants", &survey.tenants, out, |id| app.monitor.labels().show(id));
    if !survey.refused.is_empty() {
        names("refused", &survey.refused, out, |id| app.monitor.labels().show(id));
        out.tell("", "these tenants are not of this run, or not of [tenants]: bad lines", Meaning::Waiting);
    }
    names("streams", &survey.streams, out, display);
    if let Some(channel) = &draft.channel {
        out.tell("channel", &format!("{channel}, that of Compose, for all of them"), Meaning::Text);
    }
    for blame in &survey.listed {
        line(blame.number, "", &blame.why, Meaning::Failed, out);
    }
    let more = survey.bad - survey.listed.len() as u64;
    if more > 0 {
        let more = plural(more, "more bad line", "more bad lines");
        out.say(&format!("and {more}: counted, and not listed here"), Meaning::Failed);
    }
}

fn display(name: &str) -> String {
    display_safe(name).into_owned()
}

fn numbers(survey: &Survey, draft: &FileDraft, out: &mut Lines<'_>) {
    let events = plural(survey.good, "event", "events");
    out.tell("good", &format!("{events}, {}", plural(survey.bytes, "byte", "bytes")), Meaning::Ok);
    let (text, meaning) = match survey.bad {
        0 => ("no line".to_owned(), Meaning::Dim),
        bad if draft.skips_bad => {
            (format!("{}, passed over", plural(bad, "line", "lines")), Meaning::Waiting)
        }
        bad => (
            format!("{}: nothing is sent, if they are not passed over", plural(bad, "line", "lines")),
            Meaning::Failed,
        ),
    };
    out.tell("bad", &text, meaning);
}

fn names(label: &str, counts: &Counts, out: &mut Lines<'_>, name: impl Fn(&str) -> String) {
    let all = counts.by_count();
    if all.is_empty() {
        return;
    }
    let mut parts: Vec<String> =
        all.iter().take(NAMED).map(|(of, n)| format!("{} {}", name(of), count(*n))).collect();
    let more = all.len().saturating_sub(NAMED) as u64;
    if counts.others > 0 {
        parts.push(format!("+{} more, and others {}", count(more), count(counts.others)));
    } else if more > 0 {
        parts.push(format!("+{} more", count(more)));
    }
    out.tell(label, &parts.join(&format!(" {} ", out.dot)), Meaning::Text);
}

fn line(number: u64, word: &str, why: &str, meaning: Meaning, out: &mut Lines<'_>) {
    let number = count(number);
    let label = if number.len() > 8 { number.clone() } else { pad_end(&number, 8) };
    out.say(&format!("{label} {word}{}{why}", if word.is_empty() { "" } else { ": " }), meaning);
}

/// The path that is offered in line `row` of so many cells.
pub(super) fn offer_in(draft: &FileDraft, cells: usize, row: usize) -> Option<&str> {
    let mut lines = Lines { all: Vec::new(), cells, dot: "" };
    head(&mut lines);
    if row < lines.all.len() {
        return None;
    }
    let mut offered = draft.offers.iter().take(OFFERED);
    let found = offered.find(|path| {
        lines.say(path, Meaning::Text);
        row < lines.all.len()
    });
    found.map(String::as_str)
}

fn head(out: &mut Lines<'_>) {
    out.say("It may go on as:", Meaning::Dim);
}

fn offers(draft: &FileDraft, out: &mut Lines<'_>) {
    head(out);
    for path in draft.offers.iter().take(OFFERED) {
        out.say(path, Meaning::Text);
    }
    let more = draft.offers.len().saturating_sub(OFFERED) as u64;
    if more > 0 {
        out.say(&format!("+{} more", count(more)), Meaning::Dim);
    }
}

/// Says which lines were not published.
pub(super) fn say_unsent(app: &App, out: &mut Lines<'_>) {
    let Some((many, file)) = app.sending.many().and_then(|many| Some((many, many.file.as_ref()?))) else {
        return;
    };
    if !many.progress.doubts.is_empty() {
        let text = format!(
            "Nobody knows of these lines if they are on the bus: {}. Sending the file again within a day makes it known, and no doubles.",
            ranges(&many.progress.doubts)
        );
        out.say(&text, Meaning::Waiting);
    }
    if let Some((text, is_well)) = file.of_bad_file() {
        out.say(&text, if is_well { Meaning::Dim } else { Meaning::Failed });
    }
    for unsent in &file.unsent {
        let meaning = if unsent.fate == UnsentFate::Unknown { Meaning::Waiting } else { Meaning::Failed };
        let id = unsent.event.map(|id| format!("{id}: ")).unwrap_or_default();
        line(unsent.number, unsent.fate.word(), &format!("{id}{}", unsent.why), meaning, out);
    }
    if file.more > 0 {
        out.say(&format!("and {} more: counted, and not listed here", count(file.more)), Meaning::Failed);
    }
}
