//! Templates, and what was sent before: kept, looked up, and started from.

use crate::bus::StoreError;
use crate::compose::{FillFault, Filling, Outcome, Sent, Template, fill, literal};
use crate::event::TenantId;
use crate::event::json::read;
use crate::text::{display_safe, plural};
use crate::tui::app::shelf::{Kept, KeptTemplate, Prompt, Shelf, ShelfAsk};
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
    app.sending.below = None;
    ask_name(app, template, None, &name);
}

/// What is composed, as a template without a name; `None` while no type is chosen.
fn composed(app: &App) -> Option<Template> {
    let event_type = app.compose.event_type.clone()?;
    let text = app.compose.text();
    // Whose event it is, is said when it is used.
    let tenant = read(text).ok().and_then(|root| root.child("tenantId").map(|node| node.span.clone()));
    let parts = tenant.and_then(|span| Some((text.get(..span.start)?, text.get(span.end..)?)));
    let payload = |of: fn(&str) -> String| match parts {
        Some((before, behind)) => format!("{}\"{{{{tenant}}}}\"{}", of(before), of(behind)),
        None => of(text),
    };
    let tenant = app.compose.tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
    let mut template = Template {
        name: String::new(),
        event_type,
        channel: app.compose.channel.clone(),
        tenant,
        note: None,
        payload: payload(str::to_owned),
    };
    if Template::read("", &template.write()).is_err() {
        // Braces that are no placeholders are meant as they stand.
        template.payload = payload(literal);
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
    let Some(kept) = under_cursor(app) else { return };
    match kept.read {
        Ok(template) => {
            lay_below(app);
            ask_name(app, template, None, &format!("{} copy", kept.stored.name));
        }
        Err(why) => app.tell(display_safe(&why.to_string()).into_owned()),
    }
}

/// Asks whether the template under the cursor is deleted.
pub(super) fn delete(app: &mut App) {
    let Some(kept) = under_cursor(app) else { return };
    lay_below(app);
    let form = Form::new(What::Shelf(ShelfAsk::Delete(kept.stored.name)), false);
    app.popup = Some(Popup::Form(Box::new(form)));
}

/// The open list comes back behind what is asked next.
fn lay_below(app: &mut App) {
    app.sending.below = match app.popup.take() {
        Some(Popup::Shelf(open)) => Some(open),
        _ => None,
    };
}

/// A question about templates is closed without an answer: back to the list, where it was opened from there.
pub(super) fn come_back(app: &mut App) {
    app.popup = app.sending.below.take().map(Popup::Shelf);
}

fn under_cursor(app: &App) -> Option<KeptTemplate> {
    match &app.popup {
        Some(Popup::Shelf(open)) => open.template().cloned(),
        _ => None,
    }
}

/// Opens the text of the template under the cursor in an editor of the person's own. What could not be kept of it last
/// time is still there.
pub(super) fn open_editor(app: &mut App) -> Vec<Effect> {
    let Some(KeptTemplate { stored, .. }) = under_cursor(app) else { return Vec::new() };
    let text = app.sending.unsaved.get(&stored.name).cloned().unwrap_or(stored.text);
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
    // Until it is kept, nothing else holds it.
    app.sending.unsaved.insert(name.clone(), text.clone());
    renew(app, &name, None);
    if let Err(why) = Template::read(&name, &text) {
        app.tell(format!("not kept: {}; ctrl-o goes on with it", display_safe(&why.what)));
        return Some(Vec::new());
    }
    Some(shelf(ShelfEffect::Keep { name, text, replaces: true }))
}

/// What is known of a template is another now, also in the list that is open, and in the one below a question.
fn renew(app: &mut App, name: &str, text: Option<&str>) {
    let open = match &mut app.popup {
        Some(Popup::Shelf(open)) => Some(open),
        _ => app.sending.below.as_mut(),
    };
    if let Some(open) = open {
        open.renew(name, text, &app.sending.unsaved);
    }
}

/// Enter in a list: starts from what is under the cursor.
pub(super) fn choose(app: &mut App, open: &Shelf) {
    match &open.kept {
        Kept::Templates(_) => {
            let Some(kept) = open.template().cloned() else { return };
            match kept.read {
                Ok(template) => {
                    app.sending.below = Some(Box::new(open.clone()));
                    let labels = template.labels();
                    go_on(app, Prompt { template, labels, answers: std::collections::BTreeMap::new() });
                }
                Err(why) => {
                    let open = Box::new(open.clone());
                    app.popup = Some(Popup::Shelf(open));
                    app.tell(format!("it cannot be used: {}; ctrl-o mends it", display_safe(&why.what)));
                }
            }
        }
        Kept::Sent(_) => {
            let Some(sent) = open.sent() else { return };
            if sent.cut {
                return app.tell("its payload was too large to be kept: there is nothing to start from");
            }
            super::compose::start_from(
                app,
                (Some(sent.event_type.clone()), sent.channel.clone()),
                &sent.payload,
            );
            match sent.redacted.len() as u64 {
                0 if matches!(sent.outcome, Outcome::Unknown(_)) => app.tell(
                    "a new event beside the one that may be on the bus: look for its id before you send it; u brings \
                     back what was composed before",
                ),
                0 => app.tell("a new event from what was sent; u brings back what was composed before"),
                n => app.tell(format!(
                    "{} not kept: fill in what says [redacted]",
                    plural(n, "secret was", "secrets were")
                )),
            }
        }
    }
}

/// Asks for the next thing that a template leaves open; starts from it when nothing is.
fn go_on(app: &mut App, prompt: Prompt) {
    if prompt.labels.is_empty() {
        return start(app, &prompt);
    }
    let said = prompt.labels.first().and_then(|label| prompt.answers.get(label)).cloned();
    let mut form = Form::for_file(What::Shelf(ShelfAsk::Prompt(Box::new(prompt))), &said.unwrap_or_default());
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
            app.sending.below = None;
            app.tell("started from the template; u brings back what was composed before");
        }
        Err(why) => {
            if let FillFault::NotJson { label, .. } | FillFault::NoPrompt(label) = &why.fault {
                // What was said for the others stays.
                let labels = vec![label.clone()];
                go_on(app, Prompt { labels, ..prompt.clone() });
            } else {
                come_back(app);
            }
            app.tell(format!("the template cannot be filled in: {why}"));
        }
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
        ShelfDone::Templates { place, answer: Ok(templates) } => {
            put(app, |app| Shelf::of_templates(templates, place, &app.sending.unsaved));
        }
        ShelfDone::Templates { answer: Err(why), .. } => tell(app, "the templates cannot be read", &why),
        ShelfDone::Kept { name, text, answer } => return kept(app, &name, &text, answer),
        ShelfDone::Deleted { name, answer } => {
            match answer {
                Ok(()) => {
                    app.sending.unsaved.remove(&name);
                    app.tell(format!("the template '{}' is deleted", display_safe(&name)));
                }
                Err(why) => tell(app, "the template is not deleted", &why),
            }
            return list_again(app);
        }
        ShelfDone::History { context, .. } if context != app.context.name => {}
        ShelfDone::History { place, answer: Ok(lines), .. } => {
            // A line of a later version is no reason to show none.
            let sent: Vec<Sent> = lines.iter().filter_map(|line| Sent::read(line).ok()).collect();
            let unread = (lines.len() - sent.len()) as u64;
            put(app, |app| Shelf::of_sent(sent, (place, unread), app));
        }
        ShelfDone::History { answer: Err(why), .. } => tell(app, "the history cannot be read", &why),
    }
    Vec::new()
}

/// Takes whether a template is kept. What was typed for one that is not stays.
fn kept(app: &mut App, name: &str, text: &str, answer: Result<(), StoreError>) -> Vec<Effect> {
    let is_edited = app.sending.unsaved.contains_key(name);
    match answer {
        Ok(()) => {
            if app.sending.unsaved.get(name).is_some_and(|left| left == text) {
                app.sending.unsaved.remove(name);
            }
            if keeps(app, name, text) {
                app.compose.settle_text();
            }
            app.tell(format!("kept as the template '{}'", display_safe(name)));
            renew(app, name, Some(text));
            return list_again(app);
        }
        Err(why) if is_edited => tell(app, "not kept: ctrl-o goes on with it", &why),
        Err(why) => {
            // The name that was typed is asked about once more, unless a person does something else by now.
            let exists = matches!(why, StoreError::Exists(_)).then(|| name.to_owned());
            let is_asked = is_waited_for(app);
            if !is_asked || exists.is_none() {
                tell(app, "the template is not kept", &why);
            }
            if let (true, Ok(template)) = (is_asked, Template::read(name, text)) {
                ask_name(app, template, exists, name);
            }
        }
    }
    Vec::new()
}

/// The list that a question was opened from is read anew: it is another one now.
fn list_again(app: &mut App) -> Vec<Effect> {
    let was_open = app.sending.below.take().is_some();
    if was_open && is_waited_for(app) { shelf(ShelfEffect::Templates) } else { Vec::new() }
}

/// Whether nothing was opened meanwhile.
fn is_waited_for(app: &App) -> bool {
    app.view == View::Compose && app.popup.is_none()
}

/// Whether this template keeps what is composed now.
fn keeps(app: &App, name: &str, text: &str) -> bool {
    let (Ok(kept), Some(now)) = (Template::read(name, text), composed(app)) else { return false };
    Template { name: kept.name.clone(), note: kept.note.clone(), ..now } == kept
}

/// Opens a list, where a person waits for it still.
fn put(app: &mut App, list: impl FnOnce(&App) -> Shelf) {
    if is_waited_for(app) {
        let list = list(app);
        app.popup = Some(Popup::Shelf(Box::new(list)));
    }
}

fn tell(app: &mut App, what: &str, why: &StoreError) {
    app.tell(format!("{what}: {}", display_safe(&why.to_string())));
}
