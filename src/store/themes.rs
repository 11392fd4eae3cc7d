//! The folder of a user's themes: `NAME.toml`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::StoreError;

/// A theme file: its name without `.toml`, where it lies, and its text or why that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeText {
    /// The theme's name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub text: Result<String, String>,
}

/// Nobody writes a theme of this many bytes.
const MOST_BYTES: u64 = 256 * 1024;

/// Every `NAME.toml` in `folder`, by name. Other files, hidden ones and folders inside are left alone; a folder that is
/// not there has none.
///
/// # Errors
///
/// The folder cannot be listed.
pub fn read_folder(folder: &Path) -> Result<Vec<ThemeText>, StoreError> {
    let fail = |error: std::io::Error| StoreError::Themes { path: folder.to_owned(), why: error.to_string() };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    let mut themes = Vec::new();
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        // `is_dir` follows links: a folder of dotfiles is made of them.
        if path.extension() == Some(OsStr::new("toml")) && !is_hidden && !path.is_dir() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            themes.push(ThemeText { name, text: read(&path), path });
        }
    }
    themes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(themes)
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    // A pipe that nobody writes to would hold up the start for ever.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is no plain file".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it is larger than {} KiB", MOST_BYTES / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8: save it as such".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_are_read_and_other_files_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("night.toml", &b"[styles]\n"[..]),
            ("bytes.toml", b"\xff\xfe"),
            ("README.md", b"x"),
            (".draft.toml", b"x"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::write(folder.path().join("vast.toml"), vec![b' '; 300_000]).unwrap();
        fs::create_dir(folder.path().join("old.toml")).unwrap();
        let themes = read_folder(folder.path()).unwrap();
        let found: Vec<_> = themes.iter().map(|theme| (theme.name.as_str(), theme.text.clone())).collect();
        assert_eq!(
            found,
            [
                ("bytes", Err("it is not UTF-8: save it as such".to_owned())),
                ("night", Ok("[styles]\n".to_owned())),
                ("vast", Err("it is larger than 256 KiB".to_owned())),
            ]
        );
        assert_eq!(themes[1].path, folder.path().join("night.toml"));
    }

    #[test]
    fn no_folder_is_no_themes_and_a_file_in_its_place_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_folder(&folder.path().join("themes")).unwrap(), []);
        fs::write(folder.path().join("themes"), "").unwrap();
        let error = read_folder(&folder.path().join("themes")).unwrap_err().to_string();
        assert!(error.contains("themes' cannot be read: "), "{error}");
    }
}
