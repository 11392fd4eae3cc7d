//! Reading what comes: one blocking `XREAD` over all streams, again and again.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use tokio::time::Instant;

use super::codec::{self, RawEntry, StreamReply};
use super::facts::{self, Look, StreamFacts};
use super::feed::Found;
use super::supervisor::Trip;
use super::watch::{BLOCK, StreamWatch};
use super::wire::Wire;
use crate::bus::{BusError, BusSignal, Gap, Origin};
use crate::text::whole_ms;

const DOING: &str = "reading";
/// A read that brought little is followed by the next one no sooner than this after it began: on a busy bus one answer
/// then brings many entries, in place of one each, which spares the server and us.
const ROUND: Duration = Duration::from_millis(8);
/// A read asks for every stream, whatever it brings: on a bus of thousands a round is longer, so that reading costs the server
/// little of its time; but a person does not wait for longer than a moment.
const ROUND_PER_STREAM: Duration = Duration::from_micros(20);
const LONGEST_ROUND: Duration = Duration::from_millis(250);
/// As many entries make the next read worth its while at once.
const WORTH_IT: usize = 100;
/// When nothing was read for so long because the listener was slow, trimming may have outrun us on any stream.
const LONG_AWAY: Duration = Duration::from_secs(2);

impl StreamWatch {
    /// Reads what comes, as long as the connection holds.
    pub(super) async fn read_live(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        // After a pause of any length there may be more than one read can bring.
        self.look_closely();
        let mut last_read = Instant::now();
        loop {
            self.tick(wire).await?;
            if self.tracks.readable() == 0 && self.failures.as_ref().is_none_or(|it| it.next_read().is_none())
            {
                self.rest_until(Instant::now() + BLOCK).await?;
                // Nothing to read says nothing of the connection.
                let mut ping = Pipeline::with_capacity(1);
                ping.cmd("PING");
                let ping = async {
                    match wire.ask_all(&ping, DOING).await?.pop() {
                        // A server that takes no writes refuses even this: it answers, and can be read.
                        Some(Value::ServerError(error)) if error.code() != "MISCONF" => {
                            Err(wire.refused(error, DOING))
                        }
                        _ => Ok(()),
                    }
                };
                self.supervisor.wanted(ping).await?;
                self.supervisor.proven();
                last_read = Instant::now();
                continue;
            }
            let began = Instant::now();
            if began - last_read > BLOCK + LONG_AWAY {
                self.look_closely();
            }
            let brought = self.read_once(wire).await?;
            last_read = Instant::now();
            let streams = self.tracks.readable();
            // Streams that are asked a few at a time do not wait in the server: nor may they be asked without a pause.
            let sweeps = self.unasked > 0;
            let asked = if sweeps { self.pace.fits(1).min(streams) } else { streams };
            // Where one read could not bring all that there is, there is no time to lose.
            let rests = (1..WORTH_IT.max(streams)).contains(&brought) || sweeps && brought == 0;
            if rests && !self.is_behind() {
                self.rest_until(began + round(asked)).await?;
            }
        }
    }

    async fn rest_until(&self, until: Instant) -> Result<(), Trip> {
        let rest = async {
            tokio::time::sleep_until(until).await;
            Ok(())
        };
        self.supervisor.wanted(rest).await
    }

    /// Whether some stream has more to read than the last read could bring.
    fn is_behind(&self) -> bool {
        self.tracks.all().iter().any(|track| track.behind && track.readable())
    }

    /// Takes every stream as one that has more to read than the next read can bring.
    fn look_closely(&mut self) {
        for track in self.tracks.all_mut() {
            track.behind = true;
        }
    }

    /// One read. How many entries it brought.
    async fn read_once(&mut self, wire: &mut Wire) -> Result<usize, Trip> {
        let mut behind: Vec<usize> = (0..self.tracks.all().len())
            .filter(|at| self.tracks.all()[*at].behind && self.tracks.all()[*at].readable())
            .collect();
        // One that blocks answers with what came since the one before, of every stream: where that could be too much, streams
        // are asked a few at a time first.
        let block = behind.is_empty() && self.unasked == 0;
        let count = match (block, behind.len()) {
            (true, _) => self.pace.kept(self.tracks.readable()),
            // Of many a little; who has more is behind from then on.
            (false, 0) => 1,
            (false, behind) => self.pace.count(behind),
        };
        let is_sweep = self.unasked > 0;
        let asked = self.in_turn(count, block);
        behind.retain(|at| asked(*at));
        let mut all = self.tracks.all().iter().enumerate();
        let reads = is_sweep && all.any(|(at, track)| track.readable() && asked(at));
        if !block && behind.is_empty() && !reads {
            // Others are behind: their turn comes with the next one.
            return Ok(0);
        }
        let read = self.xread(count, block, asked);
        let answers = if block {
            self.supervisor
                .wanted(async { Ok(wire.ask(&read, DOING).await.map(|read| (read, Vec::new()))) })
                .await?
        } else {
            let mut questions = Pipeline::with_capacity(1 + behind.len());
            questions.add_command(read);
            for at in &behind {
                questions.cmd("XINFO").arg("STREAM").arg(self.tracks.all()[*at].place.key.as_str());
            }
            let mut answers = self.supervisor.wanted(wire.ask_all(&questions, DOING)).await?.into_iter();
            match answers.next() {
                Some(Value::ServerError(error)) => Err(wire.refused(error, DOING)),
                answer => Ok((answer.unwrap_or(Value::Nil), answers.collect())),
            }
        };
        let (replies, facts) = match answers {
            Ok(answers) => answers,
            Err(error) => return self.refused(wire, error).await.map(|()| 0),
        };
        let facts = facts
            .into_iter()
            .map(|info| {
                Ok(match facts::stream(wire, info, DOING)? {
                    Look::There(facts) => Some(facts),
                    // The next read or look tells.
                    Look::Gone | Look::Refused(_) => None,
                })
            })
            .collect::<Result<Vec<_>, BusError>>()?;
        let mut replies = codec::streams(replies).map_err(|fault| wire.unreadable(fault, DOING))?;
        self.supervisor.proven();
        let failures = self.failures.as_mut().map(|it| it.take(&mut replies)).unwrap_or_default();
        let gaps = self.take(&mut replies, count, behind.into_iter().zip(facts).collect());
        for gap in gaps {
            self.feed.signal(BusSignal::Gap(gap)).await?;
        }
        let found = self.merge(replies);
        let brought = found.len() + failures.len();
        if brought > 0 && self.pace.fits(1) < self.tracks.readable() {
            // While this is handed on, more may come than one answer should hold.
            self.unasked = self.tracks.all().len();
        }
        self.hand_on_failures(&failures).await?;
        self.feed.entries(Origin::Live, found).await?;
        Ok(brought)
    }

    /// Which streams the next read asks: all of them. Where many have more to read and their entries are large, as many as may
    /// answer at once, in turn.
    fn in_turn(&mut self, count: usize, block: bool) -> impl Fn(usize) -> bool + use<> {
        let all = self.tracks.all().len().max(1);
        let fits = if block { all } else { self.pace.fits(count).min(all) };
        let from = self.turn % all;
        self.turn = if fits < all { from + fits } else { from };
        self.unasked = self.unasked.saturating_sub(fits);
        move |at| (at + all - from) % all < fits
    }

    fn xread(&self, count: usize, block: bool, asked: impl Fn(usize) -> bool) -> Cmd {
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(count);
        if block {
            read.arg("BLOCK").arg(whole_ms(BLOCK));
        }
        read.arg("STREAMS");
        let all = || self.tracks.all().iter().enumerate();
        let there = || all().filter(|(at, track)| track.readable() && asked(*at)).map(|(_, track)| track);
        for track in there() {
            read.arg(track.place.key.as_str());
        }
        self.add_failures(&mut read, |(key, _)| key.to_owned());
        for track in there() {
            read.arg(track.cursor.to_string());
        }
        self.add_failures(&mut read, |(_, cursor)| cursor.to_string());
        read
    }

    /// Moves the cursors over what was read, and answers the holes in front of it.
    fn take(
        &mut self,
        replies: &mut [StreamReply],
        count: usize,
        facts: Vec<(usize, Option<StreamFacts>)>,
    ) -> Vec<Gap> {
        let (mut entries, mut bytes) = (0, 0);
        let mut by_stream: std::collections::HashMap<usize, &[RawEntry]> =
            std::collections::HashMap::with_capacity(replies.len());
        for reply in replies.iter() {
            entries += reply.1.len();
            bytes += reply.1.iter().map(RawEntry::size).sum::<usize>();
            if let Some(at) = self.tracks.position(reply) {
                by_stream.insert(at, &reply.1);
            }
        }
        let mut gaps = Vec::new();
        for (at, facts) in facts {
            let read = by_stream.remove(&at).unwrap_or(&[]);
            let track = &mut self.tracks.all_mut()[at];
            gaps.extend(track.advance(read, facts.as_ref()));
            track.behind = read.len() >= count;
        }
        for (at, read) in by_stream {
            let track = &mut self.tracks.all_mut()[at];
            gaps.extend(track.advance(read, None));
            track.behind = read.len() >= count;
        }
        self.pace.learn(entries, bytes);
        gaps
    }

    /// All that was read, in the order of ids.
    fn merge(&self, replies: Vec<StreamReply>) -> Vec<Found> {
        let mut found = Vec::with_capacity(replies.iter().map(|reply| reply.1.len()).sum());
        for reply in replies {
            let Some(at) = self.tracks.position(&reply) else { continue };
            let place = &self.tracks.all()[at].place;
            let entries = reply.1.into_iter().filter(|entry| entry.fields.is_some());
            found.extend(entries.map(|entry| Found { place: Arc::clone(place), entry }));
        }
        // Each stream is in order already, which a stable sort makes use of.
        found.sort_by_key(|found| found.entry.id);
        found
    }
}

/// How long after a read that brought little the next one begins.
fn round(streams: usize) -> Duration {
    let streams = u32::try_from(streams).unwrap_or(u32::MAX);
    ROUND_PER_STREAM.saturating_mul(streams).clamp(ROUND, LONGEST_ROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_of_thousands_of_streams_are_fewer() {
        let ms = |streams| round(streams).as_millis();
        assert_eq!([1, 300, 1_000, 10_000, 1_000_000].map(ms), [8, 8, 20, 200, 250]);
    }
}
