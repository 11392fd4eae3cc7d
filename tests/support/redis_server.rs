//! A private redis-server for tests and benches: a free port, a temporary folder, stopped when dropped. It can be
//! killed, stopped and restarted on the same port and data, which is what the tests of faults do.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to answer: generous, as test machines are busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A redis-server of our own.
pub struct PrivateRedis {
    child: Option<Child>,
    port: u16,
    folder: tempfile::TempDir,
    options: Vec<String>,
}

impl PrivateRedis {
    /// One without persistence.
    pub fn start() -> Self {
        Self::start_with(&["--save", "", "--appendonly", "no"])
    }

    /// One that loses nothing that it has answered for.
    pub fn start_durable() -> Self {
        Self::start_with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"])
    }

    /// One with these options of redis-server.
    pub fn start_with(options: &[&str]) -> Self {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server = Self { child: None, port: 0, folder: tempfile::tempdir().unwrap(), options };
        for _ in 0..20 {
            // The port is free now; if another process takes it before the server does, the next one is tried.
            server.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if server.launch() {
                return server;
            }
        }
        panic!(
            "redis-server did not start: {}",
            fs::read_to_string(server.folder.path().join("log")).unwrap_or_default()
        );
    }

    fn spawn(&self) -> Child {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let spawned = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.options)
            .stdout(Stdio::from(log))
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn();
        spawned.unwrap_or_else(|error| {
            panic!("redis-server cannot be started ({error}): install it (apt-get install redis-server), or run scripts/test")
        })
    }

    fn launch(&mut self) -> bool {
        let mut child = self.spawn();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.answers() {
                self.child = Some(child);
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        false
    }

    /// Whether it answers a PING: with anything, as a server with passwords answers NOAUTH. Not while loading.
    fn answers(&self) -> bool {
        self.reply().is_some_and(|reply| !reply.starts_with(b"-LOADING"))
    }

    /// What it answers to a PING, if anything.
    fn reply(&self) -> Option<Vec<u8>> {
        use std::io::{Read, Write};
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut reply = [0; 64];
        stream.write_all(b"PING\r\n").ok()?;
        let length = stream.read(&mut reply).unwrap_or(0);
        (length > 0).then(|| reply[..length].to_vec())
    }

    /// `redis://127.0.0.1:PORT/0`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files lie.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Ends it as `kill -9` does.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again after [`PrivateRedis::kill9`], on the same port and data; returns when it answers.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "it runs still");
        let deadline = Instant::now() + PATIENCE;
        while !self.launch() {
            assert!(Instant::now() < deadline, "redis-server did not start again on port {}", self.port);
        }
    }

    /// Starts it again as [`PrivateRedis::restart`] does, so that it takes a while to read what it kept; returns while it does,
    /// and answers LOADING. The next start is as quick as ever.
    pub fn restart_slowly(&mut self) {
        assert!(self.child.is_none(), "it runs still");
        self.options.extend(["--key-load-delay", "500"].map(str::to_owned));
        let child = self.spawn();
        self.options.truncate(self.options.len() - 2);
        self.child = Some(child);
        let deadline = Instant::now() + PATIENCE;
        while !self.reply().is_some_and(|reply| reply.starts_with(b"-LOADING")) {
            assert!(Instant::now() < deadline, "redis-server does not load slowly on port {}", self.port);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops it: it answers nothing until [`PrivateRedis::cont`]. Returns when the system says that it is stopped.
    pub fn stop(&self) {
        self.signal("-STOP");
        let deadline = Instant::now() + PATIENCE;
        while self.state() != Some('T') {
            assert!(Instant::now() < deadline, "the server did not stop");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets it go on.
    pub fn cont(&self) {
        self.signal("-CONT");
    }

    /// The state letter of its process: `T` is stopped.
    pub fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid().to_string()]).status().unwrap();
        assert!(status.success(), "kill {signal} failed");
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A bare connection that waits for answers as long as a busy machine needs: the library gives up after half a second.
pub async fn dial(url: &str) -> redis::aio::MultiplexedConnection {
    let patient = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(3 * PATIENCE));
    let client = redis::Client::open(url).unwrap();
    client.get_multiplexed_async_connection_with_config(&patient).await.unwrap()
}

/// Loads the captured bus of Alga PSA (tests/fixtures/alga-capture.json) into an empty server.
pub async fn load_fixture(url: &str) {
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/alga-capture.json")).unwrap();
    let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut connection = dial(url).await;
    let mut pipeline = redis::pipe();
    let word = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (key, content) in &keys {
        for member in content["members"].as_array().into_iter().flatten() {
            pipeline.cmd("SADD").arg(key).arg(word(member)).ignore();
        }
        for entry in content["entries"].as_array().into_iter().flatten() {
            let add = pipeline.cmd("XADD").arg(key).arg(word(&entry[0]));
            for (field, value) in entry[1].as_object().into_iter().flatten() {
                add.arg(field).arg(word(value));
            }
            add.ignore();
        }
        for group in content["groups"].as_array().into_iter().flatten() {
            let name = word(&group["name"]);
            pipeline
                .cmd("XGROUP")
                .arg("CREATE")
                .arg(key)
                .arg(&name)
                .arg(word(&group["last"]))
                .arg("MKSTREAM")
                .ignore();
            for pending in group["pending"].as_array().into_iter().flatten() {
                let claim = pipeline
                    .cmd("XCLAIM")
                    .arg(key)
                    .arg(&name)
                    .arg(word(&pending[1]))
                    .arg(0)
                    .arg(word(&pending[0]));
                claim
                    .arg("IDLE")
                    .arg(word(&pending[2]))
                    .arg("RETRYCOUNT")
                    .arg(word(&pending[3]))
                    .arg("FORCE")
                    .arg("JUSTID")
                    .ignore();
            }
        }
    }
    let () = pipeline.query_async(&mut connection).await.unwrap();
}
