//! Lines that cannot be published, in a file of their own, and what is wrong with each beside it: for `--bad-lines`, and
//! for a file that is sent from the dashboard.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::editor::create_private;
use crate::compose::BadLine;
use crate::text::json_line;

/// Where bad lines are written.
pub(in crate::cli) struct Written {
    /// So many.
    pub(in crate::cli) found: u64,
    /// The file with them, to the letter.
    pub(in crate::cli) path: PathBuf,
    /// The file with what is wrong with them.
    pub(in crate::cli) reasons_path: PathBuf,
    lines: BufWriter<File>,
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

impl Written {
    /// Two new files; an error says which of them cannot be made, and why.
    pub(in crate::cli) fn create(path: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let mut reasons_path = path.as_os_str().to_owned();
        reasons_path.push(".reasons.jsonl");
        let reasons_path = PathBuf::from(reasons_path);
        let create = |path: &Path| create_private(path).map_err(|error| (path.to_owned(), error));
        let lines = create(path)?;
        let reasons = match create(&reasons_path) {
            Ok(reasons) => reasons,
            Err(error) => {
                // Nothing is in it; that it stays is no reason to say anything else.
                let _ = fs::remove_file(path);
                return Err(error);
            }
        };
        let (lines, reasons) = (BufWriter::new(lines), BufWriter::new(reasons));
        Ok(Self { found: 0, path: path.to_owned(), reasons_path, lines, reasons })
    }

    /// Writes one.
    pub(in crate::cli) fn write(&mut self, line: &BadLine) -> io::Result<()> {
        self.found += 1;
        self.lines.write_all(&line.text)?;
        self.lines.write_all(b"\n")?;
        let (kind, cut, bad_line) = (line.kind.word(), line.is_cut, self.found);
        let reason = ReasonLine { line: line.number, bad_line, kind, error: &line.why, cut };
        let json = serde_json::to_string(&reason).map_err(io::Error::other)?;
        writeln!(self.reasons, "{}", json_line(&json))
    }

    /// Makes sure that all of them are in it. Without any, no file is left.
    pub(in crate::cli) fn finish(&mut self) -> io::Result<()> {
        if self.found == 0 {
            // They are empty: that they stay is no harm.
            let _ = (fs::remove_file(&self.path), fs::remove_file(&self.reasons_path));
            return Ok(());
        }
        self.lines.flush()?;
        self.reasons.flush()
    }
}
