//! What is said before an event is sent: what it is, where it goes, who receives it, and what there is against it.

use super::form_lines::{Lines, commands};
use crate::bus::{BusError, PublishError, Receivers};
use crate::event::{REDACTED, StreamKey};
use crate::text::{count, display_safe, plural};
use crate::tui::app::{App, Form, SendDraft};
use crate::tui::theme::Meaning;

/// So many faults, and receivers, are named.
const FAULTS: usize = 3;
const NAMED: usize = 8;

/// Says it.
pub(super) fn say(draft: &SendDraft, form: &Form, app: &App, out: &mut Lines<'_>) {
    let event = &draft.event;
    if let Err(why) = &draft.may {
        out.say(&format!("Nothing can be sent from here: {why}"), Meaning::Failed);
    }
    if form.is_production {
        out.say(&format!("This is production: {}", app.context.name), Meaning::Production);
    }
    out.tell("type", event.event_type().as_str(), Meaning::EventType);
    let tenant = event.tenant().as_str();
    let label = app.monitor.labels().label(tenant).map(|label| format!("{label}   ")).unwrap_or_default();
    out.tell("tenant", &format!("{label}{tenant}"), Meaning::Tenant);
    if draft.is_stranger {
        out.tell("", "unknown: it has no label, and no event of it was seen on this bus", Meaning::Waiting);
    }
    if let Some(channel) = event.channel() {
        out.tell("channel", channel.as_str(), Meaning::Text);
    }
    out.tell("id", &event.id().to_string(), Meaning::Text);
    if !draft.also.is_empty() {
        let also = plural(draft.also.len() as u64, "more that was", "more that were");
        let text =
            format!("and {also} sent with it, each with its own id: what is there already makes no double");
        out.tell("", &text, Meaning::Ok);
    } else if draft.is_again {
        let text = "the same as before: if it is there already, this makes no double";
        out.tell("", text, Meaning::Ok);
    }
    if !app.redacting.masks.is_none() && draft.event.payload().contains(REDACTED) {
        out.tell("says", &format!(" {REDACTED}: that is what would be sent"), Meaning::Failed);
    }
    goes_to(draft, out);
    for fault in draft.faults.iter().take(FAULTS) {
        out.tell("does not", &format!("fit: {fault}"), Meaning::Failed);
    }
    let more = draft.faults.len().saturating_sub(FAULTS);
    if more > 0 {
        out.tell("", &format!("+{}", plural(more as u64, "fault", "faults")), Meaning::Failed);
    }
    if draft.overrides && draft.misfits() {
        out.tell("", "it is sent all the same: whoever reads it may fail at it", Meaning::Waiting);
    }
    if let Some(why) = &draft.unfillable {
        out.tell("{{..}}", &format!("sent as typed: {why}"), Meaning::Waiting);
    }
    if let Some(known) = &draft.prospect {
        let copies = usize::try_from(draft.count().unwrap_or(1)).unwrap_or(1);
        commands(&known.commands, form.shows_commands, copies, out);
    }
}

fn goes_to(draft: &SendDraft, out: &mut Lines<'_>) {
    let prospect = draft.prospect.as_ref();
    let stream = prospect.and_then(|known| known.stream.as_ref()).map(StreamKey::as_str);
    match (prospect, stream) {
        (None, _) => out.tell("stream", "asking", Meaning::Dim),
        (Some(_), None) => out.tell("stream", "not known before it is sent", Meaning::Dim),
        (Some(_), Some(stream)) => out.tell("stream", stream, Meaning::Text),
    }
    match &draft.receivers {
        None => out.tell("received", "by: asking", Meaning::Dim),
        Some(Ok(receivers)) => received_by(receivers, out),
        Some(Err(why)) => unknown(why, out),
    }
    let size = draft.event.text().len();
    match prospect.map(|known| &known.vetted) {
        Some(Err(PublishError::TooLarge { limit, .. })) => {
            let text = format!(
                "{} bytes, and {} are the limit: it cannot be sent",
                count(size as u64),
                count(*limit as u64)
            );
            out.tell("size", &text, Meaning::Failed);
        }
        vetted => {
            out.tell("size", &plural(size as u64, "byte", "bytes"), Meaning::Dim);
            match vetted {
                Some(Err(PublishError::Invalid(_)) | Ok(())) | None => {}
                Some(Err(why)) => out.tell("refused", &why.to_string(), Meaning::Failed),
            }
        }
    }
}

fn unknown(why: &BusError, out: &mut Lines<'_>) {
    out.tell("received", &format!("by: not known: {}", why.what()), Meaning::Waiting);
}

fn received_by(receivers: &Receivers, out: &mut Lines<'_>) {
    let groups = &receivers.groups;
    let at_work = |consumers: u64| match consumers {
        0 => "nobody at work".to_owned(),
        n => plural(n, "consumer", "consumers"),
    };
    let mut named: Vec<String> = groups
        .iter()
        .take(NAMED)
        .map(|group| format!("{} ({})", display_safe(&group.name), at_work(group.consumers)))
        .collect();
    if groups.len() > NAMED {
        named.push(format!("+{} more", count((groups.len() - NAMED) as u64)));
    }
    let listening = receivers.subscribers.unwrap_or(0);
    if listening > 0 {
        named.push(plural(listening, "Pub/Sub subscriber", "Pub/Sub subscribers"));
    }
    if let Some(patterns @ 1..) = receivers.patterns {
        named.push(format!("perhaps some of {}", plural(patterns, "Pub/Sub pattern", "Pub/Sub patterns")));
    }
    if groups.is_empty() && listening == 0 {
        let rest = if named.is_empty() { String::new() } else { format!("; {}", named.join(", ")) };
        return out.tell(
            "received",
            &format!("by nobody: no handler takes this type here{rest}"),
            Meaning::Waiting,
        );
    }
    let is_idle = groups.iter().all(|group| group.consumers == 0) && listening == 0;
    let meaning = if is_idle { Meaning::Waiting } else { Meaning::Text };
    out.tell("received", &format!("by {}", named.join(&format!(" {} ", out.dot))), meaning);
}
