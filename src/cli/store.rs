//! Where a run keeps templates, and what was sent.

use std::sync::Arc;

use async_trait::async_trait;
use directories::ProjectDirs;

use crate::bus::{MemoryStore, Store, StoreError, StoredTemplate, TenantLock};
use crate::compose::{Redaction, Sent};
use crate::config::{DEMO, Effective};
use crate::store::FileStore;

/// The store of a run: files, but for the demo, which leaves nothing behind. What the config says of histories counts
/// whoever writes to it.
pub(super) fn store(effective: &Effective) -> Arc<dyn Store> {
    within(effective, &TenantLock::default())
}

/// As [`store`], for whoever is to read nothing that was sent for tenants outside `lock`.
pub(super) fn within(effective: &Effective, lock: &TenantLock) -> Arc<dyn Store> {
    let history = &effective.config.history;
    let files: Arc<dyn Store> = if effective.context == DEMO {
        Arc::new(MemoryStore::default())
    } else {
        let dirs = ProjectDirs::from("", "", "tidings");
        let templates = dirs.as_ref().map(|dirs| dirs.config_dir().join("templates"));
        let state = dirs.as_ref().map(|dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()));
        let files = FileStore::new(templates, state.map(|state| state.join("history")));
        Arc::new(files.keeping(history.keep.get()))
    };
    Arc::new(OfRun {
        files,
        memory: MemoryStore::default(),
        is_enabled: history.enabled,
        redaction: history.redaction(),
        lock: lock.clone(),
    })
}

/// Keeps what the config allows, and shows what the lock admits.
struct OfRun {
    files: Arc<dyn Store>,
    /// For what is sent to the demo while other contexts are open, too.
    memory: MemoryStore,
    is_enabled: bool,
    redaction: Redaction,
    lock: TenantLock,
}

impl OfRun {
    fn of(&self, context: &str) -> &dyn Store {
        if context == DEMO { &self.memory } else { self.files.as_ref() }
    }
}

#[async_trait]
impl Store for OfRun {
    async fn templates(&self) -> Result<Vec<StoredTemplate>, StoreError> {
        self.files.templates().await
    }

    async fn keep_template(&self, name: &str, text: &str, replaces: bool) -> Result<(), StoreError> {
        self.files.keep_template(name, text, replaces).await
    }

    async fn delete_template(&self, name: &str) -> Result<(), StoreError> {
        self.files.delete_template(name).await
    }

    async fn sent(&self, context: &str, at_most: usize) -> Result<Vec<String>, StoreError> {
        if !self.lock.is_locked() {
            return self.of(context).sent(context, at_most).await;
        }
        let mut lines = self.of(context).sent(context, usize::MAX).await?;
        // Of a line that cannot be read nobody knows whose it is.
        lines.retain(|line| Sent::read(line).is_ok_and(|sent| self.lock.admits(&sent.tenant)));
        lines.truncate(at_most);
        Ok(lines)
    }

    async fn keep_sent(&self, context: &str, lines: &[String]) -> Result<(), StoreError> {
        if !self.is_enabled {
            return Ok(());
        }
        // What cannot be read cannot be searched for secrets, either.
        let lines: Result<Vec<_>, _> =
            lines.iter().map(|line| Sent::read(line).map(|sent| sent.to_line(&self.redaction))).collect();
        let lines = lines.map_err(|error| StoreError::Failed(error.to_string()))?;
        self.of(context).keep_sent(context, &lines).await
    }

    fn templates_place(&self) -> String {
        self.files.templates_place()
    }

    fn history_place(&self, context: &str) -> String {
        if self.is_enabled {
            self.of(context).history_place(context)
        } else {
            "nowhere: the config says `enabled = false` below `[history]`".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Outcome;
    use crate::config::{Config, Overrides};

    fn line() -> String {
        let sent = Sent {
            at: "2026-11-23T12:02:31Z".parse().unwrap(),
            event: "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().unwrap(),
            event_type: "A".parse().unwrap(),
            tenant: "acme".parse().unwrap(),
            channel: None,
            stream: None,
            entry: None,
            outcome: Outcome::Published,
            unchecked: false,
            cut: false,
            payload: r#"{"tenantId":"acme","who":{"eMail":"ada@example.com"}}"#.to_owned(),
            redacted: Vec::new(),
        };
        sent.to_line(&Redaction::default())
    }

    fn demo(config: &str) -> Arc<dyn Store> {
        let (config, sources) = Config::parse(config, std::path::Path::new("x.toml")).unwrap();
        let demo = Overrides { context: Some(DEMO.to_owned()), ..Overrides::default() };
        store(&Effective::new(config, sources, demo).unwrap())
    }

    #[tokio::test]
    async fn what_the_config_redacts_is_redacted_whoever_keeps_it() {
        let store = demo("[history]\nredact = ['email']");
        store.keep_sent(DEMO, &[line()]).await.unwrap();
        let kept = store.sent(DEMO, 9).await.unwrap();
        assert!(line().contains("ada@example.com") && !kept.concat().contains("ada@"), "{kept:?}");
        assert_eq!(Sent::read(&kept[0]).unwrap().redacted, ["/who/eMail"]);
        assert!(store.keep_sent(DEMO, &["no line".to_owned()]).await.is_err());
    }

    #[tokio::test]
    async fn a_locked_run_reads_nothing_that_was_sent_for_other_tenants() {
        let of_globex = Sent { tenant: "globex".parse().unwrap(), ..Sent::read(&line()).unwrap() };
        let lines = [line(), of_globex.to_line(&Redaction::default()), "{\"broken\":1}".to_owned()];
        let files = Arc::new(MemoryStore::default());
        files.keep_sent("prod", &lines).await.unwrap();
        let within = |lock| OfRun {
            files: Arc::clone(&files) as _,
            memory: MemoryStore::default(),
            is_enabled: true,
            redaction: Redaction::default(),
            lock,
        };
        for (locked_to, at_most, found) in
            [("acme", 9, 1), ("globex", 9, 1), ("globex", 1, 1), ("nobody", 9, 0)]
        {
            let lock = TenantLock::to([locked_to.parse().unwrap()]);
            let kept = within(lock).sent("prod", at_most).await.unwrap();
            assert_eq!(kept.len(), found, "{locked_to}: {kept:?}");
            assert!(
                kept.iter().all(|line| line.contains(&format!("\"tenant\":\"{locked_to}\""))),
                "{kept:?}"
            );
        }
        assert_eq!(within(TenantLock::default()).sent("prod", 9).await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn nothing_is_remembered_where_the_config_says_so() {
        let store = demo("[history]\nenabled = false");
        store.keep_sent(DEMO, &[line()]).await.unwrap();
        assert_eq!(store.sent(DEMO, 9).await.unwrap(), [""; 0]);
    }
}
