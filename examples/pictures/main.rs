//! Makes the pictures of the README: opens the demo in a terminal of its own, goes through its views by keys, and writes
//! down each screen as it stands there. `scripts/pictures` builds all that it needs, and runs it.
//!
//! ```sh
//! cargo run --example pictures -- FOLDER
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

#[path = "../../tests/support/pty.rs"]
mod pty;
mod svg;
mod tour;

use std::error::Error;
use std::path::PathBuf;

use tour::Tour;

/// A picture: its name, what is pressed for it, and the words that are on the screen then, but not before.
type Stop = (&'static str, &'static [&'static str], &'static [&'static str]);

const STOPS: [Stop; 7] = [
    ("events", &["2", "j", "j", "j", "j", "j", "j"], &["browsing", "TIME ▾", "verdict"]),
    ("detail", &["\r"], &["Enter fold"]),
    ("failed", &["\x1b", "4", "j", "j"], &["newest first", "✗ dead", "◌ retrying"]),
    ("retry", &["/", "is:dead", "\r", "R"], &["Retry plan", "[ Cancel ]", "reaches  "]),
    (
        "compose",
        &["\x1b", "\x1b", "5", "\r", "TICKET_U", "\r", "\r", "acme", "\r"],
        &["ticketId", "Acme MSP", "Alt-Enter"],
    ),
    ("health", &["6", "j"], &["LEVEL", "evidence"]),
    // The keys stand below it again when what came of the last one has been told.
    ("flow", &["1", "f"], &["events/s, 5 min", "TENANT × TYPE", "following", "Tab next pane"]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder =
        std::env::args_os().nth(1).map(PathBuf::from).ok_or("say which folder the pictures go into")?;
    let ours = std::env::current_exe()?;
    let program =
        ours.parent().and_then(|examples| examples.parent()).ok_or("not in target/")?.join("tidings");
    let mut tour = Tour::start(&program)?;
    tour.go(&["4"], &["newest first"])?;
    // Until handlers have failed in every way that they can: one after the other, since the list is not endless.
    for word in ["ledger refuses", "TypeError", "SMTP 451"] {
        tour.go(&[], &[word])?;
    }
    for (name, keys, words) in STOPS {
        tour.go(keys, words)?;
        let (path, picture) = (folder.join(format!("{name}.svg")), svg::picture(name, tour.screen()));
        std::fs::write(&path, &picture).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}, {} bytes", path.display(), picture.len());
    }
    tour.end()
}
