//! `exec`: a program for each event. It gets the event's JSON on standard input, an environment of its own, and a
//! process group of its own; whatever it does, it is gone when its attempt is over.

mod exit;
mod group;
mod settings;
mod tail;
mod telling;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::bus::{Handler, HandlerContext, HandlerError};
use crate::event::Event;
use exit::{Ended, Exit};
use group::Group;
use tail::Tail;

pub use group::Leftovers;
pub use settings::Settings as ExecSettings;

/// A program is asked to end so long before its time is over, or a fifth of its time, so that it is gone by then: an
/// attempt that is over must not go on beside the next one.
const ASKED_BEFORE: Duration = Duration::from_secs(2);
/// What a program has written is read for so long after its end. Only a pipe that somebody else still holds takes it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Runs a program for each event.
#[derive(Debug, Clone)]
pub struct Exec {
    settings: ExecSettings,
    leftovers: Leftovers,
}

impl Exec {
    /// As `settings` say. What has to be ended when an attempt is broken off is watched by `leftovers`.
    pub fn new(settings: ExecSettings, leftovers: Leftovers) -> Self {
        Self { settings, leftovers }
    }

    fn spawn(&self, event: &Event, context: &HandlerContext) -> Result<Child, HandlerError> {
        let (program, arguments) = self.settings.argv();
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        for (name, value) in &self.settings.env {
            command.env(name, value.expose_secret());
        }
        for (name, value) in [
            ("TIDINGS_HANDLER", context.handler().as_str().to_owned()),
            ("TIDINGS_EVENT_ID", event.id().to_string()),
            ("TIDINGS_EVENT_TYPE", event.event_type().as_str().to_owned()),
            // A tenant's id may hold what no variable can.
            ("TIDINGS_TENANT", event.tenant().as_str().replace('\0', "\\0")),
            ("TIDINGS_ATTEMPT", context.attempt().to_string()),
            ("TIDINGS_IDEMPOTENCY_KEY", context.idempotency_key()),
        ] {
            command.env(name, value);
        }
        if let Some(folder) = &self.settings.cwd {
            command.current_dir(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        command.spawn().map_err(|error| {
            let folder = self.settings.cwd.as_ref().map(|folder| format!(" in '{}'", folder.display()));
            let what = format!("'{program}' cannot be started{}", folder.unwrap_or_default());
            HandlerError::retry(NotStarted(what, error))
        })
    }
}

/// A folder that is not there fails as a program does that is not there: the message names both.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotStarted(String, #[source] std::io::Error);

#[async_trait]
impl Handler for Exec {
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        let mut child = self.spawn(&event, &context)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut group = Group::of(child, self.leftovers.clone());
        let (mut out, mut err) = (Tail::of(self.settings.max_output), Tail::of(self.settings.max_output));
        let exit = {
            let io = async {
                tokio::join!(feed(stdin, event.text()), out.drain(stdout), err.drain(stderr));
            };
            tokio::pin!(io);
            let ending = end(&mut group, &context);
            tokio::pin!(ending);
            tokio::select! {
                exit = &mut ending => {
                    // Whoever left the group behind on purpose may hold the pipes for as long as it likes. That must not
                    // turn success into a time-out; of a success nothing is kept.
                    if !exit.is_success() {
                        let grace = asked_before(&context);
                        let latest = context.deadline().checked_sub(grace / 8).unwrap_or_else(Instant::now);
                        let _ = timeout_at(latest.min(Instant::now() + LAST_WORDS), io).await;
                    }
                    exit
                }
                () = &mut io => ending.await,
            }
        };
        let said = err.said("stderr").or_else(|| out.said("stdout"));
        let (program, _) = self.settings.argv();
        exit.judge(context.timeout(), |how| Ended::new(program, how, said))
    }
}

/// Writes the event. A program that does not want to read all of it need not.
async fn feed(stdin: Option<ChildStdin>, text: &str) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(text.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
}

/// How long before its time is over a program is asked to end.
fn asked_before(context: &HandlerContext) -> Duration {
    ASKED_BEFORE.min(context.timeout() / 5)
}

/// Waits until the program has ended, and ends it when its time is over.
async fn end(group: &mut Group, context: &HandlerContext) -> Exit {
    let grace = asked_before(context);
    let asked_at = context.deadline().checked_sub(grace).unwrap_or_else(Instant::now);
    tokio::select! {
        status = group.wait() => return Exit::By(status),
        () = sleep_until(asked_at) => {}
        () = context.cancelled().cancelled() => return Exit::Cancelled,
    }
    group.ask_to_end();
    if timeout_at(asked_at + grace / 4 * 3, group.wait()).await.is_err() {
        group.kill();
        let _ = group.wait().await;
    }
    Exit::OutOfTime
}
