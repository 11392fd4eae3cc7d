//! `tidings types`: the event types that have a schema.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use serde_json::value::RawValue;

use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{self, Exit, Stop};
use super::paint::Meaning;
use super::table::{Column, Table};
use crate::event::EventType;
use crate::schema::{Registry, TypeInfo};
use crate::store::{StoreError, schemas};
use crate::text::{display_safe, json_safe};

/// `tidings types`
#[derive(Debug, Clone, Subcommand)]
pub(super) enum TypesVerb {
    /// List the types that have a schema, with their fields
    List,
    /// Print the JSON Schema of a type
    Show {
        /// Such as `TICKET_UPDATED`
        #[arg(value_name = "TYPE")]
        event_type: EventType,
    },
    /// Check that a file named TYPE.json is a schema that can be used
    Check {
        /// A JSON Schema file
        file: PathBuf,
    },
}

pub(super) fn run(verb: Option<TypesVerb>, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let exit = match verb.unwrap_or(TypesVerb::List) {
        TypesVerb::List => list(&registry(contexts)?, desk)?,
        TypesVerb::Show { event_type } => show(&registry(contexts)?, &event_type, desk)?,
        TypesVerb::Check { file } => check(&file, desk)?,
    };
    desk.out.flush()?;
    Ok(exit)
}

fn registry(contexts: &Contexts) -> Result<Registry, Stop> {
    contexts.registry(&contexts.effective().context).map_err(|error| complain(&error))
}

fn complain(error: &StoreError) -> Stop {
    Stop::error(Exit::Failed, error, None)
}

/// A type in JSON.
#[derive(Debug, Serialize)]
struct TypeLine<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    origin: String,
    title: Option<&'a str>,
    description: Option<&'a str>,
    required: &'a [String],
    optional: &'a [String],
}

impl<'a> TypeLine<'a> {
    fn new(info: &'a TypeInfo) -> Self {
        Self {
            event_type: info.event_type.as_str(),
            origin: info.origin.to_string(),
            title: info.title.as_deref(),
            description: info.description.as_deref(),
            required: &info.required,
            optional: &info.optional,
        }
    }
}

const COLUMNS: [Column; 4] =
    [Column("TYPE", false), Column("SCHEMA", false), Column("REQUIRED", false), Column("OPTIONAL", false)];

fn list(registry: &Registry, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let types = registry.entries();
    if desk.is_json() {
        for info in &types {
            desk.out.json(&TypeLine::new(info))?;
        }
        return Ok(Exit::Ok);
    }
    let mut table = Table::new(&COLUMNS);
    for info in &types {
        table.row(vec![
            (info.event_type.to_string(), Some(Meaning::Name)),
            (info.origin.to_string(), Some(Meaning::Quiet)),
            (names(&info.required), None),
            (names(&info.optional), None),
        ]);
    }
    for line in table.lines(desk.paint) {
        desk.out.line(&line)?;
    }
    Ok(Exit::Ok)
}

fn names(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| display_safe(name)).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(" ") }
}

/// The schema of a type in JSON.
#[derive(Debug, Serialize)]
struct SchemaLine<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    origin: String,
    schema: Option<&'a RawValue>,
}

fn show(registry: &Registry, event_type: &EventType, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let (Some(info), Some(source)) = (registry.info(event_type), registry.source(event_type)) else {
        return Err(Stop::failed(
            format!("{event_type} has no schema: its events are shown as unchecked"),
            "`tidings types` lists the types that have one; [schemas] folder in the config adds more.",
        ));
    };
    if desk.is_json() {
        desk.out.json(&SchemaLine {
            event_type: event_type.as_str(),
            origin: info.origin.to_string(),
            schema: serde_json::from_str(source).ok(),
        })?;
    } else {
        desk.notes.say(&format!("{event_type} ({})", info.origin));
        desk.out.line(json_safe(source).trim_end())?;
    }
    Ok(Exit::Ok)
}

/// What `types check` found, in JSON.
#[derive(Debug, Serialize)]
struct CheckLine<'a> {
    file: String,
    ok: bool,
    error: Option<String>,
    #[serde(flatten)]
    info: Option<TypeLine<'a>>,
}

fn check(file: &std::path::Path, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let shown = file.display().to_string();
    if file.is_dir() {
        return Err(Stop::usage(
            format!("'{}' is a folder", exit::shown(&shown)),
            "Name one of its files, such as TICKET_UPDATED.json; what [schemas] folder holds is read whole by `tidings types`.",
        ));
    }
    let found = schemas::check_file(file);
    if desk.is_json() {
        let error = found.as_ref().err().map(ToString::to_string);
        let info = found.as_ref().ok().map(TypeLine::new);
        desk.out.json(&CheckLine { file: shown, ok: info.is_some(), error, info })?;
        return Ok(if found.is_ok() { Exit::Ok } else { Exit::Failed });
    }
    let info = found.map_err(|error| complain(&error))?;
    desk.out.line(&format!(
        "{}  {} is a schema for {}: requires {}; allows {}",
        desk.paint.paint(Meaning::Good, "ok"),
        display_safe(&shown),
        info.event_type,
        names(&info.required),
        names(&info.optional)
    ))?;
    Ok(Exit::Ok)
}
