//! What the dashboard asks of the machine it runs on.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::editor::{Draft, create_private};
use super::events_file;
use super::exit::Stop;
use super::failed;
use super::output::Out;
use super::publish::Written;
use crate::bus::{FailedQueue, Store};
use crate::compose::BadLine;
use crate::config::Tenants;
use crate::event::TenantId;
use crate::tui::host::{
    BadLinesFile, BadWritten, EventsFile, Export, Exported, FileStamp, Host, NotExported,
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

    async fn export(&self, export: &Export, failed: Arc<dyn FailedQueue>) -> Result<Exported, NotExported> {
        let (export, runtime) = (export.clone(), Handle::current());
        // A disk may take its time.
        let write = spawn_blocking(move || runtime.block_on(write(export, failed.as_ref())));
        write.await.unwrap_or_else(|error| Err(NotExported::Failed(format!("it broke off: {error}"))))
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

async fn write(export: Export, failed: &dyn FailedQueue) -> Result<Exported, NotExported> {
    let path = at_home(&export.file);
    let named = format!("'{}'", path.display());
    let unwritable = |error: io::Error| NotExported::Failed(format!("{named} cannot be written: {error}"));
    if path.is_dir() {
        return Err(NotExported::Failed(format!("{named} is a folder: name a file in it")));
    }
    // What is to be replaced stays until all is written.
    let new = if export.replaces {
        path.with_file_name(format!(".tidings-{}", uuid::Uuid::new_v4().simple()))
    } else {
        path.clone()
    };
    let mut file = create_private(&new).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => NotExported::Exists,
        _ => unwritable(error),
    })?;
    let mut out = Out::named(&mut file, named.clone());
    let written = failed::export(failed, export.events.into_iter(), &mut out).await;
    let written = written.and_then(|written| out.flush().map(|()| written));
    let kept = written.map_err(|stop| NotExported::Failed(told(stop))).and_then(|written| {
        file.sync_all()
            .and_then(|()| if export.replaces { fs::rename(&new, &path) } else { Ok(()) })
            .map_err(unwritable)?;
        Ok(written)
    });
    match kept {
        Ok((written, gone)) => Ok(Exported { written, gone }),
        Err(why) => {
            if let Err(error) = fs::remove_file(&new) {
                tracing::warn!("'{}' cannot be removed: {error}", new.display());
            }
            Err(why)
        }
    }
}

/// The file that a person named: `~/` is where they are at home, as in a shell.
pub(super) fn at_home(file: &str) -> PathBuf {
    let home =
        file.strip_prefix("~/").and_then(|rest| Some(Path::new(&std::env::var_os("HOME")?).join(rest)));
    home.unwrap_or_else(|| PathBuf::from(file))
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
    use super::*;
    use crate::bus::{FailedAt, MemoryStore, NoFailedQueue};

    #[tokio::test]
    async fn what_cannot_be_exported_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("old"), "kept\n").unwrap();
        let at: FailedAt = "dead:7-1:event::A".parse().unwrap();
        let failed: Arc<dyn FailedQueue> = Arc::new(NoFailedQueue("nothing fails here".to_owned()));
        let export = async |name: &str, replaces| {
            let export = Export { file: path(name), replaces, events: vec![at.clone()] };
            let host = ThisHost { store: Arc::new(MemoryStore::default()), tenants: Tenants::default() };
            host.export(&export, Arc::clone(&failed)).await.unwrap_err()
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

    #[test]
    fn a_home_is_where_the_environment_says() {
        let home = std::env::var("HOME").unwrap();
        assert_eq!(at_home("~/a.jsonl"), Path::new(&home).join("a.jsonl"));
        assert_eq!(at_home("a~/b"), PathBuf::from("a~/b"));
    }
}
