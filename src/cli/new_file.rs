//! A file in the making, which only this user can read: whole, or not there.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::editor::create_private;
use crate::tui::host::NotExported;

/// A file that is removed again unless it is kept.
pub(super) struct NewFile {
    /// To write into.
    pub(super) file: File,
    /// Where it is to be.
    path: PathBuf,
    /// Where it is until it is whole: what is to be replaced stays until then.
    made: Option<PathBuf>,
}

impl NewFile {
    /// Makes it. Without `replaces` one that is there is left alone.
    pub(super) fn create(file: &str, replaces: bool) -> Result<Self, NotExported> {
        let path = at_home(file);
        let named = format!("'{}'", path.display());
        if path.is_dir() {
            return Err(NotExported::Failed(format!("{named} is a folder: name a file in it")));
        }
        let made = if replaces {
            path.with_file_name(format!(".tidings-{}", uuid::Uuid::new_v4().simple()))
        } else {
            path.clone()
        };
        let file = create_private(&made).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => NotExported::Exists,
            _ => unwritable(&named, &error),
        })?;
        Ok(Self { file, path, made: Some(made) })
    }

    /// What errors call it.
    pub(super) fn named(&self) -> String {
        format!("'{}'", self.path.display())
    }

    /// It is whole: brings it to the disk and to its place.
    pub(super) fn keep(mut self) -> Result<(), NotExported> {
        let made = self.made.take().unwrap_or_else(|| self.path.clone());
        let kept = self
            .file
            .sync_all()
            .and_then(|()| if made == self.path { Ok(()) } else { fs::rename(&made, &self.path) });
        kept.map_err(|error| {
            let named = self.named();
            self.made = Some(made);
            unwritable(&named, &error)
        })
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(made) = &self.made
            && let Err(error) = fs::remove_file(made)
        {
            tracing::warn!("'{}' cannot be removed: {error}", made.display());
        }
    }
}

fn unwritable(named: &str, error: &io::Error) -> NotExported {
    NotExported::Failed(format!("{named} cannot be written: {error}"))
}

/// The file that a person named: `~/` is where they are at home, as in a shell.
pub(super) fn at_home(file: &str) -> PathBuf {
    let home =
        file.strip_prefix("~/").and_then(|rest| Some(Path::new(&std::env::var_os("HOME")?).join(rest)));
    home.unwrap_or_else(|| PathBuf::from(file))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let name = path.display().to_string();
        let make = |text: &str, replaces| {
            let mut file = NewFile::create(&name, replaces)?;
            file.file.write_all(text.as_bytes()).unwrap();
            Ok(file)
        };
        drop(make("half", false).unwrap());
        assert!(!path.exists(), "what is dropped is removed");
        make("one", false).unwrap().keep().unwrap();
        assert!(matches!(make("two", false), Err::<NewFile, _>(NotExported::Exists)));
        drop(make("two", true).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one", "it is replaced when the new one is whole");
        make("three", true).unwrap().keep().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_home_is_where_the_environment_says() {
        let home = std::env::var("HOME").unwrap();
        assert_eq!(at_home("~/a.jsonl"), Path::new(&home).join("a.jsonl"));
        assert_eq!(at_home("a~/b"), PathBuf::from("a~/b"));
    }
}
