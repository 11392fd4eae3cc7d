//! The health of a bus as `doctor` says it: a finding for each check that was made.

use super::checks::CHECKS;
use super::state::{CheckState, Health};
use super::words::examples;
use crate::bus::{Finding, Level};
use crate::text::plural;

/// So many findings of a check are named.
const NAMED: usize = 3;

impl Health {
    /// A finding for each thing that was looked at: those of the server as they came, then those of the checks here, what
    /// they found by how bad it is.
    pub fn report(&self) -> Vec<Finding> {
        let mut findings = self.server.clone();
        for check in CHECKS {
            let states: Vec<_> =
                self.checks().filter(|(name, ..)| *name == check.name).map(|(.., state)| state).collect();
            let found = self.found(check.name);
            if !found.is_empty() {
                findings.extend(found);
            } else if let Some(state) =
                states.iter().find(|state| matches!(state, CheckState::Unseen { .. })).or(states.first())
            {
                findings.push(told(check.name, state));
            }
        }
        findings
    }

    /// What a check found, in one finding for each level.
    fn found(&self, check: &'static str) -> Vec<Finding> {
        let known = self.findings();
        let of_level = |level| {
            let lints: Vec<_> = known
                .iter()
                .filter(|known| {
                    known.gone.is_none() && known.lint.check == check && known.lint.level == level
                })
                .map(|known| &known.lint)
                .collect();
            let first = lints.first()?;
            let said: Vec<_> = lints.iter().map(|lint| lint.what.clone()).collect();
            let found = match said.len() {
                1 => said.concat(),
                n => format!("{}: {}", plural(n as u64, "finding", "findings"), examples(&said, NAMED)),
            };
            let next: Vec<&str> = first.next.iter().map(String::as_str).collect();
            Some(Finding { check, level, found, mend: Some(next.join("\n")), is_unseen: false })
        };
        [Level::Fault, Level::Warning, Level::Note].into_iter().filter_map(of_level).collect()
    }
}

fn told(check: &'static str, state: &CheckState) -> Finding {
    let (level, found, mend, is_unseen) = match state {
        CheckState::Passed(what) => (Level::Ok, what.clone(), None, false),
        // Never so: what was found is told above.
        CheckState::Found(n) => (Level::Note, plural(*n as u64, "finding", "findings"), None, false),
        CheckState::Unseen { why, next } => (Level::Note, why.clone(), next.clone(), true),
    };
    Finding { check, level, found, mend, is_unseen }
}
