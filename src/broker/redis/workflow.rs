//! The flat copy of an event that Alga's workflows read (docs/wire.md, profile alga-psa): what Alga's own publisher writes for an
//! event that belongs to no workflow yet.

use std::borrow::Cow;

use crate::event::{NewEvent, pick};

/// Names and values, in the order of Alga's.
pub(super) type Fields<'a> = [(&'static str, Cow<'a, str>); 11];

/// The fields of the copy of `event`. What only a workflow that publishes could say is empty, as it is for Alga's.
pub(super) fn fields(event: &NewEvent) -> Fields<'_> {
    let [timestamp] = texts(event.text(), &["timestamp"]);
    let [name, actor, user] = texts(event.payload(), &["eventName", "actorUserId", "userId"]);
    let event_type = event.event_type().as_str();
    let none = || Cow::Borrowed("");
    [
        ("event_id", Cow::Owned(event.id().to_string())),
        ("execution_id", none()),
        ("workflow_correlation_key", none()),
        ("event_name", name.unwrap_or(event_type.to_owned()).into()),
        ("event_type", event_type.into()),
        ("tenant", event.tenant().as_str().into()),
        ("timestamp", timestamp.unwrap_or_default().into()),
        ("user_id", actor.or(user).unwrap_or_default().into()),
        ("from_state", none()),
        ("to_state", none()),
        ("payload_json", event.payload().into()),
    ]
}

/// The values of `names` that are strings, without their escapes.
fn texts<const N: usize>(json: &str, names: &[&str; N]) -> [Option<String>; N] {
    // A new event is known to be an object with an object in it.
    let found = pick(json, names).unwrap_or([None; N]);
    found.map(|value| serde_json::from_str(value?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(payload: &str) -> Vec<(&'static str, String)> {
        let event = NewEvent::from_text(format!(
            r#"{{"payload":{payload},"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"A_B","timestamp":"2026-11-23T18:49:12.545Z"}}"#
        ));
        fields(&event.unwrap()).into_iter().map(|(name, value)| (name, value.into_owned())).collect()
    }

    #[test]
    fn who_did_it_and_what_it_is_called_come_from_the_payload() {
        for (payload, name, user) in [
            (r#"{"tenantId":"t"}"#, "A_B", ""),
            (r#"{"tenantId":"t","userId":"u"}"#, "A_B", "u"),
            (r#"{"tenantId":"t","userId":"u","actorUserId":"a\u0062"}"#, "A_B", "ab"),
            (r#"{"tenantId":"t","userId":7,"eventName":"Other"}"#, "Other", ""),
        ] {
            let fields = of(payload);
            assert_eq!((fields[3].1.as_str(), fields[7].1.as_str()), (name, user), "{payload}");
            assert_eq!(fields[10], ("payload_json", payload.to_owned()));
            assert_eq!(fields[6], ("timestamp", "2026-11-23T18:49:12.545Z".to_owned()));
        }
    }
}
