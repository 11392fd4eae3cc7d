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
use crate::event::EntryId;

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
        if let Some((found, ms)) = self.found
            && found.elapsed() < fresh(query, ms)
        {
            return Ok(());
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

/// For how long what was found at `ms` by the server's clock will do. A stream that was made since holds newer entries only.
fn fresh(query: &ArchiveQuery, ms: Option<u64>) -> Duration {
    match (ms, query.until) {
        _ if query.looks_anew => Duration::ZERO,
        // Nothing is read again: a stream that is missing would be missing for good.
        (Some(ms), Some(until)) if until < EntryId::MAX && until.ms >= ms => Duration::ZERO,
        // Without an end this would walk over all keys for each page.
        (Some(_), Some(EntryId::MAX)) => NEW,
        // Ids of the millisecond itself are behind a place that is just before it.
        (Some(ms), _) if query.from.next().ms >= ms => NEW,
        (None, _) => FRESH,
        (Some(_), _) if query.direction == Direction::Newer => FRESH,
        (Some(_), _) => OLD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(from: EntryId, direction: Direction) -> ArchiveQuery {
        ArchiveQuery::new(from, direction, 10, ChannelScope::All)
    }

    #[test]
    fn an_export_looks_for_streams_anew_where_one_that_was_made_since_could_be_in_its_range() {
        let since = query(EntryId::new(10, 0), Direction::Newer);
        let to = |until| fresh(&ArchiveQuery { until: Some(until), ..since.clone() }, Some(1_000));
        assert_eq!(to(EntryId::new(1_000, 0)), Duration::ZERO);
        assert_eq!(to(EntryId::new(999, 7)), FRESH, "what is newer is not in its range");
        assert_eq!(to(EntryId::MAX), NEW, "not for each page");
        assert_eq!(fresh(&since, Some(1_000)), FRESH);
    }

    #[test]
    fn where_the_clock_may_not_be_asked_streams_are_looked_for_when_that_is_wanted_and_else_now_and_then() {
        let first = ArchiveQuery { looks_anew: true, ..query(EntryId::ZERO, Direction::Newer) };
        assert_eq!(fresh(&first, None), Duration::ZERO);
        assert_eq!(fresh(&ArchiveQuery { looks_anew: false, ..first }, None), FRESH);
    }

    #[test]
    fn from_just_before_the_time_of_the_look_on_streams_are_soon_looked_for_anew() {
        let place = EntryId::new(1_000, 0).previous().unwrap();
        assert_eq!(fresh(&query(place, Direction::Newer), Some(1_000)), NEW);
        assert_eq!(fresh(&query(EntryId::new(999, 0), Direction::Newer), Some(1_000)), FRESH);
        assert_eq!(fresh(&query(EntryId::new(999, 0), Direction::Older), Some(1_000)), OLD);
    }
}
