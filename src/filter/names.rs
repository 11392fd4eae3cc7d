//! What a filter can say of an entry by its names alone. Entries of a bus share few names, so one answer for each of them
//! spares looking at the entries one by one.

use super::node::{Kind, Node};
use super::test::{Name, Test};
use super::{Filter, Subject};

impl Filter {
    /// Whether every entry of this type, tenant and channel passes, or none of them; `None` where the rest of an entry
    /// decides. Nothing else of `subject` is looked at.
    pub fn by_names(&self, subject: &Subject<'_>) -> Option<bool> {
        match self.node() {
            None => Some(true),
            Some(node) => node.by_names(subject),
        }
    }
}

impl Node {
    fn by_names(&self, subject: &Subject<'_>) -> Option<bool> {
        match &self.kind {
            Kind::All(nodes) => decided(nodes, subject, false),
            Kind::Any(nodes) => decided(nodes, subject, true),
            Kind::Not(node) => node.by_names(subject).map(|passes| !passes),
            Kind::Test(test) => test.by_names(subject),
        }
    }
}

/// What `nodes` say together, where one that says `alone` decides for all.
fn decided(nodes: &[Node], subject: &Subject<'_>, alone: bool) -> Option<bool> {
    let mut all = Some(!alone);
    for node in nodes {
        match node.by_names(subject) {
            Some(says) if says == alone => return Some(alone),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

impl Test {
    fn by_names(&self, subject: &Subject<'_>) -> Option<bool> {
        match self {
            Self::Name { part: Name::Type | Name::Tenant | Name::Channel, .. } => {
                // A name asks for nothing that changes with time.
                Some(self.matches(subject, chrono::DateTime::UNIX_EPOCH))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EntryId;
    use crate::filter::Standing;

    fn subject<'a>(event_type: &'a str, tenant: &'a str) -> Subject<'a> {
        Subject {
            stream: "event::A",
            entry_id: EntryId::ZERO,
            channel: Some("global"),
            event_type: Some(event_type),
            tenant: Some(tenant),
            label: None,
            event_id: None,
            at: chrono::DateTime::UNIX_EPOCH,
            text: Some("{}"),
            escaped: true,
            payload: Some("{}"),
            standing: Standing::Valid,
            failures: &[],
            state: None,
        }
    }

    #[test]
    fn names_decide_where_nothing_else_can() {
        for (filter, says) in [
            ("", Some(true)),
            ("type:TICKET_*", Some(true)),
            ("type:PROJECT_*", Some(false)),
            ("not type:PROJECT_*", Some(true)),
            ("channel:global tenant:acme", Some(true)),
            ("type:TICKET_* mail", None),
            ("type:PROJECT_* mail", Some(false)),
            ("type:TICKET_* or mail", Some(true)),
            ("type:PROJECT_* or mail", None),
            ("not (type:PROJECT_* mail)", Some(true)),
            ("not (type:TICKET_* mail)", None),
            ("payload.a=1", None),
            ("is:invalid", None),
            ("age<5m", None),
        ] {
            let parsed = Filter::parse(filter).unwrap();
            assert_eq!(parsed.by_names(&subject("TICKET_UPDATED", "acme")), says, "{filter}");
        }
    }
}
