//! The language as a whole: what each construct matches, how mistakes are explained, and that nothing typed or
//! received does harm.

mod carets;
mod constructs;
mod docs;
mod harm;
mod oracle;
mod rewriting;
mod states;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Filter, Standing, Subject};
use crate::event::EntryId;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_795_462_958_000).unwrap()
}

/// Reads a filter that is right.
fn filter(text: &str) -> Filter {
    Filter::parse(text).unwrap_or_else(|error| panic!("{}", error.caret(text)))
}

const EVENT: &str = r#"{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"TICKET_UPDATED","version":2,"payload":{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","changes":{"status":"on_hold","old status":"Open"},"amount":1250.50,"big":9007199254740993,"price":"99.90","zip":"01234","urgent":true,"closedAt":null,"tags":["vip","EU"],"lines":[{"sku":"A1","n":1},{"sku":"B2","n":30}],"none":[],"note":"Caf\u00e9 \/ \"No such user\"","7":"seven"}}"#;

/// A ticket of the tenant Acme MSP, five minutes old.
fn subject() -> Subject<'static> {
    Subject {
        stream: "alga-psa:event-stream:emailservice::v7:TICKET_UPDATED",
        entry_id: EntryId::new(1_795_459_752_545, 1),
        channel: Some("emailservice::v7"),
        event_type: Some("TICKET_UPDATED"),
        tenant: Some("189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6"),
        label: Some("Acme MSP"),
        event_id: "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().ok(),
        at: now() - TimeDelta::minutes(5),
        text: Some(EVENT),
        escaped: true,
        payload: EVENT.find(r#"{"tenantId""#).map(|at| &EVENT[at..EVENT.len() - 1]),
        standing: Standing::Unchecked,
        failures: &[],
        state: None,
    }
}

/// Fields that could not be decoded.
fn unreadable() -> Subject<'static> {
    Subject {
        channel: None,
        event_type: None,
        tenant: None,
        label: None,
        event_id: None,
        text: None,
        payload: None,
        standing: Standing::Invalid,
        ..subject()
    }
}
