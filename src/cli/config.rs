//! `tidings config`: show, path, init.

use serde::Serialize;

use super::args::ConfigVerb;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::paint::Meaning;
use crate::config::{ConfigPath, Effective, Setting, Value};
use crate::text::{display_safe, pad_end, width};

/// Longer values push their source to the right.
const MAX_CELLS: usize = 72;

pub(super) fn run(
    verb: Option<ConfigVerb>,
    path: Option<&ConfigPath>,
    effective: impl FnOnce() -> Result<Effective, Stop>,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    match verb.unwrap_or(ConfigVerb::Show) {
        ConfigVerb::Show => show(path, &effective()?, desk)?,
        ConfigVerb::Path => tell_path(place(path)?, desk)?,
        ConfigVerb::Init => {
            let path = place(path)?;
            path.init().map_err(|error| Stop::failed(error.what, &error.next))?;
            tell_path(path, desk)?;
        }
    }
    desk.out.flush()?;
    Ok(Exit::Ok)
}

fn place(path: Option<&ConfigPath>) -> Result<&ConfigPath, Stop> {
    path.ok_or_else(|| {
        Stop::failed("this user has no home for a config file", "Name one with --config FILE.")
    })
}

/// `config path` and `config init` in JSON.
#[derive(Debug, Serialize)]
struct PathLine {
    path: String,
    exists: bool,
    source: String,
}

fn tell_path(path: &ConfigPath, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let shown = path.path.display().to_string();
    if desk.is_json() {
        let line = PathLine { path: shown, exists: path.exists(), source: path.source.to_string() };
        return desk.out.json(&line);
    }
    desk.out.line(&display_safe(&shown))
}

/// A line of `config show` in JSON.
#[derive(Debug, Serialize)]
struct SettingLine {
    #[serde(flatten)]
    setting: Setting,
    source: String,
}

fn show(path: Option<&ConfigPath>, effective: &Effective, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let context = Setting { key: "context".to_owned(), value: Value::from(effective.context.as_str()) };
    let settings = std::iter::once(context).chain(effective.config.settings());
    if desk.is_json() {
        for setting in settings {
            let source = effective.sources.of(&setting.key).to_string();
            desk.out.json(&SettingLine { setting, source })?;
        }
        return Ok(());
    }
    if let Some(path) = path {
        let there = if path.exists() { "" } else { " (not there)" };
        desk.out
            .line(&format!("# config file: {}{there}", display_safe(&path.path.display().to_string())))?;
    }
    if let Some(why) = effective.why_read_only(&effective.context) {
        desk.out.line(&format!("# this run is read-only: {}", display_safe(&why)))?;
    }
    let lines: Vec<_> = settings
        .map(|Setting { key, value }| {
            let source = effective.sources.of(&key);
            let line = match (key.as_str(), &value) {
                ("context", _) => format!("# context = {value}"),
                (_, Value::Unset) => format!("# {key} is not set"),
                _ => format!("{key} = {value}"),
            };
            (display_safe(&line).into_owned(), source)
        })
        .collect();
    let cells = lines.iter().map(|(line, _)| width(line)).max().unwrap_or(0).min(MAX_CELLS);
    for (line, source) in lines {
        let source = desk.paint.paint(Meaning::Quiet, &format!("# {source}"));
        desk.out.line(&format!("{}  {source}", pad_end(&line, cells.max(width(&line)))))?;
    }
    Ok(())
}
