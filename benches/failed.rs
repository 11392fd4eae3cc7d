//! `cargo bench --bench failed`: 100,000 dead letters on a real Redis, and the dashboard opened on them in a terminal of
//! 140x40. Prints how long it takes from the key that opens *Failed* to the first dead letter on the screen, and to the
//! last in memory; how long keys take meanwhile; and what it holds of each dead letter, against the bytes of its fields.
//! Last, `ratio failed VALUE`: 300 ms against the median to the first.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

#[path = "../tests/support/pty.rs"]
mod pty;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;
#[path = "../tests/support/screen.rs"]
mod screen;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use pty::FRAME_DONE;
use redis_server::PrivateRedis;
use screen::Screen;

const LETTERS: usize = 100_000;
const RUNS: usize = 5;
/// Issue 4: the first page is on the screen within so long of opening.
const FIRST: Duration = Duration::from_millis(300);
const TYPES: [&str; 10] = [
    "TICKET_CREATED",
    "TICKET_UPDATED",
    "TICKET_CLOSED",
    "TICKET_ASSIGNED",
    "PROJECT_CREATED",
    "PROJECT_UPDATED",
    "TIME_ENTRY_APPROVED",
    "INVOICE_GENERATED",
    "INVOICE_PAID",
    "EMAIL_SENT",
];
const TENANTS: usize = 50;
const HANDLERS: usize = 20;
/// How long anything may take before the bench gives up.
const PATIENCE: Duration = Duration::from_mins(2);
const SIZE: (u16, u16) = (140, 40);

/// Only the help says it.
const HELP: &str = "Move down by one";

/// The dashboard in a terminal of its own; killed when dropped.
struct Dashboard {
    terminal: File,
    program: Child,
    /// What it writes, as it comes.
    output: Receiver<Vec<u8>>,
    screen: Screen,
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Dashboard {
    fn open(url: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(["--url", url]);
        let (terminal, program) = pty::start(&command, SIZE);
        let mut reader = terminal.try_clone().unwrap();
        let (sender, output) = sync_channel(1024);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { terminal, program, output, screen: Screen::new(SIZE) }
    }

    fn press(&mut self, keys: &[u8]) {
        self.terminal.write_all(keys).unwrap();
    }

    /// Waits until a frame shows what is wanted.
    fn wait_for(&mut self, what: &str, is_shown: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let written = self.output.recv_timeout(end.saturating_duration_since(Instant::now()));
            let fault = |error| panic!("{what}: {error}; the screen is\n{}", self.screen.text());
            let written = written.unwrap_or_else(fault);
            let mut is_whole = self.screen.frame(&written, FRAME_DONE);
            while is_whole {
                if is_shown(&self.screen.text()) {
                    return;
                }
                is_whole = self.screen.frame(&[], FRAME_DONE);
            }
        }
    }

    /// Presses `keys`; answers how long it takes until a frame shows what is wanted.
    fn answers(&mut self, keys: &[u8], what: &str, is_shown: impl Fn(&str) -> bool) -> Duration {
        let began = Instant::now();
        self.press(keys);
        self.wait_for(what, is_shown);
        began.elapsed()
    }

    /// The memory that it holds, in bytes. `setsid` has become the program: it does not fork.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = PrivateRedis::start();
    let bytes = fill(&server).await;
    let (mut first, mut whole, mut keys, mut held) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut dashboard = Dashboard::open(&server.url());
        dashboard.wait_for("it is live", |screen| screen.contains("live"));
        // Schemas are compiled and streams found by then; nothing of it belongs to the view.
        std::thread::sleep(Duration::from_secs(1));
        let before = dashboard.memory();
        let began = Instant::now();
        first.push(dashboard.answers(b"4", "a dead letter", |screen| screen.contains("✗ dead")));
        // The help opens and closes over the list, again and again, while pages come in.
        while !dashboard.screen.text().contains("100,000 events") {
            keys.push(dashboard.answers(b"?", "the help", |screen| screen.contains(HELP)));
            keys.push(dashboard.answers(b"\x1b", "the list", |screen| !screen.contains(HELP)));
            assert!(began.elapsed() < PATIENCE, "not all of them are shown:\n{}", dashboard.screen.text());
        }
        whole.push(began.elapsed());
        held.push(dashboard.memory().saturating_sub(before));
        dashboard.press(b"q");
    }
    let of_each = |bytes: u64| bytes / LETTERS as u64;
    keys.sort_unstable();
    let median_held = sorted(held)[RUNS / 2];
    let (first, whole) = (sorted(first), sorted(whole));
    println!("failed: {LETTERS} dead letters, {} bytes each in Redis's fields", of_each(bytes));
    println!("failed: key to the first on the screen {}", spread(&first));
    println!("failed: key to the last in memory {}", spread(&whole));
    println!(
        "failed: {} keys while they come in: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        keys.len(),
        ms(keys[keys.len() / 2]),
        ms(keys[keys.len() * 99 / 100]),
        ms(keys[keys.len() - 1])
    );
    println!(
        "failed: held of each {} bytes, {:.2} of its fields",
        of_each(median_held),
        median_held as f64 / bytes as f64
    );
    println!("ratio failed {:.2}", FIRST.as_secs_f64() / first[RUNS / 2].as_secs_f64());
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn spread(sorted: &[Duration]) -> String {
    format!("median {:.0} ms, {:.0} to {:.0} ms", ms(sorted[RUNS / 2]), ms(sorted[0]), ms(sorted[RUNS - 1]))
}

/// Writes the dead letters as workers leave them; answers the bytes of all their names and values.
async fn fill(server: &PrivateRedis) -> u64 {
    let mut connection = redis_server::dial(&server.url()).await;
    let mut bytes = 0;
    for chunk in 0..LETTERS / 1_000 {
        let mut pipeline = redis::pipe();
        for n in chunk * 1_000..(chunk + 1) * 1_000 {
            let kind = TYPES[n % TYPES.len()];
            let stream = format!("event::{kind}");
            let fields = letter(n, kind, &stream);
            bytes += fields.iter().map(|(name, value)| (name.len() + value.len()) as u64).sum::<u64>();
            let add = pipeline.cmd("XADD").arg(format!("{stream}:dead-letter")).arg("*");
            for (name, value) in fields {
                add.arg(name).arg(value);
            }
            add.ignore();
        }
        pipeline.exec_async(&mut connection).await.unwrap();
    }
    // The types' own streams: what is discovered.
    for kind in TYPES {
        let stream = format!("event::{kind}");
        let event = event(0, kind);
        redis::cmd("XADD")
            .arg(stream)
            .arg("*")
            .arg("event")
            .arg(event)
            .exec_async(&mut connection)
            .await
            .unwrap();
    }
    bytes
}

fn event(n: usize, kind: &str) -> String {
    let (id, tenant) =
        (uuid::Uuid::from_u128(n as u128 + 1), uuid::Uuid::from_u128((n % TENANTS) as u128 + 7));
    let ticket = uuid::Uuid::from_u128((n % 997) as u128 + 1_000);
    format!(
        r#"{{"id":"{id}","eventType":"{kind}","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"{tenant}","ticketId":"{ticket}","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358","changes":{{"status":"on_hold","previous":"in_progress"}}}}}}"#
    )
}

fn letter(n: usize, kind: &str, stream: &str) -> Vec<(&'static str, String)> {
    let error = format!(r#"["SMTP 451 greylisted for {n:08x}","the mail server closed the connection"]"#);
    let failure = format!(r#"{{"at":"2026-11-23T19:42:38Z","ms":12,"kind":"error","error":{error}}}"#);
    vec![
        ("event", event(n, kind)),
        ("sourceStream", stream.to_owned()),
        ("sourceMessageId", format!("{}-0", n + 1)),
        ("handler", format!("handler-{:02}", n % HANDLERS)),
        ("error", error.clone()),
        ("attempts", "2".to_owned()),
        ("history", format!("[{failure},{failure}]")),
        ("firstFailedAt", "2026-11-23T19:42:38.000Z".to_owned()),
        ("deadLetteredAt", "2026-11-23T19:43:38.000Z".to_owned()),
        ("reason", "exhausted".to_owned()),
    ]
}
