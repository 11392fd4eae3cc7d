//! Asking the server about itself.

use chrono::{TimeDelta, Utc};
use redis::Value;

use super::clock::Clocks;
use super::info::Info;
use super::seen::{Seen, seen};
use crate::broker::redis::asker::{Asker, Reply};
use crate::broker::redis::codec;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, Finding};

const DOING: &str = "looking the server over";

/// What the server says of itself.
#[derive(Debug)]
pub(super) struct Server {
    info: Seen<Info>,
    /// The setting `save`: when snapshots are taken; empty for never.
    pub(super) save: Seen<String>,
    /// The setting `stop-writes-on-bgsave-error`.
    stop: Seen<String>,
    clocks: Seen<Clocks>,
}

impl Server {
    /// Asks.
    pub(super) async fn ask(asker: &mut Asker) -> Result<Self, BusError> {
        let setting_of = Question::config_get;
        let questions = [Question::info(), setting_of("save"), setting_of("stop-writes-on-bgsave-error")];
        let [info, save, stop] = one_each(asker, questions).await?;
        let info = seen(asker, info, "INFO", DOING)?;
        let save = seen(asker, save, "CONFIG GET", DOING)?;
        let stop = seen(asker, stop, "CONFIG GET", DOING)?;
        // Alone, so that the answer's way is not taken for a difference of the clocks.
        let before = Utc::now();
        let time = asker.ask(&Question::time(), DOING).await?;
        let after = Utc::now();
        let time = seen(asker, time, "TIME", DOING)?;
        let server = match time {
            Ok(time) => Ok(codec::clock(time).ok_or_else(|| strange(asker))?),
            Err(refusal) => Err(refusal),
        };
        Ok(Self {
            info: info.map(|info| Info::read(&words(info))),
            save: save.map(setting),
            stop: stop.map(setting),
            clocks: server.map(|server| Clocks { before, server, after }),
        })
    }

    /// Judges by what `INFO` said.
    pub(super) fn of_info(&self, check: &'static str, judge: impl FnOnce(&Info) -> Finding) -> Finding {
        match &self.info {
            Ok(info) => judge(info),
            Err(refusal) => refusal.finding(check),
        }
    }

    /// Tells what `INFO` said, where it may be asked.
    pub(super) fn tell_of_info(&self, tell: impl FnOnce(&Info)) {
        if let Ok(info) = &self.info {
            tell(info);
        }
    }

    /// Whether a snapshot that failed makes the server refuse writes, as far as it may be asked for its settings: where it takes
    /// none by itself, or is told to go on, it does not.
    pub(super) fn snapshots_stop_writes(&self) -> Option<bool> {
        match (self.save.as_deref(), self.stop.as_deref()) {
            (_, Ok("no")) | (Ok(""), _) => Some(false),
            (Ok(_), Ok("yes")) => Some(true),
            _ => None,
        }
    }

    /// How far its clock is ahead of ours, as far as that could be asked.
    pub(super) fn ahead(&self) -> Option<TimeDelta> {
        self.clocks.as_ref().ok().map(Clocks::ahead)
    }

    /// Judges the clock.
    pub(super) fn of_clock(&self, judge: impl FnOnce(&Clocks) -> Finding) -> Finding {
        match &self.clocks {
            Ok(clocks) => judge(clocks),
            Err(refusal) => refusal.finding("clock"),
        }
    }
}

async fn one_each<const N: usize>(
    asker: &mut Asker,
    questions: [Question; N],
) -> Result<[Reply; N], BusError> {
    let replies = asker.ask_all(&questions, DOING).await?;
    replies.try_into().map_err(|_| strange(asker))
}

fn strange(asker: &Asker) -> BusError {
    asker.unreadable(codec::Malformed::COUNT, DOING)
}

fn words(value: Value) -> String {
    String::from_utf8_lossy(&codec::bytes(value).unwrap_or_default()).into_owned()
}

/// The value in the reply of `CONFIG GET`.
fn setting(reply: Value) -> String {
    let pair = codec::pairs(reply).unwrap_or_default().pop();
    pair.map(|(_, value)| words(value)).unwrap_or_default()
}
