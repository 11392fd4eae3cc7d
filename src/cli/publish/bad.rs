//! Bad lines: the first of them are told, all of them are counted, and written out where that is asked for.

use std::io;
use std::path::Path;

use super::written::Written;
use crate::cli::desk::Desk;
use crate::cli::exit::{Stop, shown};
use crate::compose::BadLine;
use crate::text::plural;

/// How many are told one by one.
const TOLD: u64 = 20;

/// The bad lines of a run.
pub(super) struct BadLines {
    found: u64,
    file: Option<Written>,
}

impl BadLines {
    /// Writes them to `path`, which must not be there yet. That it can be written is found out before anything is sent.
    pub(super) fn to(path: Option<&Path>) -> Result<Self, Stop> {
        let file = path.map(Written::create).transpose();
        Ok(Self { found: 0, file: file.map_err(|(path, error)| unwritable(&path, &error))? })
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
            Some(file) => file.write(line).map_err(|error| unwritable(&file.path, &error)),
        }
    }

    /// Says how many more there are, and where they are. Without any, no file is left.
    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if self.found > TOLD {
            desk.notes.say(&format!("and {}", plural(self.found - TOLD, "more bad line", "more bad lines")));
        }
        let Some(mut file) = self.file.take() else { return Ok(()) };
        file.finish().map_err(|error| unwritable(&file.path, &error))?;
        if self.found == 0 {
            return Ok(());
        }
        desk.notes.say(&format!(
            "{} written to {}, and what is wrong to {}: mend and publish them",
            plural(self.found, "bad line is", "bad lines are"),
            file.path.display(),
            file.reasons_path.display()
        ));
        Ok(())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Stop {
    let next = match error.kind() {
        io::ErrorKind::AlreadyExists => "It was left as it is: name a new file with --bad-lines.",
        _ => "Name another file with --bad-lines.",
    };
    Stop::failed(format!("--bad-lines '{}' cannot be written: {error}", shown(&path.display())), next)
}

#[cfg(test)]
mod tests {
    use std::fs;

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
