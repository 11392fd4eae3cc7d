//! Templates as they are listed and shown.

use serde::Serialize;

use super::complain;
use crate::bus::{Store, StoredTemplate};
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::cli::paint::Meaning;
use crate::cli::table::{Cell, Column, Table};
use crate::compose::Template;
use crate::text::{cut_end, cut_safe, display_safe};

/// So wide a column may be, but for the last one.
const CELLS: usize = 60;
/// And that one: nobody reads more in a list, and a terminal would be full of it.
const LAST: usize = 240;

/// A template in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TemplateLine<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    event_type: Option<&'a str>,
    tenant: Option<&'a str>,
    channel: Option<&'a str>,
    prompts: Option<Vec<String>>,
    note: Option<&'a str>,
    place: &'a str,
    error: Option<String>,
}

/// A template as it is kept, in JSON.
#[derive(Debug, Serialize)]
struct TextLine<'a> {
    name: &'a str,
    place: &'a str,
    text: &'a str,
}

const COLUMNS: [Column; 6] = [
    Column("NAME", false),
    Column("TYPE", false),
    Column("TENANT", false),
    Column("CHANNEL", false),
    Column("ASKS FOR", false),
    Column("NOTE", false),
];

pub(super) async fn list(store: &dyn Store, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let all = store.templates().await.map_err(complain)?;
    if all.is_empty() {
        desk.notes.say("there are no templates: `tidings templates new NAME` makes one");
        return Ok(());
    }
    let mut table = Table::new(&COLUMNS);
    for stored in &all {
        let read = Template::of(stored);
        let read = read.and_then(|template| template.check().map(|()| template)).map_err(|error| error.what);
        if desk.is_json() {
            desk.out.json(&line(stored, &read))?;
        } else {
            table.row(row(stored, &read));
        }
    }
    if !desk.is_json() {
        table.lines(desk.paint).iter().try_for_each(|line| desk.out.line(line))?;
    }
    Ok(())
}

fn line<'a>(stored: &'a StoredTemplate, read: &'a Result<Template, String>) -> TemplateLine<'a> {
    let good = read.as_ref().ok();
    TemplateLine {
        name: &stored.name,
        event_type: good.map(|it| it.event_type.as_str()),
        tenant: good.and_then(|it| it.tenant.as_deref()),
        channel: good.and_then(|it| it.channel.as_ref()).map(AsRef::as_ref),
        prompts: good.map(Template::labels),
        note: good.and_then(|it| it.note.as_deref()),
        place: &stored.place,
        error: read.as_ref().err().cloned(),
    }
}

fn row(stored: &StoredTemplate, read: &Result<Template, String>) -> Vec<Cell> {
    // One that is long must not push the others off the screen.
    let safe = |text: Option<&str>| (cut_end(&display_safe(text.unwrap_or("-")), CELLS).into_owned(), None);
    let name = (cut_end(&display_safe(&stored.name), CELLS).into_owned(), Some(Meaning::Name));
    match read {
        Ok(it) => {
            let labels = it.labels();
            vec![
                name,
                safe(Some(it.event_type.as_str())),
                safe(it.tenant.as_deref()),
                safe(it.channel.as_ref().map(AsRef::as_ref)),
                safe(if labels.is_empty() { None } else { Some(labels.join(", ")) }.as_deref()),
                (cut_safe(it.note.as_deref().unwrap_or_default(), LAST), None),
            ]
        }
        Err(why) => {
            let [none, nothing, nor] = [(); 3].map(|()| safe(None));
            let why = format!("cannot be used: {}", cut_safe(why, LAST));
            vec![name, safe(None), none, nothing, nor, (why, Some(Meaning::Bad))]
        }
    }
}

pub(super) fn show(stored: &StoredTemplate, desk: &mut Desk<'_>) -> Result<(), Stop> {
    if desk.is_json() {
        return desk.out.json(&TextLine { name: &stored.name, place: &stored.place, text: &stored.text });
    }
    desk.notes.say(&stored.place);
    stored.text.lines().try_for_each(|line| desk.out.line(&display_safe(line)))
}
