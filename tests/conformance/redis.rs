//! A real Redis under test: a private server for each case, that loses nothing it has answered for.

use std::sync::{Arc, Mutex, PoisonError};

use redis::aio::MultiplexedConnection;
use secrecy::SecretString;
use tidings::broker::memory::Place;
use tidings::broker::redis::{Profile, Settings, open};
use tidings::bus::{Bus, Claim, Consumer, Intake, Session};
use tidings::event::{EntryId, Field, StreamKey};

use crate::events::open as intake;
use crate::harness::{Dead, Handles, Harness, Told};
use crate::redis_server::{PrivateRedis, dial};

/// With the profile `alga-psa` where `ALGA`, else with `native`.
pub(crate) struct RedisHarness<const ALGA: bool> {
    server: Mutex<PrivateRedis>,
    url: String,
}

/// The profile `native`.
pub(crate) type NativeRedis = RedisHarness<false>;
/// The profile `alga-psa`, which has channels.
pub(crate) type AlgaRedis = RedisHarness<true>;

impl<const ALGA: bool> RedisHarness<ALGA> {
    fn on_server(&self, what: impl FnOnce(&mut PrivateRedis)) {
        what(&mut self.server.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The server's port, for ways to it.
    pub(crate) fn port(&self) -> u16 {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).port()
    }

    /// A connection that no outage of before has a part in.
    async fn connection(&self) -> MultiplexedConnection {
        dial(&self.url).await
    }

    /// Sends a command of words, as another program would.
    pub(crate) async fn command(&self, words: &[&str]) -> ::redis::Value {
        let mut command = ::redis::cmd(words[0]);
        command.arg(&words[1..]).query_async(&mut self.connection().await).await.unwrap()
    }

    fn key(place: &Place) -> String {
        match (ALGA, place.channel()) {
            (false, _) => place.stream().as_str().to_owned(),
            (true, Some(channel)) => {
                format!("alga-psa:event-stream:{}:{}", channel.as_str(), place.event_type().as_str())
            }
            (true, None) => format!("alga-psa:event-stream:{}", place.event_type().as_str()),
        }
    }
}

impl<const ALGA: bool> Harness for RedisHarness<ALGA> {
    const COUNTS_TRIMMED: bool = true;

    async fn start() -> Self {
        let server = PrivateRedis::start_durable();
        Self { url: server.url(), server: Mutex::new(server) }
    }

    async fn stop(self) {}

    fn session(&self, intake: Intake) -> Session {
        let profile = if ALGA { Profile::AlgaPsa } else { Profile::Native };
        let settings =
            Settings { url: SecretString::from(self.url.as_str()), profile, ..Settings::default() };
        open("redis", &settings, intake, false, None).unwrap()
    }

    async fn append(&self, place: &Place, ms: Option<u64>, entries: Vec<Vec<Field>>) -> Vec<EntryId> {
        let id = ms.map_or_else(|| "*".to_owned(), |ms| format!("{ms}-*"));
        let mut pipeline = ::redis::pipe();
        for fields in entries {
            let add = pipeline.cmd("XADD").arg(Self::key(place)).arg(&id);
            for (name, value) in fields {
                add.arg(name).arg(value);
            }
        }
        let ids: Vec<String> = pipeline.query_async(&mut self.connection().await).await.unwrap();
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    async fn go_down(&self) {
        self.on_server(PrivateRedis::kill9);
    }

    async fn come_back(&self) {
        self.on_server(PrivateRedis::restart);
    }

    async fn lose_data(&self) {
        let () = ::redis::cmd("FLUSHALL").query_async(&mut self.connection().await).await.unwrap();
    }

    async fn trim(&self, place: &Place, keep: usize) {
        let mut trim = ::redis::cmd("XTRIM");
        trim.arg(Self::key(place)).arg("MAXLEN").arg(keep);
        let _: u64 = trim.query_async(&mut self.connection().await).await.unwrap();
    }
}

impl Handles for NativeRedis {
    fn bus(&self) -> Bus {
        Bus::of(&self.session(intake()), intake()).unwrap()
    }

    fn consumer(&self) -> Arc<dyn Consumer> {
        self.session(intake()).consumer.unwrap()
    }

    async fn dead_letters(&self) -> Vec<Dead> {
        let mut connection = self.connection().await;
        let mut keys: Vec<String> =
            ::redis::cmd("KEYS").arg("event::*:dead-letter").query_async(&mut connection).await.unwrap();
        keys.sort();
        let mut letters = Vec::new();
        for key in keys {
            type Entry = (String, Vec<(Vec<u8>, Vec<u8>)>);
            let entries: Vec<Entry> =
                ::redis::cmd("XRANGE").arg(key).arg("-").arg("+").query_async(&mut connection).await.unwrap();
            letters.extend(entries.into_iter().map(|(_, fields)| read_letter(fields)));
        }
        letters
    }

    async fn failures(&self) -> Vec<Told> {
        type Entry = (String, std::collections::HashMap<String, String>);
        let mut read = ::redis::cmd("XRANGE");
        read.arg("event::$failures").arg("-").arg("+");
        let entries: Vec<Entry> = read.query_async(&mut self.connection().await).await.unwrap();
        let told = entries.into_iter().map(|(_, fields)| {
            assert!(
                ["ms", "at", "kind", "consumer", "host", "sourceStream"]
                    .iter()
                    .all(|name| fields.contains_key(*name))
            );
            let text = |name: &str| fields[name].clone();
            Told {
                handler: text("handler"),
                event: text("eventId"),
                event_type: text("type"),
                tenant: text("tenant"),
                attempt: text("attempt").parse().unwrap(),
                error: serde_json::from_str(&text("error")).unwrap(),
                next: text("next"),
            }
        });
        told.collect()
    }
}

/// A dead letter as it lies.
fn read_letter(mut fields: Vec<Field>) -> Dead {
    let mut take = |name: &str| {
        let at = fields.iter().rposition(|field| field.0 == name.as_bytes());
        at.map_or_else(String::new, |at| String::from_utf8(fields.remove(at).1).unwrap())
    };
    let [stream, id, handler, error, attempts, history, reason] =
        ["sourceStream", "sourceMessageId", "handler", "error", "attempts", "history", "reason"]
            .map(&mut take);
    let [first_failed, dead_lettered] = ["firstFailedAt", "deadLetteredAt"].map(take);
    assert!(!dead_lettered.is_empty() && (!first_failed.is_empty() || reason == "trimmed"));
    Dead {
        handler,
        source: Claim { stream: StreamKey::new(&stream).unwrap(), id: id.parse().unwrap() },
        fields,
        attempts: attempts.parse().unwrap(),
        reason: serde_json::from_value(reason.into()).unwrap(),
        error: serde_json::from_str(&error).unwrap(),
        history: serde_json::from_str(&history).unwrap(),
    }
}
