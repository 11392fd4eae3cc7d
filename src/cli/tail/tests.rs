//! Tests.

use super::*;
use crate::cli::test_desk::TestDesk;
use crate::event::{Content, EntryId, Fault, FaultKind, Report, StreamKey, TenantId, Verdict};
use crate::monitor::AboutRules;

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
        columns: Columns::new(false, AboutRules::default()),
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

/// An event of a type without a schema.
fn moved(payload: &str) -> Entry {
    let text = format!(r#"{{"payload":{payload}}}"#);
    let payload = 11..text.len() - 1;
    Entry {
        event_type: "TICKET_MOVED".parse().ok(),
        tenant: Some(TenantId::new("acme").unwrap()),
        ..entry(Content::Json { text: text.into(), payload: Some(payload) }, Verdict::Valid)
    }
}

#[test]
fn a_line_tells_of_an_event_what_the_rule_for_its_type_names() {
    let line = |types: &str, paths: &[&str], payload: &str| {
        let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        let about = AboutRules::new([(types, paths.as_slice())]).unwrap();
        let mut test = TestDesk::text();
        Columns::new(false, about).line(&moved(payload), &TenantLabels::default(), &test.desk())
    };
    let payload = r#"{"ticketId":"T-1","board":"west","note":"moved"}"#;
    let told = line("TICKET_*", &["board"], payload);
    assert!(told.ends_with("  board west"), "{told}");
    // Of another type, and where nothing of it is found, as without a rule.
    for (types, path) in [("INVOICE_*", "board"), ("TICKET_*", "nothing.there")] {
        let told = line(types, &[path], payload);
        assert!(told.contains("ticket T-1") && !told.ends_with("  board west"), "{told}");
    }
    // Text from a bus reaches no terminal raw.
    let told = line("*", &["board"], r#"{"board":"we\u001b[31mst"}"#);
    assert!(!told.contains('\u{1b}') && told.contains("we"), "{told}");
}
