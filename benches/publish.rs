//! `cargo bench --bench publish`: the publisher in its form `batch`, schema validation included, against a bare loop of
//! pipelined XADDs of the same events.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::sync::Arc;

use common::{compare, events, timed};
use redis_server::PrivateRedis;
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{Form, Intake, TenantLock};
use tidings::schema::{Catalogue, Registry};

const COUNT: usize = 100_000;
const PIPELINE: usize = 200;

#[tokio::main]
async fn main() {
    let server = PrivateRedis::start();
    let events = events(COUNT);
    let settings = Settings { url: SecretString::from(server.url()), ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let session = open("bench", &settings, intake, false, None).unwrap();
    let publisher = session.publisher.unwrap();
    let raw = redis_server::dial(&server.url()).await;
    let clear = async || redis::cmd("FLUSHALL").exec_async(&mut raw.clone()).await.unwrap();

    compare(
        "publish",
        COUNT,
        async || {
            clear().await;
            let mut raw = raw.clone();
            timed(async {
                for chunk in events.chunks(PIPELINE) {
                    let mut pipeline = redis::pipe();
                    for event in chunk {
                        let key = format!("event::{}", event.event_type().as_str());
                        pipeline.cmd("XADD").arg(key).arg("*").arg("event").arg(event.text());
                    }
                    let _: Vec<String> = pipeline.query_async(&mut raw).await.unwrap();
                }
            })
            .await
            .0
        },
        async || {
            clear().await;
            let (took, answers) = timed(publisher.publish(&events, Form::Batch)).await;
            assert!(answers.iter().all(Result::is_ok), "every event is taken");
            took
        },
    )
    .await;
}
