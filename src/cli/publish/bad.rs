//! Bad lines: the first of them are told, all of them are counted, and written out where that is asked for.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::desk::Desk;
use crate::cli::editor::create_private;
use crate::cli::exit::Stop;
use crate::compose::BadLine;
use crate::text::{count, json_line, plural};

/// How many are told one by one.
const TOLD: u64 = 20;

/// The bad lines of a run.
pub(super) struct BadLines {
    found: u64,
    file: Option<Written>,
}

/// Where they are written.
struct Written {
    path: PathBuf,
    lines: BufWriter<File>,
    reasons_path: PathBuf,
    reasons: BufWriter<File>,
}

/// What is wrong with a line, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonLine<'a> {
    line: u64,
    bad_line: u64,
    kind: &'a str,
    error: &'a str,
    cut: bool,
}

impl BadLines {
    /// Writes them to `path`, which must not be there yet. That it can be written is found out before anything is sent.
    pub(super) fn to(path: Option<&Path>) -> Result<Self, Stop> {
        let Some(path) = path else { return Ok(Self { found: 0, file: None }) };
        let mut reasons_path = path.as_os_str().to_owned();
        reasons_path.push(".reasons.jsonl");
        let reasons_path = PathBuf::from(reasons_path);
        let create = |path: &Path| create_private(path).map_err(|error| unwritable(path, &error));
        let lines = create(path)?;
        let reasons = match create(&reasons_path) {
            Ok(reasons) => reasons,
            Err(stop) => {
                // Nothing is in it; that it stays is no reason to say anything else.
                let _ = fs::remove_file(path);
                return Err(stop);
            }
        };
        let (lines, reasons) = (BufWriter::new(lines), BufWriter::new(reasons));
        Ok(Self { found: 0, file: Some(Written { path: path.to_owned(), lines, reasons_path, reasons }) })
    }

    /// How many there are.
    pub(super) fn found(&self) -> u64 {
        self.found
    }

    /// Tells of one, and writes it.
    pub(super) fn add(&mut self, line: &BadLine, desk: &mut Desk<'_>) -> Result<(), Stop> {
        self.found += 1;
        if self.found <= TOLD {
            desk.notes.say(&format!("line {}: {}", line.number, line.why));
        }
        match &mut self.file {
            None => Ok(()),
            Some(file) => file.write(line, self.found).map_err(|error| unwritable(&file.path, &error)),
        }
    }

    /// Says how many more there are, and where they are. Without any, no file is left.
    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if self.found > TOLD {
            desk.notes.say(&format!("and {} more bad lines", count(self.found - TOLD)));
        }
        let Some(mut file) = self.file.take() else { return Ok(()) };
        if self.found == 0 {
            // They are empty: that they stay is no harm.
            let _ = (fs::remove_file(&file.path), fs::remove_file(&file.reasons_path));
            return Ok(());
        }
        file.lines
            .flush()
            .and_then(|()| file.reasons.flush())
            .map_err(|error| unwritable(&file.path, &error))?;
        desk.notes.say(&format!(
            "{} written to {}, and what is wrong to {}: mend and publish them",
            plural(self.found, "bad line is", "bad lines are"),
            file.path.display(),
            file.reasons_path.display()
        ));
        Ok(())
    }
}

impl Written {
    fn write(&mut self, line: &BadLine, bad_line: u64) -> io::Result<()> {
        self.lines.write_all(&line.text)?;
        self.lines.write_all(b"\n")?;
        let (kind, cut) = (line.kind.word(), line.is_cut);
        let reason = ReasonLine { line: line.number, bad_line, kind, error: &line.why, cut };
        let json = serde_json::to_string(&reason).map_err(io::Error::other)?;
        writeln!(self.reasons, "{}", json_line(&json))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Stop {
    let next = match error.kind() {
        io::ErrorKind::AlreadyExists => "It was left as it is: name a new file with --bad-lines.",
        _ => "Name another file with --bad-lines.",
    };
    Stop::failed(format!("--bad-lines '{}' cannot be written: {error}", path.display()), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;
    use crate::compose::BadKind;
    use crate::event::FaultKind;

    fn bad(number: u64, text: &[u8]) -> BadLine {
        let (text, kind) = (text.to_vec(), BadKind::Fault(FaultKind::Utf8));
        BadLine { number, text, is_cut: false, kind, why: "not UTF-8".to_owned() }
    }

    #[test]
    fn the_first_are_told_and_all_are_written_to_the_letter_for_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad");
        let mut test = TestDesk::text();
        let mut lines = BadLines::to(Some(&path)).unwrap();
        test.run(|desk| {
            for number in 1..=30 {
                lines.add(&bad(number * 2, b"\xff{\x1b"), desk).unwrap();
            }
            lines.finish(desk).unwrap();
        });
        let notes = test.notes();
        assert!(notes.starts_with("line 2: not UTF-8\n"), "{notes}");
        assert_eq!(notes.lines().filter(|line| line.starts_with("line ")).count(), 20);
        assert!(notes.contains("and 10 more bad lines\n30 bad lines are written to "), "{notes}");
        assert_eq!(fs::read(&path).unwrap(), b"\xff{\x1b\n".repeat(30));
        let reasons = fs::read_to_string(folder.path().join("bad.reasons.jsonl")).unwrap();
        assert_eq!(
            reasons.lines().nth(2).unwrap(),
            r#"{"line":6,"badLine":3,"kind":"utf8","error":"not UTF-8","cut":false}"#
        );
        #[cfg(unix)]
        for path in [&path, &folder.path().join("bad.reasons.jsonl")] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let Err(Stop::Error(error)) = BadLines::to(Some(&path)) else { panic!() };
        assert!(error.to_string().contains("It was left as it is"), "{error}");
    }

    #[test]
    fn without_bad_lines_no_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut test = TestDesk::text();
        let mut lines = BadLines::to(Some(&folder.path().join("bad"))).unwrap();
        test.run(|desk| lines.finish(desk)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(test.notes(), "");
    }
}
