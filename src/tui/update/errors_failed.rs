//! From an error to its retry: the failed events of a group of errors, or of one event, in the Failed view. Nothing is
//! retried on the way: a person sees first what is still to be done.

use super::errors::{NO_TERMS, terms_of_group};
use super::{failed, filter, flow};
use crate::tui::app::{App, ErrorsPage, Trail, View};
use crate::tui::effect::Effect;

/// Shows them; Esc brings the page back.
pub(super) fn show(app: &mut App) -> Vec<Effect> {
    let Some(page) = app.errors.page.take() else { return Vec::new() };
    let Some(terms) = terms(&page) else {
        app.errors.page = Some(page);
        app.tell(NO_TERMS);
        return Vec::new();
    };
    let failed = Some(Box::new(app.failed.leave_place()));
    app.trail = Some(Trail { errors: Some(page), failed, ..flow::trail(app) });
    app.view = View::Failed;
    filter::set(app, &terms);
    failed::advance(app);
    failed::ask(app)
}

/// What finds them: the event by its id, those of a group by its handler and its type.
fn terms(page: &ErrorsPage) -> Option<String> {
    match &page.event {
        Some(event) => event.id.map(|id| format!("id:{id}")),
        None => terms_of_group(page),
    }
}
