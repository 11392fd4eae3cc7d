//! What became of retries by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::glance::Glance;
use crate::broker::memory::bus::Bus;
use crate::bus::{BusError, Claim, FailedAt, Followed, Follower, Retried};

/// So many are looked at while the bus is locked.
const AT_A_TIME: usize = 500;

/// Follows the retried events of one plan.
pub(super) struct Following {
    bus: Arc<Bus>,
    plan: String,
    /// What can still change, and what was last said of it.
    open: BTreeMap<FailedAt, (Retry, Option<Followed>)>,
}

/// A retry by hand.
struct Retry {
    source: Option<Claim>,
    to: Vec<Claim>,
}

impl Following {
    pub(super) fn new(bus: Arc<Bus>, plan: &str) -> Self {
        Self { bus, plan: plan.to_owned(), open: BTreeMap::new() }
    }
}

#[async_trait]
impl Follower for Following {
    fn add(&mut self, retried: &[Retried]) {
        for one in retried {
            let source = one.source.map(|id| Claim { stream: one.stream.clone(), id });
            let retry = Retry { source, to: one.to.clone() };
            self.open.entry(one.from.clone()).or_insert((retry, None));
        }
    }

    async fn look(&mut self) -> Result<Vec<(FailedAt, Followed)>, BusError> {
        let mut changed = Vec::new();
        let mut items: Vec<_> = self.open.iter_mut().collect();
        for some in items.chunks_mut(AT_A_TIME) {
            let state = self.bus.state();
            match state.reachable() {
                // What was seen before is told: it would not be told again.
                Err(_) if !changed.is_empty() => break,
                reached => reached?,
            }
            let mut glance = Glance::at(&state);
            for (from, (retry, known)) in some {
                let now = glance.followed(retry.source.as_ref(), &retry.to, &self.plan);
                // What has just been retried waits for its handler: nothing has changed.
                if now != known.unwrap_or(Followed::Pending) {
                    changed.push(((*from).clone(), now));
                }
                *known = Some(now);
            }
        }
        self.open.retain(|_, (_, known)| !known.is_some_and(Followed::is_final));
        Ok(changed)
    }
}
