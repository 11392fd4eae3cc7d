//! An embedded bus as an open context.

use std::sync::Arc;

use super::MemoryBroker;
use super::bus::Bus;
use crate::bus::{ContextInfo, PreviewOf, Session, Writes};
use crate::text::display_safe;

impl MemoryBroker {
    /// This bus as an open context with this name.
    pub fn session(&self, name: &str) -> Session {
        let locked_to =
            self.intake.lock().tenants().map(|tenant| display_safe(tenant.as_str()).into_owned()).collect();
        let ports = Arc::new(self.clone());
        Session {
            info: ContextInfo {
                name: name.to_owned(),
                profile: "native".to_owned(),
                target: Bus::TARGET.to_owned(),
                locked_to,
                locked: self.intake.lock().tenants().cloned().collect(),
                ..ContextInfo::default()
            },
            observer: Arc::clone(&ports) as _,
            archive: Arc::clone(&ports) as _,
            inspector: Arc::clone(&ports) as _,
            failed: Arc::clone(&ports) as _,
            preview: Some(Arc::new(PreviewOf(self.clone()))),
            publisher: Ok(Arc::clone(&ports) as _),
            consumer: Ok(Arc::clone(&ports) as _),
            operator: Ok(ports),
            writes: Writes::default(),
        }
    }
}
