//! Sending what is composed: what is asked before, and what became of it.

use super::compose;
use crate::bus::{PublishError, Published};
use crate::compose::Progress;
use crate::event::{EventId, NewEvent};
use crate::text::{display_safe, plural};
use crate::tui::app::sending::{Following, SentMany, SentOne, SentWhat};
use crate::tui::app::{App, Form, Popup, SendDraft, Slot, View, What};
use crate::tui::effect::{Copies, Effect, FatesTold, SendDone, SendEffect, Shipment};

/// The profile that has copies for workflows.
const ALGA: &str = "alga-psa";

fn sending(effect: SendEffect) -> Effect {
    Effect::Compose(Box::new(effect))
}

/// A context was opened: what was sent in another one is not shown here.
pub(super) fn meet(app: &mut App, publisher: Result<(), String>) {
    app.sending.may = publisher.map_err(|why| display_safe(&why).into_owned());
    if app.sending.last.as_ref().is_some_and(|last| last.context() != app.context.name) {
        app.sending.last = None;
    }
}

/// Shows what would be sent, and asks.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if is_busy(app) {
        return Vec::new();
    }
    let mut event = match app.compose.event(app.clock.now) {
        Ok(event) => event,
        Err(why) => {
            app.tell(why);
            return Vec::new();
        }
    };
    let last = app.sending.last.as_ref();
    if let Some(one) = app.sending.one().filter(|one| one.is_unknown()) {
        if last.is_some_and(|last| last.is_of(&event)) {
            return again(app);
        }
        if one.event.id() == event.id() {
            // What was sent with this id may lie there with what it said then.
            app.compose.new_id();
            event = app.compose.event(app.clock.now).unwrap_or(event);
        }
        app.tell("changed since it was sent, so it has a new id; s sends the earlier one again");
    }
    if app.sending.many().is_some_and(|many| !many.progress.doubtful.is_empty() && many.file.is_none()) {
        app.tell("some that were sent last may be there, or not: s sends those again, which makes no double");
    }
    ask(app, (event.clone(), event), false, None)
}

/// Whether something is on its way that is not answered yet: that is told.
pub(super) fn is_busy(app: &mut App) -> bool {
    let is_busy = app.sending.is_busy();
    if is_busy {
        app.tell("what was sent last is not answered yet: wait for it");
    }
    is_busy
}

/// Asks whether what was sent last is to be sent again: under its own id where it may not be there, under a new one
/// where it is.
pub(super) fn again(app: &mut App) -> Vec<Effect> {
    if is_busy(app) {
        return Vec::new();
    }
    if app.sending.file().is_some() {
        return super::file::open(app);
    }
    let (origin, event, also, is_unknown, is_there) = match &app.sending.last {
        Some(SentWhat::One(one)) => {
            (&one.composed, &one.event, Vec::new(), one.is_unknown(), one.published().is_some())
        }
        Some(SentWhat::Many(many)) => match many.progress.doubtful.split_first() {
            // All of them, so that all of it is known afterwards.
            Some((first, rest)) => (&many.composed, first, rest.to_vec(), true, false),
            None => (&many.composed, &many.first, Vec::new(), false, true),
        },
        None => return Vec::new(),
    };
    let is_unchecked = event.is_unchecked();
    let pair = if is_there {
        let new = renewed(event, app);
        (new.clone(), new)
    } else {
        (origin.clone(), event.clone())
    };
    let effects = ask(app, pair, true, is_unknown.then_some(also));
    if let (true, Some(Popup::Form(form))) = (is_unchecked, &mut app.popup)
        && let What::Send(draft) = &mut form.what
        && draft.misfits()
    {
        app.tell("it was sent although it does not fit: that is asked again");
    }
    effects
}

/// The same event under another id, and of now.
fn renewed(event: &NewEvent, app: &App) -> NewEvent {
    let id = EventId::from((app.compose.uuid)());
    let new = NewEvent::compose(id, event.event_type(), app.clock.now, event.payload());
    // It was an event before.
    let Ok(mut new) = new else { return event.clone() };
    if let Some(channel) = event.channel() {
        new = new.on_channel(channel.clone());
    }
    match event.workflow_copy() {
        Some(copy) => new.with_workflow_copy(copy),
        None => new,
    }
}

/// Asks whether `event` is to be sent, which stood in the form as `origin`; whether it was sent before, and `again` where it
/// is not known what came of that, with those that were sent with it.
fn ask(
    app: &mut App,
    (origin, event): (NewEvent, NewEvent),
    was_sent: bool,
    again: Option<Vec<NewEvent>>,
) -> Vec<Effect> {
    let number = app.sending.next_number();
    let mut draft = SendDraft::new(number, event, app.sending.may.clone());
    (draft.origin, draft.is_again) = (origin, again.is_some());
    if was_sent {
        // As it was sent, to the letter.
        draft.fills = None;
    }
    draft.also = again.unwrap_or_default();
    let tenant = draft.composed.tenant();
    let labels = app.monitor.labels();
    draft.is_stranger = labels.label(tenant.as_str()).is_none()
        && app.monitor.tenants().iter().all(|seen| seen.tenant != *tenant || seen.received == 0);
    let has_choice = app.context.profile == ALGA && draft.also.is_empty();
    draft.workflow = has_choice.then(|| draft.composed.workflow_copy());
    draft.renew(app.clock.now, app.schemas.0.as_deref());
    let shipment = Shipment { number, event: draft.event.clone(), in_doubt: draft.is_again };
    app.popup = Some(Popup::Form(Box::new(Form::new(What::Send(Box::new(draft)), app.context.production))));
    vec![sending(SendEffect::Ask(shipment))]
}

/// Turns the choice that has the keys; what would be sent is another then.
pub(super) fn turn(app: &mut App, by: isize) -> Vec<Effect> {
    let (now, schemas) = (app.clock.now, app.schemas.0.clone());
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    let (focus, What::Send(draft)) = (form.focus, &mut form.what) else { return Vec::new() };
    match focus {
        Slot::Override => draft.turn_override(),
        Slot::Workflow => draft.turn_workflow(by),
        _ => {
            draft.fills = draft.fills.map(|fills| !fills);
            draft.renew(now, schemas.as_deref());
        }
    }
    draft.prospect = None;
    let shipment = Shipment { number: draft.number, event: draft.event.clone(), in_doubt: draft.is_again };
    vec![sending(SendEffect::Ask(shipment))]
}

/// Sends what the form is about.
pub(super) fn choose(app: &mut App, form: Form) -> Vec<Effect> {
    let What::Send(draft) = form.what else { return Vec::new() };
    let number = app.sending.next_number();
    let context = app.context.name.clone();
    match draft.count() {
        Some(1) => {
            let one = SentOne::new(number, &context, (draft.origin, draft.event.clone()), app.clock.now);
            app.sending.last = Some(SentWhat::One(Box::new(one)));
            let shipment = Shipment { number, event: draft.event, in_doubt: draft.is_again };
            vec![sending(SendEffect::Send(shipment))]
        }
        Some(count) if draft.is_again => {
            let events: Vec<_> = std::iter::once(draft.event).chain(draft.also).collect();
            let sent = (draft.origin, events[0].clone());
            let mut many = SentMany::new(number, &context, sent, count);
            many.again.clone_from(&events);
            app.sending.last = Some(SentWhat::Many(Box::new(many)));
            vec![sending(SendEffect::Again { number, events })]
        }
        Some(count) => {
            let sent = (draft.origin.clone(), draft.event.clone());
            let many = SentMany::new(number, &context, sent, count);
            app.sending.last = Some(SentWhat::Many(Box::new(many)));
            // Each has an id of its own; that of the form was the first one's.
            app.compose.new_id();
            let filled = (draft.fills == Some(true)).then(|| draft.composed.payload().to_owned());
            let rate = draft.rate().unwrap_or_default();
            vec![sending(SendEffect::Copies(Copies { number, first: draft.event, filled, count, rate }))]
        }
        None => Vec::new(),
    }
}

/// Holds the copies that are being sent, or goes on with them.
pub(super) fn hold(app: &mut App) -> Vec<Effect> {
    let Some(SentWhat::Many(many)) = &mut app.sending.last else { return Vec::new() };
    many.is_held = !many.is_held;
    vec![sending(if many.is_held { SendEffect::Hold } else { SendEffect::GoOn })]
}

/// Sends no more copies.
pub(super) fn end(app: &mut App) -> Vec<Effect> {
    app.tell("no more are sent after this batch");
    vec![sending(SendEffect::End)]
}

/// Copies the id of what was sent last.
pub(super) fn copy_id(app: &App) -> Vec<Effect> {
    app.sending.one().map(|one| Effect::Copy(one.event.id().to_string())).into_iter().collect()
}

/// Shows what was sent last among the events.
pub(super) fn show_event(app: &mut App) {
    let Some(one) = app.sending.one() else { return };
    let filter = format!("id:{}", one.event.id());
    super::rewind::leave(app);
    app.view = View::Events;
    app.trail = None;
    super::filter::set(app, &filter);
}

/// Takes what became of something.
pub(super) fn done(app: &mut App, done: SendDone) -> Vec<Effect> {
    match done {
        SendDone::Sought { number, answer } => compose::sought(app, number, answer),
        SendDone::Aimed { number, stream } => compose::aimed(app, number, stream),
        SendDone::Prospect { number, prospect } => {
            if let Some(draft) = draft(app, number) {
                draft.learn(prospect);
            }
        }
        SendDone::Receivers { number, answer } => {
            if let Some(draft) = draft(app, number) {
                draft.receivers = Some(answer);
            }
        }
        SendDone::Sent { number, context, event, answer } => {
            return sent(app, (number, context), &event, answer);
        }
        SendDone::Fates { number, told } => fates(app, number, told),
        SendDone::CopiesAt { number, progress } => copies_at(app, number, *progress),
        SendDone::File(done) => return super::file::done(app, done),
        SendDone::Shelf(done) => return super::shelf::done(app, done),
        SendDone::NotKept(why) => {
            app.tell(format!("what became of it is not in the history: {}", display_safe(&why)));
        }
    }
    Vec::new()
}

fn draft(app: &mut App, number: u64) -> Option<&mut SendDraft> {
    match &mut app.popup {
        Some(Popup::Form(form)) => match &mut form.what {
            What::Send(draft) if draft.number == number => Some(draft),
            _ => None,
        },
        _ => None,
    }
}

fn one(app: &mut App, number: u64) -> Option<&mut SentOne> {
    match &mut app.sending.last {
        Some(SentWhat::One(one)) if one.number == number => Some(one),
        _ => None,
    }
}

fn sent(
    app: &mut App,
    (number, context): (u64, String),
    event: &NewEvent,
    answer: Result<Published, PublishError>,
) -> Vec<Effect> {
    let is_there = answer.is_ok();
    if is_there && app.compose.id == event.id() {
        // What is sent next is another event.
        app.compose.new_id();
    }
    let word = match &answer {
        Ok(Published { repeated: true, .. }) => "was there already".to_owned(),
        Ok(_) => "was sent".to_owned(),
        Err(why @ PublishError::Unknown(_)) => format!("may have been sent, or not: {why}"),
        Err(why) => format!("was not sent: {why}"),
    };
    let is_elsewhere = app.view != View::Compose || one(app, number).is_none();
    if is_elsewhere {
        let told = format!("event {} {word} ({context})", event.id());
        app.tell(display_safe(&told).into_owned());
    }
    let Some(one) = one(app, number) else { return Vec::new() };
    let published = answer.as_ref().ok().cloned();
    one.answer = Some(answer);
    match published {
        Some(published) => {
            one.following = Following::Now;
            settle_text(app);
            vec![sending(SendEffect::Follow { number, published })]
        }
        None => Vec::new(),
    }
}

fn copies_at(app: &mut App, number: u64, progress: Progress) {
    let Some(SentWhat::Many(many)) = &mut app.sending.last else { return };
    if many.number != number {
        return;
    }
    let was_over = many.progress.phase.is_over();
    many.progress = progress;
    if many.progress.phase.is_over() {
        many.keep_doubts();
    }
    let is_there = many.progress.there() > 0 && many.file.is_none();
    let told = super::file::end_told(many).unwrap_or_else(|| {
        let doubt = match many.progress.unknown {
            0 => String::new(),
            n => format!(", and {n} may be, or not"),
        };
        format!("{}: {} on the bus{doubt}", many.phase(), plural(many.progress.there(), "is", "are"))
    });
    if was_over || !many.progress.phase.is_over() {
        return;
    }
    if is_there {
        settle_text(app);
    }
    if app.view != View::Compose {
        app.tell(display_safe(&told).into_owned());
    }
}

/// What stands in the form is not lost any more, where it is what was sent last.
fn settle_text(app: &mut App) {
    let Ok(event) = app.compose.event(app.clock.now) else { return };
    if app.sending.last.as_ref().is_some_and(|last| last.is_of(&event)) {
        app.compose.settle_text();
    }
}

fn fates(app: &mut App, number: u64, told: FatesTold) {
    let is_elsewhere = app.view != View::Compose;
    let Some(one) = one(app, number) else { return };
    match told {
        FatesTold::Now(fates) => {
            one.fates = Some(fates);
            one.trouble = None;
        }
        FatesTold::Trouble(why) => one.trouble = Some(display_safe(&why).into_owned()),
        FatesTold::Over => {
            one.following = Following::Over;
            let (id, summary) = (one.event.id(), one.summary());
            if is_elsewhere {
                app.tell(format!("event {id}: {summary}"));
            }
        }
        FatesTold::GivenUp => one.following = Following::GivenUp,
    }
}
