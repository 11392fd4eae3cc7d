//! The dashboard: wiring it to the contexts and the configuration of this run.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::host::ThisHost;
use super::run::runtime;
use super::store::within;
use super::who::who;
use crate::bus::{Connector as _, Patience, Start, Watch};
use crate::config::{DEMO, Effective};
use crate::tui::app::{MasksOf, Setup};
use crate::tui::effect::ExitReason;
use crate::tui::run;
use crate::tui::theme::{Look, Theme, Themes};

/// More events than the demo begins with.
const DEMO_HISTORY: usize = 20_000;

/// Opens the dashboard on the context of this run.
pub(super) fn run(contexts: Contexts, look: &Look, desk: Desk<'_>) -> Result<Exit, Stop> {
    check_terminal()?;
    let setup = setup(&contexts, look)?;
    let runtime = runtime()?;
    let contexts = Arc::new(contexts);
    let machine = Arc::new(ThisHost {
        store: within(contexts.effective(), contexts.lock()),
        tenants: contexts.effective().config.tenants.clone(),
    });
    let dashboard = run::run(setup, look, Arc::clone(&contexts) as _, machine, desk.clock, desk.zone);
    let ended = runtime.block_on(dashboard);
    runtime.block_on(contexts.close());
    // Neither a connection that is just being made nor a terminal that is gone may hold up the end.
    runtime.shutdown_background();
    let reason = ended.map_err(|error| {
        Stop::failed(
            format!("the terminal cannot be set up: {error}"),
            "`tidings tail` prints events line by line, and needs no such terminal.",
        )
    })?;
    Ok(exit(reason))
}

/// The dashboard draws: what cannot show a drawing gets advice in place of escape sequences.
fn check_terminal() -> Result<(), Stop> {
    let next = "`tidings tail` prints events line by line; add -o json for scripts.";
    if !io::stdout().is_terminal() {
        return Err(Stop::usage("the dashboard needs a terminal, and standard output is none", next));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(Stop::usage("the dashboard cannot be drawn on this terminal: TERM is 'dumb'", next));
    }
    Ok(())
}

/// So many failed attempts are read before the first event.
const FAILURES: usize = 10_000;

fn setup(contexts: &Contexts, look: &Look) -> Result<Setup, Stop> {
    let effective = contexts.effective();
    Ok(Setup {
        context: effective.context.clone(),
        demo: Some(DEMO.to_owned()),
        watch: Watch {
            start: Start::Last(history(effective)),
            follow: true,
            channels: contexts.channels()?,
            patience: Patience::Forever,
            failures: Some(FAILURES),
        },
        limits: effective.config.retention.into(),
        labels: contexts.labels(&effective.context),
        // A file with keys that cannot be is refused when it is read.
        keymap: effective.config.keys.keymap().unwrap_or_default(),
        who: who(),
        events: effective.config.events.look(),
        masks: masks(effective),
        contexts: contexts.contexts().iter().map(|name| contexts.about(name)).collect(),
        themes: themes(&look.themes),
        theme: look.theme.clone(),
        mouse: effective.config.mouse,
    })
}

/// What is masked, by context.
fn masks(effective: &Effective) -> MasksOf {
    let config = &effective.config;
    let by_context = config.contexts.keys().map(|name| (name.clone(), config.masks(name))).collect();
    MasksOf { all: config.masks(DEMO), by_context }
}

/// The themes there are, with what is wrong with one.
fn themes(themes: &Themes) -> Vec<(String, Result<(), String>)> {
    let judged = |name: &str| Theme::of(themes, name).map(|_| ()).map_err(|mistake| mistake.to_string());
    themes.list().into_iter().map(|(name, _)| (name.to_owned(), judged(name))).collect()
}

/// How many of the newest entries come first. The demo's own five minutes all do: they cost nobody anything.
fn history(effective: &Effective) -> usize {
    let last = effective.config.history.last;
    if effective.context == DEMO { last.max(DEMO_HISTORY) } else { last }
}

fn exit(reason: ExitReason) -> Exit {
    match reason {
        ExitReason::Quit => Exit::Ok,
        ExitReason::Interrupted => Exit::Interrupted,
        ExitReason::Terminated => Exit::Terminated,
        ExitReason::TerminalGone => Exit::HungUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_exit_code() {
        for (reason, code) in [
            (ExitReason::Quit, 0),
            (ExitReason::Interrupted, 130),
            (ExitReason::Terminated, 143),
            (ExitReason::TerminalGone, 129),
        ] {
            assert_eq!(exit(reason) as u8, code);
        }
    }
}
