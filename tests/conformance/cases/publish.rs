//! Publishing.

use tidings::bus::{Form, PublishError, Published, Publisher};
use tidings::event::{FaultKind, NewEvent};

use crate::events::{ACME, event, open, ticket, ticket_of};
use crate::harness::Harness;
use crate::watching::{history, run};

async fn published(publisher: &dyn Publisher, events: &[NewEvent], form: Form) -> Vec<Published> {
    let answers = publisher.publish(events, form).await;
    assert_eq!(answers.len(), events.len());
    answers.into_iter().map(|answer| answer.expect("the broker takes it")).collect()
}

async fn answers_in_order(harness: &impl Harness, form: Form) {
    let session = harness.session(open());
    let publisher = session.publisher.clone().unwrap();
    let events: Vec<_> = (0..450)
        .map(|at| event(["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED"][at % 3], &ticket_of(ACME)))
        .collect();
    let answers = published(&*publisher, &events, form).await;
    let seen = run(&session, history()).await;
    assert_eq!(seen.entries().len(), events.len());
    for (answer, event) in answers.iter().zip(&events) {
        assert_eq!((answer.event, answer.repeated), (event.id(), false));
        assert_eq!(answer.stream.as_str(), format!("event::{}", event.event_type().as_str()));
        let entry = seen.entries().into_iter().find(|entry| entry.event_id == Some(event.id())).unwrap();
        assert_eq!(
            (entry.id, &entry.stream),
            (answer.entry, &answer.stream),
            "it lies where the answer says"
        );
        assert_eq!(entry.text(), Some(event.text()));
    }
    assert!(publisher.publish(&[], form).await.is_empty());
}

pub(crate) async fn batch_answers_in_order(harness: &impl Harness) {
    answers_in_order(harness, Form::Batch).await;
}

pub(crate) async fn once_answers_in_order(harness: &impl Harness) {
    answers_in_order(harness, Form::Once).await;
}

pub(crate) async fn once_makes_no_double(harness: &impl Harness) {
    let session = harness.session(open());
    let publisher = session.publisher.clone().unwrap();
    let events = [ticket(ACME), ticket(ACME)];
    let first = published(&*publisher, &events, Form::Once).await;
    // Again in another order, from another session, and twice within one call.
    let again = [events[1].clone(), events[0].clone(), events[1].clone(), ticket(ACME)];
    let other = harness.session(open()).publisher.unwrap();
    let answers = published(&*other, &again, Form::Once).await;
    let repeated: Vec<_> = answers.iter().map(|answer| answer.repeated).collect();
    assert_eq!(repeated, [true, true, true, false]);
    assert_eq!([answers[0].entry, answers[1].entry], [first[1].entry, first[0].entry]);
    assert_eq!(run(&session, history()).await.entries().len(), 3);
    // `batch` looks for no marker, and leaves none.
    let batched = ticket(ACME);
    published(&*publisher, std::slice::from_ref(&batched), Form::Batch).await;
    let after = published(&*publisher, &[batched, events[0].clone()], Form::Once).await;
    assert_eq!([after[0].repeated, after[1].repeated], [false, true]);
}

pub(crate) async fn a_refused_event_holds_up_no_other(harness: &impl Harness) {
    let session = harness.session(open());
    let publisher = session.publisher.clone().unwrap();
    let misfit = event("TICKET_CREATED", &format!(r#"{{"tenantId":"{ACME}","ticketId":"TCK-1042"}}"#));
    let huge = event(
        "ASSET_DISCOVERED",
        &format!(r#"{{"tenantId":"{ACME}","text":"{}"}}"#, "x".repeat(1024 * 1024)),
    );
    for form in [Form::Batch, Form::Once] {
        let answers =
            publisher.publish(&[ticket(ACME), misfit.clone(), huge.clone(), ticket(ACME)], form).await;
        assert!(answers[0].is_ok() && answers[3].is_ok(), "{answers:?}");
        let Err(PublishError::Invalid(fault)) = &answers[1] else { panic!("{:?}", answers[1]) };
        assert_eq!((fault.kind, fault.reports.len()), (FaultKind::Schema, 2));
        let size = huge.text().len();
        assert_eq!(answers[2], Err(PublishError::TooLarge { size, limit: 1024 * 1024 }));
    }
    assert_eq!(run(&session, history()).await.entries().len(), 4, "what was refused was not sent");
}

pub(crate) async fn vetting_and_previewing_send_nothing(harness: &impl Harness) {
    let session = harness.session(open());
    let publisher = session.publisher.clone().unwrap();
    let event = ticket(ACME);
    for form in [Form::Batch, Form::Once] {
        let preview = publisher.preview(&event, form);
        assert!(preview.iter().any(|line| line.contains(event.text())), "{preview:?}");
        assert!(preview.iter().any(|line| line.contains("event::TICKET_CREATED")), "{preview:?}");
    }
    assert_eq!(publisher.vet(&event), Ok(()));
    assert_eq!(run(&session, history()).await.entries().len(), 0);
}
