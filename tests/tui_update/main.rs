//! Messages to state. Keys: tables of scripts, each a few keys and what is so afterwards; together they do every action
//! in every context where the keymap binds it, and a test says so. Signals, ticks and outcomes: see `signals`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

mod beyond;
mod compose;
mod composed;
mod ending;
mod errors;
mod events;
mod exported;
#[path = "../support/failed.rs"]
mod failed;
mod file;
mod filter;
mod flow;
mod handlers;
mod health;
mod journal;
mod left_out;
mod mouse;
mod over;
mod palette;
mod pointing;
mod pressed;
mod queue;
#[path = "../support/queue.rs"]
mod queued;
mod reveal;
mod rewind;
mod run;
mod script;
mod seeking;
mod sending;
mod settled;
mod shelf;
mod signals;
mod start;
mod undo;

use std::collections::BTreeSet;

use script::{Script, play};
use tidings::tui::keymap::{Context, Keymap};

fn tables() -> impl Iterator<Item = &'static Script> {
    [
        flow::SCRIPTS,
        beyond::SCRIPTS,
        compose::SCRIPTS,
        sending::SCRIPTS,
        file::SCRIPTS,
        shelf::SCRIPTS,
        errors::SCRIPTS,
        events::SCRIPTS,
        handlers::SCRIPTS,
        health::SCRIPTS,
        filter::SCRIPTS,
        over::SCRIPTS,
        palette::SCRIPTS,
        queue::SCRIPTS,
        reveal::SCRIPTS,
        journal::SCRIPTS,
        rewind::SCRIPTS,
        run::SCRIPTS,
        exported::SCRIPTS,
        ending::SCRIPTS,
        mouse::SCRIPTS,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn keys_do_what_the_tables_say() {
    let wrong: Vec<_> = tables().filter_map(|script| play(script).complaint).collect();
    assert!(wrong.is_empty(), "{} scripts went wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_action_is_done_in_every_context_that_binds_it() {
    let done: BTreeSet<_> = tables().flat_map(|script| play(script).done).collect();
    let keymap = Keymap::default();
    let bound = Context::ALL
        .into_iter()
        .flat_map(|context| keymap.keys(context).iter().map(move |(_, action)| (context, *action)));
    let missing: Vec<_> = bound.filter(|pair| !done.contains(pair)).collect();
    assert!(missing.is_empty(), "no script does {missing:?}");
}
