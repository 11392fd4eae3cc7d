//! What fits what is typed, the best first.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32String};

use super::{Command, Named, Stem};

/// A command that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its place among all.
    pub at: usize,
    /// The characters of its name that were typed, counted from 0, in order.
    pub letters: Vec<u32>,
}

/// How well something fits, the best first.
type Rank = (u8, Reverse<u32>, usize);

/// Those of all that fit. Where nothing is typed: the kinds, what can be done now, then the rest.
pub(super) fn among(commands: &[Command], query: &str) -> Vec<Found> {
    if query.is_empty() {
        let is_shown = |command: &Command| matches!(command.named, Named::Action(_) | Named::Stem(_));
        let mut all: Vec<_> =
            (0..commands.len()).filter(|at| commands.get(*at).is_some_and(is_shown)).collect();
        // Kinds first: no slip of Enter does anything there.
        all.sort_by_key(|at| {
            let command = commands.get(*at);
            let is_kind = command.is_some_and(|command| matches!(command.named, Named::Stem(_)));
            (command.is_some_and(|command| command.refusal.is_some()), !is_kind)
        });
        return all.into_iter().map(|at| Found { at, letters: Vec::new() }).collect();
    }
    let mut judge = Judge::new(query);
    sorted(
        commands.iter().enumerate().filter_map(|(at, command)| judge.rank(at, command, command.typed(), 0)),
    )
}

/// Those of a kind that fit what is typed behind its word.
pub(super) fn within(commands: &[Command], stem: Stem, query: &str) -> Vec<Found> {
    let mine = commands
        .iter()
        .enumerate()
        .filter(|(_, command)| command.stem() == Some(stem) && !matches!(command.named, Named::Stem(_)));
    if query.is_empty() {
        return mine.map(|(at, _)| Found { at, letters: Vec::new() }).collect();
    }
    let mut judge = Judge::new(query);
    sorted(mine.filter_map(|(at, command)| {
        let label = command.label();
        let skipped = command.name.chars().count() - label.chars().count();
        judge.rank(at, command, label, u32::try_from(skipped).unwrap_or(0))
    }))
}

fn sorted(found: impl Iterator<Item = (Rank, Found)>) -> Vec<Found> {
    let mut found: Vec<_> = found.collect();
    // Stable: what fits equally well stays in order.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Knows what is typed.
struct Judge {
    matcher: Matcher,
    /// Each word as it is typed.
    words: Pattern,
    /// Each word with other letters between its own.
    letters: Pattern,
}

impl Judge {
    fn new(query: &str) -> Self {
        let pattern = |kind| Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, kind);
        Self {
            matcher: Matcher::new(Config::DEFAULT),
            words: pattern(AtomKind::Substring),
            letters: pattern(AtomKind::Fuzzy),
        }
    }

    /// A name that has the words comes first, then one that has the letters, then what is told with the words. Letters
    /// are searched for in names that somebody gave to what the program does, not in thousands of ids.
    fn rank(&mut self, at: usize, command: &Command, label: &str, skipped: u32) -> Option<(Rank, Found)> {
        let text = Utf32String::from(label);
        let mut letters = Vec::new();
        let mut score = |pattern: &Pattern, letters: &mut Vec<u32>| {
            letters.clear();
            pattern.indices(text.slice(..), &mut self.matcher, letters)
        };
        let by_words = score(&self.words, &mut letters).map(|score| (0, score));
        let of_program = matches!(command.named, Named::Action(_) | Named::Stem(_) | Named::Theme(_));
        let named = match by_words {
            None if of_program => score(&self.letters, &mut letters).map(|score| (1, score)),
            found => found,
        };
        let (tier, score) = if let Some(found) = named {
            found
        } else {
            letters.clear();
            let told = Utf32String::from(format!("{} {} {}", command.name, command.keys, command.help));
            (2, self.words.score(told.slice(..), &mut self.matcher)?)
        };
        letters.sort_unstable();
        letters.dedup();
        for letter in &mut letters {
            *letter += skipped;
        }
        Some(((tier, Reverse(score), label.len()), Found { at, letters }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::TenantId;
    use crate::tui::action::Action;

    fn command(named: Named, name: &str, help: &str) -> Command {
        Command { named, name: name.to_owned(), help: help.to_owned(), keys: String::new(), refusal: None }
    }

    fn names(commands: &[Command], found: &[Found]) -> Vec<String> {
        found.iter().map(|found| commands[found.at].name.clone()).collect()
    }

    fn commands() -> Vec<Command> {
        let tenant = |id: &str| Named::Tenant(TenantId::new(id).ok());
        vec![
            command(Named::Action(Action::RetryAll), "retry-all", "Make a plan of all"),
            command(Named::Action(Action::Retry), "retry", "Make a plan"),
            command(Named::Action(Action::ShowFailed), "show-failed", "Open Failed: what to act on"),
            command(Named::Stem(Stem::Tenant), "tenant", "Narrow to a tenant"),
            command(tenant("a1"), "tenant Acme MSP", "189c996e"),
            command(tenant("b2"), "tenant Beta", "b2"),
        ]
    }

    #[test]
    fn the_shortest_name_with_the_words_comes_first_whatever_the_case() {
        let commands = commands();
        assert_eq!(names(&commands, &among(&commands, "RETRY"))[..2], ["retry", "retry-all"]);
        assert_eq!(names(&commands, &among(&commands, "fail"))[0], "show-failed");
    }

    #[test]
    fn letters_with_others_between_them_and_words_of_the_help_are_found_too() {
        let commands = commands();
        assert_eq!(names(&commands, &among(&commands, "shfa")), ["show-failed"]);
        assert_eq!(names(&commands, &among(&commands, "act on")), ["show-failed"]);
        assert!(among(&commands, "zzz").is_empty());
    }

    #[test]
    fn names_of_a_kind_are_found_by_name_and_by_id_and_their_letters_are_marked() {
        let commands = commands();
        assert_eq!(within(&commands, Stem::Tenant, "").len(), 2);
        assert_eq!(names(&commands, &within(&commands, Stem::Tenant, "189c")), ["tenant Acme MSP"]);
        let found = within(&commands, Stem::Tenant, "msp");
        assert_eq!(found[0].letters, [12, 13, 14]);
    }
}
