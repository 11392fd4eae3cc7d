//! Whole events of a file, one a line.

use std::io::BufRead as _;
use std::path::Path;

use crate::cli::exit::Stop;
use crate::cli::lines::open;
use crate::config::Tenants;
use crate::event::NewEvent;

/// Reads all of them, before any is sent: half a file is nothing to publish.
pub(super) fn read(path: &Path, tenants: &Tenants) -> Result<Vec<NewEvent>, Stop> {
    let from = format!("--events '{}'", path.display());
    let next = "It takes a JSON event a line, as `tidings failed export --events` writes them.";
    let unreadable = |error| Stop::failed(format!("{from} cannot be read: {error}"), next);
    let mut events = Vec::new();
    for (number, line) in open(path).map_err(unreadable)?.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |why: &dyn std::fmt::Display| {
            Stop::failed(format!("{from}, line {}: {why}; nothing was published", number + 1), next)
        };
        let event = NewEvent::from_text(line).map_err(|fault| wrong(&fault.summary()))?;
        if let Some(why) = tenants.refusal(event.tenant()) {
            return Err(wrong(&format!("tenant '{}' is refused: {why}", event.tenant())));
        }
        events.push(event);
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn events_are_read_to_the_letter_and_a_wrong_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let event = r#"{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"A","timestamp":"2026-11-23T18:49:12.545Z","payload":{"tenantId":"acme","n":1.50},"more":1}"#;
        std::fs::write(&path, format!("{event}\n\n{event}\n")).unwrap();
        let read = |path| super::read(path, &Tenants::default());
        let events = read(&path).unwrap();
        assert_eq!(events.iter().map(NewEvent::text).collect::<Vec<_>>(), [event, event]);
        std::fs::write(&path, format!("{event}\n{{}}\n")).unwrap();
        let Err(Stop::Error(error)) = read(&path) else { panic!() };
        assert!(error.exit == Exit::Failed && error.what.contains("line 2:"), "{error}");
        let Err(Stop::Error(error)) = read(&folder.path().join("none")) else { panic!() };
        assert!(error.what.contains("cannot be read"), "{error}");
    }
}
