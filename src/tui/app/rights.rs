//! What this session may do to failed events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::bus::{BusError, Verb};
use crate::text::display_safe;

/// What may be done, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// An error says why this session may not act at all. Nothing was opened yet: an error, too.
    pub operator: Result<(), String>,
    /// What this user may not do, as the server says.
    refused: BTreeMap<Verb, String>,
    /// Whether the server was asked.
    pub asked: bool,
}

impl Default for Rights {
    fn default() -> Self {
        Self { operator: Err("no context is open yet".to_owned()), refused: BTreeMap::new(), asked: false }
    }
}

impl Rights {
    /// Those of a session.
    pub fn of(operator: Result<(), String>) -> Self {
        Self { operator, ..Self::default() }
    }

    /// What the server said. That it could not be asked forbids nothing: it will say so itself.
    pub fn take(&mut self, answers: Vec<(Verb, Result<(), BusError>)>) {
        self.refused = answers
            .into_iter()
            .filter_map(|(verb, answer)| match answer {
                Err(BusError::Unavailable { .. }) | Ok(()) => None,
                Err(why) => Some((verb, display_safe(why.what()).into_owned())),
            })
            .collect();
    }

    /// Whether the server refuses this user all that acts: a session that could write, of somebody who may only look.
    pub fn only_looks(&self) -> bool {
        let acts = [Verb::Retry, Verb::Discard, Verb::Release];
        self.operator.is_ok() && acts.iter().all(|verb| self.refused.contains_key(verb))
    }

    /// Whether `verb` may be done; why not.
    pub fn allow(&self, verb: Verb) -> Result<(), Cow<'static, str>> {
        if let Err(why) = &self.operator {
            return Err(display_safe(why).into_owned().into());
        }
        self.refused.get(&verb).map_or(Ok(()), |why| Err(why.clone().into()))
    }
}
