//! The tenant lock.

use tidings::bus::{BusSignal, Form, PublishError};

use crate::events::{ACME, GLOBEX, append, event_ids, json, locked_to, open, place, ticket};
use crate::harness::Harness;
use crate::watching::{Watching, everything, history, run};

/// All that was withheld: of other tenants, and unattributed.
fn withheld(seen: &[BusSignal]) -> (u64, u64) {
    seen.iter().fold((0, 0), |(others, unknown), signal| match signal {
        BusSignal::Withheld { other_tenants, unattributed } => {
            (others + other_tenants, unknown + unattributed)
        }
        _ => (others, unknown),
    })
}

pub(crate) async fn a_lock_keeps_others_out_and_counts_them(harness: &impl Harness) {
    let place = place("TICKET_CREATED");
    let mut acme = Vec::new();
    for at in 0..40 {
        let tenant = if at % 4 == 0 { ACME } else { GLOBEX };
        let id = append(harness, &place, None, tenant).await;
        acme.extend((tenant == ACME).then_some(id));
        if at % 10 == 0 {
            harness.append(&place, None, vec![json("{\"id\":")]).await;
        }
    }
    let session = harness.session(locked_to(&[ACME]));
    let mut watching = Watching::start(&session, everything());
    watching.until_caught_up().await;
    assert_eq!(withheld(&watching.seen), (30, 4));
    append(harness, &place, None, GLOBEX).await;
    acme.push(append(harness, &place, None, ACME).await);
    watching.until_entries(acme.len()).await;
    while withheld(&watching.seen) != (31, 4) {
        watching.next().await.expect("the count of what was withheld");
    }
    assert_eq!(event_ids(watching.entries()), acme);
    assert!(!format!("{:?}", watching.seen).contains(GLOBEX), "nothing of another tenant comes through");
    assert_eq!(session.info.locked_to, [ACME]);
}

pub(crate) async fn a_lock_holds_for_publishing(harness: &impl Harness) {
    let session = harness.session(locked_to(&[ACME]));
    let publisher = session.publisher.unwrap();
    for form in [Form::Batch, Form::Once] {
        let answers = publisher.publish(&[ticket(GLOBEX), ticket(ACME)], form).await;
        assert!(matches!(answers[0], Err(PublishError::Tenant { .. })), "{answers:?}");
        assert!(answers[1].is_ok(), "{answers:?}");
    }
    assert_eq!(run(&harness.session(open()), history()).await.entries().len(), 2);
}
