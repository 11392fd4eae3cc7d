//! Tests.

use super::columns::Columns;
use crate::cli::test_desk::TestDesk;
use crate::event::{Content, Entry, EntryId, EventType, StreamKey, TenantId, TenantLabels, Verdict};
use crate::monitor::AboutRules;

fn entry(payload: &str) -> Entry {
    let text = format!(r#"{{"payload":{payload}}}"#);
    let payload = 11..text.len() - 1;
    Entry {
        stream: StreamKey::new("event::TICKET_MOVED").unwrap(),
        id: EntryId::new(1_795_435_351_000, 0),
        replayable: true,
        channel: None,
        event_type: Some(EventType::new("TICKET_MOVED").unwrap()),
        tenant: Some(TenantId::new("acme").unwrap()),
        event_id: None,
        timestamp: None,
        content: Content::Json { text: text.into(), payload: Some(payload) },
        verdict: Verdict::Valid,
    }
}

#[test]
fn a_line_tells_of_an_event_what_the_rule_for_its_type_names() {
    let line = |types: &str, paths: &[&str], payload: &str| {
        let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        let about = AboutRules::new([(types, paths.as_slice())]).unwrap();
        let mut test = TestDesk::text();
        Columns::new(false, about).line(&entry(payload), &TenantLabels::default(), &test.desk())
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
