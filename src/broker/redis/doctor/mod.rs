//! Looking the server and the bus over for `doctor`: what is well, what is wrong, and how to mend it.
//!
//! Asking and judging are apart. The functions that ask send [`Question`](super::question::Question)s, which only
//! read, and gather facts; those that judge turn facts into findings, and are tested as tables. What the server
//! refuses to tell is a note with the right that is lacking, never the end of the examination. What lies in the streams is
//! judged by `monitor::health`, which knows what it was before.

mod clients;
mod clock;
mod finding;
mod info;
mod lookout;
mod memory;
mod persistence;
mod pubsub;
mod refusing;
mod rights;
mod role;
mod roll;
mod seen;
mod streams;
mod version;
mod waiting;

use tokio::sync::Mutex;

use super::asker::Asker;
use super::profile::Layout;
use super::survey::Survey;
use super::{Profile, Settings};
use crate::bus::{BusError, Examined, Finding, Writes};
use lookout::Server;
use roll::Roll;
pub(super) use seen::{Seen, seen};
pub(super) use waiting::{Group, Waiting};

/// What a bus is examined by.
pub(super) struct Examination {
    /// The profile, and where the bus lies in it.
    settings: Settings,
    layout: Layout,
    /// Whether the session may publish, so that the right to do so matters.
    writes: bool,
    /// Who hears whether the server takes writes.
    heard: Writes,
    /// Who is in the groups, as far as was asked before.
    roll: Mutex<Roll>,
}

impl Examination {
    /// Of the bus that `settings` name, for a session that `writes` or only watches. `heard` is told whether the server does
    /// take writes.
    pub(super) fn new(settings: &Settings, writes: bool, heard: Writes) -> Self {
        Self {
            settings: settings.clone(),
            layout: Layout::of(settings),
            writes,
            heard,
            roll: Mutex::default(),
        }
    }

    /// Asks, and judges the server. What lies on the bus, where it may be looked at, is to be judged with the facts on its
    /// handlers. An error means that the server could not be asked at all.
    pub(super) async fn examine(&self, asker: &mut Asker) -> Result<(Examined, Option<Lying>), BusError> {
        let server = Server::ask(asker).await?;
        let stops = server.snapshots_stop_writes();
        server.tell_of_info(|info| refusing::tell(info, self.writes, stops, &self.heard));
        let mut findings = vec![server.of_info("version", version::judge)];
        findings.push(server.of_info("role", |info| role::judge(info, self.writes)));
        findings.push(server.of_clock(clock::judge));
        findings.push(server.of_info("clients", clients::judge));
        findings.push(server.of_info("memory", memory::judge_use));
        findings.push(server.of_info("memory-policy", memory::judge_policy));
        findings.push(server.of_info("persistence", |info| persistence::judge(info, &server.save, stops)));
        findings.extend(self.rights(asker).await?);
        let mut lying = None;
        if self.settings.profile == Profile::PubSub {
            findings.push(pubsub::examine(asker, &self.settings.pubsub.pattern).await?);
        } else {
            let (of_streams, seen) = self.bus(asker).await?;
            findings.extend(of_streams);
            lying = seen;
        }
        Ok((Examined { findings, ahead: server.ahead(), bus: None }, lying))
    }

    async fn rights(&self, asker: &mut Asker) -> Result<Vec<Finding>, BusError> {
        let needs = rights::Needs::of(&self.settings, &self.layout, self.writes);
        rights::ask(asker, &needs).await.map(|rights| rights::judge(&needs, &rights))
    }

    /// The streams, and what waits in them.
    async fn bus(&self, asker: &mut Asker) -> Result<(Vec<Finding>, Option<Lying>), BusError> {
        let survey = match Survey::take(asker, &self.layout).await {
            Ok(survey) => survey,
            Err(error @ BusError::Unavailable { .. }) => return Err(error),
            // The server answers, but may not be asked for keys.
            Err(error) => return Ok((vec![streams::unseen(&error)], None)),
        };
        let mut findings = Vec::new();
        if survey.streams.is_empty() {
            let elsewhere = streams::elsewhere(asker, &self.settings).await?;
            findings.push(streams::judge_none(&self.settings, &elsewhere));
        } else {
            findings.push(streams::judge(&survey));
        }
        findings.extend(streams::judge_strangers(&survey.strangers));
        let mut roll = self.roll.lock().await;
        let waiting = Waiting::ask(asker, &survey, &mut roll, self.settings.lease()).await?;
        Ok((findings, Some(Lying { survey, waiting })))
    }
}

/// What lies on a bus.
pub(super) struct Lying {
    pub(super) survey: Survey,
    pub(super) waiting: Waiting,
}
