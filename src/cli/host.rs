//! What the dashboard asks of the machine it runs on.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::task::{JoinError, spawn_blocking};

use super::editor::Draft;
use super::events_file;
use super::exit::Stop;
use super::failed;
use super::new_file::{NewFile, at_home};
use super::output::Out;
use super::publish::Written;
use super::tail;
use crate::bus::{FailedQueue, Store};
use crate::compose::BadLine;
use crate::config::Tenants;
use crate::event::{Entry, TenantId};
use crate::tui::host::{
    BadLinesFile, BadWritten, EventsFile, Export, Exported, FileStamp, Host, NewEventsFile, NotExported,
    Underway,
};

/// The machine of this process.
pub(super) struct ThisHost {
    /// Where templates, and what was sent, are kept.
    pub(super) store: Arc<dyn Store>,
    /// Which tenants are refused, whatever the bus says.
    pub(super) tenants: Tenants,
}

#[async_trait]
impl Host for ThisHost {
    async fn edit(&self, text: String, suffix: &'static str) -> Result<String, String> {
        let edit = move || Draft::new(&text, suffix, "")?.edit("");
        match spawn_blocking(edit).await {
            Ok(edited) => edited.map_err(told),
            Err(error) => Err(format!("waiting for the editor broke off: {error}")),
        }
    }

    async fn export(
        &self,
        export: &Export,
        failed: Arc<dyn FailedQueue>,
        underway: Arc<Underway>,
    ) -> Result<Exported, NotExported> {
        let (export, runtime) = (export.clone(), Handle::current());
        // A disk may take its time. What is not whole when it is ended is dropped, and so removed.
        let write = spawn_blocking(move || {
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = underway.ended() => Err(NotExported::Ended(underway.written())),
                    written = write(export, failed.as_ref(), &underway) => written,
                }
            })
        });
        write.await.unwrap_or_else(|error| Err(broke_off(&error)))
    }

    async fn create(&self, file: &str, replaces: bool) -> Result<Box<dyn NewEventsFile>, NotExported> {
        let file = file.to_owned();
        let made = spawn_blocking(move || NewFile::create(&file, replaces)).await;
        let made = made.unwrap_or_else(|error| Err(broke_off(&error)))?;
        Ok(Box::new(EventsInFile(Some(made))))
    }

    async fn open_events(&self, file: &str, as_of: Option<FileStamp>) -> Result<EventsFile, String> {
        let file = file.to_owned();
        beside(move || events_file::open(&file, as_of.as_ref())).await
    }

    async fn paths(&self, typed: &str) -> Result<Vec<String>, String> {
        let typed = typed.to_owned();
        beside(move || events_file::paths(&typed)).await
    }

    async fn bad_lines(&self, file: &str) -> Result<Box<dyn BadLinesFile>, String> {
        let path = at_home(file);
        let create = move || Written::create(&path).map_err(|(path, error)| unwritable(&path, &error));
        Ok(Box::new(BadFile(Arc::new(Mutex::new(beside(create).await?)))))
    }

    fn refusal(&self, tenant: &TenantId) -> Option<String> {
        self.tenants.refusal(tenant)
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

/// Does it beside the event loop: a disk may take its time.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(format!("it broke off: {error}")))
}

/// Bad lines that are written beside the event loop.
struct BadFile(Arc<Mutex<Written>>);

impl BadFile {
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Written) -> io::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let written = Arc::clone(&self.0);
        beside(move || {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut written).map_err(|error| unwritable(&written.path, &error))
        })
        .await
    }
}

#[async_trait]
impl BadLinesFile for BadFile {
    async fn add(&mut self, lines: Vec<BadLine>) -> Result<(), String> {
        self.work(move |written| lines.iter().try_for_each(|line| written.write(line))).await
    }

    async fn finish(&mut self) -> Result<BadWritten, String> {
        self.work(|written| {
            written.finish()?;
            let (file, reasons) = (written.path.display(), written.reasons_path.display());
            Ok(BadWritten { lines: written.found, file: file.to_string(), reasons: reasons.to_string() })
        })
        .await
    }
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    let next = match error.kind() {
        ErrorKind::AlreadyExists => "it was left as it is: name a new file for the bad lines",
        _ => "name another file for the bad lines",
    };
    format!("'{}' cannot be written: {error}: {next}", path.display())
}

/// Events on their way into a file; nothing while a piece is being written.
struct EventsInFile(Option<NewFile>);

#[async_trait]
impl NewEventsFile for EventsInFile {
    async fn write(&mut self, entries: Vec<Entry>) -> Result<(), NotExported> {
        let Some(mut file) = self.0.take() else { return Err(no_file()) };
        let add = move || {
            let named = file.named();
            let mut out = Out::named(&mut file.file, named);
            let added = entries.iter().try_for_each(|entry| tail::json_line(entry, &mut out));
            added.and_then(|()| out.flush()).map_err(|stop| NotExported::Failed(told(stop)))?;
            Ok(file)
        };
        self.0 = Some(spawn_blocking(add).await.unwrap_or_else(|error| Err(broke_off(&error)))?);
        Ok(())
    }

    async fn keep(mut self: Box<Self>) -> Result<(), NotExported> {
        let Some(file) = self.0.take() else { return Err(no_file()) };
        spawn_blocking(move || file.keep()).await.unwrap_or_else(|error| Err(broke_off(&error)))
    }
}

fn broke_off(error: &JoinError) -> NotExported {
    NotExported::Failed(format!("it broke off: {error}"))
}

fn no_file() -> NotExported {
    NotExported::Failed("it broke off before: nothing of it is left".to_owned())
}

async fn write(
    export: Export,
    failed: &dyn FailedQueue,
    underway: &Underway,
) -> Result<Exported, NotExported> {
    let mut file = NewFile::create(&export.file, export.replaces)?;
    let named = file.named();
    let mut out = Out::named(&mut file.file, named);
    let how = (&export.masks, underway);
    let written = failed::export(failed, export.events.into_iter(), how, &mut out).await;
    let written = written.and_then(|written| out.flush().map(|()| written));
    let (written, gone) = written.map_err(|stop| NotExported::Failed(told(stop)))?;
    file.keep()?;
    Ok(Exported { written, gone })
}

/// An error in one line: what happened, and what to do next.
fn told(stop: Stop) -> String {
    match stop {
        Stop::PipeClosed => "nobody reads what is written".to_owned(),
        Stop::Error(complaint) => match complaint.next {
            Some(next) => format!("{}: {next}", complaint.what),
            None => complaint.what,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::future::pending;

    use chrono::{DateTime, Utc};
    use tokio::sync::mpsc;

    use super::*;
    use crate::bus::{
        BusError, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedWhole, Follower, Foreseen,
        JournalEntry, KeptPlan, MemoryStore, NoFailedQueue, RetriedBy, Runs, Verb,
    };
    use crate::event::{Content, EntryId, EventType, Fault, FaultKind, Masks, Report, StreamKey, Verdict};

    /// Says that it was asked for an event, and never answers.
    struct Mute(mpsc::Sender<()>);

    #[async_trait]
    impl FailedQueue for Mute {
        async fn read(&self, _: &FailedQuery, _: mpsc::Sender<FailedPage>) -> Result<(), BusError> {
            pending().await
        }

        async fn whole(&self, _: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
            self.0.send(()).await.unwrap();
            pending().await
        }

        async fn foresee(&self, _: &[FailedEvent], _: Runs) -> Result<Foreseen, BusError> {
            pending().await
        }

        fn follower(&self, _: &str) -> Box<dyn Follower> {
            Box::new(NoFailedQueue(String::new()))
        }

        async fn journal(&self, _: usize) -> Result<Vec<JournalEntry>, BusError> {
            pending().await
        }

        async fn plan(&self, _: &str) -> Result<Option<KeptPlan>, BusError> {
            pending().await
        }

        async fn retried_by(
            &self,
            _: &str,
            _: DateTime<Utc>,
            _: &BTreeSet<StreamKey>,
        ) -> Result<RetriedBy, BusError> {
            pending().await
        }

        async fn may(&self, _: Verb) -> Result<(), BusError> {
            pending().await
        }
    }

    #[tokio::test]
    async fn what_cannot_be_exported_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("old"), "kept\n").unwrap();
        let at: FailedAt = "dead:7-1:event::A".parse().unwrap();
        let failed: Arc<dyn FailedQueue> = Arc::new(NoFailedQueue("nothing fails here".to_owned()));
        let export = async |name: &str, replaces| {
            let export = Export { file: path(name), replaces, events: vec![at.clone()], masks: Masks::NONE };
            let host = ThisHost { store: Arc::new(MemoryStore::default()), tenants: Tenants::default() };
            host.export(&export, Arc::clone(&failed), Arc::default()).await.unwrap_err()
        };
        assert_eq!(export("old", false).await, NotExported::Exists);
        for (name, replaces, why) in [
            ("old", true, "nothing fails here"),
            ("new", false, "nothing fails here"),
            ("no/folder", false, "cannot be written"),
            ("", false, "is a folder"),
        ] {
            let NotExported::Failed(told) = export(name, replaces).await else { panic!("{name}") };
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "kept\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[tokio::test]
    async fn an_export_that_is_ended_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failed.jsonl");
        let at: FailedAt = "dead:7-1:event::A".parse().unwrap();
        let host = ThisHost { store: Arc::new(MemoryStore::default()), tenants: Tenants::default() };
        for (replaces, before) in [(false, None), (true, Some("kept\n"))] {
            if let Some(text) = before {
                fs::write(&path, text).unwrap();
            }
            let export = Export {
                file: path.display().to_string(),
                replaces,
                events: vec![at.clone()],
                masks: Masks::NONE,
            };
            let underway: Arc<Underway> = Arc::default();
            // A bus that answers nothing any more must not keep anybody from ending it.
            let (asked, mut is_asked) = mpsc::channel(1);
            let failed: Arc<dyn FailedQueue> = Arc::new(Mute(asked));
            let writing = host.export(&export, failed, Arc::clone(&underway));
            let ending = async {
                is_asked.recv().await.unwrap();
                assert!(fs::read_dir(folder.path()).unwrap().count() > 0, "it is being written");
                underway.note(3);
                underway.end();
            };
            let (answer, ()) = tokio::join!(writing, ending);
            assert_eq!(answer, Err(NotExported::Ended(3)));
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before.iter().count());
        }
    }

    #[tokio::test]
    async fn events_are_written_as_tail_prints_them_and_published_again_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let name = path.display().to_string();
        let host = ThisHost { store: Arc::new(MemoryStore::default()), tenants: Tenants::default() };
        let text = r#"{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"A","payload":{"n":1.50,"t":"\u001b[2J"}}"#;
        let entry = |content, verdict| Entry {
            stream: StreamKey::new("event::A").unwrap(),
            id: EntryId::new(7, 1),
            replayable: true,
            channel: None,
            event_type: EventType::new("A").ok(),
            tenant: None,
            event_id: None,
            timestamp: None,
            content,
            verdict,
        };
        let json = || entry(Content::Json { text: text.into(), payload: None }, Verdict::Valid);
        let fault = Fault::new(FaultKind::Schema, Report::new("/event", "an event", "none"));
        let raw =
            entry(Content::Fields(vec![(b"x".to_vec(), vec![0xff])]), Verdict::Invalid(Box::new(fault)));
        let mut file = host.create(&name, false).await.unwrap();
        file.write(vec![json()]).await.unwrap();
        file.write(vec![raw, json()]).await.unwrap();
        file.keep().await.unwrap();
        let written = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = written.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains(&format!("\"event\":{text}")), "{}", lines[0]);
        assert!(lines[1].contains(r#""event":null"#) && lines[1].contains(r#""x":{"base64":"/w=="}"#));
        // One that is there stays, and one that is given up is not there.
        assert_eq!(host.create(&name, false).await.err(), Some(NotExported::Exists));
        let mut other = host.create(&format!("{name}.2"), false).await.unwrap();
        other.write(vec![json()]).await.unwrap();
        drop(other);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
