//! What each action does. The caller has made sure that it makes sense here and now.

use super::{
    back, compose, detail, errors, errors_failed, events, events_pick, export, failed, file, filter, flow,
    form, handlers, health, help, hits, jump, leave, lens, marks, mouse, movement, palette, picker, reveal,
    scope, send, shelf, watch,
};
use crate::tui::action::Action;
use crate::tui::app::{App, Popup, View};
use crate::tui::effect::{Effect, ExitReason};
use crate::tui::pretty::Folds;

#[expect(clippy::too_many_lines, reason = "a line for each action")]
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if let Some(effects) = palette::act(app, action).or_else(|| help::act(app, action)) {
        return effects;
    }
    if let Some(effects) = compose::act(app, action) {
        return effects;
    }
    match action {
        Action::Quit => return leave::quit(app),
        Action::Interrupt => return vec![Effect::Quit(ExitReason::Interrupted)],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Mouse => return mouse::turn(app),
        Action::Copy if app.view == View::Health && app.errors.page.is_none() => return health::copy(app),
        Action::Copy => return reveal::copy(app),
        Action::Choose if matches!(app.popup, Some(Popup::Events(_))) => return events_pick::choose(app),
        Action::Reconnect => return watch::reconnect(app),
        Action::Demo => return watch::demo(app),
        Action::Choose if matches!(app.popup, Some(Popup::Jump(_))) => jump::choose(app),
        Action::Choose if form::is_open(app) => return form::choose(app),
        Action::Choose if let Some(Popup::Shelf(open)) = &app.popup => {
            let open = open.clone();
            app.popup = None;
            shelf::choose(app, &open);
        }
        Action::Choose => return scope::choose(app),

        Action::Back if let Some(effects) = export::cancel(app) => return effects,
        Action::Back if let Some(effects) = failed::end_export(app) => return effects,
        Action::Back => back::back(app),
        Action::ShowFlow => show(app, View::Flow),
        Action::ShowEvents => show(app, View::Events),
        Action::ShowHandlers => {
            show(app, View::Handlers);
            return handlers::ask(app);
        }
        Action::ShowFailed => {
            show(app, View::Failed);
            app.failed.is_entered = false;
            failed::advance(app);
            return failed::ask(app);
        }
        Action::ShowCompose => {
            show(app, View::Compose);
            compose::show(app);
        }
        Action::ShowHealth => {
            show(app, View::Health);
            return health::ask(app);
        }
        Action::NextPane => next_pane(app, 1),
        Action::PreviousPane => next_pane(app, -1),
        Action::Help => help::open(app),

        Action::Down
        | Action::Up
        | Action::HalfPageDown
        | Action::HalfPageUp
        | Action::PageDown
        | Action::PageUp
        | Action::First
        | Action::Last => go(app, action),
        Action::Left => sideways(app, -1),
        Action::Right => sideways(app, 1),
        Action::Open if app.errors.page.is_some() => errors::open(app),
        Action::Open => match app.view {
            View::Flow => flow::open(app),
            View::Events => events::open(app),
            View::Handlers => handlers::open(app),
            View::Failed => return failed::open(app),
            View::Health => return health::open(app),
            // Its Enter is an action of its own.
            View::Compose => {}
        },

        Action::Retry => return failed::retry(app),
        Action::RetryAll => return failed::retry_all(app),
        Action::EditRetry => failed::edit(app),
        Action::Discard => failed::discard(app),
        Action::Export if app.view == View::Events => export::ask(app),
        Action::Mark if app.view == View::Events => marks::turn(app),
        Action::MarkRange if app.view == View::Events => marks::range(app),
        Action::Sort if app.view == View::Events => lens::sort(app),
        Action::Export => failed::export(app),
        Action::Undo => return failed::undo(app),
        Action::Release => failed::release(app),
        Action::Mark => failed::mark(app),
        Action::MarkRange => failed::mark_range(app),
        Action::Sort => failed::sort(app),
        Action::Group => failed::group(app),
        Action::ShowAll => return failed::show_all(app),
        // There is nothing to read from: what a person wants is the connection.
        Action::Refresh if !app.monitor.link().is_live() => return watch::reconnect(app),
        Action::Refresh if app.view == View::Health => return health::refresh(app),
        Action::Refresh => return failed::refresh(app),
        Action::Journal => return failed::open_journal(app),
        Action::PausePlan => return form::pause_plan(app),
        Action::CancelPlan => form::cancel_plan(app),
        Action::NextField => return form::step(app, 1),
        Action::PreviousField => return form::step(app, -1),
        Action::CompletePath => return file::complete(app),
        Action::SendFile => return file::open(app),
        Action::ShowUnsent => file::show_unsent(app),
        Action::Change => return form::change(app, 1),
        Action::ChangeBack => return form::change(app, -1),
        Action::Commands => form::commands(app),
        Action::Templates => return shelf::templates(),
        Action::SentBefore => return shelf::history(),
        Action::SaveTemplate => shelf::save(app),
        Action::Duplicate => shelf::duplicate(app),
        Action::DeleteTemplate => shelf::delete(app),
        Action::OpenEditor if matches!(app.popup, Some(Popup::Shelf(_))) => return shelf::open_editor(app),
        Action::SendAgain => return send::again(app),
        Action::CopyId => return send::copy_id(app),
        Action::ShowSent => send::show_event(app),
        Action::HoldSending => return send::hold(app),
        Action::EndSending => return send::end(app),
        Action::Review => return form::review(app),
        Action::OpenEditor => return form::open_editor(app),

        Action::Errors => errors::list(app),
        Action::Outcomes => errors::outcomes(app),
        Action::ItsFailed => return errors_failed::show(app),
        Action::JumpToTime => jump::open(app),
        Action::Follow => events::follow(app),
        Action::Pause => lens::pause(app),
        Action::Filter => filter::open(app),
        Action::Invert => filter::invert(app),
        Action::TenantScope => scope::pick_tenant(app),
        Action::Contexts => watch::pick(app),
        Action::ChannelScope => scope::pick_channel(app),
        Action::NextHit => hits::seek(app, hits::Direction::Down),
        Action::PreviousHit => hits::seek(app, hits::Direction::Up),
        Action::Context => hits::context(app),
        Action::Columns => events_pick::columns(app),
        Action::CopyMenu => events_pick::copy_menu(app),
        Action::ToggleFold => detail::turn_fold(app),
        Action::FoldAll => detail::fold_all(app, Folds::all()),
        Action::UnfoldAll => detail::fold_all(app, Folds::default()),
        Action::Raw => detail::raw(app),
        Action::ScrollLeft => detail::scroll(app, -1),
        Action::ScrollRight => detail::scroll(app, 1),
        Action::Wrap => detail::wrap(app),
        Action::Reveal => reveal::turn(app),
        Action::RevealAll => reveal::all(app),
        Action::HideBanner => app.notices.hidden_until = Some(app.clock.now),

        Action::Search => help::search(app),
        Action::Accept => match &mut app.popup {
            Some(Popup::Help(help)) => help::accept(help),
            _ => filter::accept(app),
        },
        Action::Cancel => match &mut app.popup {
            Some(Popup::Help(help)) => help::cancel(help),
            _ => filter::cancel(app),
        },
        // These are those of the Compose view: they are done.
        Action::Compose
        | Action::EditField
        | Action::Toggle
        | Action::Generate
        | Action::Complete
        | Action::CompleteBack
        | Action::AddEntry
        | Action::ClearField
        | Action::RenameField
        | Action::SetNull
        | Action::ChooseVariant
        | Action::ItemUp
        | Action::ItemDown
        | Action::UndoChange
        | Action::RedoChange
        | Action::NextFault
        | Action::PreviousFault
        | Action::LayOut
        | Action::StartAnew
        // The palette has taken these.
        | Action::Palette
        | Action::FillIn => {}
    }
    Vec::new()
}

/// Opens a tab: from here on Esc no longer leads back to where a row was opened.
pub(super) fn show(app: &mut App, view: View) {
    if app.view != view {
        app.compose.close_field();
    }
    app.view = view;
    app.trail = None;
    app.whence = None;
    app.errors.page = None;
    app.failed.journal = None;
}

fn next_pane(app: &mut App, by: isize) {
    match app.view {
        View::Flow => flow::next_pane(app, by),
        View::Events => events::next_pane(app),
        View::Compose => compose::next_pane(app),
        // It has one pane: `allows` says so.
        View::Handlers | View::Failed | View::Health => {}
    }
}

/// Moves within what has the keys.
fn go(app: &mut App, action: Action) {
    let moved = movement::Movement::of(action);
    match &app.popup {
        Some(Popup::Help(_)) => help::scroll(app, moved),
        Some(Popup::Palette(_)) => palette::go(app, moved),
        Some(
            Popup::Tenants(_)
            | Popup::Channels(_)
            | Popup::Contexts(_)
            | Popup::Compose(_)
            | Popup::Shelf(_)
            | Popup::Events(_)
            | Popup::Jump(_),
        ) => picker::go(app, moved),
        Some(Popup::Form(_)) => form::scroll(app, moved),
        Some(Popup::Edit) => {}
        None if app.errors.page.is_some() => errors::go(app, moved),
        None if app.view == View::Flow => flow::go(app, moved),
        None if app.view == View::Handlers => handlers::go(app, moved),
        None if app.view == View::Health => health::go(app, moved),
        None if app.view == View::Failed => failed::go(app, moved),
        None if app.view == View::Compose => compose::go(app, moved),
        None if app.events.reads_detail() => detail::go(app, moved),
        None => events::go(app, moved),
    }
}

fn sideways(app: &mut App, by: isize) {
    match app.view {
        View::Flow => flow::sideways(app, by),
        View::Events => detail::sideways(app, by),
        View::Compose => compose::sideways(app, by),
        View::Handlers | View::Failed | View::Health => {}
    }
}
