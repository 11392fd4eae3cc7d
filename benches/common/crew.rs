//! A `tidings work` of a hundred handlers on the streams of three hundred types, which has nothing to do.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;

use crate::redis_server::PrivateRedis;

/// How many handlers.
pub(crate) const HANDLERS: usize = 100;
/// How many streams each of them reads.
pub(crate) const STREAMS: usize = 300;
/// From the last handler's first sign of life on: joining is over, and takes that find nothing wait as long as they ever do.
const SETTLING: Duration = Duration::from_secs(30);
/// How long the handlers may take to join.
const JOINING: Duration = Duration::from_mins(2);

/// A running `tidings work`, killed when dropped.
pub(crate) struct Crew {
    worker: Child,
    _folder: TempDir,
}

impl Crew {
    /// Starts it on an empty server, and waits until all have joined and settled.
    pub(crate) async fn settled(server: &PrivateRedis, raw: &mut MultiplexedConnection) -> Self {
        publish(raw).await;
        let folder = tempfile::tempdir().unwrap();
        let mut config = format!("[contexts.idle]\nurl = \"{}\"\n", server.url());
        for n in 0..HANDLERS {
            write!(config, "[[handlers]]\nname = \"idle-{n}\"\ntypes = [\"*\"]\nkind = \"log\"\n").unwrap();
        }
        let file = folder.path().join("config.toml");
        fs::write(&file, config).unwrap();
        let notes = folder.path().join("notes");
        let worker = Command::new(crate::program())
            .args(["--context", "idle", "--config"])
            .arg(&file)
            .arg("work")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&notes).unwrap())
            .spawn();
        let mut this = Self { worker: worker.unwrap(), _folder: folder };
        let deadline = Instant::now() + JOINING;
        while alive(raw).await < HANDLERS {
            let said = || fs::read_to_string(&notes).unwrap();
            assert!(Instant::now() < deadline, "not all handlers joined within {JOINING:?}: {}", said());
            assert!(this.worker.try_wait().unwrap().is_none(), "the worker ended: {}", said());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tokio::time::sleep(SETTLING).await;
        this
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.worker.id()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        let _ = self.worker.kill();
        let _ = self.worker.wait();
    }
}

/// One event of each type, so that there are so many streams.
async fn publish(raw: &mut MultiplexedConnection) {
    let mut pipeline = redis::pipe();
    for n in 0..STREAMS {
        let id = format!("{n:08x}-7e13-452d-81b7-{n:012x}");
        let event = format!(
            r#"{{"id":"{id}","eventType":"TYPE_{n}","timestamp":"2026-01-01T00:00:00Z","payload":{{"tenantId":"{id}"}}}}"#
        );
        pipeline.cmd("XADD").arg(format!("event::TYPE_{n}")).arg("*").arg("event").arg(event).ignore();
    }
    let () = pipeline.query_async(raw).await.unwrap();
}

/// How many handlers gave a sign of life.
pub(crate) async fn alive(raw: &mut MultiplexedConnection) -> usize {
    redis::cmd("ZCARD").arg("event::$workers").query_async(raw).await.unwrap()
}
