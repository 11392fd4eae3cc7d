//! Templates, and what was sent before: kept, looked up, and started from.

use crate::bus::{StoreError, StoredTemplate};
use crate::compose::{Filling, Sent, Template, fill, literal};
use crate::event::TenantId;
use crate::event::json::read;
use crate::text::{count, display_safe};
use crate::tui::app::shelf::{Kept, Prompt, Shelf, ShelfAsk};
use crate::tui::app::{App, Form, Popup, Slot, View, What};
use crate::tui::effect::{Effect, SendEffect, ShelfDone, ShelfEffect};

fn shelf(effect: ShelfEffect) -> Vec<Effect> {
    vec![Effect::Compose(Box::new(SendEffect::Shelf(effect)))]
}

/// Asks for the list of templates.
pub(super) fn templates() -> Vec<Effect> {
    shelf(ShelfEffect::Templates)
}

/// Asks for what was sent in this context.
pub(super) fn history() -> Vec<Effect> {
    shelf(ShelfEffect::History)
}

/// Asks for the name under which what is composed is kept.
pub(super) fn save(app: &mut App) {
    let Some(template) = composed(app) else {
        return app.tell("no type is chosen yet: a template is of one");
    };
    let name = template.event_type.as_str().to_lowercase();
    ask_name(app, template, None, &name);
}

/// What is composed, as a template without a name; `None` while no type is chosen.
fn composed(app: &App) -> Option<Template> {
    let event_type = app.compose.event_type.clone()?;
    let text = app.compose.text();
    let payload = match read(text) {
        // Whose event it is, is said when it is used.
        Ok(root) => match root.child("tenantId").map(|node| node.span.clone()) {
            Some(span) => match (text.get(..span.start), text.get(span.end..)) {
                (Some(before), Some(behind)) => format!("{before}\"{{{{tenant}}}}\"{behind}"),
                _ => text.to_owned(),
            },
            None => text.to_owned(),
        },
        Err(_) => text.to_owned(),
    };
    let tenant = app.compose.tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
    let mut template = Template {
        name: String::new(),
        event_type,
        channel: app.compose.channel.clone(),
        tenant,
        note: None,
        payload,
    };
    if Template::read("", &template.write()).is_err() {
        // Braces that are no placeholders are meant as they stand.
        let tenant = "\"{{tenant}}\"";
        template.payload = literal(&template.payload).replacen(&literal(tenant), tenant, 1);
    }
    Some(template)
}

fn ask_name(app: &mut App, template: Template, exists: Option<String>, name: &str) {
    let ask = ShelfAsk::Save { template: Box::new(template), exists };
    let mut form = Form::for_file(What::Shelf(ask), name);
    form.focus = if form.replaces() { Slot::Cancel } else { Slot::File };
    app.popup = Some(Popup::Form(Box::new(form)));
}

/// Asks for another name for the template under the cursor.
pub(super) fn duplicate(app: &mut App) {
    let Some(stored) = under_cursor(app) else { return };
    match Template::of(&stored) {
        Ok(template) => ask_name(app, template, None, &format!("{} copy", stored.name)),
        Err(why) => app.tell(why.to_string()),
    }
}

/// Asks whether the template under the cursor is deleted.
pub(super) fn delete(app: &mut App) {
    let Some(stored) = under_cursor(app) else { return };
    let form = Form::new(What::Shelf(ShelfAsk::Delete(stored.name)), false);
    app.popup = Some(Popup::Form(Box::new(form)));
}

fn under_cursor(app: &App) -> Option<StoredTemplate> {
    match &app.popup {
        Some(Popup::Shelf(open)) => open.template().cloned(),
        _ => None,
    }
}

/// Opens the text of the template under the cursor in an editor of the person's own. What could not be kept of it last
/// time is still there.
pub(super) fn open_editor(app: &mut App) -> Vec<Effect> {
    let Some(stored) = under_cursor(app) else { return Vec::new() };
    let unsaved = app.sending.unsaved.take().filter(|(name, _)| *name == stored.name);
    let text = unsaved.map_or(stored.text, |(_, text)| text);
    app.sending.edits = Some(stored.name);
    vec![Effect::EditText { text, suffix: ".toml" }]
}

/// What the editor left of a template. `None` where none was edited.
pub(super) fn edited(app: &mut App, answer: &Result<String, String>) -> Option<Vec<Effect>> {
    let name = app.sending.edits.take()?;
    let text = match answer {
        Ok(text) => text.clone(),
        Err(why) => {
            app.tell(format!("the template is as it was: {}", display_safe(why)));
            return Some(Vec::new());
        }
    };
    if let Err(why) = Template::read(&name, &text) {
        app.tell(format!("not kept: {}; ctrl-o goes on with it", why.what));
        app.sending.unsaved = Some((name, text));
        return Some(Vec::new());
    }
    Some(shelf(ShelfEffect::Keep { name, text, replaces: true }))
}

/// Enter in a list: starts from what is under the cursor.
pub(super) fn choose(app: &mut App, open: &Shelf) {
    match &open.kept {
        Kept::Templates(_) => {
            let Some(stored) = open.template() else { return };
            match Template::of(stored) {
                Ok(template) => {
                    let labels = template.labels();
                    go_on(app, Prompt { template, labels, answers: std::collections::BTreeMap::new() });
                }
                Err(why) => app.tell(format!("{why}; T, then ctrl-o opens it in an editor")),
            }
        }
        Kept::Sent(sent) => {
            let chosen = open.picker.chosen().and_then(|choice| sent.get(choice.value));
            let Some(sent) = chosen else { return };
            if sent.cut {
                return app.tell("its payload was too large to be kept: there is nothing to start from");
            }
            super::compose::start_from(
                app,
                (Some(sent.event_type.clone()), sent.channel.clone()),
                &sent.payload,
            );
            match sent.redacted.len() as u64 {
                0 => app.tell("a new event from what was sent; u brings back what was composed before"),
                n => app.tell(format!("{} secrets were not kept: fill in what says [redacted]", count(n))),
            }
        }
    }
}

/// Asks for the next thing that a template leaves open; starts from it when nothing is.
fn go_on(app: &mut App, prompt: Prompt) {
    if prompt.labels.is_empty() {
        return start(app, &prompt);
    }
    let mut form = Form::for_file(What::Shelf(ShelfAsk::Prompt(Box::new(prompt))), "");
    form.focus = Slot::File;
    app.popup = Some(Popup::Form(Box::new(form)));
}

fn start(app: &mut App, prompt: &Prompt) {
    let template = &prompt.template;
    let named =
        template.tenant.as_deref().and_then(|name| match app.monitor.labels().find(name).as_slice() {
            [tenant] => Some(tenant.clone()),
            _ => TenantId::new(name).ok(),
        });
    let mut filling = Filling::new(app.clock.now, app.compose.tenant.clone().or(named));
    filling.prompts.clone_from(&prompt.answers);
    match fill(&template.payload, &mut filling) {
        Ok(payload) => {
            super::compose::start_from(
                app,
                (Some(template.event_type.clone()), template.channel.clone()),
                &payload,
            );
            app.tell("started from the template; u brings back what was composed before");
        }
        Err(why) => app.tell(format!("the template cannot be filled in: {why}")),
    }
}

/// Does what the form asks for.
pub(super) fn done_asking(app: &mut App, form: Form) -> Vec<Effect> {
    let typed = form.file.as_ref().map(|field| field.text().to_owned()).unwrap_or_default();
    let What::Shelf(ask) = form.what else { return Vec::new() };
    let replaces = ask.replaces(&typed);
    match ask {
        ShelfAsk::Save { mut template, .. } => {
            typed.trim().clone_into(&mut template.name);
            let (name, text) = (template.name.clone(), template.write());
            shelf(ShelfEffect::Keep { name, text, replaces })
        }
        ShelfAsk::Delete(name) => shelf(ShelfEffect::Delete(name)),
        ShelfAsk::Prompt(mut prompt) => {
            if !prompt.labels.is_empty() {
                let label = prompt.labels.remove(0);
                prompt.answers.insert(label, typed);
            }
            go_on(app, *prompt);
            Vec::new()
        }
    }
}

/// Takes what became of it.
pub(super) fn done(app: &mut App, done: ShelfDone) -> Vec<Effect> {
    match done {
        ShelfDone::Templates(Ok(templates)) if templates.is_empty() => {
            app.tell("there are no templates yet: Ctrl-s in Compose saves one");
        }
        ShelfDone::Templates(Ok(templates)) => put(app, |_| Shelf::of_templates(templates)),
        ShelfDone::Templates(Err(why)) => tell(app, "the templates cannot be read", &why),
        ShelfDone::Kept { name, text, answer } => match answer {
            Ok(()) => {
                if keeps(app, &name, &text) {
                    app.compose.settle_text();
                }
                app.tell(format!("kept as the template '{}'", display_safe(&name)));
            }
            Err(StoreError::Exists(_)) if app.popup.is_none() => {
                if let Ok(template) = Template::read(&name, &text) {
                    ask_name(app, template, Some(name.clone()), &name);
                }
            }
            Err(why) => {
                tell(app, "the template is not kept", &why);
                app.sending.unsaved = Some((name, text));
            }
        },
        ShelfDone::Deleted { name, answer } => match answer {
            Ok(()) => app.tell(format!("the template '{}' is deleted", display_safe(&name))),
            Err(why) => tell(app, "the template is not deleted", &why),
        },
        ShelfDone::History { context, .. } if context != app.context.name => {}
        ShelfDone::History { answer: Ok(lines), .. } => {
            // A line of a later version is no reason to show none.
            let sent: Vec<Sent> = lines.iter().filter_map(|line| Sent::read(line).ok()).collect();
            let unread = (lines.len() - sent.len()) as u64;
            if unread > 0 {
                app.tell(format!("{} lines of the history cannot be read, and are left out", count(unread)));
            } else if sent.is_empty() {
                app.tell("nothing was sent yet in this context");
            }
            if !sent.is_empty() {
                put(app, |app| Shelf::of_sent(sent, app));
            }
        }
        ShelfDone::History { answer: Err(why), .. } => tell(app, "the history cannot be read", &why),
    }
    Vec::new()
}

/// Whether this template keeps what is composed now.
fn keeps(app: &App, name: &str, text: &str) -> bool {
    let (Ok(kept), Some(now)) = (Template::read(name, text), composed(app)) else { return false };
    Template { name: kept.name.clone(), note: kept.note.clone(), ..now } == kept
}

/// Opens a list, where a person waits for it still.
fn put(app: &mut App, list: impl FnOnce(&App) -> Shelf) {
    if app.view == View::Compose && app.popup.is_none() {
        let list = list(app);
        app.popup = Some(Popup::Shelf(Box::new(list)));
    }
}

fn tell(app: &mut App, what: &str, why: &StoreError) {
    app.tell(format!("{what}: {}", display_safe(&why.to_string())));
}
