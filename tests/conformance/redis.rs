//! A real Redis under test: a private server for each case, that loses nothing it has answered for.

use std::sync::{Mutex, PoisonError};

use redis::aio::MultiplexedConnection;
use secrecy::SecretString;
use tidings::broker::memory::Place;
use tidings::broker::redis::{Profile, Settings, open};
use tidings::bus::{Intake, Session};
use tidings::event::{EntryId, Field};

use crate::harness::Harness;
use crate::redis_server::PrivateRedis;

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

    /// A connection that no outage of before has a part in.
    async fn connection(&self) -> MultiplexedConnection {
        let client = ::redis::Client::open(self.url.as_str()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
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
