//! The folder of templates.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::disk::{failed, lock, make_folder, replace, unwritable};
use crate::bus::{StoreError, StoredTemplate};
use crate::text::display_safe;

/// No template is nearly as large, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The folder of templates, one `NAME.toml` for each.
#[derive(Debug, Clone)]
pub(super) struct Templates {
    pub(super) folder: Option<PathBuf>,
}

impl Templates {
    fn folder(&self) -> Result<&Path, StoreError> {
        self.folder.as_deref().ok_or_else(|| {
            StoreError::Failed("this system has no place for templates: set HOME, then try again".to_owned())
        })
    }

    /// All of them, by name; one that cannot be read says why, and hides no other. Other files, hidden ones and folders
    /// inside are left alone.
    pub(super) fn all(&self) -> Result<Vec<StoredTemplate>, StoreError> {
        const NEXT: &str = "look at who owns it, and whether it may be read";
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let unreadable = |path: &Path, error: std::io::Error| failed(path, "read", &error, NEXT);
        let listed = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed.map_err(|error| unreadable(folder, error))?,
        };
        let mut found = Vec::new();
        for item in listed {
            let path = item.map_err(|error| unreadable(folder, error))?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if path.extension() != Some(OsStr::new("toml")) || is_hidden {
                continue;
            }
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let place = path.display().to_string();
            match read(&path) {
                Ok(Some(text)) => found.push(StoredTemplate { name, text, place, fault: None }),
                Ok(None) => {}
                Err(why) => {
                    let fault = display_safe(&format!("the file cannot be read: {why}")).into_owned();
                    let place_safe = display_safe(&place);
                    let text =
                        format!("# '{place_safe}':\n# {fault}.\n# What is kept here takes its place.\n");
                    found.push(StoredTemplate { name, text, place, fault: Some(fault) });
                }
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// Keeps one.
    pub(super) fn keep(&self, name: &str, text: &str, replaces: bool) -> Result<(), StoreError> {
        StoredTemplate::check_name(name)?;
        let folder = self.folder()?;
        make_folder(folder)?;
        let _lock = lock(folder)?;
        let path = folder.join(format!("{name}.toml"));
        // A link that leads nowhere is there, too.
        if !replaces && fs::symlink_metadata(&path).is_ok() {
            return Err(StoreError::Exists(name.to_owned()));
        }
        replace(&path, text.as_bytes(), true)
    }

    /// Deletes one.
    pub(super) fn delete(&self, name: &str) -> Result<(), StoreError> {
        StoredTemplate::check_name(name)?;
        let path = self.folder()?.join(format!("{name}.toml"));
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Unknown(name.to_owned())),
            removed => removed.map_err(|error| unwritable(&path, &error)),
        }
    }
}

/// The text of a file. `None`: there is none, or it is a folder or a pipe. An error says why, and what to do.
fn read(path: &Path) -> Result<Option<String>, String> {
    // Both follow links: people who keep their settings elsewhere make such.
    let file = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Ok(None),
        Ok(_) => fs::File::open(path),
        // Deleted since it was listed, unless it is a link.
        Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            return Ok(None);
        }
        Err(error) => Err(error),
    };
    let mut bytes = Vec::new();
    let read = file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error: io::Error| match error.kind() {
        ErrorKind::NotFound => "the link leads nowhere; make what it leads to, or delete it".to_owned(),
        _ => format!("{error}; look at who owns it, and whether it may be read"),
    })?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes; move it away"));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8, from byte {at} on; save it as UTF-8")
    })
}
