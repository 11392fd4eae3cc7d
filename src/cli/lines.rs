//! Lines of a file, or of standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Opens `path` for reading; `-` is standard input.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::new(File::open(path)?)),
    })
}
