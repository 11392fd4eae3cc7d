//! A Redis, a folder with a config file, and processes of the program in it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, until};

pub(crate) const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
pub(crate) const GLOBEX: &str = "716cf861-4211-42b4-9f10-7b17589986ef";

pub(crate) struct House {
    pub(crate) server: PrivateRedis,
    /// The way to it.
    url: String,
    folder: tempfile::TempDir,
}

impl House {
    /// With this config file, in which `{url}` and `{folder}` stand for what they are.
    pub(crate) fn with(config: &str) -> Self {
        let server = PrivateRedis::start();
        let url = server.url();
        Self::on(server, &url, config)
    }

    /// On this server, which is reached there.
    pub(crate) fn on(server: PrivateRedis, url: &str, config: &str) -> Self {
        let this = Self { server, url: url.to_owned(), folder: tempfile::tempdir().unwrap() };
        let folder = this.folder.path().display().to_string();
        let config = config.replace("{url}", url).replace("{folder}", &folder);
        fs::write(this.path("config.toml"), config).unwrap();
        this
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the file holds; nothing when it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) async fn admin(&self) -> Admin {
        Admin::at(&self.server.url()).await
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command
            .args(["--config", "config.toml"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("REDIS_URL", &self.url)
            .env("HOME", self.folder.path())
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end: exit code, output and notes.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// Publishes a ticket of `tenant` with this number.
    pub(crate) fn publish(&self, tenant: &str, number: u32) {
        let ticket = "7b9d493c-9d7c-46d6-a6b0-99ba984ea078";
        let (ticket, user) = (format!("ticketId={ticket}"), format!("userId={ticket}"));
        let number = format!("n:={number}");
        let arguments = ["publish", "TICKET_CREATED", "--tenant", tenant];
        let fields = ["--set", &ticket, "--set", &user, "--set", &number];
        let (code, _, notes) = self.run(&[&arguments[..], &fields[..]].concat());
        assert_eq!(code, 0, "{notes}");
    }

    /// Starts `work`, and waits until it says that it runs.
    pub(crate) async fn work(&self, arguments: &[&str]) -> Running<'_> {
        let file = |name| File::create(self.path(name)).unwrap();
        let mut command = self.command(&[&["work"], arguments].concat());
        let child = command.stdout(file("out")).stderr(file("notes")).spawn().unwrap();
        let running = Running { house: self, child };
        until("it says that it runs", async || self.read("notes").contains("running at ")).await;
        running
    }
}

/// A process of `tidings work`; killed when a test fails.
pub(crate) struct Running<'a> {
    house: &'a House,
    child: Child,
}

impl Running<'_> {
    pub(crate) fn out(&self) -> String {
        self.house.read("out")
    }

    pub(crate) fn notes(&self) -> String {
        self.house.read("notes")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.child.id().try_into().unwrap()).unwrap(), signal).unwrap();
    }

    pub(crate) async fn ended(mut self) -> ExitStatus {
        let mut status = None;
        until("it ends", async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of JSON output.
pub(crate) fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many lines of this handler have this outcome.
pub(crate) fn count(lines: &[Value], handler: &str, outcome: &str) -> usize {
    lines.iter().filter(|line| line["handler"] == handler && line["outcome"] == outcome).count()
}
