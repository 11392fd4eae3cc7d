//! `--metrics`: what Prometheus reads.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::Signal;

use crate::house::{ACME, House};
use crate::sessions::until;

const HANDLERS: &str = r#"
[[handlers]]
name = "good"
types = ["*"]
kind = "exec"
start = "beginning"
command = ["true"]
[[handlers]]
name = "bad"
types = ["*"]
kind = "exec"
start = "beginning"
attempts = 1
command = ["false"]
"#;

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn every_handler_is_counted() {
    let house = House::with(HANDLERS);
    house.publish(ACME, 1);
    house.publish(ACME, 2);
    let worker = house.work(&["--metrics", "127.0.0.1:0"]).await;
    until("it says where", async || worker.notes().contains("/metrics")).await;
    let notes = worker.notes();
    let address = notes.split("metrics at http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let wanted = [
        "tidings_handler_done_total{handler=\"good\"} 2",
        "tidings_handler_failed_total{handler=\"bad\"} 2",
        "tidings_handler_dead_total{handler=\"bad\"} 2",
        "tidings_handler_running{handler=\"bad\"} 0",
        "tidings_handler_attempt_seconds_count{handler=\"good\"} 2",
        "tidings_handler_attempt_seconds_bucket{handler=\"good\",le=\"+Inf\"} 2",
        "tidings_lines_dropped_total 0",
    ];
    until("all is counted", async || {
        let answer = ask(&address, "GET /metrics");
        wanted.iter().all(|line| answer.lines().any(|found| found == *line))
    })
    .await;
    let answer = ask(&address, "GET /metrics");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("version=0.0.4"), "{answer}");
    for (request, status) in [("POST /metrics", "405"), ("GET /", "404"), ("DELETE /metrics/x", "404")] {
        let answer = ask(&address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    }
    // Somebody who connects and says nothing holds nothing up.
    let _silent: Vec<_> = (0..8).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert!(ask(&address, "GET /metrics").contains("good"));
    let (code, _, notes) = house.run(&["work", "--metrics", &address]);
    assert_eq!(code, 1, "somebody listens there already");
    assert!(notes.contains(&address), "{notes}");
    worker.signal(Signal::TERM);
    assert_eq!(worker.ended().await.code(), Some(0));
}
