//! Watching a bus and looking it over changes nothing: the server's own statistics say so. All is done as the user of
//! `tidings doctor`'s recipe, who could not write if he tried, and no command of his is refused.

#![expect(clippy::unwrap_used, reason = "a failing test must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/statistics.rs"]
mod statistics;

use std::sync::Arc;
use std::time::Duration;

use redis_server::PrivateRedis;
use secrecy::SecretString;
use statistics::{observer, statistics, writes};
use tidings::broker::redis::{AlgaSettings, Profile, Settings, open};
use tidings::bus::{BusSignal, ChannelScope, Intake, Patience, Start, TenantLock, Watch};
use tidings::schema::{Catalogue, Registry};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

async fn watch_and_look(url: String, profile: Profile) -> usize {
    let settings = Settings {
        url: SecretString::from(url),
        profile,
        alga_psa: AlgaSettings::default(),
        ..Settings::default()
    };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::AlgaPsa)), TenantLock::default());
    let session = open("test", &settings, intake, false, Some("it is a test of reading")).unwrap();
    assert!(session.publisher.is_err());
    let (out, mut signals) = mpsc::channel(8);
    let stop = CancellationToken::new();
    let watch = Watch {
        start: Start::Last(300),
        follow: true,
        channels: ChannelScope::All,
        patience: Patience::GiveUp(Duration::from_secs(10)),
        failures: Some(100),
    };
    let watching = tokio::spawn({
        let (observer, stop) = (Arc::clone(&session.observer), stop.clone());
        async move { observer.observe(watch, out, stop).await }
    });
    let mut entries = 0;
    // Long enough for the streams to be looked at again while watching.
    let end = tokio::time::Instant::now() + Duration::from_secs(7);
    while let Ok(Some(signal)) = tokio::time::timeout_at(end, signals.recv()).await {
        if let BusSignal::Entries(batch) = signal {
            entries += batch.entries.len();
        }
    }
    session.inspector.streams().await.unwrap();
    for report in session.inspector.handlers().await.unwrap().found {
        session.inspector.handler(&report).await.unwrap();
    }
    session.inspector.examine().await.unwrap();
    stop.cancel();
    watching.await.unwrap().unwrap();
    entries
}

#[tokio::test]
async fn watching_and_looking_over_send_read_commands_only() {
    let server = PrivateRedis::start();
    redis_server::load_fixture(&server.url()).await;
    let mut admin = redis_server::dial(&server.url()).await;
    let url = observer(&mut admin, &server.url()).await;
    let before = statistics(&mut admin).await;
    let size: u64 = redis::cmd("DBSIZE").query_async(&mut admin).await.unwrap();
    let (native, alga) =
        tokio::join!(watch_and_look(url.clone(), Profile::Native), watch_and_look(url, Profile::AlgaPsa));
    assert_eq!((native, alga), (0, 300));
    let after = statistics(&mut admin).await;
    let mut sent = Vec::new();
    for (command, (calls, rejected, _)) in &after {
        let (calls_before, rejected_before, _) = before.get(command).copied().unwrap_or_default();
        assert_eq!(*rejected, rejected_before, "{command} was refused");
        if *calls > calls_before {
            assert!(!writes(&mut admin, command).await, "{command} writes");
            sent.push(command.as_str());
        }
    }
    assert!(["scan", "xread", "xinfo|stream"].iter().all(|read| sent.contains(read)), "{sent:?}");
    assert!(!sent.iter().any(|command| ["eval", "evalsha", "xgroup"].contains(command)), "{sent:?}");
    println!("sent: {}", sent.join(" "));
    let log: Vec<redis::Value> = redis::cmd("ACL").arg("LOG").query_async(&mut admin).await.unwrap();
    assert!(log.is_empty(), "{log:?}");
    assert_eq!(size, redis::cmd("DBSIZE").query_async::<u64>(&mut admin).await.unwrap());
}
