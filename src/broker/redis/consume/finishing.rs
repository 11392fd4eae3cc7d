//! What the finish script is given for each entry, and what its answers mean.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::Utc;
use redis::Value;

use super::body::{self, Progress};
use super::groups::Groups;
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, FINISH};
use crate::bus::{Finish, FinishAs, Finished};
use crate::event::{Field, StreamKey};
use crate::text::{rfc3339_ms, whole_ms};

/// A script cannot pass more than 8,000 arguments to a command: so many fields of an entry, beside ours.
const MOST_FIELDS: usize = 3_800;
/// About how many outcomes are kept of each type.
const OUTCOMES: u32 = 100_000;

/// One call for each stream that `finishes` lie in, with the places of its entries among them.
pub(super) fn calls(
    groups: &Groups,
    consumer: &str,
    dedup_ms: u64,
    finishes: &[Finish],
) -> Vec<(Call, Vec<usize>)> {
    let mut by_stream: BTreeMap<&StreamKey, Vec<usize>> = BTreeMap::new();
    for (at, finish) in finishes.iter().enumerate() {
        by_stream.entry(&finish.claim.stream).or_default().push(at);
    }
    let mut calls = Vec::with_capacity(by_stream.len());
    for (stream, mut places) in by_stream {
        // Not from what is read now: the stream may be gone since, and what is known of its events is recorded still.
        let Some(source) = places.first().map(|at| &finishes[*at].source.stream) else { continue };
        let is_retry = stream != source;
        // The script looks at a range of ids once.
        let ids = || places.iter().map(|at| finishes[*at].claim.id);
        let (Some(lowest), Some(highest)) = (ids().min(), ids().max()) else { continue };
        places.sort_by_key(|at| !is_plain(&finishes[*at]));
        let plain = places.iter().take_while(|at| is_plain(&finishes[**at])).count();
        let keys = [
            stream.as_str().to_owned(),
            Layout::schedule(source),
            Layout::scheduled(source),
            Layout::dead_letters(source),
            Layout::outcomes(source),
            Layout::done(source, &groups.handler),
        ];
        let mut call = Call::new(&FINISH, keys);
        call.arg(groups.handler.as_str()).arg(consumer).arg(u8::from(is_retry)).arg(OUTCOMES);
        call.arg(lowest.to_string()).arg(highest.to_string()).arg(dedup_ms).arg(plain);
        for at in &places[..plain] {
            call.arg(finishes[*at].claim.id.to_string());
        }
        if dedup_ms > 0 {
            for at in &places[..plain] {
                call.arg(mark(&finishes[*at]));
            }
        }
        for at in &places[plain..] {
            add(&mut call, groups.handler.as_str(), &finishes[*at]);
        }
        calls.push((call, places));
    }
    calls
}

/// What is remembered of an event that was done; empty for none.
fn mark(finish: &Finish) -> String {
    match (&finish.what, finish.event) {
        (FinishAs::Done, Some(event)) => event.to_string(),
        _ => String::new(),
    }
}

/// Done, with nothing more to say of it: the usual case, and made quick.
fn is_plain(finish: &Finish) -> bool {
    matches!(finish.what, FinishAs::Done | FinishAs::Skipped) && finish.attempt <= 1 && finish.plan.is_none()
}

fn add(call: &mut Call, handler: &str, finish: &Finish) {
    call.arg(finish.claim.id.to_string());
    match &finish.what {
        FinishAs::Done | FinishAs::Skipped => {
            call.arg("done").arg(1).arg(mark(finish));
        }
        FinishAs::Retry { fields, after, history } => {
            let progress = Progress {
                attempt: finish.attempt + 1,
                crashes: finish.crashes,
                source: finish.source.id,
                plan: finish.plan.clone(),
                history: history.clone(),
                force: finish.force,
            };
            let body = body::write(&fold(fields), &progress);
            call.arg("retry").arg(2 + 2 * body.len());
            call.arg(format!("{handler}|{}", finish.source.id));
            call.arg(whole_ms(*after));
            add_fields(call, &body);
        }
        FinishAs::Dead { .. } => {
            let fields = dead_letter(handler, finish);
            call.arg("dead").arg(2 * fields.len());
            add_fields(call, &fields);
        }
    }
    let outcome = outcome(handler, finish);
    call.arg(2 * outcome.len());
    add_fields(call, &outcome);
}

/// The fields as a script can write them: it has room for so many arguments. What is beyond is kept in one field more, as
/// netstrings: names and values in turn.
fn fold(fields: &[Field]) -> Cow<'_, [Field]> {
    // One more has room: what was folded before stays as it is.
    if fields.len() <= MOST_FIELDS + 1 {
        return Cow::Borrowed(fields);
    }
    let (kept, beyond) = fields.split_at(MOST_FIELDS);
    let mut folded = Vec::new();
    for part in beyond.iter().flat_map(|(name, value)| [name, value]) {
        folded.extend_from_slice(format!("{}:", part.len()).as_bytes());
        folded.extend_from_slice(part);
        folded.push(b',');
    }
    let mut fields = kept.to_vec();
    fields.push((b"moreFields".to_vec(), folded));
    Cow::Owned(fields)
}

fn add_fields(call: &mut Call, fields: &[Field]) {
    for (name, value) in fields {
        call.arg(name.as_slice()).arg(value.as_slice());
    }
}

fn text(name: &str, value: impl Into<String>) -> Field {
    (name.as_bytes().to_vec(), value.into().into_bytes())
}

/// All fields of the entry, and what is known of its failure.
fn dead_letter(handler: &str, finish: &Finish) -> Vec<Field> {
    let FinishAs::Dead { fields, reason, error, history } = &finish.what else { return Vec::new() };
    let now = rfc3339_ms(Utc::now());
    let mut letter = fold(fields).into_owned();
    letter.push(text("sourceStream", finish.source.stream.as_str()));
    letter.push(text("sourceMessageId", finish.source.id.to_string()));
    letter.push(text("handler", handler));
    letter.push(text("error", serde_json::to_string(error).unwrap_or_default()));
    letter.push(text("attempts", finish.attempt.to_string()));
    letter.push(text("history", body::history_json(history)));
    let first = history.first().map_or_else(|| now.clone(), |failure| rfc3339_ms(failure.at));
    letter.push(text("firstFailedAt", first));
    letter.push(text("deadLetteredAt", now));
    letter.push(text("reason", reason.word()));
    letter
}

/// What became of a retry; a first try that succeeds needs no word.
fn outcome(handler: &str, finish: &Finish) -> Vec<Field> {
    if finish.attempt <= 1 && finish.plan.is_none() {
        return Vec::new();
    }
    let word = match finish.what {
        FinishAs::Done | FinishAs::Skipped => "done",
        FinishAs::Retry { .. } => "retry",
        FinishAs::Dead { .. } => "dead",
    };
    let mut outcome = vec![
        text("handler", handler),
        text("eventId", finish.event.map(|id| id.to_string()).unwrap_or_default()),
        text("retryOf", finish.source.id.to_string()),
        text("plan", finish.plan.clone().unwrap_or_default()),
        text("attempt", finish.attempt.to_string()),
        text("outcome", word),
        text("at", rfc3339_ms(Utc::now())),
    ];
    if finish.what == FinishAs::Skipped {
        // There was no attempt: the handler had done it before, or it is none of its business.
        outcome.push(text("skipped", "1"));
    }
    outcome
}

/// Says when the server took the acknowledgements and refused to remember what was done: the last of its answers, behind
/// one for each entry.
pub(super) fn note_forgotten(codes: &[Value], entries: usize, target: &str) {
    let refused = codes.get(entries).and_then(codec::text).and_then(|text| text.split_whitespace().next());
    if let Some(word) = refused.map(crate::text::display_safe) {
        tracing::warn!(
            entries,
            "done, and not remembered for the dedup window at {target}: the server refuses to write ({word})"
        );
    }
}

/// What one answer of the script means.
pub(super) fn read(code: &Value, target: &str) -> Finished {
    match codec::number(code) {
        Some(1) => Finished::Recorded,
        Some(2) => Finished::Fenced,
        Some(3) => Finished::Vanished,
        _ => {
            // The text of a refusal holds no payload: its first word is the code.
            let word = codec::text(code).and_then(|text| text.split_whitespace().next()).unwrap_or("?");
            let word = crate::text::display_safe(word);
            tracing::warn!(
                "what became of an event is not recorded at {target}: the server refuses to write ({word})"
            );
            Finished::Refused
        }
    }
}
