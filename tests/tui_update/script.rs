//! A script: where it starts, the keys, and what is so afterwards.

use crossterm::event::KeyEvent;
use tidings::tui::action::Action;
use tidings::tui::app::compose::Line;
use tidings::tui::app::{App, EventsPane, FlowPane, Popup, Revealed, View, What};
use tidings::tui::effect::{Deed, Effect, ExportStep};
use tidings::tui::keymap::{Context, Key};
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tidings::tui::views;

/// Where it starts, the keys as in a config (`"text"` is typed letter by letter), and what is so afterwards:
/// `what=value` with `; ` between. `{page}` and `{half}` stand for the rows of the list on the screen.
pub(crate) type Script = (fn() -> App, &'static str, &'static str);

/// What came of a script.
pub(crate) struct Played {
    /// What is not so.
    pub(crate) complaint: Option<String>,
    /// Which actions were done where.
    pub(crate) done: Vec<(Context, Action)>,
}

pub(crate) fn play((start, keys, then): &Script) -> Played {
    let mut app = start();
    let mut done = Vec::new();
    let mut effects = Vec::new();
    for key in keys.split_whitespace().flat_map(pressed) {
        if let Some(action) = app.setup.keymap.action(app.contexts(), key)
            && app.allows(action).is_ok()
            && let Some(context) = app
                .contexts()
                .iter()
                .find(|context| app.setup.keymap.keys(**context).iter().any(|(bound, _)| *bound == key))
        {
            done.push((*context, action));
        }
        effects = update(&mut app, Message::Key(KeyEvent::from(key)));
    }
    let page = views::events::page(views::body(&app), &app);
    let then = then.replace("{page}", &page.to_string()).replace("{half}", &(page / 2).max(1).to_string());
    let wrong: Vec<_> = then.split("; ").filter_map(|wanted| objection(wanted, &app, &effects)).collect();
    let complaint = (!wrong.is_empty()).then(|| format!("  {keys}: {}", wrong.join("; ")));
    Played { complaint, done }
}

fn pressed(token: &str) -> Vec<Key> {
    let text = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match text {
        Some(text) => text.chars().map(|c| c.to_string().parse().unwrap()).collect(),
        None => vec![token.parse().unwrap()],
    }
}

fn objection(wanted: &str, app: &App, effects: &[Effect]) -> Option<String> {
    let (what, value) = wanted.split_once('=').unwrap();
    let found = look(what, app, effects);
    let fits = match what {
        "told" | "event" | "refused" => found.contains(value) && (found.is_empty() == value.is_empty()),
        _ => found == value,
    };
    (!fits).then(|| format!("{what} is '{found}', not '{value}'"))
}

#[expect(clippy::too_many_lines, reason = "a line for each thing that a script can look at")]
fn look(what: &str, app: &App, effects: &[Effect]) -> String {
    let number = |number: Option<usize>| number.map_or("-".to_owned(), |number| number.to_string());
    match what {
        "view" => format!("{:?}", app.view).to_lowercase(),
        "pane" => match app.view {
            _ if app.errors.page.is_some() => errors(app),
            View::Flow => pane(app.flow.focus).to_owned(),
            View::Events if app.events.whole => "whole".to_owned(),
            View::Events if app.events.focus == EventsPane::Detail => "detail".to_owned(),
            View::Events => "list".to_owned(),
            View::Handlers if app.handlers.whole => "whole".to_owned(),
            View::Handlers | View::Health => "table".to_owned(),
            View::Failed => failed(app),
            View::Compose if app.compose.field.is_some() => "field".to_owned(),
            View::Compose if app.compose.edits_json() => "json".to_owned(),
            View::Compose => "form".to_owned(),
        },
        "types" => number(app.flow.types.cursor),
        "tenants" => number(app.flow.tenants.cursor),
        "matrix" => number(app.flow.matrix.cursor),
        "column" => app.flow.matrix_column.to_string(),
        "handler" => app.handlers.chosen().map_or("-".to_owned(), |report| report.name.clone()),
        "finding" => app.health.chosen().map_or("-".to_owned(), |known| known.lint.check.to_owned()),
        "row" => number(app.events.cursor_row()),
        "seq" => app.events.cursor.map_or("-".to_owned(), |seq| seq.to_string()),
        "shown" => app.events.len().to_string(),
        "rewound" => app.is_rewound().to_string(),
        "following" => app.events.is_following().to_string(),
        "paused" => app.is_paused().to_string(),
        "revealed" => match &app.redacting.revealed {
            None => "-",
            Some(Revealed::Entry(_)) => "entry",
            Some(Revealed::Failed(_)) => "failed",
            Some(Revealed::All) => "all",
        }
        .to_owned(),
        "wrap" => app.events.detail.wrap.to_string(),
        "detail" => format!("{},{}", app.events.detail.top, app.events.detail.left),
        "filter" => app.filter.applied().to_owned(),
        "field" => app.filter.editing.as_ref().map_or("-".to_owned(), |open| open.field.text().to_owned()),
        "popup" => popup(app).to_owned(),
        "choice" => match &app.popup {
            Some(Popup::Tenants(picker)) => picker.chosen().map(|choice| choice.name.clone()),
            Some(Popup::Channels(picker)) => picker.chosen().map(|choice| choice.name.clone()),
            Some(Popup::Contexts(picker)) => picker.chosen().map(|choice| choice.name.clone()),
            Some(Popup::Palette(open)) => open.chosen().map(|command| command.name.clone()),
            Some(Popup::Compose(open)) => open.picker.chosen().map(|choice| choice.name.clone()),
            Some(Popup::Shelf(open)) => open.picker.chosen().map(|choice| choice.name.clone()),
            Some(Popup::Events(open)) => open.picker.chosen().map(|choice| choice.name.clone()),
            _ => None,
        }
        .unwrap_or_else(|| "-".to_owned()),
        "failed" => {
            let table = app.failed.open_table();
            format!("{} of {}", number(table.cursor), app.failed.len())
        }
        "journal" => journal(app),
        "under" => {
            app.failed.under_cursor().first().map_or("-".to_owned(), |event| event.at.id().to_string())
        }
        "marks" if app.view == View::Events => app.events.marks.len().to_string(),
        "marks" => app.failed.marks.len().to_string(),
        "sort" if app.view == View::Events => app.events.lens.order().word().to_owned(),
        "sort" => app.failed.sort.word().to_owned(),
        "line" if app.view == View::Events => app.events.detail.cursor.to_string(),
        "lines" => views::events::detail(views::body(app), app).lines.to_string(),
        "raw" => app.events.detail.raw.to_string(),
        "context" if app.view == View::Events => {
            format!("{} {}", app.events.lens.has_context(), app.events.lens.matching())
        }
        "columns" => {
            app.events.columns.all().iter().map(|column| column.word()).collect::<Vec<_>>().join(" ")
        }
        "focus" => match &app.popup {
            Some(Popup::Form(form)) => format!("{:?}", form.focus),
            _ => "-".to_owned(),
        },
        "about" => match &app.popup {
            Some(Popup::Form(form)) => form.count().to_string(),
            _ => "-".to_owned(),
        },
        "choices" => match &app.popup {
            Some(Popup::Form(form)) => match &form.what {
                What::Retry(draft) => format!("{} {}", draft.plan.runs.word(), draft.plan.pace),
                What::Release { force, .. } => force.to_string(),
                _ => "-".to_owned(),
            },
            _ => "-".to_owned(),
        },
        "sending" => crate::sending::look(app),
        "commands" => matches!(&app.popup, Some(Popup::Form(form)) if form.shows_commands).to_string(),
        "reason" => match &app.popup {
            Some(Popup::Form(form)) => form.reason().unwrap_or_else(|| "-".to_owned()),
            _ => "-".to_owned(),
        },
        "query" => match &app.popup {
            Some(Popup::Help(help)) => help.query.clone(),
            _ => "-".to_owned(),
        },
        "searching" => matches!(&app.popup, Some(Popup::Help(help)) if help.search.is_some()).to_string(),
        "tenant" => app.scope.tenant.as_ref().map_or("all".to_owned(), ToString::to_string),
        "channel" => format!("{:?}", app.scope.channel),
        "production" => app.context.production.to_string(),
        "theme" => format!("{} {}", app.theme.kept, app.theme.shown),
        "fits" => match &app.popup {
            Some(Popup::Palette(open)) => open.len().to_string(),
            _ => "-".to_owned(),
        },
        "refused" => match &app.popup {
            Some(Popup::Palette(open)) => open.chosen().and_then(|command| command.refusal.clone()),
            _ => None,
        }
        .unwrap_or_else(|| "-".to_owned()),
        "banner" => app.banner().is_some().to_string(),
        "bus" => app.context.name.clone(),
        "received" => app.monitor.counts().received.to_string(),
        "told" => app.notices.toast.as_ref().map_or(String::new(), |toast| toast.text.clone()),
        "effects" => effects.iter().map(spell).collect::<Vec<_>>().join(", "),
        other => composed(other, app).unwrap_or_else(|| panic!("a script asks for '{other}'")),
    }
}

/// What lies over the view.
fn popup(app: &App) -> &'static str {
    match &app.popup {
        None => "-",
        Some(Popup::Help(_)) => "help",
        Some(Popup::Tenants(_)) => "tenants",
        Some(Popup::Channels(_)) => "channels",
        Some(Popup::Contexts(_)) => "contexts",
        Some(Popup::Palette(_)) => "palette",
        Some(Popup::Form(form)) => match form.what {
            What::Retry(_) => "plan",
            What::Discard(_) => "discard",
            What::Release { .. } => "release",
            What::Send(_) => "send",
            What::Shelf(_) => "shelf ask",
            What::File(_) => "file",
            What::Unsent => "unsent",
            What::Edited(_) => "edited",
            What::Export(_) => "export",
            What::ExportEvents(_) => "export events",
            What::CancelPlan => "cancel plan",
            What::Leave => "leave",
            What::Switch(_) => "switch",
            What::Anew => "anew",
            What::RevealAll => "reveal all",
        },
        Some(Popup::Jump(_)) => "jump",
        Some(Popup::Compose(_)) => "compose",
        Some(Popup::Shelf(_)) => "shelf",
        Some(Popup::Events(open)) => open.title,
        Some(Popup::Edit) => "editor",
    }
}

/// What of the Compose view is asked for.
fn composed(what: &str, app: &App) -> Option<String> {
    Some(match what {
        "type" => app.compose.event_type.as_ref().map_or("-".to_owned(), ToString::to_string),
        "line" => match app.compose.line() {
            Line::Type => "type".to_owned(),
            Line::Tenant => "tenant".to_owned(),
            Line::Channel => "channel".to_owned(),
            Line::Field(at) => format!("{at}/"),
        },
        "text" => app.compose.text().split_whitespace().collect(),
        "faults" => app.compose.faults().len().to_string(),
        "caret" => format!("{},{}", app.compose.area.cursor().0, app.compose.area.cursor().1),
        "typing" => app.compose.field.as_ref().map_or("-".to_owned(), |open| open.field.text().to_owned()),
        "value" => app.compose.row().and_then(|row| row.shown.clone()).unwrap_or_else(|| "-".to_owned()),
        "event" => match app.compose.event(app.clock.now) {
            Ok(event) => format!("{} of {}", event.event_type(), event.tenant()),
            Err(why) => why,
        },
        _ => return None,
    })
}

/// What of the Failed view is open.
fn failed(app: &App) -> String {
    if let Some(page) = app.journal() {
        return page.plan().unwrap_or("journal").to_owned();
    }
    match (&app.failed.detail, &app.failed.group) {
        (Some(_), _) => "whole",
        (None, Some(_)) => "group",
        (None, None) if app.failed.is_grouped => "groups",
        (None, None) => "events",
    }
    .to_owned()
}

/// The row under the cursor of the journal, how many there are, and what was done there.
fn journal(app: &App) -> String {
    app.journal().map_or("-".to_owned(), |page| {
        let row = page.table().cursor.map_or("-".to_owned(), |row| row.to_string());
        let what = page.under_cursor().map_or("-", |line| line.deed.word());
        format!("{row} of {}: {what}", page.len())
    })
}

/// What of the errors is open, and the row under the cursor.
fn errors(app: &App) -> String {
    let Some(page) = &app.errors.page else { return "-".to_owned() };
    let row = |cursor: Option<usize>| cursor.map_or("-".to_owned(), |row| row.to_string());
    match (&page.event, &page.group) {
        (Some(event), _) => format!("event of {}", event.attempts.len()),
        (None, Some(group)) => format!("group {} of {}", row(group.table.cursor), group.list.len()),
        (None, None) => format!("groups {} of {}", row(page.table.cursor), page.groups.groups.len()),
    }
}

fn pane(pane: FlowPane) -> &'static str {
    match pane {
        FlowPane::Types => "types",
        FlowPane::Tenants => "tenants",
        FlowPane::Matrix => "matrix",
        FlowPane::Errors => "errors",
        FlowPane::Strip => "strip",
    }
}

fn spell(effect: &Effect) -> String {
    match effect {
        Effect::Observe { context, watch } => format!("observe {context} {:?}", watch.channels),
        Effect::Reconnect => "reconnect".to_owned(),
        Effect::Mouse(is_ours) => format!("mouse {is_ours}"),
        Effect::Copy(text) => format!("copy {} bytes", text.len()),
        Effect::Examine => "examine".to_owned(),
        Effect::Survey => "survey".to_owned(),
        Effect::Inspect(report) => format!("inspect {}", report.name),
        Effect::ReadFailed { query, .. } => match query.at_most {
            Some(300) => "count".to_owned(),
            _ if query.after.is_empty() => "read".to_owned(),
            _ => "read on".to_owned(),
        },
        Effect::ReadJournal { at_most } => format!("journal {at_most}"),
        Effect::AskRights => "rights".to_owned(),
        Effect::ReadAround { .. } => "around".to_owned(),
        Effect::ShowFailed(at) => format!("show {at}"),
        Effect::Foresee(question) => format!("foresee {} {}", question.events.len(), question.runs.word()),
        Effect::Act(deed) => match &**deed {
            Deed::Discard(events, because) => {
                format!("discard {} {}", events.len(), because.reason.as_deref().unwrap_or("-"))
            }
            Deed::Restore(events, _) => format!("restore {}", events.len()),
            Deed::Release(events, force, _) => format!("release {} {force}", events.len()),
            Deed::Edit(order, _) => format!("edit {}", order.at),
        },
        Effect::StartPlan(plan) => format!("start {} {} {}", plan.items.len(), plan.runs.word(), plan.pace),
        Effect::ReadBack { query, .. } => {
            format!("read {:?} {} {}", query.direction, query.from, query.at_most).to_lowercase()
        }
        Effect::ReadToExport { query, .. } => format!("read to export from {}", query.from),
        Effect::PausePlan => "pause plan".to_owned(),
        Effect::ResumePlan => "resume plan".to_owned(),
        Effect::CancelPlan => "cancel plan".to_owned(),
        Effect::Export(export) => {
            let replaces = if export.replaces { " anew" } else { "" };
            format!("export {} to {}{replaces}", export.events.len(), export.file)
        }
        Effect::EndExport => "end export".to_owned(),
        Effect::ExportEvents { step: ExportStep::Open { file, replaces }, .. } => {
            format!("write {file}{}", if *replaces { " anew" } else { "" })
        }
        Effect::ExportEvents { step, .. } => format!("{step:?}"),
        Effect::Compose(effect) => crate::sending::spell(effect),
        Effect::EditText { text, suffix } => format!("edit {} lines of {suffix}", text.lines().count()),
        Effect::Theme(name) => format!("theme {name}"),
        Effect::Redraw => "redraw".to_owned(),
        Effect::Suspend => "suspend".to_owned(),
        Effect::Quit(reason) => format!("quit {reason:?}"),
    }
}
