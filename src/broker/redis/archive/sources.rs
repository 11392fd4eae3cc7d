//! Which streams there are, remembered from page to page: finding them means to walk over all keys.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::feed::Place;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{ArchiveQuery, BusError, ChannelScope, Direction};

/// What is remembered is renewed after so long where it is read from a place that was still to come when it was found,
const NEW: Duration = Duration::from_secs(1);
/// after so long where new streams may matter,
const FRESH: Duration = Duration::from_secs(5);
/// and after so long wherever it is looked: streams can be renamed and restored.
const OLD: Duration = Duration::from_mins(1);

const DOING: &str = "asking the server's clock";

/// The type streams of a bus.
#[derive(Debug, Default)]
pub(super) struct Sources {
    places: Vec<Arc<Place>>,
    /// When they were found: by our clock, and by the server's in milliseconds, which ids go by, where it may be asked.
    found: Option<(Instant, Option<u64>)>,
}

impl Sources {
    /// Looks for the streams anew, if what is remembered could lack one that matters to `query`.
    pub(super) async fn renew(
        &mut self,
        asker: &mut Asker,
        layout: &Layout,
        query: &ArchiveQuery,
    ) -> Result<(), BusError> {
        if let Some((found, ms)) = self.found {
            // A stream that was made since holds newer entries only.
            let fresh = match ms {
                Some(ms) if query.from.ms >= ms => NEW,
                None => FRESH,
                Some(_) if query.direction == Direction::Newer => FRESH,
                Some(_) => OLD,
            };
            if found.elapsed() < fresh {
                return Ok(());
            }
        }
        let found = Instant::now();
        let time = asker.ask(&Question::time(), DOING).await?;
        let ms = asker.granted(time, DOING)?.and_then(codec::clock_ms);
        let pass = asker.discover(layout).await?;
        self.places = pass.sources.values().map(|source| Arc::new(Place::from(source))).collect();
        self.found = Some((found, ms));
        Ok(())
    }

    /// What the server's clock said before these streams were looked for, where it may be asked: neither an entry nor a stream
    /// that came since is sure to have been seen.
    pub(super) fn found_at(&self) -> Option<u64> {
        self.found.and_then(|(_, ms)| ms)
    }

    /// Those of the channels, by key.
    pub(super) fn of(&self, channels: &ChannelScope) -> impl Iterator<Item = Arc<Place>> {
        self.places.iter().filter(|place| channels.admits(place.channel.as_ref())).cloned()
    }
}
