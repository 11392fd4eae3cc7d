//! The folder of schema files: one JSON Schema per event type, `TYPE.json`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::event::EventType;
use crate::schema::{Origin, Registry, TypeInfo};

use super::StoreError;

/// Adds the types of every `TYPE.json` in `folder` to `registry`, in place of types that are there, and answers which
/// they are, in order. Other files, hidden ones and folders inside are left alone. When any file is faulty the error
/// names all that are, and the registry stays as it was.
pub fn load_folder(folder: &Path, registry: &mut Registry) -> Result<Vec<EventType>, StoreError> {
    let mut found = Registry::default();
    let mut errors: Vec<StoreError> = Vec::new();
    for path in schema_files(folder)? {
        errors.extend(load_file(&path, &mut found).err());
    }
    match errors.len() {
        0 => {}
        1 => return Err(errors.remove(0)),
        _ => return Err(StoreError::Several(errors)),
    }
    let types = found.types().cloned().collect();
    registry.merge(found);
    Ok(types)
}

/// Whether `path` is a usable `TYPE.json`, and what its schema says.
pub fn check_file(path: &Path) -> Result<TypeInfo, StoreError> {
    load_file(path, &mut Registry::default())
}

fn schema_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let fail = |error: std::io::Error| StoreError::Folder { path: folder.to_owned(), why: error.to_string() };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        // `is_dir` follows links: a mounted ConfigMap is made of them.
        if path.extension() == Some(OsStr::new("json")) && !is_hidden && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn load_file(path: &Path, registry: &mut Registry) -> Result<TypeInfo, StoreError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let event_type = EventType::new(&stem).map_err(|why| StoreError::Name { path: path.to_owned(), why })?;
    let source = fs::read_to_string(path)
        .map_err(|error| StoreError::Read { path: path.to_owned(), why: error.to_string() })?;
    registry
        .add_from(event_type.clone(), &source, Origin::File(path.to_owned()))
        .map_err(|fault| StoreError::Schema { path: path.to_owned(), fault })
}

#[cfg(test)]
mod tests {
    use crate::schema::{Catalogue, Check};

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn names(types: &[EventType]) -> Vec<&str> {
        types.iter().map(EventType::as_str).collect()
    }

    #[test]
    fn files_add_and_replace_types() {
        let own = r#"{"title": "Asset moved", "properties": {"to": {"type": "string"}}, "required": ["to"]}"#;
        let folder = folder(&[("TICKET_CREATED.json", "true"), ("ASSET_MOVED.json", own)]);
        let mut registry = Registry::builtin(Catalogue::Native);
        let types = load_folder(folder.path(), &mut registry).unwrap();
        assert_eq!(names(&types), ["ASSET_MOVED", "TICKET_CREATED"]);
        assert_eq!(registry.types().count(), 11);
        assert_eq!(registry.check(&types[1], "{}"), Check::Valid, "the file replaces the built-in schema");
        let info = registry.info(&types[0]).unwrap();
        assert_eq!(info.origin, Origin::File(folder.path().join("ASSET_MOVED.json")));
        assert_eq!((info.title.as_deref(), info.required.join(" ")), (Some("Asset moved"), "to".to_owned()));
        assert_eq!(registry.source(&types[0]), Some(own));
    }

    #[test]
    fn other_files_hidden_ones_and_folders_are_left_alone_and_links_followed() {
        let folder = folder(&[("README.md", "x"), (".draft.json", "x"), ("A.json", "true")]);
        fs::create_dir(folder.path().join("old.json")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("A.json"), folder.path().join("B.json")).unwrap();
        let types = load_folder(folder.path(), &mut Registry::default()).unwrap();
        assert_eq!(names(&types), ["A", "B"]);
    }

    #[test]
    fn every_fault_is_named_with_its_file_and_nothing_is_loaded() {
        let folder = folder(&[("A.json", "true"), ("B.json", "{"), ("package.json", "{}"), ("C.json", "")]);
        fs::write(folder.path().join("C.json"), b"\"\xff\"").unwrap();
        let mut registry = Registry::default();
        let error = load_folder(folder.path(), &mut registry).unwrap_err().to_string();
        let shown = error.replace(&folder.path().to_string_lossy().into_owned(), "FOLDER");
        insta::assert_snapshot!(shown, @r"
        'FOLDER/B.json' cannot be used as a schema: it is not JSON: EOF while parsing an object at line 1 column 1
          correct it, and try 'tidings types check' on it
        'FOLDER/C.json' cannot be read: stream did not contain valid UTF-8
          check that it is there, may be read and is saved as UTF-8
        'FOLDER/package.json' is not named for an event type: 'package' is not an event type: upper-case letters, digits and underscores, a letter first, such as TICKET_UPDATED
          name it TYPE.json, such as TICKET_UPDATED.json, or move it elsewhere
        ");
        assert_eq!(registry.types().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_advice() {
        let missing = tempfile::tempdir().unwrap().path().join("none\x1b[2J");
        let error = load_folder(&missing, &mut Registry::default()).unwrap_err();
        assert!(matches!(error, StoreError::Folder { .. }));
        let error = error.to_string();
        assert!(error.contains("none\\x1b[2J' cannot be read: ") && error.contains("create it"), "{error}");
    }

    #[test]
    fn one_file_is_checked_by_itself() {
        let folder = folder(&[
            ("GOOD.json", r#"{"required": ["b"], "properties": {"a": {}}}"#),
            ("BAD.json", r#"{"properties": {"a": {"type": "txt"}}}"#),
        ]);
        let info = check_file(&folder.path().join("GOOD.json")).unwrap();
        assert_eq!((info.required, info.optional), (vec!["b".to_owned()], vec!["a".to_owned()]));
        let error = check_file(&folder.path().join("BAD.json")).unwrap_err().to_string();
        assert!(
            error.contains("BAD.json' cannot be used as a schema: at /properties/a/type: expected"),
            "{error}"
        );
        assert!(error.contains("found \"txt\"\n  correct it"), "{error}");
        assert!(matches!(check_file(&folder.path().join("NONE.json")), Err(StoreError::Read { .. })));
    }
}
