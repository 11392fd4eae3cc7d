//! `tidings themes`: the themes there are, and one of them whole.

use clap::Subcommand;
use serde::Serialize;

use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::paint::Meaning;
use super::table::{Column, Table};
use super::theme_name::ThemeName;
use crate::config::ConfigPath;
use crate::store::themes::read_folder;
use crate::text::display_safe;
use crate::tui::theme::{Origin, Theme, ThemeError, ThemeFile, Themes};

/// `tidings themes`
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ThemesVerb {
    /// List the themes: where each comes from, what it inherits, and what is wrong with it
    List,
    /// Print a theme as a theme file that inherits nothing: the style of every meaning
    Show {
        /// Such as `dark`
        #[arg(value_name = "NAME", value_parser = ThemeName)]
        name: String,
    },
}

/// The themes of this user.
pub(super) fn of(path: Option<&ConfigPath>) -> Themes {
    let (files, trouble) = match path.map(|path| read_folder(&path.themes())) {
        None => (Vec::new(), None),
        Some(Ok(files)) => (files, None),
        Some(Err(error)) => (Vec::new(), Some(error.to_string())),
    };
    let files = files.into_iter().map(|file| ThemeFile {
        name: file.name,
        path: file.path.display().to_string(),
        text: file.text,
    });
    Themes::new(files.collect(), trouble)
}

pub(super) fn run(verb: Option<&ThemesVerb>, themes: &Themes, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    match verb {
        None | Some(ThemesVerb::List) => list(themes, desk)?,
        Some(ThemesVerb::Show { name }) => show(themes, name, desk)?,
    }
    desk.out.flush()?;
    Ok(Exit::Ok)
}

/// A theme in JSON.
#[derive(Debug, Serialize)]
struct ThemeLine<'a> {
    name: &'a str,
    /// `null`: it comes with the program.
    file: Option<&'a str>,
    replaces: bool,
    inherits: Vec<String>,
    error: Option<String>,
}

const COLUMNS: [Column; 4] =
    [Column("THEME", false), Column("FROM", false), Column("INHERITS", false), Column("WRONG", false)];

fn list(themes: &Themes, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let mut table = Table::new(&COLUMNS);
    for (name, origin) in themes.list() {
        let error = Theme::of(themes, name).err().map(|error| error.to_string());
        let (file, replaces) = match origin {
            Origin::BuiltIn => (None, false),
            Origin::File { path, replaces } => (Some(path), replaces),
        };
        let inherits = themes.ancestors(name).unwrap_or_default();
        if desk.is_json() {
            desk.out.json(&ThemeLine { name, file, replaces, inherits, error })?;
            continue;
        }
        let from = match file {
            None => "built in".to_owned(),
            Some(path) if replaces => format!("{} (in place of the built-in one)", display_safe(path)),
            Some(path) => display_safe(path).into_owned(),
        };
        table.row(vec![
            (display_safe(name).into_owned(), Some(Meaning::Name)),
            (from, Some(Meaning::Quiet)),
            (display_safe(&inherits.join(", ")).into_owned(), None),
            (error.unwrap_or_default(), Some(Meaning::Bad)),
        ]);
    }
    if !desk.is_json() {
        for line in table.lines(desk.paint) {
            desk.out.line(&line)?;
        }
    }
    themes.trouble().map_or(Ok(()), |trouble| Err(faulty(&trouble)))
}

fn faulty(error: &ThemeError) -> Stop {
    Stop::failed(error, "`tidings themes` lists the themes; docs/themes.md tells how to write one.")
}

/// A theme whole, in JSON.
#[derive(Debug, Serialize)]
struct WholeLine<'a> {
    name: &'a str,
    toml: String,
}

fn show(themes: &Themes, name: &str, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let theme = Theme::of(themes, name).map_err(|error| faulty(&error))?;
    if desk.is_json() {
        return desk.out.json(&WholeLine { name, toml: theme.toml() });
    }
    theme.toml().lines().try_for_each(|line| desk.out.line(line))
}
