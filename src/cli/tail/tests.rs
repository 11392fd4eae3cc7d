//! Tests.

use super::*;
use crate::cli::test_desk::TestDesk;
use crate::event::{Content, EntryId, Fault, FaultKind, Report, StreamKey, Verdict};

fn entry(content: Content, verdict: Verdict) -> Entry {
    Entry {
        stream: StreamKey::new("event::A").unwrap(),
        id: EntryId::new(7, 1),
        replayable: true,
        channel: None,
        event_type: "A".parse().ok(),
        tenant: None,
        event_id: None,
        timestamp: None,
        content,
        verdict,
    }
}

fn printed(mut test: TestDesk, masks: &[&str]) -> String {
    let event = r#"{"id":"7","payload":{"email":"ada@example.com","n":1.50,"who":{"em\u0061il":["ada@x"]}}}"#;
    let at = event.find("{\"email").unwrap()..event.len() - 1;
    let json = |verdict| entry(Content::Json { text: event.into(), payload: Some(at.clone()) }, verdict);
    let fault = |path: &str, found: &str| {
        let report = Report::new(path, "a number", found);
        Verdict::Invalid(Box::new(Fault::new(FaultKind::Schema, report)))
    };
    let raw = Content::Fields(vec![(b"event".to_vec(), b"{ada@raw".to_vec())]);
    let entries = [
        json(Verdict::Valid),
        json(fault("/payload/email", "\"ada@example.com\"")),
        entry(raw, fault("", "ada@raw")),
    ];
    let masks: Vec<_> = masks.iter().map(|mask| (*mask).to_owned()).collect();
    let mut printer = Printer {
        columns: Columns::new(false),
        labels: TenantLabels::default(),
        failures: FailureLog::default(),
        filter: TailFilter::parse(Some("ada")).unwrap(),
        masks: Masks::new(&masks).unwrap(),
        left: None,
    };
    test.run(|desk| entries.iter().try_for_each(|entry| printer.entry(entry, desk))).unwrap();
    test.out()
}

#[test]
fn what_is_masked_is_found_and_not_printed() {
    for test in [TestDesk::text, TestDesk::json] {
        let whole = printed(test(), &[]);
        assert!(whole.contains("ada@example.com") && !whole.contains("redacted"), "{whole}");
        let masked = printed(test(), &["payload.**.email"]);
        assert!(!masked.contains("ada@") && masked.contains("[redacted]"), "{masked}");
        // The filter looks for what is there: entries with JSON have text, those without have none.
        assert_eq!(masked.lines().count(), 2, "{masked}");
    }
    let line = printed(TestDesk::json(), &["payload.**.email"]);
    let line: serde_json::Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    let wanted = serde_json::json!({ "email": "[redacted]", "n": 1.5, "who": { "email": "[redacted]" } });
    assert_eq!(line["event"]["payload"], wanted);
    let numbers = printed(TestDesk::json(), &["payload.**.email"]);
    assert!(numbers.contains("\"n\":1.50"), "what is not masked is as it came: {numbers}");
}

#[test]
fn an_entry_that_is_no_json_shows_the_names_of_its_fields() {
    let raw = Content::Fields(vec![(b"event".to_vec(), b"{ada@raw".to_vec())]);
    let entry = entry(raw, Verdict::Unchecked);
    let masks = Masks::new(&["email".to_owned()]).unwrap();
    let mut test = TestDesk::json();
    test.run(|desk| json_line(&masks.entry(&entry), &mut desk.out)).unwrap();
    assert!(test.out().contains(r#""fields":{"event":"[redacted]"}"#), "{}", test.out());
}
