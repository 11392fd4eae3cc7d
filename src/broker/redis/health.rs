//! The facts of a bus that its health is judged by, out of what was surveyed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use super::asker::Asker;
use super::codec;
use super::doctor::{Group, Lying, Seen, seen};
use super::handlers::Look;
use super::letters::Tallies;
use super::profile::Layout;
use super::question::Question;
use super::{Profile, Settings};
use crate::bus::{
    BusError, BusFacts, ConsumerFacts, Counted, GroupFacts, HandlerReport, StreamFacts, TenantLock, Unseen,
};

const DOING: &str = "looking at the handlers";

/// Whose facts are gathered.
pub(super) struct Facts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) layout: &'a Layout,
    pub(super) lock: &'a TenantLock,
    /// Whose the dead letters are, as far as they were counted before.
    pub(super) tallies: &'a Mutex<Tallies>,
}

impl Facts<'_> {
    /// Asks for what is missing. What may not be asked is left out, and said.
    pub(super) async fn gather(&self, asker: &mut Asker, lying: Lying) -> Result<BusFacts, BusError> {
        let mut facts = BusFacts::default();
        if self.settings.profile == Profile::AlgaPsa {
            facts.group = Some(self.settings.alga_psa.group.clone());
            facts.limit = Some(self.settings.alga_psa.max_stream_length);
        }
        facts.unseen = unseen(&lying);
        match self.handlers(asker, &lying).await {
            Ok(handlers) => facts.handlers = handlers,
            Err(error @ BusError::Unavailable { .. }) => return Err(error),
            Err(error) => {
                facts.unseen.extend(["pending", "handlers", "retries", "worker-clock"].map(|check| {
                    let next = error.next().map(ToOwned::to_owned);
                    Unseen { check, why: error.what().to_owned(), next }
                }));
            }
        }
        if let Layout::Native { .. } = self.layout {
            match self.registered(asker).await? {
                Ok(registered) => {
                    self.count_dead(asker, &lying, &registered, &mut facts).await?;
                    facts.registered = Some(registered);
                }
                Err(refusal) => facts.unseen.push(refusal.unseen("handlers")),
            }
            facts.has_schedule = true;
            if let Err(refusal) = self.schedules(asker, &lying).await? {
                facts.unseen.push(refusal.unseen("retries"));
            }
            if let Err(refusal) = self.beats(asker).await? {
                facts.unseen.push(refusal.unseen("worker-clock"));
            }
        }
        facts.streams = streams(lying);
        Ok(facts)
    }

    async fn handlers(&self, asker: &mut Asker, lying: &Lying) -> Result<Vec<HandlerReport>, BusError> {
        let look = Look {
            survey: &lying.survey,
            waiting: Some(&lying.waiting),
            layout: self.layout,
            lock: self.lock,
            tallies: &Tallies::default(),
            alga_group: &self.settings.alga_psa.group,
            lease: self.settings.lease(),
        };
        let mut handlers = look.take(asker).await?;
        for report in &mut handlers {
            // They are not read for this, but where nobody runs it.
            report.dead_letters = Counted::AtLeast(0);
        }
        Ok(handlers)
    }

    /// Counts the dead letters of handlers that nobody runs: whether they may be forgotten depends on it. Those of the
    /// others are not read for this.
    async fn count_dead(
        &self,
        asker: &mut Asker,
        lying: &Lying,
        registered: &BTreeMap<String, DateTime<Utc>>,
        facts: &mut BusFacts,
    ) -> Result<(), BusError> {
        let is_unmanned =
            |report: &&mut HandlerReport| !report.is_alive() && registered.contains_key(&report.name);
        let mut unmanned: Vec<_> = facts.handlers.iter_mut().filter(is_unmanned).collect();
        if unmanned.is_empty() {
            return Ok(());
        }
        let streams = &lying.survey.streams;
        let mut tallies = self.tallies.lock().await;
        match tallies.renew(asker, streams).await {
            Ok(()) => {}
            Err(error @ BusError::Unavailable { .. }) => return Err(error),
            Err(error) => {
                let next = error.next().map(ToOwned::to_owned);
                facts.unseen.push(Unseen { check: "handlers", why: error.what().to_owned(), next });
                return Ok(());
            }
        }
        for report in &mut unmanned {
            let each = streams.iter().map(|stream| tallies.of(&stream.source.key, report.name.as_bytes()));
            report.dead_letters = each.fold(Counted::Exactly(0), Counted::plus);
        }
        Ok(())
    }

    /// When each handler registered.
    async fn registered(&self, asker: &mut Asker) -> Result<Seen<BTreeMap<String, DateTime<Utc>>>, BusError> {
        let reply = asker.ask(&Question::all_of(&self.layout.handlers()), DOING).await?;
        let reply = match seen(asker, reply, "HGETALL", DOING)? {
            Ok(reply) => reply,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let pairs = codec::pairs(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        let read = |(name, at)| {
            let at = codec::number(&at).and_then(|ms| i64::try_from(ms).ok());
            Some((codec::text(&name)?.to_owned(), DateTime::from_timestamp_millis(at?)?))
        };
        Ok(Ok(pairs.into_iter().filter_map(read).collect()))
    }

    /// Whether the schedules may be looked at: one is asked, the reports leave out what is refused.
    async fn schedules(&self, asker: &mut Asker, lying: &Lying) -> Result<Seen<()>, BusError> {
        let Some(stream) = lying.survey.streams.first() else { return Ok(Ok(())) };
        let schedule = Layout::schedule(&stream.source.key);
        let reply = asker.ask(&Question::soonest(&schedule, 1), DOING).await?;
        Ok(seen(asker, reply, "ZRANGE", DOING)?.map(|_| ()))
    }

    /// Whether it may be asked when workers were last seen.
    async fn beats(&self, asker: &mut Asker) -> Result<Seen<()>, BusError> {
        let question = Question::scores(&self.layout.workers(), &["-".to_owned()]);
        let reply = asker.ask(&question, DOING).await?;
        Ok(seen(asker, reply, "ZMSCORE", DOING)?.map(|_| ()))
    }
}

fn unseen(lying: &Lying) -> Vec<Unseen> {
    let waiting = &lying.waiting;
    let mut unseen = Vec::new();
    if let Some(refusal) = &waiting.consumers_unseen {
        unseen.extend(["consumers", "consumers-left", "handlers"].map(|check| refusal.unseen(check)));
    }
    if let Some(refusal) = &waiting.pending_unseen {
        unseen.extend(["pending", "trimming", "retry-loop"].map(|check| refusal.unseen(check)));
    }
    unseen
}

fn streams(lying: Lying) -> Vec<StreamFacts> {
    let mut groups = lying.waiting.groups.into_iter().peekable();
    let streams = lying.survey.streams.into_iter().map(|stream| {
        let mut facts = StreamFacts {
            stream: stream.source.key,
            event_type: stream.source.event_type,
            channel: stream.source.channel,
            length: stream.length,
            added: stream.added,
            first: stream.first,
            groups: Vec::new(),
        };
        // They come in the order of the streams.
        while let Some(group) = groups.next_if(|group| group.stream == facts.stream) {
            facts.groups.push(of_group(group));
        }
        facts
    });
    streams.collect()
}

fn of_group(group: Group) -> GroupFacts {
    GroupFacts {
        name: group.facts.text(),
        pending: group.facts.pending,
        lag: group.lag,
        last_delivered: group.facts.last_delivered,
        read: group.facts.read,
        oldest_pending: group.pending.first().map(|entry| entry.id),
        consumers: group
            .consumers
            .into_iter()
            .map(|consumer| ConsumerFacts { pending: consumer.pending, idle: consumer.idle })
            .collect(),
    }
}
