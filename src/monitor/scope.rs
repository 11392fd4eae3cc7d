//! What part of the bus a person looks at.

use crate::bus::ChannelScope;
use crate::event::{Channel, TenantId};

/// The tenant and the channel that every pane is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Only this tenant; `None` means all.
    pub tenant: Option<TenantId>,
    /// Only this channel, or all.
    pub channel: ChannelScope,
}

impl Scope {
    /// Whether it narrows nothing.
    pub fn is_all(&self) -> bool {
        self.tenant.is_none() && self.channel == ChannelScope::All
    }

    /// Whether an entry of this tenant on this channel belongs to it.
    pub fn admits(&self, tenant: Option<&TenantId>, channel: Option<&Channel>) -> bool {
        self.channel.admits(channel) && self.tenant.as_ref().is_none_or(|wanted| tenant == Some(wanted))
    }
}
