//! From the config to handlers that can run.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc;

use super::line::AttemptLine;
use crate::broker::memory::Clock;
use crate::bus::{Connector as _, Disposition, Subscription, TypeSelection};
use crate::cli::args::Reveal;
use crate::cli::connect::{Contexts, find_tenants};
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::config::{HandlerConfig, Kind};
use crate::event::HandlerName;
use crate::handlers::{Exec, Leftovers, Log, LogLine, Selection, Trust, Webhook};

const NONE: &str = "\
Add one to the config file (`tidings config path` says where it lies), for example:
  [[handlers]]
  name = \"tickets\"
  types = [\"TICKET_*\"]
  kind = \"log\"
docs/handlers.md has the others.";

/// How long lines of `log` handlers that nobody reads may wait when the worker is stopped: they need no longer to be written.
const LOG_GRACE: Duration = Duration::from_secs(1);

/// What handlers are built with.
pub(super) struct Tools {
    pub(super) attempts: mpsc::Sender<AttemptLine>,
    pub(super) log: mpsc::Sender<LogLine>,
    pub(super) leftovers: Leftovers,
    /// Lines that found no room.
    pub(super) dropped: Arc<AtomicU64>,
    pub(super) clock: Clock,
    /// Made when a webhook needs it.
    pub(super) trust: OnceCell<Trust>,
}

impl Tools {
    fn trust(&self) -> Result<Trust, Stop> {
        if let Some(trust) = self.trust.get() {
            return Ok(trust.clone());
        }
        let trust = Trust::in_system().map_err(|error| {
            Stop::failed(
                error,
                "Install the certificates of your system, or name a file of them in SSL_CERT_FILE.",
            )
        })?;
        Ok(self.trust.get_or_init(|| trust).clone())
    }
}

/// A handler that is to run.
pub(super) struct Order(Subscription);

impl Order {
    pub(super) fn name(&self) -> &HandlerName {
        self.0.name()
    }

    pub(super) fn types(&self) -> &TypeSelection {
        self.0.types()
    }

    pub(super) fn into_subscription(self) -> Subscription {
        self.0
    }
}

/// The handlers of the config, or `only` these.
pub(super) fn orders(
    only: &[String],
    contexts: &Contexts,
    tools: &Tools,
    desk: &mut Desk<'_>,
) -> Result<Vec<Order>, Stop> {
    let handlers = &contexts.effective().config.handlers;
    if handlers.is_empty() {
        return Err(Stop::usage("the config names no handlers", NONE));
    }
    let known: BTreeSet<&str> = handlers.iter().map(|handler| handler.name.as_str()).collect();
    if let Some(stranger) = only.iter().find(|name| !known.contains(name.as_str())) {
        let known: Vec<_> = known.into_iter().collect();
        return Err(Stop::usage(
            format!("--only: the config names no handler '{stranger}'"),
            &format!("There are: {}.", known.join(", ")),
        ));
    }
    handlers
        .iter()
        .filter(|handler| only.is_empty() || only.iter().any(|name| name == handler.name.as_str()))
        .map(|handler| order(handler, contexts, tools, desk))
        .collect()
}

fn order(
    handler: &HandlerConfig,
    contexts: &Contexts,
    tools: &Tools,
    desk: &mut Desk<'_>,
) -> Result<Order, Stop> {
    let (name, types) = (handler.name.clone(), &handler.types);
    let subscription = match &handler.kind {
        Kind::Exec(settings) => {
            Subscription::new(name, types, Exec::new(settings.clone(), tools.leftovers.clone()))
        }
        Kind::Webhook(settings) => {
            let secret =
                settings.secret_env.as_deref().map(|variable| secret(handler, variable)).transpose()?;
            let trust = tools.trust()?;
            Subscription::new(name, types, Webhook::new(settings.clone(), secret, trust))
        }
        Kind::Log => {
            // A log is kept, and read by others: what is masked is in none.
            let log = Log::new(tools.log.clone()).without(contexts.masks(Reveal::default()));
            Subscription::new(name, types, log)
        }
    };
    let selection = selection(handler, contexts, desk)?;
    let (clock, told_at) = (Arc::clone(&tools.clock), Arc::clone(&tools.clock));
    let (attempts, dropped) = (tools.attempts.clone(), Arc::clone(&tools.dropped));
    // What a `log` handler has done is there to be read already.
    let only_failures = matches!(handler.kind, Kind::Log);
    let subscription = match handler.dedup {
        Some(window) => subscription.dedup(window),
        None => subscription,
    };
    // That nobody reads a log is no failure of an event, however long it takes.
    let subscription = if only_failures {
        subscription.timeout(Duration::MAX).grace(LOG_GRACE)
    } else {
        subscription.timeout(handler.timeout)
    };
    Ok(Order(
        subscription
            .start(handler.start)
            .policy(handler.policy)
            .concurrency(handler.concurrency.get())
            .only(move |entry| selection.admits(entry, clock()))
            .on_attempt(move |attempt| {
                if only_failures && attempt.disposition == Disposition::Ack {
                    return;
                }
                if attempts.try_send(AttemptLine::of(attempt, told_at())).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            }),
    ))
}

/// The secret that a webhook signs with. It comes from the environment, so that no file holds it.
fn secret(handler: &HandlerConfig, variable: &str) -> Result<SecretString, Stop> {
    match std::env::var(variable) {
        Ok(secret) if !secret.is_empty() => Ok(SecretString::from(secret)),
        _ => Err(Stop::usage(
            format!("the handler '{}' signs with {variable}, and the environment holds none", handler.name),
            "Set that variable for this program, or name another one with secret_env.",
        )),
    }
}

fn selection(handler: &HandlerConfig, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Selection, Stop> {
    let labels = contexts.labels(&contexts.effective().context);
    let whose = format!("the handler '{}': tenant", handler.name);
    let (tenants, notes) = find_tenants(&handler.tenants, &labels, &whose)
        .map_err(|error| Stop::usage(error, "Name a tenant by its id, or by a label of [tenants]."))?;
    for note in notes {
        desk.notes.say(&format!("{}: {note}", handler.name));
    }
    Ok(Selection { tenants, filter: handler.filter.clone(), labels })
}
