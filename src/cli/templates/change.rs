//! Making, changing, copying and deleting templates.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use super::{complain, readable, stored};
use crate::bus::{Store, StoreError, StoredTemplate};
use crate::cli::agree::agreed;
use crate::cli::desk::Desk;
use crate::cli::editor::Draft;
use crate::cli::exit::{Exit, Stop, shown};
use crate::cli::lines::open;
use crate::compose::Template;

/// What a new template begins with.
const SKELETON: &str = "\
# Placeholders of the payload: {{uuid}} and {{now}} (new for each event), {{tenant}}, {{number}} (1, 2, .. of the
# copies that --count makes) and {{prompt:label}}, which is asked for. Inside of quotes each is a part of the text;
# outside, what is typed has to be JSON: 3, true, [1, 2].
note = \"\"
type = \"TICKET_UPDATED\"
#tenant = \"Acme MSP\"
#channel = \"global\"
payload = '''
{
  \"ticketId\": \"{{prompt:ticket}}\",
  \"userId\": \"{{prompt:user}}\",
  \"changes\": {
    \"status\": \"{{prompt:status}}\"
  }
}
'''
";

/// Takes the text of a file.
pub(super) async fn take(
    name: &str,
    from: &Path,
    store: &dyn Store,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    let mut text = String::new();
    open(from).and_then(|mut file| file.read_to_string(&mut text)).map_err(|error| {
        Stop::failed(
            format!("--from '{}' cannot be read: {error}", shown(&from.display())),
            "Name a file with the TOML text of a template, or - for standard input.",
        )
    })?;
    good(name, &text, "give it with --from FILE")?;
    store.keep_template(name, &text, false).await.map_err(complain)?;
    desk.notes.say(&format!("made the template '{name}'"));
    Ok(())
}

/// Lets a person write one.
pub(super) async fn compose(name: &str, store: &dyn Store, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    StoredTemplate::check_name(name).map_err(complain)?;
    if store.templates().await.map_err(complain)?.iter().any(|stored| stored.name == name) {
        return Err(complain(StoreError::Exists(name.to_owned())));
    }
    let next = "give the text with --from: tidings templates new NAME --from FILE";
    write(name, SKELETON, (false, next), store, desk).await
}

/// Lets a person change one, also one that cannot be used.
pub(super) async fn edit(name: &str, store: &dyn Store, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let stored = stored(name, store).await?;
    // Before somebody has worked on it.
    StoredTemplate::check_name(name).map_err(complain)?;
    // `new --from` refuses a name that is taken.
    let next = format!(
        "change the file itself, '{}'; or make it anew: tidings templates delete '{name}' --yes, then tidings templates \
         new '{name}' --from FILE",
        shown(&stored.place)
    );
    write(name, &stored.text, (true, &next), store, desk).await
}

async fn write(
    name: &str,
    text: &str,
    (replaces, next): (bool, &str),
    store: &dyn Store,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    if !std::io::stdin().is_terminal() {
        return Err(Stop::usage(
            "an editor needs a terminal, and standard input is none",
            &format!("Run it in a terminal, or {next}."),
        ));
    }
    let mut draft = Draft::new(text.trim_end(), ".toml", next)?;
    let held = desk.busy.editing();
    let edited = draft.edit(next)?;
    drop(held);
    if edited.trim() == text.trim() {
        desk.notes.say("nothing was changed: nothing was kept");
        return Ok(Exit::Failed);
    }
    let kept = match good(name, &edited, next) {
        Ok(()) => store.keep_template(name, &edited, replaces).await.map_err(complain),
        Err(stop) => Err(stop),
    };
    if let Err(stop) = kept {
        desk.notes.say(&format!("what you wrote is kept in {}", draft.keep().display()));
        return Err(stop);
    }
    desk.notes.say(&format!("{} the template '{name}'", if replaces { "changed" } else { "made" }));
    Ok(Exit::Ok)
}

/// Whether it can be a template; `next` says what to do with it once it is mended.
fn good(name: &str, text: &str, next: &str) -> Result<(), Stop> {
    StoredTemplate::check_name(name).map_err(complain)?;
    let checked = Template::read(name, text).and_then(|template| template.check());
    checked.map_err(|error| Stop::failed(error, &format!("Nothing was kept. Mend it, and {next}.")))
}

/// Copies one, also one that cannot be used.
pub(super) async fn copy(from: &str, to: &str, store: &dyn Store, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let stored = readable(from, store).await?;
    store.keep_template(to, &stored.text, false).await.map_err(complain)?;
    desk.notes.say(&format!("made the template '{to}'"));
    Ok(())
}

/// Deletes one, if a person agrees.
pub(super) async fn delete(
    name: &str,
    yes: bool,
    store: &dyn Store,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let stored = stored(name, store).await?;
    if !yes {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(Stop::usage("nobody can be asked: standard input is no terminal", "Say --yes."));
        }
        let question = format!("Delete the template '{name}' ({})?", stored.place);
        if !agreed(&question, "yes", &mut stdin.lock(), desk)? {
            desk.notes.say("nothing was deleted");
            return Ok(Exit::Failed);
        }
    }
    store.delete_template(name).await.map_err(complain)?;
    desk.notes.say(&format!("deleted the template '{name}'"));
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_template_begins_with_a_good_one() {
        good("x", SKELETON, "").unwrap();
        assert_eq!(Template::read("x", SKELETON).unwrap().labels(), ["ticket", "user", "status"]);
    }
}
