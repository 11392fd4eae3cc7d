//! The catalogue of Alga PSA against a bus that Alga's own event bus wrote.

use std::collections::BTreeMap;

use tidings::event::Envelope;
use tidings::schema::{Catalogue, Check, Registry};

#[test]
fn no_event_of_the_captured_bus_is_invalid() {
    let capture: serde_json::Value =
        serde_json::from_str(include_str!("fixtures/alga-capture.json")).unwrap();
    let registry = Registry::builtin(Catalogue::AlgaPsa);
    let mut valid: BTreeMap<String, usize> = BTreeMap::new();
    for (key, stream) in capture.as_object().unwrap() {
        if !key.starts_with("alga-psa:event-stream:") {
            continue;
        }
        for entry in stream["entries"].as_array().unwrap() {
            let text = entry[1]["event"].as_str().unwrap();
            let envelope = Envelope::read(text);
            assert_eq!(envelope.fault, None, "{key} {}", entry[0]);
            let event_type = envelope.event_type.unwrap();
            match registry.check(&event_type, &text[envelope.payload.unwrap()]) {
                Check::Valid => *valid.entry(event_type.to_string()).or_default() += 1,
                Check::Unchecked => {}
                Check::Invalid(reports) => panic!("{key} {}: {reports:?}", entry[0]),
            }
        }
    }
    insta::assert_snapshot!(format!("{valid:#?}"), @r#"
    {
        "INVOICE_FINALIZED": 6,
        "INVOICE_GENERATED": 26,
        "PROJECT_CREATED": 36,
        "PROJECT_UPDATED": 24,
        "TICKET_CLOSED": 39,
        "TICKET_CREATED": 161,
        "TICKET_UPDATED": 129,
        "TIME_ENTRY_APPROVED": 3,
        "TIME_ENTRY_SUBMITTED": 12,
    }
    "#);
}
