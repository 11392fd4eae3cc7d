//! Sessions on a private Redis, and a bare connection beside them for arranging and checking.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, Value};
use secrecy::SecretString;
use tidings::broker::redis::{Profile, Settings};
use tidings::bus::{Form, Intake, PublishError, Published, Publisher, Session, TenantLock};
use tidings::event::NewEvent;
use tidings::schema::{Catalogue, Registry};

/// A wait that takes longer than this will never end.
pub const FOREVER: Duration = Duration::from_mins(2);

/// The profile `native` at `url`.
pub fn native(url: &str) -> Settings {
    Settings { url: SecretString::from(url), ..Settings::default() }
}

/// The profile `alga-psa` at `url`.
pub fn alga(url: &str) -> Settings {
    Settings { profile: Profile::AlgaPsa, ..native(url) }
}

/// The schemas of a profile, and no lock.
pub fn intake(settings: &Settings) -> Intake {
    let catalogue = match settings.profile {
        Profile::AlgaPsa => Catalogue::AlgaPsa,
        Profile::Native | Profile::PubSub => Catalogue::Native,
    };
    Intake::new(Arc::new(Registry::builtin(catalogue)), TenantLock::default())
}

/// A session that may write.
pub fn session(settings: &Settings) -> Session {
    tidings::broker::redis::open("test", settings, intake(settings), false, None).unwrap()
}

/// A session that may not.
pub fn read_only(settings: &Settings) -> Session {
    tidings::broker::redis::open("test", settings, intake(settings), false, Some("told to")).unwrap()
}

/// What is published of one event.
pub async fn publish(
    publisher: &Arc<dyn Publisher>,
    event: &NewEvent,
    form: Form,
) -> Result<Published, PublishError> {
    let mut answers = publisher.publish(std::slice::from_ref(event), form).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// Waits until `done`; fails when that takes for ever.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + FOREVER;
    while !done().await {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A bare connection with every right.
pub struct Admin(MultiplexedConnection);

impl Admin {
    /// To `url`; a server that has just started or come back may need a moment.
    pub async fn at(url: &str) -> Self {
        Self(crate::redis_server::dial(url).await)
    }

    /// Sends one command, written as in redis-cli with plain words.
    pub async fn run(&mut self, words: &str) -> Value {
        self.send(&words.split_whitespace().map(str::as_bytes).collect::<Vec<_>>()).await
    }

    /// Sends one command and reads its answer.
    pub async fn get<T: FromRedisValue>(&mut self, words: &str) -> T {
        let value = self.run(words).await;
        redis::from_redis_value(value).unwrap()
    }

    /// Sends one command of raw arguments.
    pub async fn send(&mut self, arguments: &[&[u8]]) -> Value {
        let mut command = redis::Cmd::new();
        for argument in arguments {
            command.arg(*argument);
        }
        let shown = String::from_utf8_lossy(&arguments.join(&b' ')).into_owned();
        command.query_async(&mut self.0).await.unwrap_or_else(|error| panic!("{shown}: {error}"))
    }
}
