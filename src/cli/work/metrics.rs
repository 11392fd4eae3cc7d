//! `--metrics`: what the workers have done, for Prometheus.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::bus::{Gauge, HandlerStats, LATENCY_MS};
use crate::cli::exit::Stop;
use crate::event::HandlerName;

/// Connections that are served at a time; others wait.
const CONNECTIONS: usize = 16;
/// How long a request may take to arrive, and how long a connection may stay.
const HEADERS: Duration = Duration::from_secs(5);
const CONNECTION: Duration = Duration::from_mins(2);

type Read = fn(&HandlerStats) -> u64;

/// What is told of each handler: its name behind `tidings_handler_`, what it is, and where it comes from.
const COUNTERS: [(&str, &str, Read); 11] = [
    ("taken_total", "Entries that were given to this worker.", |stats| stats.taken),
    ("done_total", "Attempts that did their work.", |stats| stats.done),
    ("failed_total", "Attempts that failed.", |stats| stats.failed),
    ("retried_total", "Failed attempts that are tried again.", |stats| stats.retried),
    ("dead_total", "Entries that became dead letters.", |stats| stats.dead),
    ("fenced_total", "Results dropped because another worker had the entry by then.", |stats| stats.fenced),
    ("vanished_total", "Entries that were trimmed while they were pending.", |stats| stats.vanished),
    ("reclaimed_total", "Entries taken over from workers that ended or stalled.", |stats| stats.reclaimed),
    ("deduplicated_total", "Entries whose event was done within the dedup window.", |stats| {
        stats.deduplicated
    }),
    (
        "lost_total",
        "Entries trimmed by others before they were given, and retries without a body.",
        |stats| stats.lost,
    ),
    ("skipped_total", "Entries that were not for this handler.", |stats| stats.skipped),
];

/// A server that is ready to answer.
pub(super) struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
}

/// What it tells of.
struct Told {
    handlers: Vec<(HandlerName, Gauge)>,
    dropped: Arc<AtomicU64>,
}

impl Metrics {
    /// Listens at `address`.
    pub(super) async fn bind(address: SocketAddr) -> Result<Self, Stop> {
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>(Self { listener, address })
        };
        bound.await.map_err(|error| {
            Stop::failed(
                format!("--metrics {address} cannot be listened at: {error}"),
                "Name another address or port.",
            )
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers as long as the runtime lives.
    pub(super) fn start(self, handlers: Vec<(HandlerName, Gauge)>, dropped: Arc<AtomicU64>) {
        tokio::spawn(self.serve(Arc::new(Told { handlers, dropped })));
    }

    async fn serve(self, told: Arc<Told>) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            // It is never closed.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            let Ok((stream, _)) = self.listener.accept().await else {
                // No more files, most likely: that passes.
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            let told = Arc::clone(&told);
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let answer = told.answer(&request);
                    async { Ok::<_, Infallible>(answer) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADERS)
                    .serve_connection(TokioIo::new(stream), service);
                // How it ends is the other side's business.
                let _ = timeout(CONNECTION, connection).await;
                drop(permit);
            });
        }
    }
}

impl Told {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        let (status, content, text) = match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => {
                let content = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
                (StatusCode::OK, content, self.text())
            }
            (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, plain, "only GET\n".to_owned()),
            _ => (StatusCode::NOT_FOUND, plain, "metrics are at /metrics\n".to_owned()),
        };
        let mut answer = Response::new(Full::new(Bytes::from(text)));
        *answer.status_mut() = status;
        answer.headers_mut().insert(CONTENT_TYPE, content);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        }
        answer
    }

    /// The text format of Prometheus. No character of a handler's name needs escaping. Writing to a text cannot fail.
    fn text(&self) -> String {
        let mut out = String::new();
        let stats: Vec<_> =
            self.handlers.iter().map(|(name, gauge)| (name.as_str(), gauge.stats())).collect();
        for (name, help, read) in COUNTERS {
            let _ =
                writeln!(out, "# HELP tidings_handler_{name} {help}\n# TYPE tidings_handler_{name} counter");
            for (handler, stats) in &stats {
                let _ = writeln!(out, "tidings_handler_{name}{{handler=\"{handler}\"}} {}", read(stats));
            }
        }
        let _ = writeln!(
            out,
            "# HELP tidings_handler_running Attempts that are running.\n# TYPE tidings_handler_running gauge"
        );
        for (handler, stats) in &stats {
            let _ = writeln!(out, "tidings_handler_running{{handler=\"{handler}\"}} {}", stats.running);
        }
        let name = "tidings_handler_attempt_seconds";
        let _ = writeln!(out, "# HELP {name} How long attempts took.\n# TYPE {name} histogram");
        for (handler, gauge) in &self.handlers {
            let latency = gauge.latency();
            let mut below = 0;
            for (bucket, end) in latency.0.iter().zip(LATENCY_MS) {
                below += bucket;
                let end = Duration::from_millis(end).as_secs_f64();
                let _ = writeln!(out, "{name}_bucket{{handler=\"{handler}\",le=\"{end}\"}} {below}");
            }
            let _ = writeln!(out, "{name}_bucket{{handler=\"{handler}\",le=\"+Inf\"}} {}", latency.count());
            let _ = writeln!(out, "{name}_count{{handler=\"{handler}\"}} {}", latency.count());
        }
        let name = "tidings_lines_dropped_total";
        let _ = writeln!(
            out,
            "# HELP {name} Lines of the log that were not printed, because nobody read them in time.\n\
             # TYPE {name} counter\n{name} {}",
            self.dropped.load(Ordering::Relaxed)
        );
        out
    }
}
