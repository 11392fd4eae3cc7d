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

/// What is remembered is renewed after so long where new streams may matter,
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
            let may_be_new = query.direction == Direction::Newer || ms.is_none_or(|ms| query.from.ms >= ms);
            if found.elapsed() < if may_be_new { FRESH } else { OLD } {
                return Ok(());
            }
        }
        let found = Instant::now();
        let ms = clock(asker).await?;
        let pass = asker.discover(layout).await?;
        self.places = pass.sources.values().map(|source| Arc::new(Place::from(source))).collect();
        self.found = Some((found, ms));
        Ok(())
    }

    /// What the server's clock says, where the answer to `query` may be so new that it matters.
    pub(super) async fn clock(
        &self,
        asker: &mut Asker,
        query: &ArchiveQuery,
    ) -> Result<Option<u64>, BusError> {
        match self.found {
            // Whether it may be asked was seen then.
            Some((_, None)) => Ok(None),
            Some((_, Some(ms))) if query.direction == Direction::Older && query.from.ms < ms => Ok(None),
            _ => clock(asker).await,
        }
    }

    /// Those of the channels, by key.
    pub(super) fn of(&self, channels: &ChannelScope) -> impl Iterator<Item = Arc<Place>> {
        self.places.iter().filter(|place| channels.admits(place.channel.as_ref())).cloned()
    }
}

/// What the server's clock says, in milliseconds, where it may be asked.
async fn clock(asker: &mut Asker) -> Result<Option<u64>, BusError> {
    let time = asker.ask(&Question::time(), DOING).await?;
    Ok(asker.granted(time, DOING)?.and_then(codec::clock_ms))
}
