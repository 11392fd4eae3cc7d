//! A person's own keys, over those of a fresh start: taken as a whole, or refused with the reason.

use super::{Context, Key, Keymap};
use crate::tui::action::Action;

/// The keys of an action in a context, in place of those of a fresh start. Without any, nothing does it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub context: Context,
    /// What they do.
    pub action: Action,
    /// The keys.
    pub keys: Vec<Key>,
}

/// Why changes are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The change that is at fault, counted from 0.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub next: String,
}

/// What must have a key wherever it has one: the ways out.
const WAYS_OUT: [Action; 4] = [Action::Quit, Action::Interrupt, Action::Back, Action::Cancel];

/// Views and what is in them: what lies inside has the keys before what lies around it.
const INNER: [Context; 9] = [
    Context::Flow,
    Context::Events,
    Context::Handlers,
    Context::Failed,
    Context::Journal,
    Context::Errors,
    Context::Compose,
    Context::Detail,
    Context::Rows,
];

impl Keymap {
    /// The keys of a fresh start, with these in place of some.
    ///
    /// # Errors
    ///
    /// A change that would do nothing, that would take a key twice, or that would lock a person in.
    pub fn with(changes: &[Change]) -> Result<Self, Refused> {
        let mut keymap = Self::default();
        let refused = |at, what: String, next: String| Err(Refused { at, what, next });
        for (at, change) in changes.iter().enumerate() {
            let Change { context, action, keys } = change;
            let name = action.spelling();
            if Self::default().keys_of(*context, *action).is_empty() {
                let homes: Vec<_> = Self::homes(*action).map(Context::spelling).collect();
                let next = match &homes[..] {
                    [] => "Take this line out.".to_owned(),
                    homes => format!("It is done in: {}.", homes.join(", ")),
                };
                return refused(at, format!("'{name}' is not done in '{}'", context.spelling()), next);
            }
            if keys.is_empty() && WAYS_OUT.contains(action) {
                let next = "Give it another key: without one there would be no way out.".to_owned();
                return refused(at, format!("'{name}' may not be without a key"), next);
            }
            let is_text = context.has_field() || *context == Context::Anywhere;
            if let Some(key) = keys.iter().find(|key| is_text && key.is_printable()) {
                let next = "There every character is text: use a key with ctrl- or alt-, or such as f5.";
                let what = format!("'{}' cannot be a key in '{}'", key.spelling(), context.spelling());
                return refused(at, what, next.to_owned());
            }
            keymap.set(change);
        }
        for (at, change) in changes.iter().enumerate() {
            let here = keymap.keys(change.context);
            let twice = |key: &&Key| here.iter().filter(|(bound, _)| bound == *key).count() > 1;
            if let Some(key) = change.keys.iter().find(twice) {
                let other = here.iter().find(|(bound, action)| bound == key && *action != change.action);
                let name = other.map_or(change.action, |(_, action)| *action).spelling();
                let what =
                    format!("'{}' does '{name}' in '{}', too", key.spelling(), change.context.spelling());
                let next = format!("Use another key, or give '{name}' other keys, or \"none\".");
                return refused(at, what, next);
            }
            if let Some((key, way)) =
                change.keys.iter().find_map(|key| Some((key, keymap.blocked(*key, change)?)))
            {
                let what = format!(
                    "'{}' in '{}' would hide the last key of '{}'",
                    key.spelling(),
                    change.context.spelling(),
                    way.spelling()
                );
                return refused(at, what, "Use another key: that one is a way out.".to_owned());
            }
        }
        Ok(keymap)
    }

    fn set(&mut self, Change { context, action, keys }: &Change) {
        let Some((_, table)) = self.tables.iter_mut().find(|(known, _)| known == context) else { return };
        let at = table.iter().position(|(_, known)| known == action).unwrap_or(table.len());
        table.retain(|(_, known)| known != action);
        let at = at.min(table.len());
        table.splice(at..at, keys.iter().map(|key| (*key, *action)));
    }

    /// The way out that cannot be reached any more in the change's context, because of `key`.
    fn blocked(&self, key: Key, change: &Change) -> Option<Action> {
        let around: &[Context] = match change.context {
            Context::Anywhere => return None,
            Context::Global => &[Context::Global, Context::Anywhere],
            inner if INNER.contains(&inner) => &[inner, Context::Rows, Context::Global, Context::Anywhere],
            inner => &[inner, Context::Anywhere],
        };
        WAYS_OUT.into_iter().filter(|way| *way != change.action).find(|way| {
            let mut keys = around.iter().flat_map(|context| self.keys_of(*context, *way)).peekable();
            let hides = around.iter().skip(1).any(|context| self.keys_of(*context, *way).contains(&key));
            keys.peek().is_some() && hides && keys.all(|key| self.action(around, key) != Some(*way))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(context: Context, action: Action, keys: &[&str]) -> Change {
        Change { context, action, keys: keys.iter().map(|key| key.parse().unwrap()).collect() }
    }

    #[test]
    fn keys_take_the_place_of_those_of_a_fresh_start_and_their_place_in_the_footer() {
        let keymap = Keymap::with(&[change(Context::Global, Action::Pause, &["ctrl-t", "z"])]).unwrap();
        let keys = keymap.keys_of(Context::Global, Action::Pause);
        assert_eq!(keys.iter().map(|key| key.spelling()).collect::<Vec<_>>(), ["ctrl-t", "z"]);
        let place = |keymap: &Keymap| {
            keymap.keys(Context::Global).iter().position(|(_, action)| *action == Action::Pause)
        };
        assert_eq!(place(&keymap), place(&Keymap::default()));
        let none = Keymap::with(&[change(Context::Global, Action::Pause, &[])]).unwrap();
        assert!(none.keys_of(Context::Global, Action::Pause).is_empty());
    }

    #[test]
    fn two_actions_may_change_places() {
        let swapped =
            [change(Context::Global, Action::Pause, &["f"]), change(Context::Global, Action::Follow, &["p"])];
        assert!(Keymap::with(&swapped).is_ok());
    }

    #[test]
    fn what_would_do_nothing_be_done_twice_or_lock_in_is_refused() {
        for (context, action, keys, phrase) in [
            (Context::Flow, Action::Retry, &["r"][..], "is not done in 'flow'"),
            (Context::Global, Action::Pause, &["f"], "'f' does 'follow' in 'global', too"),
            (Context::Global, Action::Pause, &["z", "z"], "'z' does 'pause' in 'global', too"),
            (Context::Global, Action::Quit, &[], "may not be without a key"),
            (Context::Anywhere, Action::Interrupt, &[], "may not be without a key"),
            (Context::Search, Action::Cancel, &[], "may not be without a key"),
            (Context::Filter, Action::Accept, &["a"], "'a' cannot be a key in 'filter'"),
            (Context::Anywhere, Action::Palette, &[":"], "':' cannot be a key in 'anywhere'"),
            (Context::Events, Action::Copy, &["esc"], "would hide the last key of 'back'"),
            (Context::Events, Action::Copy, &["q"], "would hide the last key of 'quit'"),
            (Context::Filter, Action::Accept, &["ctrl-c"], "would hide the last key of 'interrupt'"),
        ] {
            let refused = Keymap::with(&[change(context, action, keys)]).unwrap_err();
            assert!(refused.what.contains(phrase), "{context:?} {action:?} {keys:?}: {}", refused.what);
        }
    }

    #[test]
    fn the_keys_of_a_fresh_start_are_taken_as_they_are() {
        let all: Vec<_> = Context::ALL
            .into_iter()
            .flat_map(|context| {
                Keymap::default().keys(context).to_vec().into_iter().map(move |it| (context, it))
            })
            .map(|(context, (_, action))| Change {
                context,
                action,
                keys: Keymap::default().keys_of(context, action),
            })
            .collect();
        assert!(Keymap::with(&all).is_ok(), "{:?}", Keymap::with(&all));
    }
}
