//! The folder of templates.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::disk::{failed, lock, make_folder, replace, unwritable};
use crate::bus::{StoreError, StoredTemplate};

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

    /// All of them, by name. Other files, hidden ones and folders inside are left alone.
    pub(super) fn all(&self) -> Result<Vec<StoredTemplate>, StoreError> {
        const NEXT: &str = "look at who owns it, and whether it may be read and is saved as UTF-8";
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
            // `is_file` follows links: people who keep their settings elsewhere make such.
            if path.extension() != Some(OsStr::new("toml")) || is_hidden || !path.is_file() {
                continue;
            }
            let text = match fs::read_to_string(&path) {
                // Deleted since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                text => text.map_err(|error| unreadable(&path, error))?,
            };
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            found.push(StoredTemplate { name, text, place: path.display().to_string() });
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
