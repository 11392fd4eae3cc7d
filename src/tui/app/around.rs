//! What happened around the failed event that is open.

use chrono::{DateTime, Utc};

use super::FailedDetail;
use crate::bus::{Around, BusError, Spot};

/// So many events are shown before it, and as many after it.
pub const EACH: usize = 5;

/// What is known of the events around one.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Surroundings {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// It has no tenant, so no events of the same one.
    NoTenant,
    /// Nothing says when it was published.
    NoTime,
    /// These are kept here.
    Kept(Around),
    /// It is older than what is kept here: the bus is being asked.
    Asked(Box<Spot>),
    /// These are what the bus says.
    Read(Around),
    /// The bus did not say.
    NotRead(Box<Spot>, BusError),
}

impl Surroundings {
    /// Whether nothing that comes later changes it.
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Kept(around) => around.after() >= EACH,
            Self::NoTenant | Self::NoTime | Self::Asked(_) | Self::Read(_) | Self::NotRead(..) => true,
        }
    }
}

impl FailedDetail {
    /// Where it stands in time, or why that is not known.
    pub fn spot(&self) -> Result<Spot, Surroundings> {
        let event = &self.event;
        let tenant = event.tenant.clone().ok_or(Surroundings::NoTenant)?;
        let published =
            self.whole.as_ref().and_then(|whole| whole.as_ref().ok()?.as_ref()?.lineage.published.as_ref());
        let id = event.source.or_else(|| published.map(|claim| claim.id));
        let at = id.and_then(crate::event::EntryId::time).or_else(|| timestamp(event.text.as_deref()?));
        let at = at.ok_or(Surroundings::NoTime)?;
        let (stream, event_type) = (event.stream.clone(), event.event_type.clone());
        Ok(Spot { tenant, at, stream, id, event_type, event: event.event })
    }
}

/// The event's own time.
fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    let [timestamp] = crate::event::pick(text, &["timestamp"]).ok()?;
    serde_json::from_str(timestamp?).ok()
}
