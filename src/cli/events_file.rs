//! A file of events for the dashboard: the one that was looked at is the one that is sent.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use super::new_file::at_home;
use crate::text::display_safe;
use crate::tui::host::{EventsFile, FileStamp};

/// So many names of a folder are offered.
const OFFERED: usize = 1_000;

/// Opens it. With `as_of` it must be as it was then.
pub(super) fn open(file: &str, as_of: Option<&FileStamp>) -> Result<EventsFile, String> {
    let path = at_home(file);
    let named = format!("'{}'", path.display());
    let unreadable = |error: &io::Error| {
        format!(
            "{named} cannot be read: {error}; Tab completes a path, and a path that begins with / counts from anywhere"
        )
    };
    // Looked at first: opening a pipe that nobody writes to would wait for ever.
    let about = fs::metadata(&path).map_err(|error| unreadable(&error))?;
    if about.is_dir() {
        return Err(format!("{named} is a folder: name a file in it"));
    }
    if !about.is_file() {
        return Err(format!(
            "{named} is no regular file, and can be read only once: `tidings publish --events` takes pipes and devices"
        ));
    }
    let opened = File::open(&path).map_err(|error| unreadable(&error))?;
    let stamp = stamp(&opened.metadata().map_err(|error| unreadable(&error))?);
    if as_of.is_some_and(|as_of| *as_of != stamp) {
        return Err(format!("{named} was changed since it was looked at: look at it again"));
    }
    Ok(EventsFile { from: Box::new(Unchanged { file: opened, stamp: stamp.clone() }), stamp })
}

fn stamp(about: &Metadata) -> FileStamp {
    FileStamp { bytes: about.len(), modified: about.modified().ok(), node: node(about) }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn node(about: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn node(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// A file that must stay as it is while it is read.
struct Unchanged {
    file: File,
    stamp: FileStamp,
}

impl Read for Unchanged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        // Behind it: what was read is what stood there before.
        if stamp(&self.file.metadata()?) != self.stamp {
            return Err(io::Error::other("the file was changed while it was read; look at it again"));
        }
        Ok(n)
    }
}

/// Files and folders whose path begins with `typed`.
pub(super) fn paths(typed: &str) -> Result<Vec<String>, String> {
    let (folder, name) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let place = if folder.is_empty() { Path::new(".").to_owned() } else { at_home(folder) };
    let named = display_safe(if folder.is_empty() { "." } else { folder }).into_owned();
    let items = fs::read_dir(&place).map_err(|error| format!("'{named}' cannot be read: {error}"))?;
    let mut found = Vec::new();
    for item in items.filter_map(Result::ok) {
        // What is no text cannot be typed, and what has control characters cannot be shown.
        let Ok(item_name) = item.file_name().into_string() else { continue };
        let is_hidden = item_name.starts_with('.') && !name.starts_with('.');
        if is_hidden || !item_name.starts_with(name) || item_name.contains(char::is_control) {
            continue;
        }
        let end = if item.path().is_dir() { "/" } else { "" };
        found.push(format!("{folder}{item_name}{end}"));
    }
    found.sort();
    found.truncate(OFFERED);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &mut EventsFile) -> io::Result<String> {
        let mut text = String::new();
        file.from.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn a_file_that_was_looked_at_is_opened_again_only_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let name = path.display().to_string();
        fs::write(&path, "one\n").unwrap();
        let mut file = open(&name, None).unwrap();
        assert_eq!(read(&mut file).unwrap(), "one\n");
        assert!(open(&name, Some(&file.stamp)).is_ok());
        fs::write(&path, "one\ntwo\n").unwrap();
        let why = open(&name, Some(&file.stamp)).err().unwrap();
        assert!(why.contains("was changed since it was looked at"), "{why}");
        let why = read(&mut file).unwrap_err().to_string();
        assert!(why.contains("changed while it was read"), "{why}");
        // Another file of that name, with the same text.
        let stamp = open(&name, None).unwrap().stamp;
        fs::write(folder.path().join("other"), "one\ntwo\n").unwrap();
        fs::rename(folder.path().join("other"), &path).unwrap();
        assert!(open(&name, Some(&stamp)).is_err());
    }

    #[test]
    fn what_is_no_file_is_refused_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), rustix::fs::Mode::RUSR).unwrap();
        for (name, why) in [
            (path(""), "is a folder"),
            (path("pipe"), "can be read only once"),
            (path("no"), "cannot be read"),
        ] {
            let told = open(&name, None).err().unwrap();
            assert!(told.contains(why), "{told}");
        }
    }

    #[test]
    fn a_path_is_completed_by_what_lies_there() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["events-1", "events-2", "other", ".hidden", "bad\u{1b}name"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("eve")).unwrap();
        let at = |name: &str| format!("{}/{name}", folder.path().display());
        assert_eq!(paths(&at("ev")).unwrap(), [at("eve/"), at("events-1"), at("events-2")]);
        assert_eq!(paths(&at("")).unwrap(), [at("eve/"), at("events-1"), at("events-2"), at("other")]);
        assert_eq!(paths(&at(".h")).unwrap(), [at(".hidden")]);
        assert_eq!(paths(&at("x")).unwrap(), [""; 0]);
        assert!(paths(&at("no/x")).unwrap_err().contains("cannot be read"));
    }
}
