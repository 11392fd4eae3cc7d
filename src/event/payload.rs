//! The payloads of the built-in types as Rust types, for handlers. Fields that a type does not name are left out; the
//! text of the event has them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What changed: names and their new values, as the publisher writes them.
pub type Changes = Map<String, Value>;

/// A payload of one or more event types.
pub trait TypedPayload: serde::de::DeserializeOwned + Send + 'static {
    /// The types that have it.
    const TYPES: &'static [&'static str];
}

/// `TICKET_CREATED`, `TICKET_UPDATED`, `TICKET_CLOSED`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Whose ticket it is.
    pub tenant_id: Uuid,
    /// Which one.
    pub ticket_id: Uuid,
    /// Who did it.
    pub user_id: Uuid,
    /// What changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// `PROJECT_CREATED`, `PROJECT_UPDATED`, `PROJECT_CLOSED`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Whose project it is.
    pub tenant_id: Uuid,
    /// Which one.
    pub project_id: Uuid,
    /// Who did it.
    pub user_id: Uuid,
    /// What changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Who works on it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<Uuid>,
}

/// `TIME_ENTRY_SUBMITTED`, `TIME_ENTRY_APPROVED`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeEntry {
    /// Whose time it is.
    pub tenant_id: Uuid,
    /// Which entry.
    pub time_entry_id: Uuid,
    /// Who did it.
    pub user_id: Uuid,
    /// What was worked on.
    pub work_item_id: Uuid,
    /// What kind of thing that is.
    pub work_item_type: WorkItem,
    /// What changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// What time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkItem {
    /// A ticket.
    Ticket,
    /// A task of a project.
    ProjectTask,
}

/// `INVOICE_GENERATED`, `INVOICE_FINALIZED`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// Who writes the invoice.
    pub tenant_id: Uuid,
    /// Which one.
    pub invoice_id: Uuid,
    /// Who has to pay it.
    pub company_id: Uuid,
    /// Who did it.
    pub user_id: Uuid,
    /// How much, in the tenant's currency. A double, as JSON has it: take it from the event's text where that is not
    /// exact enough.
    pub amount: f64,
}

impl TypedPayload for Ticket {
    const TYPES: &'static [&'static str] = &["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED"];
}

impl TypedPayload for Project {
    const TYPES: &'static [&'static str] = &["PROJECT_CREATED", "PROJECT_UPDATED", "PROJECT_CLOSED"];
}

impl TypedPayload for TimeEntry {
    const TYPES: &'static [&'static str] = &["TIME_ENTRY_SUBMITTED", "TIME_ENTRY_APPROVED"];
}

impl TypedPayload for Invoice {
    const TYPES: &'static [&'static str] = &["INVOICE_GENERATED", "INVOICE_FINALIZED"];
}
