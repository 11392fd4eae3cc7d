//! What is said of an entry: valid, unchecked, or invalid and why; and its bytes as they came.

use tidings::bus::Form;
use tidings::event::{Content, FaultKind, Field, Verdict};

use crate::events::{ACME, event, fields, json, open, place, ticket};
use crate::harness::Harness;
use crate::watching::{history, run};

pub(crate) async fn what_is_invalid_comes_through_with_its_reason(harness: &impl Harness) {
    let good = ticket(ACME).text().to_owned();
    let cases: Vec<(Vec<Field>, FaultKind, &str)> = vec![
        (fields(&[(b"evnt", good.as_bytes()), (b"n", b"1")]), FaultKind::Missing, ""),
        (fields(&[(b"event", b"{\"id\": \xff\xfe}"), (b"trace", b"\x00\x01")]), FaultKind::Utf8, ""),
        (fields(&[(b"\xc3\x28", b"x")]), FaultKind::Utf8, ""),
        (json(&good[..good.len() - 2]), FaultKind::Json, ""),
        (json("[1, 2]"), FaultKind::Schema, ""),
        (json(&good.replace(r#""eventType":"TICKET_CREATED","#, "")), FaultKind::Missing, "/eventType"),
        (json(&good.replace(r#""id":""#, r#""id":"no"#)), FaultKind::Schema, "/id"),
        (json(&good.replace(&format!(r#""{ACME}""#), "7")), FaultKind::Schema, "/payload/tenantId"),
        (json(&good.replace(ACME, "")), FaultKind::Schema, "/payload/tenantId"),
    ];
    let place = place("TICKET_CREATED");
    for (fields, _, _) in &cases {
        harness.append(&place, None, vec![fields.clone()]).await;
    }
    let seen = run(&harness.session(open()), history()).await;
    assert_eq!(seen.entries().len(), cases.len(), "none is dropped");
    for (entry, (fields, kind, path)) in seen.entries().into_iter().zip(&cases) {
        let fault = entry.fault().unwrap_or_else(|| panic!("{fields:?} is invalid: {entry:?}"));
        assert_eq!((fault.kind, fault.reports[0].path.as_str()), (*kind, *path), "{fields:?}");
        assert_eq!(entry.event_type.as_ref().unwrap().as_str(), "TICKET_CREATED");
        match &entry.content {
            Content::Fields(kept) => assert_eq!(kept, fields, "all fields, to the byte"),
            Content::Json { text, .. } => assert_eq!(text.as_bytes(), fields[0].1),
        }
    }
}

pub(crate) async fn valid_and_unchecked_are_told_apart(harness: &impl Harness) {
    let bad = format!(r#"{{"tenantId":"{ACME}","ticketId":"TCK-1042"}}"#);
    let unknown = event("ASSET_DISCOVERED", &bad);
    harness.append(&place("TICKET_CREATED"), Some(1_000), vec![json(ticket(ACME).text())]).await;
    harness.append(&place("ASSET_DISCOVERED"), Some(2_000), vec![json(unknown.text())]).await;
    harness
        .append(&place("TICKET_CREATED"), Some(3_000), vec![json(event("TICKET_CREATED", &bad).text())])
        .await;
    let seen = run(&harness.session(open()), history()).await;
    let [valid, unchecked, invalid] = seen.entries()[..] else { panic!("{:?}", seen.seen) };
    assert_eq!(valid.verdict, Verdict::Valid);
    assert_eq!(unchecked.verdict, Verdict::Unchecked);
    let fault = invalid.fault().expect("a ticketId that is no UUID, and no userId");
    assert_eq!(fault.kind, FaultKind::Schema);
    let mut paths: Vec<_> = fault.reports.iter().map(|report| report.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/payload/ticketId", "/payload/userId"]);
}

pub(crate) async fn a_payload_is_kept_to_the_letter(harness: &impl Harness) {
    let payload = format!(
        r#"{{ "z": 1.500, "tenantId": "{ACME}", "n": 12345678901234567890123, "n": 1e400, "a": "\u00e9é \/" }}"#
    );
    let session = harness.session(open());
    let publisher = session.publisher.clone().unwrap();
    let new = event("ASSET_DISCOVERED", &payload);
    let answers = publisher.publish(std::slice::from_ref(&new), Form::Batch).await;
    assert!(answers[0].is_ok(), "{answers:?}");
    let seen = run(&session, history()).await;
    assert_eq!(seen.entries()[0].payload(), Some(payload.as_str()));
    assert_eq!(seen.entries()[0].text(), Some(new.text()));
}
