//! Reading failed events, and what is recorded of acting on them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tidings::bus::{
    ActionError, Because, Claim, Counted, Deed, Delivery, DiscardOrder, FailedAt, FailedQuery, FailedSource,
    FinishAs, Followed, KeptPlan, Reason, Retried, RetryOrder, Runs, Session, Verb,
};
use tidings::event::{EntryId, FailedState, NewEvent, StreamKey};

use crate::events::{ACME, GLOBEX, event, fields, json, place, ticket, ticket_of};
use crate::failing::{
    ATTEMPTS, after, because, dead, dead_letters, delivery, failure, given, join, letters, list,
    listed_letters, of, one, operator, orders, pages, retry_one, session,
};
use crate::handling::eventually;
use crate::harness::Fails;

const HOUR: Duration = Duration::from_hours(1);

/// One event in each state, of the handler `sla`.
struct OneOfEach {
    session: Session,
    events: Vec<NewEvent>,
    given: Vec<Delivery>,
    aside: FailedAt,
    sent: Retried,
}

impl OneOfEach {
    async fn make(harness: &impl Fails) -> Self {
        let events: Vec<_> = (0..7).map(|_| ticket(ACME)).collect();
        let [died, unfit, waits, due, _, put_aside, retried] = &events[..] else { unreachable!() };
        let (member, given) = given(harness, "sla", &events).await;
        let again = |event: &NewEvent, pause| FinishAs::Retry {
            fields: Arc::new(json(event.text())),
            after: pause,
            history: vec![failure("greylisted", 2)],
        };
        let finishes = [
            after(ATTEMPTS, delivery(&given, died), died, dead(died, Reason::Exhausted)),
            after(0, delivery(&given, unfit), unfit, dead(unfit, Reason::Invalid)),
            after(2, delivery(&given, waits), waits, again(waits, HOUR)),
            after(1, delivery(&given, due), due, again(due, Duration::ZERO)),
            after(ATTEMPTS, delivery(&given, put_aside), put_aside, dead(put_aside, Reason::Permanent)),
            after(ATTEMPTS, delivery(&given, retried), retried, dead(retried, Reason::Permanent)),
        ];
        member.finish(&finishes).await.unwrap();
        let session = session(harness, &[]);
        eventually("what is due has moved", || async {
            member.keep_up().await.unwrap();
            let waiting = list(&session, FailedSource::Waiting).await;
            waiting.iter().any(|failed| matches!(failed.at, FailedAt::Due { .. })).then_some(())
        })
        .await;
        let found = dead_letters(&session, 4).await;
        let at = std::slice::from_ref(&of(&found, put_aside).at);
        let aside =
            one(operator(&session).discard(&DiscardOrder::all(at), &because("plan-d")).await.unwrap())
                .unwrap();
        let sent = retry_one(&session, &of(&found, retried).at, "plan-r").await.unwrap();
        Self { session, events, given, aside, sent }
    }

    /// Where an event was published.
    fn source(&self, event: &NewEvent) -> EntryId {
        delivery(&self.given, event).claim.id
    }
}

fn stream() -> StreamKey {
    place("TICKET_CREATED").stream().clone()
}

pub(crate) async fn dead_letters_are_listed_with_their_facts(harness: &impl Fails) {
    let made = OneOfEach::make(harness).await;
    let (died, unfit) = (&made.events[0], &made.events[1]);
    let found = dead_letters(&made.session, 2).await;
    let letter = of(&found, died);
    assert!(matches!(&letter.at, FailedAt::DeadLetter { stream: lies, .. } if *lies == stream()));
    assert_eq!((letter.state, letter.handler.as_deref()), (FailedState::Dead, Some("sla")));
    assert_eq!((&letter.stream, letter.source), (&stream(), Some(made.source(died))));
    assert_eq!((letter.event_type.as_str(), &letter.channel), ("TICKET_CREATED", &None));
    assert_eq!((letter.tenant.as_ref(), letter.event), (Some(died.tenant()), Some(died.id())));
    assert_eq!((letter.attempts, letter.reason.as_deref()), (Some(u64::from(ATTEMPTS)), Some("exhausted")));
    assert_eq!(
        (letter.error.as_deref(), letter.text.as_deref()),
        (Some("mail was refused: no such user"), Some(died.text()))
    );
    assert!(letter.first_failed_at.unwrap() < letter.last_failed_at.unwrap(), "{letter:?}");
    assert_eq!((letter.next_at, letter.outcome), (None, None));
    let invalid = of(&found, unfit);
    assert_eq!((invalid.state, invalid.reason.as_deref()), (FailedState::Invalid, Some("invalid")));

    let whole = made.session.failed.whole(&letter.at).await.unwrap().unwrap();
    assert_eq!(whole.error, ["mail was refused", "no such user"]);
    let said: Vec<_> = whole.history.iter().map(|failure| failure.error[0].as_str()).collect();
    assert_eq!(said, ["the first", "mail was refused"]);
    let names: Vec<_> = whole.fields.iter().map(|(name, _)| std::str::from_utf8(name).unwrap()).collect();
    let ours = ["sourceStream", "sourceMessageId", "handler", "error", "attempts", "history"];
    let more = ["firstFailedAt", "deadLetteredAt", "reason"];
    let expected: Vec<_> = ["event"].into_iter().chain(ours).chain(more).collect();
    assert_eq!(names, expected, "as the wire has it");
}

pub(crate) async fn what_waits_or_is_with_somebody_is_listed_with_its_state(harness: &impl Fails) {
    let made = OneOfEach::make(harness).await;
    let [_, _, waits, due, runs, _, retried] = &made.events[..] else { unreachable!() };
    let waiting = list(&made.session, FailedSource::Waiting).await;
    assert_eq!(waiting.len(), 3, "the retried one is due as well: {waiting:?}");
    let later = of(&waiting, waits);
    let source = made.source(waits);
    let at = FailedAt::Waiting { stream: stream(), handler: "sla".parse().unwrap(), source };
    assert_eq!((&later.at, later.state, later.attempts), (&at, FailedState::Retrying, Some(2)));
    assert!(later.next_at.unwrap() > Utc::now() + HOUR / 2);
    assert_eq!(
        later.error.as_deref(),
        Some("greylisted: its cause"),
        "the cause tells one failure from another"
    );
    assert_eq!(later.text.as_deref(), Some(waits.text()));
    for (event, plan) in [(due, None), (retried, Some("plan-r"))] {
        let found = of(&waiting, event);
        assert!(
            matches!(found.at, FailedAt::Due { .. }) && found.state == FailedState::Retrying,
            "{found:?}"
        );
        assert_eq!(
            (found.plan.as_deref(), &found.stream, found.source),
            (plan, &stream(), Some(made.source(event)))
        );
    }
    let pending = list(&made.session, FailedSource::Pending).await;
    let running = of(&pending, runs);
    let at = FailedAt::Pending { stream: stream(), group: "sla".into(), id: made.source(runs) };
    assert_eq!((pending.len(), &running.at, running.state), (1, &at, FailedState::Running));
    assert!(running.idle.is_some() && running.handler.as_deref() == Some("sla"));
}

pub(crate) async fn what_a_person_did_is_listed_with_what_became_of_it(harness: &impl Fails) {
    let made = OneOfEach::make(harness).await;
    let (put_aside, retried) = (&made.events[5], &made.events[6]);
    let discarded = list(&made.session, FailedSource::Discarded).await;
    assert_eq!((discarded.len(), discarded[0].state), (1, FailedState::Discarded));
    assert_eq!((&discarded[0].at, discarded[0].event), (&made.aside, Some(put_aside.id())));
    assert_eq!(discarded[0].reason.as_deref(), Some("permanent"), "the facts of the dead letter");
    let records = list(&made.session, FailedSource::Retried).await;
    let record = of(&records, retried);
    assert_eq!((records.len(), record.state), (1, FailedState::Retried));
    assert_eq!((record.plan.as_deref(), record.outcome), (Some("plan-r"), Some(Followed::Pending)));
    assert_eq!((record.source, record.handler.as_deref()), (Some(made.source(retried)), Some("sla")));
    assert_eq!(
        (record.tenant.as_ref(), record.error.as_deref()),
        (Some(retried.tenant()), Some("mail was refused: no such user"))
    );
    let sent = &made.sent;
    assert_eq!((sent.source, sent.to.len(), sent.repeated), (Some(made.source(retried)), 1, false));
}

pub(crate) async fn each_is_known_closely_under_the_name_that_the_list_gave_it(harness: &impl Fails) {
    let made = OneOfEach::make(harness).await;
    let all = pages(&made.session, FailedQuery::of(FailedSource::ALL)).await;
    let all: Vec<_> = all.into_iter().flat_map(|page| page.events).collect();
    // The retried one is due, and recorded.
    assert_eq!(all.len(), 8);
    for failed in &all {
        let whole = made.session.failed.whole(&failed.at).await.unwrap().unwrap();
        let (is, was) = (&whole.event, failed);
        assert_eq!((&is.at, is.event, is.state), (&was.at, was.event, was.state));
        let event = made.events.iter().find(|event| Some(event.id()) == failed.event).unwrap();
        assert_eq!(is.text.as_deref(), Some(event.text()));
        let published = Claim { stream: stream(), id: made.source(event) };
        assert_eq!(whole.lineage.published, Some(published), "it is there still");
        assert_eq!(whole.lineage.retried.len(), usize::from(*event == made.events[6]));
        assert!(!whole.fields.is_empty());
    }
}

pub(crate) async fn many_come_whole_in_bounded_pages(harness: &impl Fails) {
    let mut events: Vec<_> = (0..800).map(|_| ticket(ACME)).collect();
    events.extend((0..400).map(|_| event("TICKET_CLOSED", &ticket_of(ACME))));
    letters(harness, "sla", &events).await;
    let session = session(harness, &[]);
    let all = pages(&session, FailedQuery::of(FailedSource::FAILED)).await;
    assert!(all.len() >= 3 && all.iter().all(|page| page.events.len() <= 500));
    let first = &all[0];
    let totals = first.totals.as_ref().unwrap();
    assert_eq!(totals[&FailedSource::DeadLetters], Counted::Exactly(1_200));
    let lying: BTreeMap<_, _> = first.lying.iter().map(|(stream, count)| (stream.as_str(), *count)).collect();
    assert_eq!(lying, BTreeMap::from([("event::TICKET_CLOSED", 400), ("event::TICKET_CREATED", 800)]));
    assert!(all[1..].iter().all(|page| page.totals.is_none() && page.lying.is_empty()));
    let found: Vec<_> = all.into_iter().flat_map(|page| page.events).collect();
    let ids: HashSet<_> = found.iter().map(|failed| failed.event.unwrap()).collect();
    assert_eq!((found.len(), ids), (1_200, events.iter().map(NewEvent::id).collect()));
    let streams: BTreeSet<_> = found.iter().map(|failed| &failed.stream).collect();
    for stream in streams {
        let ids = found.iter().filter(|failed| failed.stream == *stream).map(|failed| failed.at.id());
        assert!(ids.is_sorted_by(|newer, older| newer > older), "newest first in {stream}");
    }
    let query = FailedQuery { at_most: Some(70), ..FailedQuery::of([FailedSource::DeadLetters]) };
    let some = pages(&session, query).await;
    assert_eq!(some.iter().map(|page| page.events.len()).sum::<usize>(), 70);
    let totals = some[0].totals.as_ref().unwrap();
    assert_eq!(totals[&FailedSource::DeadLetters], Counted::Exactly(1_200), "the rest is counted");
}

pub(crate) async fn only_what_came_later_is_read_when_asked(harness: &impl Fails) {
    let early: Vec<_> = (0..5).map(|_| ticket(ACME)).collect();
    let (session, found) = listed_letters(harness, "sla", &early).await;
    let newest = found.iter().map(|failed| failed.at.id()).max().unwrap();
    let mut late: Vec<_> = (0..3).map(|_| ticket(ACME)).collect();
    late.push(event("TICKET_CLOSED", &ticket_of(ACME)));
    letters(harness, "sla", &late).await;
    let after = BTreeMap::from([(place("TICKET_CREATED").stream().clone(), newest)]);
    let query = FailedQuery { after, ..FailedQuery::of([FailedSource::DeadLetters]) };
    let found: Vec<_> = pages(&session, query).await.into_iter().flat_map(|page| page.events).collect();
    let ids: HashSet<_> = found.iter().map(|failed| failed.event.unwrap()).collect();
    assert_eq!(ids, late.iter().map(NewEvent::id).collect(), "what is not named is read from its beginning");
}

pub(crate) async fn what_does_not_lie_there_is_nothing(harness: &impl Fails) {
    let session = session(harness, &[]);
    let empty = pages(&session, FailedQuery::of(FailedSource::ALL)).await;
    assert!(empty.iter().all(|page| page.events.is_empty()));
    assert!(empty[0].totals.as_ref().unwrap().values().all(|total| *total == Counted::Exactly(0)));
    let stream = stream();
    let (handler, id) = ("sla".parse().unwrap(), EntryId::new(7, 7));
    let retries = format!("{}:retry:sla", stream.as_str());
    let nowhere = [
        FailedAt::DeadLetter { stream: stream.clone(), id },
        FailedAt::Waiting { stream: stream.clone(), handler, source: id },
        FailedAt::Pending { stream: stream.clone(), group: "a group: of another".into(), id },
        FailedAt::Due { stream: retries.parse().unwrap(), id },
        FailedAt::Discarded { stream: stream.clone(), id },
        FailedAt::Retried { stream, id },
    ];
    let operator = operator(&session);
    for at in &nowhere {
        assert_eq!(session.failed.whole(at).await.unwrap(), None, "{at}");
    }
    for at in [&nowhere[0], &nowhere[1]] {
        assert_eq!(retry_one(&session, at, "plan-1").await, Err(ActionError::Gone));
        let discarded =
            operator.discard(&DiscardOrder::all(std::slice::from_ref(at)), &because("plan-1")).await.unwrap();
        assert_eq!(discarded, [Err(ActionError::Gone)]);
    }
    assert_eq!(operator.restore(&nowhere[4..5]).await.unwrap(), [Err(ActionError::Gone)]);
    assert_eq!(operator.purge(&nowhere[..1]).await.unwrap(), [Err(ActionError::Gone)]);
    assert_eq!(operator.purge(&nowhere[4..5]).await.unwrap(), [Err(ActionError::Gone)]);
    assert_eq!(operator.release(&nowhere[2..3], true).await.unwrap(), [Err(ActionError::Gone)]);
    assert_eq!(session.failed.journal(10).await.unwrap(), []);
    assert_eq!(session.failed.plan("plan-1").await.unwrap(), None);
}

pub(crate) async fn what_a_retry_reaches_is_foreseen(harness: &impl Fails) {
    let events: Vec<_> = (0..3).map(|_| ticket(ACME)).collect();
    join(harness, "other").await;
    let (session, found) = listed_letters(harness, "sla", &events).await;
    let failed = session.failed.foresee(&found, Runs::Failed).await.unwrap();
    assert_eq!(failed.handlers, BTreeMap::from([("sla".to_owned(), 3)]));
    assert_eq!((failed.skipped, failed.skipped_runs), (0, 0));
    // Its group on the stream is made with the first look after that came.
    join(harness, "other").await;
    for runs in [Runs::All, Runs::AsNew] {
        let all = session.failed.foresee(&found, runs).await.unwrap();
        assert_eq!(
            all.handlers,
            BTreeMap::from([("other".to_owned(), 3), ("sla".to_owned(), 3)]),
            "{runs:?}"
        );
        assert_eq!((all.skipped, all.skipped_runs), (0, 0));
    }
}

pub(crate) async fn a_lock_holds_for_reading_and_for_every_action(harness: &impl Fails) {
    let (own, other) = (ticket(ACME), ticket(GLOBEX));
    let runs = ticket(GLOBEX);
    letters(harness, "sla", &[own.clone(), other.clone()]).await;
    let unreadable = fields(&[(b"trace", b"\xff")]);
    let (member, delivered) = given(harness, "sla", std::slice::from_ref(&runs)).await;
    // An entry without a tenant, as a dead letter.
    harness.append(&place("TICKET_CREATED"), None, vec![unreadable.clone()]).await;
    let taken = crate::cases::claim::take(&member, 1).await;
    let what = FinishAs::Dead {
        fields: Arc::new(unreadable),
        reason: Reason::Malformed,
        error: vec!["no event".to_owned()],
        history: Vec::new(),
    };
    member.finish(&[crate::cases::claim::finish(&taken[0], what)]).await.unwrap();

    let (all, locked) = (session(harness, &[]), session(harness, &[ACME]));
    let found = dead_letters(&all, 3).await;
    let (of_other, no_tenant) = (of(&found, &other), found.iter().find(|it| it.tenant.is_none()).unwrap());
    let pages = pages(&locked, FailedQuery::of(FailedSource::FAILED)).await;
    let seen: Vec<_> = pages.iter().flat_map(|page| &page.events).map(|failed| failed.event).collect();
    assert_eq!(seen, [Some(own.id())]);
    let counted = |count: fn(&tidings::bus::FailedPage) -> u64| pages.iter().map(count).sum::<u64>();
    assert_eq!((counted(|page| page.other_tenants), counted(|page| page.unattributed)), (2, 1));

    let operator = operator(&locked);
    let pending = FailedAt::Pending {
        stream: delivered[0].claim.stream.clone(),
        group: "sla".into(),
        id: delivered[0].claim.id,
    };
    let outside = || ActionError::Tenant(other.tenant().clone());
    for at in [&of_other.at, &no_tenant.at] {
        assert_eq!(locked.failed.whole(at).await.unwrap(), None);
        let refusal = if *at == of_other.at { outside() } else { ActionError::Unattributed };
        for runs in [Runs::Failed, Runs::All, Runs::AsNew] {
            let answers =
                operator.retry(&[RetryOrder::new(at.clone(), runs)], &because("plan-1")).await.unwrap();
            assert_eq!(answers, [Err(refusal.clone())]);
        }
        let at = std::slice::from_ref(at);
        assert_eq!(
            operator.discard(&DiscardOrder::all(at), &because("plan-1")).await.unwrap(),
            [Err(refusal.clone())]
        );
        assert_eq!(operator.purge(at).await.unwrap(), [Err(refusal.clone())]);
    }
    assert_eq!(operator.release(std::slice::from_ref(&pending), true).await.unwrap(), [Err(outside())]);
    assert_eq!(locked.failed.whole(&pending).await.unwrap(), None);
    let whole = all.failed.whole(&of_other.at).await.unwrap().unwrap();
    let import =
        crate::importing::import(&*operator, &[(of_other.stream.clone(), whole.fields)]).await.unwrap();
    assert_eq!(import, [Err(outside())]);
    let edited = RetryOrder {
        edited: Some(other.clone()),
        ..RetryOrder::new(of(&found, &own).at.clone(), Runs::Failed)
    };
    assert!(
        one(operator.retry(&[edited], &because("plan-1")).await.unwrap()).is_err(),
        "not another's event either"
    );
    assert_eq!(dead_letters(&all, 3).await, found, "nothing was touched");

    // What was put aside, and the record of a retry, are another's as well.
    let everyones = crate::failing::operator(&all);
    let aside = one(everyones
        .discard(&DiscardOrder::all(std::slice::from_ref(&of_other.at)), &because("plan-2"))
        .await
        .unwrap())
    .unwrap();
    let aside = std::slice::from_ref(&aside);
    assert_eq!(operator.restore(aside).await.unwrap(), [Err(outside())]);
    assert_eq!(operator.purge(aside).await.unwrap(), [Err(outside())]);
    let restored = one(everyones.restore(aside).await.unwrap()).unwrap();
    retry_one(&all, &restored, "plan-3").await.unwrap();
    assert!(retry_one(&locked, &restored, "plan-3").await.is_err(), "nor is it told of");
    assert_eq!(list(&locked, FailedSource::Retried).await, []);
    // Its own it may retry.
    let answers =
        operator.retry(&orders(std::slice::from_ref(of(&found, &own))), &because("plan-4")).await.unwrap();
    assert!(answers[0].is_ok(), "{answers:?}");
}

pub(crate) async fn the_journal_says_who_did_what_and_why_newest_first(harness: &impl Fails) {
    let session = session(harness, &[]);
    let operator = operator(&session);
    let before = Utc::now() - chrono::TimeDelta::minutes(1);
    operator.record(Deed::PlanStarted, &because("plan-1"), 412, None).await.unwrap();
    operator.record(Deed::PlanCancelled, &because("plan-1"), 206, Some("206 of 412 done")).await.unwrap();
    let nobody = Because { who: "ci@\u{1b}[2J".to_owned(), plan: None, reason: None };
    operator.record(Deed::Purged, &nobody, 1, None).await.unwrap();
    let lines = session.failed.journal(10).await.unwrap();
    let said: Vec<_> = lines.iter().map(|line| (line.deed, line.count, line.note.as_deref())).collect();
    let expected = [
        (Deed::Purged, 1, None),
        (Deed::PlanCancelled, 206, Some("206 of 412 done")),
        (Deed::PlanStarted, 412, None),
    ];
    assert_eq!(said, expected);
    assert_eq!((lines[0].who.as_str(), &lines[0].plan, &lines[0].reason), ("ci@\u{1b}[2J", &None, &None));
    let first = &lines[2];
    assert_eq!((first.who.as_str(), first.plan.as_deref()), ("jo@web-1", Some("plan-1")));
    assert_eq!(first.reason.as_deref(), Some("mail is back"));
    assert!(lines.is_sorted_by(|newer, older| newer.id > older.id) && first.at > before, "{lines:?}");
    assert_eq!(session.failed.journal(1).await.unwrap(), &lines[..1]);
}

pub(crate) async fn a_plan_is_kept_as_it_was(harness: &impl Fails) {
    let session = session(harness, &[]);
    let stream = stream();
    let item = |n| match n % 2 {
        0 => FailedAt::DeadLetter { stream: stream.clone(), id: EntryId::new(n, 1) },
        _ => FailedAt::Waiting {
            stream: stream.clone(),
            handler: "sla.v2".parse().unwrap(),
            source: EntryId::new(n, 0),
        },
    };
    let plan = KeptPlan {
        id: "plan-7f3a9c".to_owned(),
        who: "jo@web-1".to_owned(),
        at: chrono::DateTime::from_timestamp_millis(1_795_462_958_555).unwrap(),
        reason: Some("mail is back:\n\"at last\"".to_owned()),
        runs: Runs::All,
        pace: "50/s".to_owned(),
        items: (1..=2_500).map(item).collect(),
        attempts: (1..=2_500)
            .map(|n| (item(n), n))
            .filter(|(at, _)| matches!(at, FailedAt::Waiting { .. }))
            .collect(),
    };
    operator(&session).keep(&plan).await.unwrap();
    assert_eq!(session.failed.plan(&plan.id).await.unwrap().as_ref(), Some(&plan));
    let shorter = KeptPlan {
        items: plan.items[..3].to_vec(),
        attempts: std::collections::BTreeMap::from([(plan.items[0].clone(), 7)]),
        reason: None,
        runs: Runs::Failed,
        ..plan.clone()
    };
    operator(&session).keep(&shorter).await.unwrap();
    assert_eq!(session.failed.plan(&plan.id).await.unwrap(), Some(shorter), "the later one counts");
    assert_eq!(session.failed.plan("plan-0").await.unwrap(), None);
    let keeps = [session.failed.keeps(&plan.id).await, session.failed.keeps("plan-0").await];
    assert_eq!(keeps, [Ok(true), Ok(false)]);
}

pub(crate) async fn a_session_that_may_not_write_reads_and_has_no_operator(harness: &impl Fails) {
    let events = [ticket(ACME)];
    let (all, found) = listed_letters(harness, "sla", &events).await;
    for verb in [Verb::Retry, Verb::Discard, Verb::Release, Verb::Purge, Verb::Import] {
        assert_eq!(all.failed.may(verb).await, Ok(()));
    }
    let looking = harness.read_only("the context 'prod' is read-only: use --write");
    assert_eq!(
        looking.operator.as_ref().err().map(String::as_str),
        Some("the context 'prod' is read-only: use --write")
    );
    assert!(looking.publisher.is_err() && looking.consumer.is_err() && looking.info.read_only);
    assert_eq!(list(&looking, FailedSource::DeadLetters).await, found);
    assert!(looking.failed.whole(&found[0].at).await.unwrap().is_some());
    let claim = Claim { stream: found[0].stream.clone(), id: found[0].source.unwrap() };
    let whole = looking.failed.whole(&found[0].at).await.unwrap().unwrap();
    assert_eq!(whole.lineage.published, Some(claim));
}
