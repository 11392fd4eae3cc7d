//! One handler, looked at closely: its schedule, and its newest dead letters.

use super::asker::Asker;
use super::backwards::Backwards;
use super::codec::{self, RawEntry};
use super::due;
use super::profile::{KeyKind, Layout};
use super::question::Question;
use super::told::{self, in_one, text};
use crate::bus::{
    BusError, DeadLetterReport, HandlerDetail, HandlerReport, Intake, RecordedFailure, TenantLock,
    WaitingRetry,
};
use crate::event::{EntryId, Envelope, EventType, StreamKey};

const DOING: &str = "looking closely at a handler";
/// How many streams one pipeline asks about.
const CHUNK: usize = 20;
/// How many dead letters of a stream are asked for at a time,
const PAGE: usize = 10;
/// how many are looked at in all,
const LOOKED_AT: usize = 200;
/// and in about so many bytes over all streams.
const BYTES: usize = 8 * 1024 * 1024;

/// A stream of a type whose dead letters are read, newest first.
struct Reading<'a> {
    stream: &'a StreamKey,
    event_type: EventType,
    at: Backwards,
    looked_at: usize,
    own: usize,
}

/// Looks at the handler of `report`.
pub(super) async fn take(
    asker: &mut Asker,
    report: &HandlerReport,
    layout: &Layout,
    lock: &TenantLock,
) -> Result<HandlerDetail, BusError> {
    let mut detail = HandlerDetail::default();
    if let Layout::Native { .. } = layout {
        let told = told::newest(asker, layout, lock).await?;
        detail.retries = retries(asker, report, &told).await?;
    }
    letters(asker, report, layout, lock, &mut detail).await?;
    Ok(detail)
}

async fn retries(
    asker: &mut Asker,
    report: &HandlerReport,
    told: &[RecordedFailure],
) -> Result<Vec<WaitingRetry>, BusError> {
    let mut retries = Vec::new();
    for streams in report.streams.chunks(CHUNK) {
        let questions: Vec<_> = streams
            .iter()
            .map(|stream| Question::soonest(&Layout::schedule(stream), due::LOOKED_AT))
            .collect();
        for (stream, reply) in streams.iter().zip(asker.ask_all(&questions, DOING).await?) {
            let Some(reply) = asker.granted(reply, DOING)? else { continue };
            let waiting = due::read(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
            let own = waiting.into_iter().filter(|due| due.handler == report.name.as_bytes());
            retries.extend(own.take(HandlerDetail::SHOWN).map(|due| {
                WaitingRetry {
                    stream: stream.clone(),
                    source: due.source,
                    due: due.at,
                    failed: told
                        .iter()
                        .find(|RecordedFailure { attempt, .. }| {
                            attempt.handler.as_str() == report.name
                                && attempt.source.stream == *stream
                                && attempt.source.id == due.source
                        })
                        .map(RecordedFailure::last_attempt),
                }
            }));
        }
    }
    retries.sort_by_key(|retry| retry.due);
    retries.truncate(HandlerDetail::SHOWN);
    Ok(retries)
}

/// Reads the newest dead letters of each stream until there are enough of this handler's.
async fn letters(
    asker: &mut Asker,
    report: &HandlerReport,
    layout: &Layout,
    lock: &TenantLock,
    detail: &mut HandlerDetail,
) -> Result<(), BusError> {
    let mut readings: Vec<Reading<'_>> = report
        .streams
        .iter()
        .filter_map(|stream| match layout.read_key(stream.as_str()) {
            KeyKind::Type { event_type, .. } => {
                Some(Reading { stream, event_type, at: Backwards::to(EntryId::ZERO), looked_at: 0, own: 0 })
            }
            _ => None,
        })
        .collect();
    let mut found: Vec<(EntryId, DeadLetterReport)> = Vec::new();
    let mut bytes = 0;
    loop {
        let mut open: Vec<_> = readings
            .iter_mut()
            .filter(|it| !it.at.has_ended() && it.own < HandlerDetail::SHOWN && it.looked_at < LOOKED_AT)
            .take(CHUNK)
            .collect();
        if open.is_empty() || bytes >= BYTES {
            break;
        }
        let questions: Vec<_> =
            open.iter().map(|it| it.at.question(&Layout::dead_letters(it.stream), PAGE)).collect();
        for (reading, reply) in open.iter_mut().zip(asker.ask_all(&questions, DOING).await?) {
            let Some(reply) = asker.granted(reply, DOING)? else {
                reading.at.end();
                continue;
            };
            let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
            bytes += entries.iter().map(RawEntry::size).sum::<usize>();
            reading.looked_at += entries.len();
            reading.at.note(PAGE, &entries);
            for entry in &entries {
                let Some(letter) = read(entry, reading, report, layout) else { continue };
                reading.own += 1;
                if lock.admits_attributed(letter.tenant.as_ref()) {
                    found.push((entry.id, letter));
                } else {
                    detail.withheld += 1;
                }
            }
        }
    }
    let cut = readings.iter().filter(|it| !it.at.has_ended() && it.own < HandlerDetail::SHOWN).count();
    if cut > 0 {
        detail.unseen = Some(format!(
            "in {cut} of {} streams only the newest dead letters were looked at",
            report.streams.len()
        ));
    }
    found.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    detail.dead_letters = found.into_iter().map(|(_, letter)| letter).take(HandlerDetail::SHOWN).collect();
    Ok(())
}

/// A dead letter of this handler. On Alga's bus none names its handler: there is one group.
fn read(
    entry: &RawEntry,
    reading: &Reading<'_>,
    report: &HandlerReport,
    layout: &Layout,
) -> Option<DeadLetterReport> {
    let fields = entry.fields.as_deref()?;
    if matches!(layout, Layout::Native { .. }) && text(fields, "handler") != Some(report.name.as_str()) {
        return None;
    }
    let event = fields.iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes());
    let envelope = event.and_then(|(_, value)| std::str::from_utf8(value).ok()).map(Envelope::read);
    Some(DeadLetterReport {
        stream: reading.stream.clone(),
        event_type: reading.event_type.clone(),
        source: text(fields, "sourceMessageId").and_then(|id| id.parse().ok()),
        event: envelope.as_ref().and_then(|envelope| envelope.id),
        tenant: envelope.and_then(|envelope| envelope.tenant),
        attempts: text(fields, "attempts")
            .or_else(|| text(fields, "deliveries"))
            .and_then(|n| n.parse().ok()),
        reason: text(fields, "reason").map(str::to_owned),
        error: text(fields, "error").map(in_one).filter(|error| !error.is_empty()),
        at: text(fields, "deadLetteredAt").and_then(|at| at.parse().ok()).or_else(|| entry.id.time()),
    })
}
