//! The history of each context: a file of lines, the newest last.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use super::disk::{failed, lock, make_folder, open_to_add, replace, unwritable};
use crate::bus::StoreError;

/// So many bytes of a history are kept, and read.
pub(super) const BYTES: u64 = 4 * 1024 * 1024;

/// The folder of histories, and how much of each is kept.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) folder: Option<PathBuf>,
    pub(super) lines: usize,
    pub(super) bytes: u64,
}

impl History {
    /// The file of a context.
    pub(super) fn file(&self, context: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(file_name(context)))
    }

    /// The newest lines, newest first. A last line without its end is still being written, or never was to its end.
    pub(super) fn newest(&self, context: &str, at_most: usize) -> Result<Vec<String>, StoreError> {
        const NEXT: &str = "look at who owns it, and whether it may be read";
        let Some(path) = self.file(context) else { return Ok(Vec::new()) };
        // What is no file, such as a pipe, may never end.
        match std::fs::metadata(&path) {
            Ok(found) if !found.is_file() => {
                return Err(failed(&path, "read", &"it is no file", "move it away"));
            }
            _ => {}
        }
        let text = match File::open(&path).and_then(|mut file| self.tail(&mut file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|error| failed(&path, "read", &error, NEXT))?,
        };
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().rev().filter(|line| !line.is_empty());
        Ok(lines.take(at_most.min(self.lines)).map(ToOwned::to_owned).collect())
    }

    /// The end of a file, from the beginning of a line on, up to the bound. What is not UTF-8 in it is U+FFFD: whoever
    /// reads the line knows that it is broken.
    fn tail(&self, file: &mut File) -> io::Result<String> {
        let length = file.metadata()?.len();
        let from = length.saturating_sub(self.bytes);
        // One byte more: does a line begin there?
        file.seek(SeekFrom::Start(from.saturating_sub(1)))?;
        let mut bytes = Vec::new();
        file.take(self.bytes + 1).read_to_end(&mut bytes)?;
        if from > 0 {
            let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            bytes.drain(..first);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Adds lines. Where there are too many, the oldest go. One that is larger than a history may be is left out, and no
    /// other goes for it; that is an error, when all the others are kept.
    pub(super) fn add(&self, context: &str, lines: &[String]) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else {
            let why = "this system has no place for the history of what was sent: set HOME, or say [history] enabled = false";
            return Err(StoreError::Failed(why.to_owned()));
        };
        if lines.is_empty() {
            return Ok(());
        }
        make_folder(folder)?;
        let _lock = lock(folder)?;
        let path = folder.join(file_name(context));
        if std::fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(unwritable(&path, &"it is no file"));
        }
        let mut file = open_to_add(&path).map_err(|error| unwritable(&path, &error))?;
        let is_cut = file.metadata().map(|found| found.len() > self.bytes);
        let before = self.tail(&mut file).map_err(|error| unwritable(&path, &error))?;
        let mut text = String::new();
        if !before.is_empty() && !before.ends_with('\n') {
            // A line that never was written to its end must not spoil the next one.
            text.push('\n');
        }
        // A line end inside of a line would make two of it.
        let (lines, too_large): (Vec<_>, Vec<_>) =
            lines.iter().partition(|line| (line.len() as u64) < self.bytes);
        for line in lines {
            text.extend(line.chars().filter(|c| *c != '\n').chain(['\n']));
        }
        let total = before + &text;
        let kept = self.fitting(&total);
        if kept == total && !is_cut.unwrap_or(true) {
            file.write_all(text.as_bytes()).map_err(|error| unwritable(&path, &error))?;
        } else {
            drop(file);
            // Where many are sent this is done for each hundred of them: none may wait for the disk.
            replace(&path, kept.as_bytes(), false)?;
        }
        match too_large.iter().map(|line| line.len()).max() {
            None => Ok(()),
            Some(size) => {
                let why = format!(
                    "{} of them too large ({size} bytes, and a history has {} at most)",
                    too_large.len(),
                    self.bytes
                );
                Err(failed(&path, "added to", &why, "all the others are kept"))
            }
        }
    }

    /// The end of a text that is within the bounds.
    fn fitting<'a>(&self, text: &'a str) -> &'a str {
        let mut from = text.len();
        for (nth, line) in text.split_inclusive('\n').rev().enumerate() {
            let size = (text.len() - from + line.len()) as u64;
            if nth >= self.lines || size > self.bytes {
                break;
            }
            from -= line.len();
        }
        &text[from..]
    }
}

/// The file of a context: its name, with every byte that may mean something to a file system as `%` and two digits.
fn file_name(context: &str) -> String {
    let mut name = String::new();
    for byte in context.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    // A name without letters is a name as well: no other one has a sign and nothing behind it.
    if name.is_empty() {
        name.push('%');
    }
    name.push_str(".jsonl");
    name
}

/// The path that a test looks at.
#[cfg(test)]
pub(super) fn path(folder: &std::path::Path, context: &str) -> PathBuf {
    folder.join(file_name(context))
}
