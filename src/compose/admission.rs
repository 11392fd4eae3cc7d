//! How the lines of a file are taken.

use std::fmt;
use std::sync::Arc;

use super::{BadLine, Line, Offer};
use crate::bus::PublishError;
use crate::event::{Channel, TenantId};

/// Says why no event may be published for a tenant, if so.
pub type Refusal = Arc<dyn Fn(&TenantId) -> Option<String> + Send + Sync>;

/// How the lines of a file are taken, whatever the broker says of them.
#[derive(Clone, Default)]
pub struct Admission {
    /// Which tenants are refused.
    pub refusal: Option<Refusal>,
    /// The channel that all are published on; without one, each on the profile's own.
    pub channel: Option<Channel>,
    /// Whether the flat copy for workflows is written, where the context does not say so.
    pub workflow_copy: bool,
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl Admission {
    /// A line as it is to be published, or why it is refused.
    pub fn admit(&self, line: Line) -> Offer {
        let Line { number, mut event } = line;
        if let Some(why) = self.refusal.as_ref().and_then(|refusal| refusal(event.tenant())) {
            let error = PublishError::Tenant { tenant: event.tenant().clone(), why };
            if let Some(bad) = BadLine::refused(number, &event, &error) {
                return Err(bad);
            }
        }
        if let Some(channel) = &self.channel {
            event = event.on_channel(channel.clone());
        }
        if self.workflow_copy {
            event = event.with_workflow_copy(true);
        }
        Ok(Line { number, event })
    }
}
