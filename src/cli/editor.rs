//! A text in the editor of whoever sits at the terminal.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::exit::{Stop, shown};

/// Where nothing says which.
const EDITOR: &str = "vi";

/// The editor that the environment names, with its arguments.
fn editor(next: &str) -> Result<Vec<String>, Stop> {
    named(["VISUAL", "EDITOR"].map(|name| (name, std::env::var_os(name))), next)
}

/// The first of these that says anything. One that cannot be read names an editor all the same: another one in its place would
/// be a surprise.
fn named(variables: [(&str, Option<OsString>); 2], next: &str) -> Result<Vec<String>, Stop> {
    for (name, value) in variables {
        let Some(value) = value else { continue };
        let Some(command) = value.to_str() else {
            let value = value.to_string_lossy();
            let what = format!("{name} is '{}', which is not UTF-8: no editor was started", shown(&value));
            return Err(Stop::usage(what, next));
        };
        if !command.trim().is_empty() {
            return Ok(words(command));
        }
    }
    Ok(words(EDITOR))
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(ToOwned::to_owned).collect()
}

/// A file with a text to edit, that nobody else can read. It is removed in the end, unless it is kept.
pub(super) struct Draft {
    path: PathBuf,
    /// What it held at first.
    given: Vec<u8>,
    kept: bool,
}

impl Draft {
    /// Writes `text` to a file of its own, whose name ends with `suffix`: editors go by it. `next` is what else a person
    /// can do where that fails.
    pub(super) fn new(text: &str, suffix: &str, next: &str) -> Result<Self, Stop> {
        let path = std::env::temp_dir().join(format!("tidings-{}{suffix}", uuid::Uuid::new_v4().simple()));
        let given = format!("{text}\n").into_bytes();
        let write = || create_private(&path)?.write_all(&given);
        write().map_err(|error| {
            Stop::failed(
                format!("'{}' cannot be written: {error}", path.display()),
                &or("Look at TMPDIR", next),
            )
        })?;
        Ok(Self { path, given, kept: false })
    }

    /// Opens it in the editor that the environment names, and reads what it holds afterwards.
    pub(super) fn edit(&mut self, next: &str) -> Result<String, Stop> {
        let next = or("Set VISUAL or EDITOR", next);
        self.edit_in(&editor(&next)?, &next)
    }

    fn edit_in(&mut self, editor: &[String], next: &str) -> Result<String, Stop> {
        let [program, arguments @ ..] = editor else {
            return Err(Stop::usage("no editor is named", "Set VISUAL or EDITOR."));
        };
        let status = Command::new(program).args(arguments).arg(&self.path).status().map_err(|error| {
            Stop::failed(format!("the editor '{}' cannot be started: {error}", shown(program)), next)
        })?;
        if !status.success() {
            let ended = format!("the editor '{}' ended with {status}", shown(program));
            let left = fs::read(&self.path);
            let is_gone = left.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
            if is_gone || left.is_ok_and(|left| left == self.given) {
                return Err(Stop::failed(ended, next));
            }
            // Nobody says that it was to be given up: there is work in it.
            self.kept = true;
            let kept = format!("{ended}; what was written is kept in {}", self.path.display());
            return Err(Stop::failed(kept, next));
        }
        fs::read_to_string(&self.path).map_err(|error: io::Error| {
            // There is work in it all the same.
            self.kept = true;
            Stop::failed(format!("'{}' cannot be read: {error}", self.path.display()), next)
        })
    }

    /// Leaves it where it is: there is work in it.
    pub(super) fn keep(mut self) -> PathBuf {
        self.kept = true;
        self.path.clone()
    }

    #[cfg(test)]
    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
        }
    }
}

/// A new file that nobody else can read.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What to do, or what else.
fn or(first: &str, next: &str) -> String {
    if next.is_empty() { format!("{first}.") } else { format!("{first}, or {next}.") }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!("'{}' cannot be removed: {error}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn an_editor_may_have_arguments_and_one_that_cannot_be_read_is_told() {
        use std::os::unix::ffi::OsStringExt as _;

        let editor = |visual: Option<&[u8]>, editor: Option<&[u8]>| {
            let value = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
            named([("VISUAL", visual.map(value)), ("EDITOR", editor.map(value))], "Set VISUAL or EDITOR")
        };
        assert_eq!(editor(Some(b"code --wait"), Some(b"nano")).unwrap(), ["code", "--wait"]);
        assert_eq!(editor(Some(b" "), Some(b"nano")).unwrap(), ["nano"]);
        assert_eq!(editor(None, None).unwrap(), ["vi"]);
        // Nobody is put into vi who named another editor.
        let Err(Stop::Error(complaint)) = editor(None, Some(b"\xff\x1b")) else { panic!("it is not UTF-8") };
        assert!(complaint.what.starts_with("EDITOR is '"), "{}", complaint.what);
        assert!(complaint.what.ends_with("which is not UTF-8: no editor was started"), "{}", complaint.what);
        assert!(!complaint.what.contains('\x1b'));
        assert_eq!(complaint.next.as_deref(), Some("Set VISUAL or EDITOR"));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_a_draft_and_it_is_removed() {
        use std::os::unix::fs::PermissionsExt as _;

        let mut draft = Draft::new("{}", ".json", "").unwrap();
        let path = draft.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(draft.edit_in(&["true".to_owned()], "").unwrap(), "{}\n");
        assert!(draft.edit_in(&["false".to_owned()], "").is_err());
        assert!(draft.edit_in(&["no-such-editor".to_owned()], "").is_err());
        drop(draft);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_was_written_in_an_editor_that_broke_off_is_kept_and_its_place_is_told() {
        let mut draft = Draft::new("{}", ".json", "").unwrap();
        let path = draft.path().to_owned();
        let editor = ["sh", "-c", "echo work > \"$1\"; kill -9 $$", "editor"].map(ToOwned::to_owned);
        let Err(Stop::Error(error)) = draft.edit_in(&editor, "") else { panic!("it broke off") };
        assert!(error.what.contains(&format!("is kept in {}", path.display())), "{}", error.what);
        drop(draft);
        assert_eq!(fs::read_to_string(&path).unwrap(), "work\n");
        remove(&path);
    }
}
