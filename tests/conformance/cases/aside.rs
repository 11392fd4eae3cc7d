//! Putting failed events aside and back, removing them, importing them, and offering again what is stuck.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{
    ActionError, DiscardOrder, Exported, FailedAt, FailedEvent, FailedSource, FinishAs, Heartbeat, Imported,
    Importer, Session, Suspects,
};
use tidings::event::{FailedState, Field};

use crate::events::{ACME, append_many, fields, json, place, ticket};
use crate::failing::{
    after, because, dead_letters, delivery, failure, given, join, list, listed_letters, of, one, operator,
    retry_one, session,
};
use crate::handling::Log;
use crate::harness::Fails;

fn text<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    let field = fields.iter().rfind(|field| field.0 == name.as_bytes())?;
    std::str::from_utf8(&field.1).ok()
}

/// Whether the second is what the first was, wherever they lie.
fn same_letter(before: &[Field], after: &[Field]) {
    for name in
        ["event", "sourceStream", "sourceMessageId", "handler", "error", "attempts", "history", "reason"]
    {
        assert_eq!(text(before, name), text(after, name), "{name}");
    }
}

pub(crate) async fn what_is_put_aside_can_be_put_back(harness: &impl Fails) {
    let events = [ticket(ACME), ticket(ACME)];
    let (session, found) = listed_letters(harness, "sla", &events).await;
    let letter = of(&found, &events[0]);
    let before = session.failed.whole(&letter.at).await.unwrap().unwrap();
    let operator = operator(&session);
    let aside = one(operator
        .discard(&DiscardOrder::all(std::slice::from_ref(&letter.at)), &because("plan-1"))
        .await
        .unwrap())
    .unwrap();
    assert!(matches!(aside, FailedAt::Discarded { .. }));
    assert_eq!(dead_letters(&session, 1).await[0].event, Some(events[1].id()), "the other one stays");
    let whole = session.failed.whole(&aside).await.unwrap().unwrap();
    assert_eq!(whole.event.state, FailedState::Discarded);
    assert_eq!(text(&whole.fields, "discardedBy"), Some("jo@web-1"));
    assert_eq!(text(&whole.fields, "discardReason"), Some("mail is back"));
    assert_eq!(text(&whole.fields, "discardedFrom"), Some(letter.at.id().to_string().as_str()));
    assert!(text(&whole.fields, "discardedAt").is_some_and(|at| !at.is_empty()));
    same_letter(&before.fields, &whole.fields);
    // As long as it lies aside nobody can retry it.
    let retried = retry_one(&session, &aside, "plan-2").await;
    assert!(matches!(retried, Err(ActionError::Unsuitable(_))), "{retried:?}");
    assert_eq!(retry_one(&session, &letter.at, "plan-2").await, Err(ActionError::Gone));
    let back = one(operator.restore(std::slice::from_ref(&aside)).await.unwrap()).unwrap();
    assert_eq!(list(&session, FailedSource::Discarded).await, []);
    let whole = session.failed.whole(&back).await.unwrap().unwrap();
    same_letter(&before.fields, &whole.fields);
    assert_eq!((whole.event.state, text(&whole.fields, "discardedBy")), (FailedState::Dead, None));
    assert_eq!(whole.history, before.history);
    retry_one(&session, &back, "plan-2").await.unwrap();
    let wrong = one(operator.restore(&[of(&found, &events[1]).at.clone()]).await.unwrap());
    assert!(matches!(wrong, Err(ActionError::Unsuitable(_))), "{wrong:?}");
}

pub(crate) async fn what_waits_can_be_put_aside(harness: &impl Fails) {
    let event = ticket(ACME);
    let (member, delivered) = given(harness, "sla", std::slice::from_ref(&event)).await;
    let what = FinishAs::Retry {
        fields: Arc::new(json(event.text())),
        after: Duration::from_hours(1),
        history: vec![failure("greylisted", 1)],
    };
    member.finish(&[after(2, delivery(&delivered, &event), &event, what)]).await.unwrap();
    let (session, operator) = (session(harness, &[]), operator(&session(harness, &[])));
    let waiting = list(&session, FailedSource::Waiting).await;
    // What was chosen before its last attempt is not what waits now.
    let earlier = DiscardOrder { attempts: Some(1), ..DiscardOrder::of(&waiting[0]) };
    let moved_on = one(operator.discard(&[earlier], &because("plan-1")).await.unwrap());
    assert_eq!((moved_on, waiting[0].attempts), (Err(ActionError::MovedOn), Some(2)));
    assert_eq!(list(&session, FailedSource::Waiting).await, waiting);
    let chosen = DiscardOrder::of(&waiting[0]);
    assert_eq!(chosen.attempts, Some(2));
    let aside = one(operator.discard(&[chosen], &because("plan-1")).await.unwrap()).unwrap();
    assert_eq!(list(&session, FailedSource::Waiting).await, []);
    let discarded = list(&session, FailedSource::Discarded).await;
    let put = of(&discarded, &event);
    assert_eq!((&put.at, put.handler.as_deref(), put.source), (&aside, Some("sla"), waiting[0].source));
    assert_eq!(put.error.as_deref(), Some("greylisted: its cause"));
    let back = one(operator.restore(&[aside]).await.unwrap()).unwrap();
    let letter = dead_letters(&session, 1).await.remove(0);
    assert_eq!((&letter.at, letter.state, letter.event), (&back, FailedState::Dead, Some(event.id())));
    retry_one(&session, &back, "plan-2").await.unwrap();
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("sla"));
    log.until(1).await;
    worker.stop().await.unwrap();
    assert_eq!(log.attempts_at(event.id()), [1], "by hand it starts afresh");
}

pub(crate) async fn what_is_purged_is_gone(harness: &impl Fails) {
    let events = [ticket(ACME), ticket(ACME), ticket(ACME)];
    let (session, found) = listed_letters(harness, "sla", &events).await;
    let operator = operator(&session);
    let first = of(&found, &events[0]).at.clone();
    let aside = of(&found, &events[1]).at.clone();
    let aside =
        one(operator.discard(&DiscardOrder::all(&[aside]), &because("plan-1")).await.unwrap()).unwrap();
    assert_eq!(operator.purge(&[first.clone(), aside.clone()]).await.unwrap(), [Ok(()), Ok(())]);
    assert_eq!(
        operator.purge(&[first, aside]).await.unwrap(),
        [Err(ActionError::Gone), Err(ActionError::Gone)]
    );
    assert_eq!(dead_letters(&session, 1).await[0].event, Some(events[2].id()));
    assert_eq!(list(&session, FailedSource::Discarded).await, []);
    let pending = FailedAt::Pending {
        stream: place("TICKET_CREATED").stream().clone(),
        group: "sla".into(),
        id: found[0].source.unwrap(),
    };
    let wrong = one(operator.purge(&[pending]).await.unwrap());
    assert!(matches!(wrong, Err(ActionError::Unsuitable(_))), "{wrong:?}");
}

pub(crate) async fn what_was_exported_is_imported_once(harness: &impl Fails) {
    let events = [ticket(ACME), ticket(ACME)];
    let (session, found) = listed_letters(harness, "sla", &events).await;
    let mut exported = Vec::new();
    for letter in &found {
        let fields = session.failed.whole(&letter.at).await.unwrap().unwrap().fields;
        exported.push((letter.stream.clone(), fields));
    }
    let operator = operator(&session);
    // Both lie there: nothing is added.
    let lying: Vec<_> = found.iter().map(|letter| Ok(letter.at.clone())).collect();
    assert_eq!(crate::importing::import(&*operator, &exported).await.unwrap(), lying);
    assert_eq!(list(&session, FailedSource::DeadLetters).await, found);
    let gone = found[0].at.clone();
    operator.purge(std::slice::from_ref(&gone)).await.unwrap()[0].as_ref().unwrap();
    let twice: Vec<_> = exported.iter().cloned().chain([exported[0].clone()]).collect();
    let answers = crate::importing::import(&*operator, &twice).await.unwrap();
    assert!(answers[0].is_ok() && answers[0] == answers[2] && answers[1] == lying[1], "{answers:?}");
    let now = dead_letters(&session, 2).await;
    let back = now.iter().find(|letter| Ok(&letter.at) == answers[0].as_ref()).unwrap();
    assert_ne!(back.at, gone, "it has a position of its own");
    let fields = session.failed.whole(&back.at).await.unwrap().unwrap().fields;
    assert_eq!(fields, exported[0].1, "to the byte");
    retry_one(&session, &back.at, "plan-1").await.unwrap();
}

async fn export(session: &Session, found: &[FailedEvent]) -> Vec<Exported> {
    let mut exported = Vec::new();
    for failed in found {
        let whole = session.failed.whole(&failed.at).await.unwrap().unwrap();
        exported.push(Exported::from(&failed.at, whole.fields));
    }
    exported
}

/// All answers of an import.
async fn all(mut importer: Box<dyn Importer + '_>) -> Vec<Result<Imported, ActionError>> {
    let mut answers = Vec::new();
    loop {
        match importer.next().await.unwrap() {
            some if some.is_empty() => return answers,
            some => answers.extend(some),
        }
    }
}

pub(crate) async fn what_left_since_the_export_is_put_back_only_when_that_is_wanted(harness: &impl Fails) {
    let events = [ticket(ACME), ticket(ACME), ticket(ACME), ticket(ACME)];
    let (session, found) = listed_letters(harness, "sla", &events).await;
    let operator = operator(&session);
    let file = export(&session, &found).await;
    let [stays, retried, discarded, purged] = found.as_slice() else { panic!("{found:?}") };
    retry_one(&session, &retried.at, "plan-1").await.unwrap();
    let aside = one(operator
        .discard(&DiscardOrder::all(std::slice::from_ref(&discarded.at)), &because("plan-1"))
        .await
        .unwrap());
    let aside = aside.unwrap();
    operator.purge(std::slice::from_ref(&purged.at)).await.unwrap()[0].as_ref().unwrap();

    let answers = all(operator.importer(file.clone(), false)).await;
    assert_eq!(answers[0], Ok(Imported { at: stays.at.clone(), was_there: true }));
    let tells = |answer: &Result<Imported, ActionError>, what: &str| matches!(answer, Err(ActionError::Unsuitable(why)) if why.contains(what) && why.contains("--again"));
    assert!(tells(&answers[1], "retried by hand"), "{answers:?}");
    assert!(tells(&answers[2], &format!("failed restore {aside}")), "{answers:?}");
    assert!(answers[3].as_ref().is_ok_and(|imported| !imported.was_there), "{answers:?}");
    assert_eq!(dead_letters(&session, 2).await.len(), 2);

    let answers = all(operator.importer(file.clone(), true)).await;
    let there: Vec<_> = answers.iter().map(|answer| answer.as_ref().unwrap().was_there).collect();
    assert_eq!(there, [true, false, false, true]);
    // What lay there later than it was retried has not left since.
    let now = dead_letters(&session, 4).await;
    let back = now.iter().find(|letter| letter.source == retried.source).unwrap();
    let later = export(&session, std::slice::from_ref(back)).await;
    operator.purge(std::slice::from_ref(&back.at)).await.unwrap()[0].as_ref().unwrap();
    assert!(one(all(operator.importer(later, false)).await).is_ok_and(|imported| !imported.was_there));
}

pub(crate) async fn what_is_no_dead_letter_is_not_imported(harness: &impl Fails) {
    let (session, found) = listed_letters(harness, "sla", &[ticket(ACME)]).await;
    let stream = found[0].stream.clone();
    let whole = session.failed.whole(&found[0].at).await.unwrap().unwrap();
    let without = |name: &str| {
        let kept = whole.fields.iter().filter(|field| field.0 != name.as_bytes());
        (stream.clone(), kept.cloned().collect::<Vec<_>>())
    };
    let letters = [
        (stream.clone(), Vec::new()),
        (stream.clone(), fields(&[(b"event", b"{}")])),
        without("sourceMessageId"),
        without("handler"),
        (place("TICKET_CLOSED").stream().clone(), whole.fields.clone()),
    ];
    for answer in crate::importing::import(&*operator(&session), &letters).await.unwrap() {
        assert!(matches!(&answer, Err(ActionError::Invalid(why)) if !why.is_empty()), "{answer:?}");
    }
    assert_eq!(list(&session, FailedSource::DeadLetters).await, found);
}

pub(crate) async fn what_is_stuck_is_offered_again(harness: &impl Fails) {
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let stalls = join(harness, "sla").await;
    let taken = crate::cases::claim::take(&stalls, 2).await;
    let session = session(harness, &[]);
    let operator = operator(&session);
    let pending = list(&session, FailedSource::Pending).await;
    let at: Vec<_> = pending.iter().map(|entry| entry.at.clone()).collect();
    for answer in operator.release(&at, false).await.unwrap() {
        assert!(matches!(answer, Err(ActionError::Busy { idle_ms }) if idle_ms < 30_000), "{answer:?}");
    }
    let heir = join(harness, "sla").await;
    assert!(heir.reclaim(10, Suspects::ANY).await.unwrap().deliveries.is_empty(), "they are another's");
    // Forced, it is offered although somebody may be at it.
    operator.release(&at[..1], true).await.unwrap()[0].as_ref().unwrap();
    let offered = crate::failing::offered(&heir, 1).await;
    assert_eq!((offered[0].claim.id, offered[0].crashes), (at[0].id(), 0), "that is no crash");
    let left = taken.iter().find(|delivery| delivery.claim.id == at[1].id()).unwrap();
    harness.neglect(&left.claim, "sla", stalls.consumer(), Duration::from_secs(75)).await;
    let stuck = list(&session, FailedSource::Pending).await;
    let stuck = stuck.iter().find(|entry| entry.at == at[1]).unwrap();
    assert_eq!(stuck.state, FailedState::Stuck, "{stuck:?}");
    assert!(stuck.idle.is_some_and(|idle| idle >= Duration::from_secs(75)));
    operator.release(&at[1..], false).await.unwrap()[0].as_ref().unwrap();
    let offered = list(&session, FailedSource::Pending).await;
    let offered = offered.iter().find(|entry| entry.at == at[1]).unwrap();
    assert_eq!(offered.state, FailedState::Retrying, "nobody has left it for long: {offered:?}");
    let offered = crate::failing::offered(&heir, 1).await;
    assert_eq!((offered[0].claim.id, offered[0].crashes), (at[1].id(), 0));
    // What is trimmed cannot be given to anybody.
    harness.trim(&place("TICKET_CREATED"), 0).await;
    let trimmed = operator.release(&at, true).await.unwrap();
    assert_eq!(trimmed, [Err(ActionError::Trimmed), Err(ActionError::Trimmed)]);
    let wrong = FailedAt::DeadLetter { stream: at[0].stream().clone(), id: at[0].id() };
    let wrong = one(operator.release(&[wrong], true).await.unwrap());
    assert!(matches!(wrong, Err(ActionError::Unsuitable(_))), "{wrong:?}");
}

pub(crate) async fn a_consumer_says_itself_for_how_long_its_entries_may_be_left(harness: &impl Fails) {
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    let (stalls, session) = (join(harness, "sla").await, session(harness, &[]));
    let taken = crate::cases::claim::take(&stalls, 1).await;
    let beat = Heartbeat { lease_ms: Some(60_000), ..super::loss::heartbeat(&stalls, "sla") };
    stalls.beat(&beat).await.unwrap();
    for (seconds, state) in [(45, FailedState::Running), (75, FailedState::Stuck)] {
        harness.neglect(&taken[0].claim, "sla", stalls.consumer(), Duration::from_secs(seconds)).await;
        let pending = one(list(&session, FailedSource::Pending).await);
        assert_eq!(pending.state, state, "{seconds} s: {pending:?}");
        let whole = session.failed.whole(&pending.at).await.unwrap().unwrap();
        assert_eq!(whole.event.state, state);
        let report = one(session.inspector.handlers().await.unwrap().found);
        let stuck = usize::from(state == FailedState::Stuck);
        assert_eq!(report.pending_states()[stuck * 2], 1, "{report:?}");
        let released = one(operator(&session).release(&[pending.at], false).await.unwrap());
        assert_eq!(released.is_ok(), stuck == 1, "{seconds} s: {released:?}");
    }
    assert_eq!(one(list(&session, FailedSource::Pending).await).state, FailedState::Retrying);
    assert_eq!(one(session.inspector.handlers().await.unwrap().found).pending_states(), [0, 1, 0]);
}

pub(crate) async fn what_a_worker_with_a_long_lease_gives_back_is_not_stuck_at_once(harness: &impl Fails) {
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    let session = session(harness, &[]);
    let leaves = crate::cases::claim::join(harness, Duration::from_mins(10)).await;
    crate::cases::claim::take(&leaves, 1).await;
    leaves
        .beat(&Heartbeat { lease_ms: Some(600_000), ..super::loss::heartbeat(&leaves, "by-hand") })
        .await
        .unwrap();
    leaves.leave(&[]).await.unwrap();
    // Nobody is left who says what its lease was.
    let given_back = one(list(&session, FailedSource::Pending).await);
    assert_eq!(given_back.state, FailedState::Retrying, "{given_back:?}");
    let report = one(session.inspector.handlers().await.unwrap().found);
    assert_eq!(report.pending_states(), [0, 1, 0], "{report:?}");
    // An heir takes it at once, however long its lease is.
    let heir = crate::cases::claim::join(harness, Duration::from_mins(10)).await;
    let offered = crate::failing::offered(&heir, 1).await;
    assert_eq!((offered[0].claim.id, offered[0].crashes), (given_back.at.id(), 0), "that is no crash");
}
