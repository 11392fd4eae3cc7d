//! Lines as `failed export` writes them, read: the dead letters of a file.

use std::io::{self, BufRead};
use std::path::Path;

use serde_json::{Map, Value};

use crate::bus::{Exported, FailedAt};
use crate::cli::exit::{Stop, shown};
use crate::cli::fields::read_fields;
use crate::cli::lines::open;

/// A dead letter of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) exported: Exported,
    /// What the export says that it is of.
    pub(super) event_type: String,
    pub(super) tenant: String,
    pub(super) handler: String,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Letters {
    pub(super) good: Vec<Letter>,
    /// Lines that are no dead letters, by number, and why.
    pub(super) bad: Vec<(usize, String)>,
}

/// Reads the file at `path`. One line that is no dead letter refuses it, unless those are to be left out.
pub(super) fn read(path: &Path, skip_bad: bool) -> Result<Letters, Stop> {
    let name = || format!("'{}'", shown(&path.display()));
    let unreadable = |error: io::Error| {
        Stop::failed(
            format!("{} cannot be read: {error}", name()),
            "Name a file that `tidings failed export` wrote, or - for standard input.",
        )
    };
    let mut lines = open(path).map_err(unreadable)?;
    letters(&mut lines, skip_bad).map_err(|fault| match fault {
        Fault::Io(error) => unreadable(error),
        Fault::Line(number, why) => Stop::failed(
            format!("{}, line {number}: {why}; nothing was imported", name()),
            "It takes lines as `tidings failed export` writes them; --skip-bad leaves out the others.",
        ),
    })
}

#[derive(Debug)]
enum Fault {
    Io(io::Error),
    Line(usize, String),
}

fn letters(from: &mut dyn BufRead, skip_bad: bool) -> Result<Letters, Fault> {
    let mut letters = Letters::default();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes).map_err(Fault::Io)? == 0 {
            break;
        }
        let read = match std::str::from_utf8(&bytes) {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => letter(line.trim_end_matches(['\n', '\r'])),
            Err(error) => Err(format!("it is no UTF-8 text: a wrong byte at offset {}", error.valid_up_to())),
        };
        match read {
            Ok(letter) => letters.good.push(letter),
            Err(why) if skip_bad => letters.bad.push((number, why)),
            Err(why) => return Err(Fault::Line(number, why)),
        }
    }
    Ok(letters)
}

fn letter(line: &str) -> Result<Letter, String> {
    let object: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| format!("it is no JSON object: {error}"))?;
    let id = object.get("id").and_then(Value::as_str).ok_or("it has no 'id'")?;
    let at: FailedAt = id.parse().map_err(|error: crate::bus::FailedAtError| error.to_string())?;
    if !matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Discarded { .. }) {
        return Err(format!("{at} was no dead letter: only those can be put back"));
    }
    if object.get("redacted").and_then(Value::as_bool) == Some(true) {
        return Err(format!("{at} was exported without what is masked: export it with --reveal"));
    }
    let fields = object.get("fields").and_then(Value::as_object).ok_or("it has no 'fields'")?;
    let said = |of: &Map<String, Value>, name: &str| {
        of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Ok(Letter {
        id: id.to_owned(),
        event_type: said(&object, "type"),
        tenant: said(&object, "tenant"),
        handler: said(fields, "handler"),
        exported: Exported::from(&at, read_fields(fields)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_an_export_are_read_and_others_are_refused_by_number() {
        let good =
            r#"{"id":"dead:7-1:event::A","state":"dead","fields":{"event":"{}","b":{"base64":"/w=="}}}"#;
        let text = format!("{good}\n\n{}\n", good.replace("dead:7-1", "discarded:8-1"));
        let read = letters(&mut text.as_bytes(), false).unwrap().good;
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].id.as_str(), read[0].exported.stream.as_str()),
            ("dead:7-1:event::A", "event::A")
        );
        assert_eq!(read[0].exported.lay, Some(crate::event::EntryId::new(7, 1)));
        assert_eq!(
            read[0].exported.fields,
            [(b"event".to_vec(), b"{}".to_vec()), (b"b".to_vec(), vec![0xff])]
        );
        for (bad, why) in [
            ("[]", "no JSON object"),
            ("{}", "no 'id'"),
            (r#"{"id":"dead:7-1:event::A"}"#, "no 'fields'"),
            (r#"{"id":"alive","fields":{}}"#, "names no failed event"),
            (r#"{"id":"dead:7-1:event::A","redacted":true,"fields":{}}"#, "without what is masked"),
            (r#"{"id":"pending:7-1:g:event::A","fields":{}}"#, "was no dead letter"),
            (r#"{"id":"dead:7-1:event::A","fields":{"a":1}}"#, "the field 'a'"),
        ] {
            let text = format!("{good}\n{bad}\n");
            let Err(Fault::Line(2, told)) = letters(&mut text.as_bytes(), false) else { panic!("{bad}") };
            assert!(told.contains(why), "{told}");
            let text = format!("{text}{good}");
            let read = letters(&mut text.as_bytes(), true).unwrap();
            assert_eq!((read.good.len(), &read.bad[..]), (2, &[(2, told)][..]), "the others are read");
        }
    }

    #[test]
    fn a_line_that_is_no_text_is_a_bad_line() {
        let good = r#"{"id":"dead:7-1:event::A","fields":{"event":"{}"}}"#;
        let text = [b"\xff\n", good.as_bytes()].concat();
        assert!(matches!(letters(&mut &text[..], false), Err(Fault::Line(1, why)) if why.contains("UTF-8")));
        let read = letters(&mut &text[..], true).unwrap();
        assert_eq!((read.good.len(), read.bad.len()), (1, 1));
    }
}
