//! What is said when something is asked about templates.

use super::form_lines::Lines;
use crate::text::{cut_end, display_safe, plural};
use crate::tui::app::shelf::ShelfAsk;
use crate::tui::theme::Meaning;

/// Says it.
pub(super) fn say(ask: &ShelfAsk, out: &mut Lines<'_>) {
    match ask {
        ShelfAsk::Save { template, exists } => {
            out.say(
                "The payload as it stands, its placeholders with it: {{uuid}}, {{now}}, {{tenant}}, {{number}} and {{prompt:label}} \
                 are filled in when it is used.",
                Meaning::Dim,
            );
            out.tell("type", template.event_type.as_str(), Meaning::EventType);
            if let Some(name) = exists {
                let text = format!("'{}' is there already: another name keeps it", display_safe(name));
                out.say(&text, Meaning::Failed);
            }
        }
        ShelfAsk::Delete(name) => {
            out.say(
                &format!("Delete the template '{}'? It cannot be undone.", display_safe(name)),
                Meaning::Text,
            );
        }
        ShelfAsk::Prompt(prompt) => {
            let name = display_safe(&prompt.template.name).into_owned();
            out.tell("template", &cut_end(&name, 60), Meaning::Text);
            out.tell("type", prompt.template.event_type.as_str(), Meaning::EventType);
            let left = prompt.labels.len() as u64;
            if left > 1 {
                let more = plural(left - 1, "more is asked after this", "more are asked after this");
                out.say(&more, Meaning::Dim);
            }
        }
    }
}
