//! Sending a file of events: it is looked at, asked about, and sent.

use super::send;
use crate::text::{count, display_safe};
use crate::tui::app::sending::{FileDraft, FileLook, FileSent, SentMany, SentWhat, completed};
use crate::tui::app::{App, Field, Form, Popup, Slot, View, What};
use crate::tui::effect::{Effect, FileDone, FileEffect, FileOrder, SendEffect};

fn effect(effect: FileEffect) -> Effect {
    Effect::Compose(Box::new(SendEffect::File(effect)))
}

/// Asks which file. The one that was sent last is named already: sending it again makes no doubles.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if send::is_busy(app) {
        return Vec::new();
    }
    let number = app.sending.next_number();
    let channel = app.compose.channel.clone().filter(|_| app.compose.has_channels);
    let draft = FileDraft::new(number, channel, app.sending.may.clone());
    let mut form = Form::new(What::File(Box::new(draft)), app.context.production);
    form.file = Some(Field::new(app.sending.file().map_or("", |file| file.name.as_str())));
    form.focus = Slot::File;
    app.popup = Some(Popup::Form(Box::new(form)));
    Vec::new()
}

/// Looks at the file that is named; where it was named before, `anew` looks again.
pub(super) fn look(app: &mut App, anew: bool) -> Vec<Effect> {
    let number = app.sending.next_number();
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    let typed = form.file.as_ref().map_or("", |file| file.text()).trim().to_owned();
    let What::File(draft) = &mut form.what else { return Vec::new() };
    if typed.is_empty() || typed == draft.named && !anew {
        return Vec::new();
    }
    draft.number = number;
    draft.named.clone_from(&typed);
    draft.look = FileLook::Now { survey: Box::default(), read: 0, of: 0 };
    draft.offers.clear();
    let channel = draft.channel.clone();
    form.top = 0;
    form.renew_typed();
    vec![effect(FileEffect::Look { number, file: typed, channel })]
}

/// Asks what the path that is typed may become.
pub(super) fn complete(app: &mut App) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    let Some(typed) = form.field().map(|field| field.text().to_owned()) else { return Vec::new() };
    let What::File(draft) = &form.what else { return Vec::new() };
    vec![effect(FileEffect::Complete { number: draft.number, typed })]
}

/// Takes the path that is offered in a line of what the form says; of a folder, what is in it is offered next.
pub(super) fn take_offer(app: &mut App, row: usize) -> Vec<Effect> {
    let Some(path) = crate::tui::views::popups::offer_in(app, row) else { return Vec::new() };
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    if let Some(field) = form.field() {
        field.set(&path);
    }
    drop_offers(form);
    form.renew_typed();
    if path.ends_with('/') { complete(app) } else { Vec::new() }
}

/// What is offered was for a path that is not typed into any more, or has another letter.
pub(super) fn drop_offers(form: &mut Form) {
    if let What::File(draft) = &mut form.what
        && !draft.offers.is_empty()
    {
        draft.offers.clear();
        form.top = 0;
    }
}

/// Sends the file that the form is about.
pub(super) fn choose(app: &mut App, form: Form) -> Vec<Effect> {
    let What::File(draft) = form.what else { return Vec::new() };
    let (rate, bad_file) = (draft.rate().unwrap_or_default(), draft.bad_file());
    let FileDraft { named, look: FileLook::Done { survey, stamp }, skips_bad, channel, .. } = *draft else {
        return Vec::new();
    };
    let Some(first) = survey.first else { return Vec::new() };
    let number = app.sending.next_number();
    let (context, lines) = (app.context.name.clone(), survey.lines);
    let mut many = SentMany::new(number, &context, (first.clone(), first), lines);
    let file = FileSent { name: named.clone(), bad_file: bad_file.clone(), ..FileSent::default() };
    many.file = Some(Box::new(file));
    app.sending.last = Some(SentWhat::Many(Box::new(many)));
    let order = FileOrder { number, file: named, stamp, skips_bad, rate, lines, bad_file, channel };
    vec![effect(FileEffect::Send(Box::new(order)))]
}

/// Shows the lines that were not published.
pub(super) fn show_unsent(app: &mut App) {
    app.popup = Some(Popup::Form(Box::new(Form::new(What::Unsent, false))));
}

/// Takes what became of something.
pub(super) fn done(app: &mut App, done: FileDone) -> Vec<Effect> {
    match done {
        FileDone::LooksAt { number, survey, read, of } => {
            let Some(form) = draft(app, number) else {
                // Nobody waits for it any more.
                return vec![effect(FileEffect::Forget { number })];
            };
            put_look(form, FileLook::Now { survey, read, of });
        }
        FileDone::Looked { number, answer } => {
            if let Some(form) = draft(app, number) {
                let look = match answer {
                    Ok((survey, stamp)) => FileLook::Done { survey, stamp },
                    Err(why) => FileLook::Failed(display_safe(&why).into_owned()),
                };
                put_look(form, look);
                form.renew_typed();
            }
        }
        FileDone::Completed { number, typed, answer } => take_paths(app, (number, &typed), answer),
        FileDone::NotBegun { number, why } => {
            let Some(many) = many(app, number) else { return Vec::new() };
            many.progress.phase = crate::compose::SendPhase::Stopped(format!("nothing was sent: {why}"));
            let told = many.phase();
            if app.view != View::Compose {
                app.tell(display_safe(&told).into_owned());
            }
        }
        FileDone::Unsent { number, lines } => {
            if let Some(file) = many(app, number).and_then(|many| many.file.as_mut()) {
                file.take(lines);
            }
        }
        FileDone::Written { number, answer } => return written(app, number, answer),
    }
    Vec::new()
}

fn put_look(form: &mut Form, look: FileLook) {
    if let What::File(draft) = &mut form.what {
        draft.look = look;
    }
}

fn take_paths(app: &mut App, (number, typed): (u64, &str), answer: Result<Vec<String>, String>) {
    let Some(form) = draft(app, number) else { return };
    let Some(field) = form.field().filter(|field| field.text() == typed) else { return };
    let paths = match answer {
        Ok(paths) if paths.is_empty() => return app.tell("no file or folder has a path that begins so"),
        Ok(paths) => paths,
        Err(why) => return app.tell(display_safe(&why).into_owned()),
    };
    if let Some(text) = completed(typed, &paths) {
        field.set(&text);
    }
    let is_one = paths.len() == 1;
    if let What::File(draft) = &mut form.what {
        draft.offers = if is_one { Vec::new() } else { paths };
        form.top = 0;
    }
}

/// The file with the bad lines is written, or cannot be: then nothing more is sent, as nothing would be left of them.
fn written(app: &mut App, number: u64, answer: Result<crate::tui::host::BadWritten, String>) -> Vec<Effect> {
    let Some(many) = many(app, number) else { return Vec::new() };
    let is_over = many.progress.phase.is_over();
    let Some(file) = &mut many.file else { return Vec::new() };
    let trouble = answer.as_ref().err().map(|why| display_safe(why).into_owned());
    file.written = Some(answer.map_err(|why| display_safe(&why).into_owned()));
    let Some(why) = trouble else { return Vec::new() };
    if is_over {
        app.tell(why);
        return Vec::new();
    }
    app.tell(format!("no more are sent after this batch: {why}"));
    vec![Effect::Compose(Box::new(SendEffect::End))]
}

/// The form that waits for the answer of this number.
fn draft(app: &mut App, number: u64) -> Option<&mut Form> {
    match &mut app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::File(draft) if draft.number == number => Some(form),
            _ => None,
        },
        _ => None,
    }
}

fn many(app: &mut App, number: u64) -> Option<&mut SentMany> {
    match &mut app.sending.last {
        Some(SentWhat::Many(many)) if many.number == number => Some(many),
        _ => None,
    }
}

/// What is told of a file that came to its end, to a person who looks at something else. Safe to show.
pub(super) fn end_told(many: &SentMany) -> Option<String> {
    let file = many.file.as_ref()?;
    let (name, progress) = (display_safe(&file.name), &many.progress);
    let of = progress.total.unwrap_or(progress.asked);
    let lines = crate::text::plural(of, "line", "lines");
    let rest = [("bad", progress.bad), ("unknown", progress.unknown)];
    let rest: Vec<String> =
        rest.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!(", {} {word}", count(*n))).collect();
    let rest = rest.concat();
    Some(format!(
        "{name}: {}; of {lines} {} on the bus{rest}",
        display_safe(&many.phase()),
        crate::text::plural(progress.there(), "is", "are")
    ))
}
