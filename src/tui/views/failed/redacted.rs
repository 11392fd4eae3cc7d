//! What is said of what is masked in a failed event.

use std::borrow::Cow;

use super::super::keys::advice;
use crate::text::plural;
use crate::tui::action::Action;
use crate::tui::app::{App, FailedDetail, Revealed};
use crate::tui::theme::Meaning;

/// How many values are masked, and what shows them; or that they are shown.
pub(super) fn told(detail: &FailedDetail, hidden: usize, app: &App) -> Option<(String, Meaning)> {
    let at = &detail.event.at;
    if app.redacting.revealed.as_ref() == Some(&Revealed::Failed(at.clone())) {
        let advice = advice(app, Action::Reveal, "masks it again").unwrap_or_default();
        let told = format!("revealed until you leave this event  {advice}");
        return Some((told, Meaning::Banner));
    }
    let whole = detail.whole.as_ref().and_then(|whole| whole.as_ref().ok()?.as_deref());
    let fields = whole.filter(|whole| whole.event.text.is_none()).map_or(0, |whole| whole.fields.len());
    let hidden = if app.redacting.of_failed(at).is_none() { 0 } else { hidden + fields };
    let advice = advice(app, Action::Reveal, "reveals").unwrap_or_default();
    let told = format!("redacted: {}  {advice}", plural(hidden as u64, "value", "values"));
    (hidden > 0).then_some((told, Meaning::Waiting))
}

/// What is said of it, without what is masked in it.
pub(super) fn said<'s>(detail: &FailedDetail, said: &'s str, app: &App) -> Cow<'s, str> {
    let whole = detail.whole.as_ref().and_then(|whole| whole.as_ref().ok()?.as_deref());
    let text = whole.and_then(|whole| whole.event.text.as_deref()).or(detail.event.text.as_deref());
    app.redacting.of_failed(&detail.event.at).said(text, said)
}
