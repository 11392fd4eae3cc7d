//! `tidings templates`: events with placeholders, under names.

mod change;
mod list;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::store::store;
use crate::bus::{Store, StoreError, StoredTemplate};
use crate::compose::Template;
use crate::text::nearest;

/// `tidings templates`
#[derive(Debug, Clone, Args)]
pub(super) struct TemplatesArgs {
    #[command(subcommand)]
    verb: Option<TemplatesVerb>,
}

/// What `tidings templates` does; without one of them it lists.
#[derive(Debug, Clone, Subcommand)]
enum TemplatesVerb {
    /// Show each template: its type, tenant and channel, and what it asks for
    List,
    /// Print a template as it is kept
    Show {
        /// Its name
        name: String,
    },
    /// Make a template: in the editor that VISUAL or EDITOR names, or from a file
    New {
        /// Its name
        name: String,
        /// Take its TOML text from a file, or - for standard input
        #[arg(long, value_name = "FILE|-")]
        from: Option<PathBuf>,
    },
    /// Change a template in the editor
    Edit {
        /// Its name
        name: String,
    },
    /// Copy a template under another name
    Copy {
        /// Its name
        from: String,
        /// The name of the copy
        to: String,
    },
    /// Delete a template
    Delete {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(
    args: &TemplatesArgs,
    contexts: &Contexts,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let store = store(contexts.effective());
    let store = store.as_ref();
    match args.verb.as_ref().unwrap_or(&TemplatesVerb::List) {
        TemplatesVerb::List => list::list(store, desk).await?,
        TemplatesVerb::Show { name } => list::show(&readable(name, store).await?, desk)?,
        TemplatesVerb::New { name, from: Some(from) } => change::take(name, from, store, desk).await?,
        TemplatesVerb::New { name, from: None } => return change::compose(name, store, desk).await,
        TemplatesVerb::Edit { name } => return change::edit(name, store, desk).await,
        TemplatesVerb::Copy { from, to } => change::copy(from, to, store, desk).await?,
        TemplatesVerb::Delete { name, yes } => return change::delete(name, *yes, store, desk).await,
    }
    Ok(Exit::Ok)
}

/// The template `name`, ready to be filled.
pub(super) async fn named(name: &str, store: &dyn Store) -> Result<Template, Stop> {
    let stored = stored(name, store).await?;
    Template::of(&stored).map_err(|error| {
        Stop::failed(
            error,
            &format!("It lies in '{}'. Mend it: tidings templates edit '{name}'.", stored.place),
        )
    })
}

/// The template `name` as it is kept, if that can be read.
async fn readable(name: &str, store: &dyn Store) -> Result<StoredTemplate, Stop> {
    let stored = stored(name, store).await?;
    match &stored.fault {
        None => Ok(stored),
        Some(fault) => {
            Err(complain(StoreError::Failed(format!("the template '{name}', '{}': {fault}", stored.place))))
        }
    }
}

/// The template `name` as it is kept.
async fn stored(name: &str, store: &dyn Store) -> Result<StoredTemplate, Stop> {
    let all = store.templates().await.map_err(complain)?;
    if let Some(found) = all.iter().find(|stored| stored.name == name) {
        return Ok(found.clone());
    }
    let names: Vec<_> = all.iter().map(|stored| stored.name.as_str()).collect();
    let next = match (nearest(name, &names), names.is_empty()) {
        (Some(near), _) => format!("Did you mean '{near}'? `tidings templates` lists them."),
        (None, true) => "There are none yet: `tidings templates new NAME` makes one.".to_owned(),
        (None, false) => "`tidings templates` lists them.".to_owned(),
    };
    Err(Stop::failed(StoreError::Unknown(name.to_owned()), &next))
}

fn complain(error: StoreError) -> Stop {
    match error {
        StoreError::Exists(_) => {
            Stop::failed(error, "Choose another name, or change it: tidings templates edit.")
        }
        StoreError::Unknown(_) => Stop::failed(error, "`tidings templates` lists them."),
        StoreError::BadName(..) => {
            Stop::usage(error, "Name it by letters, digits, blanks and - _ . such as ticket-updated.")
        }
        StoreError::Failed(why) => match why.rsplit_once("; ") {
            Some((what, next)) => Stop::failed(what, &sentence(next)),
            None => Stop::error(Exit::Failed, why, None),
        },
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

#[cfg(test)]
mod tests;
