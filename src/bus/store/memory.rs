//! Keeps templates and histories for as long as the program runs: for the demo, and for tests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Store, StoreError, StoredTemplate};

/// So many lines of a history are kept.
const LINES: usize = 500;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    templates: BTreeMap<String, String>,
    /// The newest line of each comes last.
    histories: BTreeMap<String, VecDeque<String>>,
    /// Why everything fails.
    fault: Option<String>,
}

impl MemoryStore {
    /// Lets everything fail from now on, or nothing any more.
    pub fn fail(&self, why: Option<&str>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fault = why.map(ToOwned::to_owned);
    }

    fn kept(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        // What is kept is whole at every moment.
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &kept.fault {
            Some(why) => Err(StoreError::Failed(why.clone())),
            None => Ok(kept),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn templates(&self) -> Result<Vec<StoredTemplate>, StoreError> {
        let stored = |(name, text): (&String, &String)| StoredTemplate {
            name: name.clone(),
            text: text.clone(),
            place: super::MEMORY.to_owned(),
            fault: None,
        };
        Ok(self.kept()?.templates.iter().map(stored).collect())
    }

    async fn keep_template(&self, name: &str, text: &str, replaces: bool) -> Result<(), StoreError> {
        StoredTemplate::check_name(name)?;
        let mut kept = self.kept()?;
        if !replaces && kept.templates.contains_key(name) {
            return Err(StoreError::Exists(name.to_owned()));
        }
        kept.templates.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    async fn delete_template(&self, name: &str) -> Result<(), StoreError> {
        StoredTemplate::check_name(name)?;
        match self.kept()?.templates.remove(name) {
            Some(_) => Ok(()),
            None => Err(StoreError::Unknown(name.to_owned())),
        }
    }

    async fn sent(&self, context: &str, at_most: usize) -> Result<Vec<String>, StoreError> {
        let kept = self.kept()?;
        Ok(kept.histories.get(context).into_iter().flatten().rev().take(at_most).cloned().collect())
    }

    async fn keep_sent(&self, context: &str, lines: &[String]) -> Result<(), StoreError> {
        let mut kept = self.kept()?;
        let history = kept.histories.entry(context.to_owned()).or_default();
        history.extend(lines.iter().cloned());
        let too_many = history.len().saturating_sub(LINES);
        history.drain(..too_many);
        Ok(())
    }
}
