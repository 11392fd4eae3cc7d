//! Judges a run by three witnesses: the producers' records, the workers' logs, and Redis's books.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use tidings::event::EntryId;
use uuid::Uuid;

use crate::books::Ledger;
use crate::nemesis::{Fault, Kind};
use crate::producer::Sent;
use crate::runs::{Ending, Log};
use crate::worker::{ATTEMPTS, CRASHES, FLAKY, FRAGILE, HANDLERS, Poison, Rule, STRICT};

/// The figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    accepted: usize,
    /// Published without an answer, and found in Redis all the same.
    unknown_there: usize,
    repeated: u64,
    entries: usize,
    runs: usize,
    broken_off: usize,
    pub(crate) doubles: usize,
    doubles_by_gaps: usize,
    in_flight: usize,
    done: usize,
    dead: BTreeMap<String, usize>,
    /// By handler: those that are dead for crashes, though nothing in them ends a process.
    innocents: BTreeMap<&'static str, usize>,
    gaps: usize,
    faults: BTreeMap<Kind, (usize, usize)>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "published:  {} accepted, {} more without an answer but there; {} sent again in the form 'once' were there",
            self.accepted, self.unknown_there, self.repeated
        )?;
        writeln!(
            f,
            "books:      {} entries for {} handlers: {} done, {:?} dead (crashed with others: {:?})",
            self.entries,
            HANDLERS.len(),
            self.done,
            self.dead,
            self.innocents
        )?;
        writeln!(f, "ran:        {} attempts, {} of them broken off", self.runs, self.broken_off)?;
        writeln!(
            f,
            "ran twice:  {} (of them {} when the machine stalled); the faults explain up to {}",
            self.doubles, self.doubles_by_gaps, self.in_flight
        )?;
        writeln!(f, "stalls:     {} of worker processes, by the machine", self.gaps)?;
        for (kind, (count, in_flight)) in &self.faults {
            writeln!(f, "fault:      {count} x {kind:?}, {in_flight} in flight")?;
        }
        Ok(())
    }
}

/// What must have become of an event at a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done { attempt: u32 },
    Dead { reason: &'static str, attempt: u32 },
}

impl Fate {
    fn of(handler: &str, rule: Rule) -> Self {
        match handler {
            FLAKY if rule.fails >= ATTEMPTS => Self::Dead { reason: "exhausted", attempt: ATTEMPTS },
            FLAKY => Self::Done { attempt: rule.fails + 1 },
            STRICT if rule.permanent => Self::Dead { reason: "permanent", attempt: 1 },
            FRAGILE if rule.poison != Poison::Never => Self::Dead { reason: "crashed", attempt: 1 },
            _ => Self::Done { attempt: 1 },
        }
    }
}

/// An event at a handler.
type Matter<'a> = (&'a str, Uuid);

/// One attempt: the process, its number, when it began, how it ended.
type Run<'a> = (&'a Process, u32, u64, Option<Ending>);

/// A worker process and what it wrote.
type Process = (u32, Log);

/// What was found, and what is wrong with it.
pub(crate) struct Verdict {
    pub(crate) figures: Figures,
    pub(crate) wrong: Vec<String>,
}

/// Judges.
pub(crate) fn judge(sent: &Sent, ledger: &Ledger, processes: &[Process], faults: &[Fault]) -> Verdict {
    let mut verdict = Verdict { figures: Figures::default(), wrong: Vec::new() };
    verdict.of_publishing(sent, ledger);
    let mut runs: HashMap<Matter<'_>, Vec<Run<'_>>> = HashMap::new();
    for process in processes {
        verdict.figures.gaps += process.1.gaps.len();
        for run in &process.1.runs {
            verdict.figures.runs += 1;
            verdict.figures.broken_off += usize::from(run.ending.is_none());
            let matter = (run.handler.as_str(), run.event);
            runs.entry(matter).or_default().push((process, run.attempt, run.began_us, run.ending));
        }
    }
    let mut hits: HashMap<Matter<'_>, usize> = HashMap::new();
    for fault in faults {
        let (count, in_flight) = verdict.figures.faults.entry(fault.kind).or_default();
        (*count, *in_flight) = (*count + 1, *in_flight + fault.in_flight.len());
        verdict.figures.in_flight += fault.in_flight.len();
        for (handler, event) in &fault.in_flight {
            *hits.entry((handler, *event)).or_default() += 1;
        }
    }
    verdict.of_running(sent, ledger, &mut runs, &hits, faults);
    verdict.of_ending(sent, ledger, &runs, &hits);
    // Three faults may well meet the same event by chance, the more so as all that is in flight anywhere is hit when Redis
    // is away for longer than a lease; but an event that ends its process must not take others with it.
    let innocents: usize = verdict.figures.innocents.values().sum();
    if innocents * 4 > faults.len() {
        verdict.blame(format!(
            "{innocents} events are dead for the crashes of others, after {} faults",
            faults.len()
        ));
    }
    verdict
}

impl Verdict {
    fn blame(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// What was accepted lies where Redis said, once; nothing else does, but what may.
    fn of_publishing(&mut self, sent: &Sent, ledger: &Ledger) {
        let mut there: HashMap<Uuid, (&str, EntryId)> = HashMap::new();
        for (stream, id, event, _) in &ledger.entries {
            if there.insert(*event, (stream, *id)).is_some() {
                self.blame(format!("{event} lies in {stream} twice"));
            }
        }
        for (event, (stream, id)) in &sent.accepted {
            if there.get(event) != Some(&(stream, *id)) {
                self.blame(format!("{event} was accepted at {stream} {id}, and is not there"));
            }
        }
        for event in there.keys().filter(|event| !sent.accepted.contains_key(event)) {
            if sent.refused.contains(event) {
                self.blame(format!("{event} is said not to be sent, and is there"));
            } else if sent.unknown.contains(event) {
                self.figures.unknown_there += 1;
            } else {
                self.blame(format!("{event} was made up"));
            }
        }
        self.figures.accepted = sent.accepted.len();
        self.figures.repeated = sent.repeated;
        self.figures.entries = ledger.entries.len();
    }

    /// Nothing ran that was not published, and nothing ran again without a fault that had it in flight.
    fn of_running(
        &mut self,
        sent: &Sent,
        ledger: &Ledger,
        runs: &mut HashMap<Matter<'_>, Vec<Run<'_>>>,
        hits: &HashMap<Matter<'_>, usize>,
        faults: &[Fault],
    ) {
        let published: HashSet<Uuid> = ledger.entries.iter().map(|(_, _, event, _)| *event).collect();
        for (matter, runs) in runs {
            let (handler, event) = matter;
            if !published.contains(event) || !sent.rules.contains_key(event) {
                self.blame(format!("{handler} ran {event}, which nobody published"));
            }
            runs.sort_by_key(|(_, attempt, began_us, _)| (*attempt, *began_us));
            let again: Vec<_> = runs.windows(2).filter(|pair| pair[0].1 == pair[1].1).collect();
            let by_gaps = again.iter().filter(|pair| stalled(pair[0], pair[1].2, faults)).count();
            let explained = hits.get(matter).copied().unwrap_or(0);
            self.figures.doubles += again.len();
            self.figures.doubles_by_gaps += again.len().saturating_sub(explained).min(by_gaps);
            if again.len() > explained + by_gaps {
                let told = briefly(runs);
                self.blame(format!(
                    "{handler} ran {event} {} times more than its retries, and {explained} faults had it in flight: {told:?}",
                    again.len()
                ));
            }
        }
    }

    /// Every entry is done or dead once at every handler, as it must be.
    fn of_ending(
        &mut self,
        sent: &Sent,
        ledger: &Ledger,
        runs: &HashMap<Matter<'_>, Vec<Run<'_>>>,
        hits: &HashMap<Matter<'_>, usize>,
    ) {
        let mut letters: HashMap<(&str, &str, EntryId), Vec<_>> = HashMap::new();
        for letter in &ledger.letters {
            letters.entry((&letter.handler, &letter.stream, letter.source)).or_default().push(letter);
            *self.figures.dead.entry(letter.reason.clone()).or_default() += 1;
        }
        let mut outcomes: HashMap<(&str, &str, EntryId), Vec<_>> = HashMap::new();
        for outcome in &ledger.outcomes {
            outcomes.entry((&outcome.handler, &outcome.stream, outcome.source)).or_default().push(outcome);
        }
        for (stream, id, event, text) in &ledger.entries {
            let Some(rule) = sent.rules.get(event) else { continue };
            for handler in HANDLERS {
                let fate = Fate::of(handler, *rule);
                let place = (handler, stream.as_str(), *id);
                let letters = letters.remove(&place).unwrap_or_default();
                let outcomes = outcomes.remove(&place).unwrap_or_default();
                let runs = runs.get(&(handler, *event)).map(Vec::as_slice).unwrap_or_default();
                let hits = hits.get(&(handler, *event)).copied().unwrap_or(0);
                let ends: Vec<_> = outcomes
                    .iter()
                    .filter(|outcome| outcome.word != "retry")
                    .map(|end| end.attempt)
                    .collect();
                let ran = |attempt, ending| runs.iter().any(|run| (run.1, run.3) == (attempt, Some(ending)));
                let told = || format!("{letters:?} {outcomes:?} {:?}, {hits} faults", briefly(runs));
                match (fate, &letters[..]) {
                    (Fate::Done { attempt }, []) => {
                        self.figures.done += 1;
                        let expected: Vec<_> = (attempt > 1).then_some(attempt).into_iter().collect();
                        if !ran(attempt, Ending::Done) || ends != expected {
                            self.blame(format!("{handler} {event} is not done as {fate:?}: {}", told()));
                        }
                    }
                    (_, [letter]) => {
                        if letter.event != *text {
                            self.blame(format!("{handler} {event}: its dead letter holds something else"));
                        }
                        let attempt = match fate {
                            Fate::Dead { reason, attempt } if reason == letter.reason => attempt,
                            // Its process broke off as often as with one that ends it: it cannot be told apart.
                            _ if letter.reason == "crashed" && hits >= CRASHES as usize => {
                                *self.figures.innocents.entry(handler).or_default() += 1;
                                letter.attempts
                            }
                            _ => {
                                self.blame(format!("{handler} {event} is dead, not {fate:?}: {}", told()));
                                continue;
                            }
                        };
                        let expected: Vec<_> = (attempt > 1).then_some(attempt).into_iter().collect();
                        if letter.attempts != attempt || ends != expected {
                            self.blame(format!("{handler} {event} did not die as {fate:?}: {}", told()));
                        }
                    }
                    _ => self.blame(format!("{handler} {event} is not {fate:?}: {}", told())),
                }
            }
        }
        for place in letters.keys().chain(outcomes.keys()) {
            self.blame(format!("an end of {place:?}, which was never there"));
        }
    }
}

/// Runs without all else that their process wrote.
fn briefly(runs: &[Run<'_>]) -> Vec<(u32, u32, u64, Option<Ending>)> {
    runs.iter()
        .map(|(process, attempt, began_us, ending)| (process.0, *attempt, *began_us, *ending))
        .collect()
}

/// Whether the machine did not run the first of two processes in between, without a fault of ours.
fn stalled(first: Run<'_>, again_us: u64, faults: &[Fault]) -> bool {
    let ((pid, log), _, began_us, _) = first;
    log.gaps.iter().any(|(from, to)| {
        let ours = faults.iter().any(|fault| {
            fault.kind == Kind::StopWorker
                && fault.pid == Some(*pid)
                && fault.from_us <= *to
                && *from <= fault.to_us
        });
        !ours && *to >= began_us && *from <= again_us
    })
}
