//! Which payload schema each event type has.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::event::{EventType, Report};

use super::compiled::Schema;
use super::outline::{self, ScalarKind};
use super::{Catalogue, SchemaError};

/// What a schema says of a payload.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// It fits.
    Valid,
    /// The type has no schema.
    Unchecked,
    /// It does not fit; at least one report, paths begin with `/payload`.
    Invalid(Vec<Report>),
}

/// Where a schema came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A catalogue that comes with Tidings.
    Builtin(Catalogue),
    /// A file of an organisation's own.
    File(PathBuf),
    /// A program that uses this library.
    Program,
}

/// In words, safe for a terminal: `built-in native`, or the file's path.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(catalogue) => f.pad(&format!("built-in {catalogue}")),
            Self::File(path) => f.pad(&crate::text::display_safe(&path.to_string_lossy())),
            Self::Program => f.pad("program"),
        }
    }
}

/// What is known of a type that has a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeInfo {
    /// The type.
    pub event_type: EventType,
    /// Where its schema came from.
    pub origin: Origin,
    /// The schema's title.
    pub title: Option<String>,
    /// The schema's description.
    pub description: Option<String>,
    /// The fields every payload must have, in the schema's order. Names are the schema's: not safe to show.
    pub required: Vec<String>,
    /// The fields a payload may have, in the schema's order.
    pub optional: Vec<String>,
}

impl TypeInfo {
    fn new(event_type: &EventType, schema: &Schema, origin: &Origin) -> Self {
        let (required, optional) = outline::fields(&schema.document);
        let text = |name| schema.document.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            event_type: event_type.clone(),
            origin: origin.clone(),
            title: text("title"),
            description: text("description"),
            required,
            optional,
        }
    }
}

/// Schemas by event type. Cheap to share behind an `Arc`; judging takes `&self`.
#[derive(Debug, Default)]
pub struct Registry {
    schemas: BTreeMap<EventType, (Arc<Schema>, Origin)>,
}

impl Registry {
    /// The schemas of a built-in catalogue.
    pub fn builtin(catalogue: Catalogue) -> Self {
        let mut registry = Self::default();
        for (name, source) in catalogue.files() {
            let added = EventType::new(name)
                .is_ok_and(|name| registry.add_from(name, source, Origin::Builtin(catalogue)).is_ok());
            // The files are part of the program: a test counts what arrives here.
            debug_assert!(added, "the built-in schema of {name} cannot be used");
        }
        registry
    }

    /// Adds the schema `source` (JSON Schema text) for `event_type`, in place of one that is there.
    pub fn add(&mut self, event_type: EventType, source: &str) -> Result<(), SchemaError> {
        self.add_from(event_type, source, Origin::Program).map(|_| ())
    }

    /// As [`Registry::add`], remembers where the schema came from, and answers what it says. After an error nothing
    /// has changed.
    pub fn add_from(
        &mut self,
        event_type: EventType,
        source: &str,
        origin: Origin,
    ) -> Result<TypeInfo, SchemaError> {
        let schema = Schema::compile(event_type.as_str(), source)?;
        let info = TypeInfo::new(&event_type, &schema, &origin);
        self.schemas.insert(event_type, (Arc::new(schema), origin));
        Ok(info)
    }

    /// Takes over all of `other`'s schemas, in place of those that are there.
    pub fn merge(&mut self, other: Self) {
        self.schemas.extend(other.schemas);
    }

    /// Judges the text of a payload.
    pub fn check(&self, event_type: &EventType, payload: &str) -> Check {
        let Some((schema, _)) = self.schemas.get(event_type) else { return Check::Unchecked };
        match schema.faults(payload) {
            reports if reports.is_empty() => Check::Valid,
            reports => Check::Invalid(reports),
        }
    }

    /// The types that have a schema, in order.
    pub fn types(&self) -> impl Iterator<Item = &EventType> {
        self.schemas.keys()
    }

    /// The JSON Schema text of a type, as it was given.
    pub fn source(&self, event_type: &EventType) -> Option<&str> {
        self.schemas.get(event_type).map(|(schema, _)| schema.source.as_str())
    }

    /// The compiled schema of a type.
    pub(super) fn schema(&self, event_type: &EventType) -> Option<&Arc<Schema>> {
        self.schemas.get(event_type).map(|(schema, _)| schema)
    }

    /// What is known of each type that has a schema, in order.
    pub fn entries(&self) -> Vec<TypeInfo> {
        self.schemas.iter().map(|(name, (schema, origin))| TypeInfo::new(name, schema, origin)).collect()
    }

    /// What is known of a type; `None` when it has no schema.
    pub fn info(&self, event_type: &EventType) -> Option<TypeInfo> {
        let (schema, origin) = self.schemas.get(event_type)?;
        Some(TypeInfo::new(event_type, schema, origin))
    }

    /// The kind of value that the schema of a type wants at a path of the payload, such as `["changes", "priority"]`.
    /// Follows properties, references within the document, and the branches of `allOf`, `anyOf` and `oneOf`; what
    /// may also be null counts as what it is otherwise. `None` when no schema says anything of that path.
    pub fn kind_at(&self, event_type: &EventType, path: &[&str]) -> Option<ScalarKind> {
        let (schema, _) = self.schemas.get(event_type)?;
        outline::kind_at(&schema.document, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_type(name: &str) -> EventType {
        EventType::new(name).unwrap()
    }

    /// `@` stands for a UUID in quotes.
    fn check(registry: &Registry, name: &str, payload: &str) -> Check {
        registry.check(&event_type(name), &payload.replace('@', r#""8d4c722f-17c2-4e4f-95b3-cb7824659b21""#))
    }

    /// The catalogue as the table of docs/wire.md: type: required; optional.
    fn table(catalogue: Catalogue) -> String {
        let line = |info: TypeInfo| {
            assert!(
                info.title.is_some()
                    && info.description.is_some()
                    && info.origin == Origin::Builtin(catalogue)
            );
            let (required, optional) = (info.required.join(" "), info.optional.join(" "));
            format!("{}: {required} [{optional}]\n", info.event_type)
        };
        Registry::builtin(catalogue).entries().into_iter().map(line).collect()
    }

    #[test]
    fn the_native_catalogue_is_the_one_of_the_wire() {
        insta::assert_snapshot!(table(Catalogue::Native), @r"
        INVOICE_FINALIZED: tenantId invoiceId companyId userId amount []
        INVOICE_GENERATED: tenantId invoiceId companyId userId amount []
        PROJECT_CLOSED: tenantId projectId userId [assignedTo changes]
        PROJECT_CREATED: tenantId projectId userId [assignedTo changes]
        PROJECT_UPDATED: tenantId projectId userId [assignedTo changes]
        TICKET_CLOSED: tenantId ticketId userId [changes]
        TICKET_CREATED: tenantId ticketId userId [changes]
        TICKET_UPDATED: tenantId ticketId userId [changes]
        TIME_ENTRY_APPROVED: tenantId timeEntryId userId workItemId workItemType [changes]
        TIME_ENTRY_SUBMITTED: tenantId timeEntryId userId workItemId workItemType [changes]
        ");
    }

    #[test]
    fn the_catalogue_of_alga_is_the_one_of_the_wire() {
        insta::assert_snapshot!(table(Catalogue::AlgaPsa), @r"
        INVOICE_FINALIZED: tenantId invoiceId clientId userId amount []
        INVOICE_GENERATED: tenantId invoiceId clientId userId amount []
        PROJECT_CLOSED: tenantId projectId userId changes [assignedTo]
        PROJECT_CREATED: tenantId projectId userId [assignedTo changes]
        PROJECT_UPDATED: tenantId projectId userId [assignedTo changes]
        TICKET_CLOSED: tenantId ticketId userId [changes]
        TICKET_CREATED: tenantId ticketId userId [changes]
        TICKET_UPDATED: tenantId ticketId userId [changes]
        TIME_ENTRY_APPROVED: tenantId timeEntryId [userId approvedBy workItemId workItemType changes]
        TIME_ENTRY_SUBMITTED: tenantId timeEntryId [userId approvedBy workItemId workItemType changes]
        ");
    }

    #[test]
    fn built_in_schemas_judge_as_the_wire_says() {
        let native = Registry::builtin(Catalogue::Native);
        let alga = Registry::builtin(Catalogue::AlgaPsa);
        let ticket = r#"{"tenantId":@,"ticketId":@,"userId":@,"changes":{"status":"open"},"stranger":[1]}"#;
        let time =
            r#"{"tenantId":@,"timeEntryId":@,"userId":@,"workItemId":@,"workItemType":"PROJECT_TASK"}"#;
        let bare_time = r#"{"tenantId":@,"timeEntryId":@,"workItemId":null,"workItemType":"anything"}"#;
        let company = r#"{"tenantId":@,"invoiceId":@,"companyId":@,"userId":@,"amount":1.5}"#;
        let client = r#"{"tenantId":@,"invoiceId":@,"clientId":@,"userId":@,"amount":96514}"#;
        let project = r#"{"tenantId":@,"projectId":@,"userId":@,"assignedTo":@}"#;
        let closed = r#"{"tenantId":@,"projectId":@,"userId":@,"changes":{"status":{"is_closed":true}}}"#;
        let open = closed.replace("true", "false");
        for (registry, name, payload, valid) in [
            (&native, "TICKET_CLOSED", ticket, true),
            (&alga, "TICKET_CLOSED", ticket, true),
            (&native, "TIME_ENTRY_APPROVED", time, true),
            (&native, "TIME_ENTRY_APPROVED", bare_time, false),
            (&alga, "TIME_ENTRY_APPROVED", bare_time, true),
            (&native, "INVOICE_FINALIZED", company, true),
            (&native, "INVOICE_FINALIZED", client, false),
            (&alga, "INVOICE_FINALIZED", client, true),
            (&alga, "INVOICE_FINALIZED", company, false),
            (&native, "PROJECT_CLOSED", project, true),
            (&alga, "PROJECT_CLOSED", project, false),
            (&alga, "PROJECT_UPDATED", project, true),
            (&alga, "PROJECT_CLOSED", closed, true),
            (&alga, "PROJECT_CLOSED", &open, false),
        ] {
            assert_eq!(check(registry, name, payload) == Check::Valid, valid, "{name} {payload}");
        }
        assert_eq!(check(&native, "SOMETHING_ELSE", "nonsense"), Check::Unchecked);
    }

    #[test]
    fn the_kind_of_a_field_is_known_from_its_schema() {
        let (native, alga) = (Registry::builtin(Catalogue::Native), Registry::builtin(Catalogue::AlgaPsa));
        for (registry, name, path, kind) in [
            (&native, "INVOICE_FINALIZED", "amount", Some(ScalarKind::Number)),
            (&native, "TIME_ENTRY_APPROVED", "workItemType", Some(ScalarKind::String)),
            (&alga, "TIME_ENTRY_APPROVED", "workItemId", Some(ScalarKind::String)),
            (&alga, "PROJECT_CLOSED", "changes.status.is_closed", Some(ScalarKind::Boolean)),
            (&native, "TICKET_UPDATED", "changes", Some(ScalarKind::Other)),
            (&native, "TICKET_UPDATED", "changes.priority", None),
            (&native, "SOMETHING_ELSE", "x", None),
        ] {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(registry.kind_at(&event_type(name), &path), kind, "{name} {path:?}");
        }
    }

    #[test]
    fn a_merge_replaces_and_adds() {
        let mut registry = Registry::builtin(Catalogue::Native);
        let mut more = Registry::default();
        more.add(event_type("OWN"), "true").unwrap();
        more.add_from(event_type("TICKET_CREATED"), "true", Origin::File("x/TICKET_CREATED.json".into()))
            .unwrap();
        registry.merge(more);
        assert_eq!(registry.types().count(), 11);
        assert_eq!(check(&registry, "TICKET_CREATED", "7"), Check::Valid);
        let origin = registry.info(&event_type("TICKET_CREATED")).unwrap().origin;
        assert_eq!(origin.to_string(), "x/TICKET_CREATED.json");
    }

    #[test]
    fn after_a_schema_that_cannot_be_used_the_old_one_is_still_there() {
        let mut registry = Registry::default();
        registry.add(event_type("T"), "true").unwrap();
        assert_eq!(registry.add(event_type("T"), "{").unwrap_err().name, "T");
        assert_eq!(registry.source(&event_type("T")), Some("true"));
    }
}
