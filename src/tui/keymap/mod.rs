//! Keys are data: for each context, which key does what. Footer and help are read from here, so they cannot lie.

mod context;
mod default;
mod key;
mod misspelt;
mod own;

pub use context::Context;
pub use key::{Key, KeyError};
pub use own::{Change, Refused};

use super::action::Action;

/// Which key does what, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    tables: Vec<(Context, Vec<(Key, Action)>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        // Every key of the table can be read: a test says so.
        let read = |keys: &[(&str, Action)]| {
            keys.iter().filter_map(|(key, action)| Some((key.parse().ok()?, *action))).collect()
        };
        Self { tables: default::DEFAULT.iter().map(|(context, keys)| (*context, read(keys))).collect() }
    }
}

impl Keymap {
    /// The keys of `context`, in the order of the footer.
    pub fn keys(&self, context: Context) -> &[(Key, Action)] {
        self.tables.iter().find(|(known, _)| *known == context).map_or(&[], |(_, keys)| keys)
    }

    /// The contexts of which `action` is part: those where a fresh start has a key for it.
    pub fn homes(action: Action) -> impl Iterator<Item = Context> {
        let tables = default::DEFAULT.iter();
        tables
            .filter(move |(_, keys)| keys.iter().any(|(_, known)| *known == action))
            .map(|(context, _)| *context)
    }

    /// The keys that do `action` in `context`.
    pub fn keys_of(&self, context: Context, action: Action) -> Vec<Key> {
        self.keys(context).iter().filter(|(_, known)| *known == action).map(|(key, _)| *key).collect()
    }

    /// What `key` does where `contexts` apply, the innermost first.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<Action> {
        contexts.iter().find_map(|context| {
            self.keys(*context).iter().find(|(bound, _)| *bound == key).map(|(_, action)| *action)
        })
    }

    /// What the keys do where `contexts` apply: each action once, with all its keys, those hidden by an inner context
    /// left out.
    pub fn bindings(&self, contexts: &[Context]) -> Vec<Binding> {
        let mut bindings: Vec<Binding> = Vec::new();
        for context in contexts {
            for (key, action) in self.keys(*context) {
                if self.action(contexts, *key) != Some(*action) {
                    continue;
                }
                match bindings.iter_mut().find(|binding| binding.action == *action) {
                    Some(binding) if binding.keys.contains(key) => {}
                    Some(binding) => binding.keys.push(*key),
                    None => bindings.push(Binding { context: *context, action: *action, keys: vec![*key] }),
                }
            }
        }
        bindings
    }
}

/// An action, and the keys that do it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The innermost context that binds it.
    pub context: Context,
    /// What it does.
    pub action: Action,
    /// Its keys; the first is the one to show where there is room for one.
    pub keys: Vec<Key>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_default_key_can_be_read() {
        for (context, keys) in default::DEFAULT {
            for (key, action) in *keys {
                assert!(key.parse::<Key>().is_ok(), "{key} in {context:?} for {action:?}");
            }
            assert_eq!(Keymap::default().keys(*context).len(), keys.len());
        }
    }

    #[test]
    fn no_key_is_bound_twice_in_a_context_and_no_context_comes_twice() {
        let contexts: HashSet<_> = default::DEFAULT.iter().map(|(context, _)| context).collect();
        assert_eq!(contexts.len(), default::DEFAULT.len());
        let keymap = Keymap::default();
        for context in Context::ALL {
            let keys = keymap.keys(context);
            assert!(!keys.is_empty(), "{context:?} has no keys");
            let unique: HashSet<_> = keys.iter().map(|(key, _)| key).collect();
            assert_eq!(unique.len(), keys.len(), "{context:?}");
        }
    }

    #[test]
    fn every_action_is_bound_or_listed_as_unbound() {
        let keymap = Keymap::default();
        let bound: HashSet<_> =
            Context::ALL.iter().flat_map(|context| keymap.keys(*context)).map(|(_, action)| action).collect();
        for action in Action::ALL {
            assert_ne!(bound.contains(action), Action::UNBOUND.contains(action), "{action:?}");
        }
    }

    #[test]
    fn in_a_text_field_every_printable_key_is_text() {
        let keymap = Keymap::default();
        for context in
            Context::ALL.into_iter().filter(|context| context.has_field()).chain([Context::Anywhere])
        {
            let printable: Vec<_> =
                keymap.keys(context).iter().filter(|(key, _)| key.is_printable()).collect();
            assert!(printable.is_empty(), "{context:?} binds {printable:?}");
        }
    }

    #[test]
    fn names_are_one_per_action() {
        let unique = |texts: Vec<&'static str>| texts.iter().collect::<HashSet<_>>().len();
        let spellings = Action::ALL.iter().map(|action| action.spelling()).collect();
        assert_eq!(unique(spellings), Action::ALL.len());
        assert!(Action::ALL.iter().all(|action| !action.help().is_empty() && action.hint().len() <= 20));
    }

    #[test]
    fn an_inner_context_hides_the_key_of_an_outer_one() {
        let keymap = Keymap::default();
        let contexts = [Context::Help, Context::Rows, Context::Anywhere];
        assert_eq!(keymap.action(&contexts, "q".parse().unwrap()), Some(Action::Back));
        let bindings = keymap.bindings(&contexts);
        assert_eq!(bindings.iter().filter(|binding| binding.action == Action::Back).count(), 1);
        assert!(bindings.iter().all(|binding| binding.action != Action::Quit));
    }
}
