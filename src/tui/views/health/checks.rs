//! Which checks passed, and which could not be made and why.

use std::collections::BTreeMap;

use super::{Parts, headed};
use crate::monitor::health::{CHECKS, CheckState};
use crate::text::{display_safe, plural};
use crate::tui::app::App;
use crate::tui::theme::Meaning;
use crate::tui::widgets::folded;

pub(super) fn lines(app: &App, room: usize) -> Vec<Parts> {
    let health = &app.health.health;
    let mut lines: Vec<Parts> = Vec::new();
    if let Some(error) = &app.health.error {
        let told = display_safe(error.what()).into_owned();
        let since = health.looked().map(|at| format!("looked over {}, and not since: ", app.clock.ago(at)));
        lines.extend(put(&format!("{}{told}", since.unwrap_or_default()), Meaning::Failed, room));
        if let Some(next) = error.next() {
            lines.extend(put(&display_safe(next), Meaning::Dim, room));
        }
    }
    let Some(looked) = health.looked() else {
        if app.health.error.is_none() {
            lines.extend(waiting(app, room));
        }
        return lines;
    };
    let (mut passed, mut unseen) = (Vec::new(), BTreeMap::new());
    for (check, _, state) in health.checks() {
        match state {
            CheckState::Passed(_) if !passed.contains(&check) => passed.push(check),
            CheckState::Unseen { why, next } => {
                let checks: &mut Vec<&str> = unseen.entry((why, next)).or_default();
                if !checks.contains(&check) {
                    checks.push(check);
                }
            }
            CheckState::Passed(_) | CheckState::Found(_) => {}
        }
    }
    let found = |check: &&str| {
        health.findings().iter().any(|known| known.gone.is_none() && known.lint.check == *check)
    };
    passed.retain(|check| !found(check));
    if app.health.rows.iter().all(|known| known.gone.is_some()) {
        let all = plural(passed.len() as u64, "check passes", "checks pass");
        let sign = if unseen.is_empty() { "All is well: every lint passes" } else { "Nothing wrong is seen" };
        lines.extend(put(
            &format!("{sign} ({all}, last looked {})", app.clock.ago(looked)),
            Meaning::Ok,
            room,
        ));
        lines.push(Vec::new());
    }
    for (at, ((why, next), checks)) in unseen.into_iter().enumerate() {
        let advice = next.as_ref().map_or_else(String::new, |next| format!("; {}", next.replace('\n', "; ")));
        let told = format!("{}: {}{}", checks.join(", "), display_safe(why), display_safe(&advice));
        lines.extend(headed(if at == 0 { "not seen" } else { "" }, &told, Meaning::Waiting, room));
    }
    let mut waits: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    waits.retain(|name| !health.checks().any(|(check, ..)| check == *name));
    lines.extend(headed("passed", &passed.join(", "), Meaning::Text, room));
    if !waits.is_empty() && !app.context.profile.is_empty() {
        let why = if app.context.profile == "pubsub" {
            "Pub/Sub keeps nothing: no streams, no groups, no dead letters to look at"
        } else {
            "they take more than one look, or what was not heard yet"
        };
        lines.extend(headed("not yet", &format!("{}: {why}", waits.join(", ")), Meaning::Dim, room));
    }
    if app.health.rows.is_empty() {
        lines.push(Vec::new());
        for check in CHECKS.iter().filter(|check| passed.contains(&check.name)) {
            lines.push(vec![
                (crate::text::pad_end(check.name, 17), Meaning::Dim),
                (crate::text::cut_end(check.looks_for, room.saturating_sub(17)).into_owned(), Meaning::Text),
            ]);
        }
    }
    lines
}

/// Nothing was looked at yet.
fn waiting(app: &App, room: usize) -> Vec<Parts> {
    let told = if app.is_paused() {
        "The screen is held still, and nothing was looked at before: go on to look the bus over."
    } else if app.monitor.link().is_live() {
        "Looking the bus over"
    } else {
        "The bus is looked over as soon as there is a connection."
    };
    put(told, Meaning::Waiting, room)
}

fn put(text: &str, meaning: Meaning, room: usize) -> Vec<Parts> {
    folded(text, room).into_iter().map(|line| vec![(line, meaning)]).collect()
}
