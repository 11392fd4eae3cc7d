//! What `tidings tail` prints while its Redis is killed, stopped, or cut off: every event whose publisher read the
//! reply is printed, each exactly once. Each test makes sure that the faults it makes have really happened.

#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "all of this is tests; a failing one must say where"
)]

mod handling;
mod proxy;
mod publisher;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod tail;

use proxy::Proxy;
use publisher::Publisher;
use redis_server::PrivateRedis;
use tail::Tail;

/// The server ends in the middle of everything, and comes back with all that it answered for.
#[test]
fn killed_ten_times() {
    let mut server = PrivateRedis::start_durable();
    let publisher = Publisher::start(&server.url());
    publisher.wait_for_more(2_000);
    let tail = Tail::start(&server.url());
    for _ in 0..10 {
        publisher.wait_for_more(5_000);
        tail.wait_until_it_prints();
        server.kill9();
        let lost = tail.wait_for_note("not connected");
        assert!(lost.contains("refused") || lost.contains("lost") || lost.contains("reset"), "{lost}");
        server.restart();
        tail.wait_for_note("the server restarted, and kept its data");
    }
    publisher.wait_for_more(2_000);
    let sent = publisher.finish(10);
    tail.check(&sent, 10);
}

/// The server answers nothing for a while, and then goes on as if nothing had been.
#[test]
fn stopped_and_continued() {
    let server = PrivateRedis::start_durable();
    let publisher = Publisher::start(&server.url());
    let tail = Tail::start(&server.url());
    for _ in 0..2 {
        publisher.wait_for_more(5_000);
        tail.wait_until_it_prints();
        server.stop();
        let lost = tail.wait_for_note("not connected");
        assert!(lost.contains("no answer"), "{lost}");
        server.cont();
        tail.wait_for_note("connected again");
    }
    publisher.wait_for_more(2_000);
    let sent = publisher.finish(2);
    tail.check(&sent, 2);
}

/// Only the way between is at fault: connections are reset, or everything sent on them goes nowhere.
#[test]
fn cut_off_from_a_server_that_goes_on() {
    let server = PrivateRedis::start_durable();
    let proxy = Proxy::start(server.port());
    let publisher = Publisher::start(&server.url());
    let tail = Tail::start(&proxy.url());
    for round in 0..6 {
        publisher.wait_for_more(5_000);
        tail.wait_until_it_prints();
        if round % 3 == 2 {
            proxy.swallow();
            let lost = tail.wait_for_note("not connected");
            assert!(lost.contains("no answer"), "{lost}");
            // What was published meanwhile waits in the streams.
            publisher.wait_for_more(5_000);
            proxy.forward();
        } else {
            assert!(proxy.reset() > 0, "there was a connection to reset");
            tail.wait_for_note("not connected");
        }
        tail.wait_for_note("connected again");
    }
    let sent = publisher.finish(0);
    tail.check(&sent, 6);
}
