//! Dead letters on a private Redis, as workers leave them, and the books of what became of them. Needs `redis_server` and
//! `sessions` beside it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use tidings::broker::redis::Settings;
use tidings::bus::{Because, FailedAt, Intake, Operator, Retried, RetryOrder, Runs, TenantLock};
use tidings::event::{EntryId, StreamKey, TenantId};

use crate::sessions::{Admin, intake, session};

/// The type's stream.
pub const STREAM: &str = "event::TICKET_CREATED";
/// The tenant of every event here.
pub const TENANT: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";

/// An entry: its id, and names and values of its fields.
pub type Lying = (String, Vec<(String, String)>);

/// An event's JSON, with a number and a spacing that must be kept; its id is made of `n`.
pub fn event(n: u64) -> String {
    format!(
        r#"{{"id":"{}","eventType":"TICKET_CREATED","timestamp":"2026-11-23T19:42:38.555Z", "payload":{{"tenantId":"{TENANT}","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358","n": 1.500}}}}"#,
        event_id(n)
    )
}

/// The id of the `n`-th event.
pub fn event_id(n: u64) -> String {
    uuid::Uuid::from_u128(u128::from(n) + 1).to_string()
}

/// The fields of the dead letter of the `n`-th event, published as `n`-0, which `handler` tried `attempts` times.
pub fn letter(n: u64, handler: &str, attempts: u64) -> Vec<(String, String)> {
    let failure = r#"{"at":"2026-11-23T19:42:38Z","ms":12,"kind":"error","error":["no \"mail\"","why"]}"#;
    let history = vec![failure; usize::try_from(attempts).unwrap()].join(",");
    own(&[
        ("event", &event(n)),
        ("trace", "t-7"),
        ("sourceStream", STREAM),
        ("sourceMessageId", &format!("{}-0", n + 1)),
        ("handler", handler),
        ("error", r#"["no \"mail\"","why"]"#),
        ("attempts", &attempts.to_string()),
        ("history", &format!("[{history}]")),
        ("firstFailedAt", "2026-11-23T19:42:38.000Z"),
        ("deadLetteredAt", "2026-11-23T19:43:38.000Z"),
        ("reason", "exhausted"),
    ])
}

/// Owned fields.
pub fn own(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Appends an entry; answers its id.
pub async fn add(admin: &mut Admin, key: &str, fields: &[(String, String)]) -> EntryId {
    let mut words: Vec<&[u8]> = vec![b"XADD", key.as_bytes(), b"*"];
    words.extend(fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
    let id: String = redis::from_redis_value(admin.send(&words).await).unwrap();
    id.parse().unwrap()
}

/// Appends so many dead letters of `handler`, numbered from 0; answers where they lie.
pub async fn fill(admin: &mut Admin, count: u64, handler: &str) -> Vec<FailedAt> {
    let mut places = Vec::new();
    for n in 0..count {
        places.push(dead(STREAM, add(admin, &format!("{STREAM}:dead-letter"), &letter(n, handler, 2)).await));
    }
    places
}

/// The name of a dead letter.
pub fn dead(stream: &str, id: EntryId) -> FailedAt {
    FailedAt::DeadLetter { stream: key(stream), id }
}

/// A stream.
pub fn key(stream: &str) -> StreamKey {
    StreamKey::new(stream).unwrap()
}

/// All that lies in a stream.
pub async fn lying(admin: &mut Admin, key: &str) -> Vec<Lying> {
    let entries: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {key} - +")).await;
    entries
        .into_iter()
        .map(|(id, flat)| (id, flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()))
        .collect()
}

/// The value of a field.
pub fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// How often each event lies in a stream, by its id.
pub async fn copies(admin: &mut Admin, key: &str) -> BTreeMap<String, u64> {
    let mut copies = BTreeMap::new();
    for (_, fields) in lying(admin, key).await {
        let json: serde_json::Value = serde_json::from_str(field(&fields, "event").unwrap()).unwrap();
        *copies.entry(json["id"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    copies
}

/// How long a stream is.
pub async fn length(admin: &mut Admin, key: &str) -> u64 {
    admin.get(&format!("XLEN {key}")).await
}

/// The operator of a session that may write.
pub fn operator(settings: &Settings) -> Arc<dyn Operator> {
    session(settings).operator.unwrap()
}

/// The operator of a session that is locked to one tenant.
pub fn locked(settings: &Settings, tenant: &str) -> Arc<dyn Operator> {
    let lock = TenantLock::to([TenantId::new(tenant).unwrap()]);
    let intake = Intake::new(Arc::clone(intake(settings).registry()), lock);
    tidings::broker::redis::open("test", settings, intake, false, None).unwrap().operator.unwrap()
}

/// On behalf of somebody, within a plan.
pub fn because(who: &str, plan: &str) -> Because {
    Because { who: who.to_owned(), plan: Some(plan.to_owned()), reason: Some("mended".to_owned()) }
}

/// Plain retries of `places`.
pub fn orders(places: &[FailedAt], runs: Runs) -> Vec<RetryOrder> {
    places.iter().map(|at| RetryOrder::new(at.clone(), runs)).collect()
}

/// Retries one.
pub async fn retry_one(
    operator: &Arc<dyn Operator>,
    order: RetryOrder,
    plan: &str,
) -> Result<Retried, tidings::bus::ActionError> {
    let mut answers = operator.retry(&[order], &because("jo@web-1", plan)).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}
