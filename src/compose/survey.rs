//! A look at a file of events before any of them is sent: what it holds, and which of its lines are bad. One line is held
//! at a time, however many there are.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::lines::Lines;
use super::{BadKind, BadLine, Line, Offer};
use crate::event::{NewEvent, StreamKey};

/// So many bad lines are listed; the others are counted.
pub const LISTED: usize = 1_000;
/// So many names are counted one by one: a file of which each line has a type of its own must not fill the memory.
const NAMES: usize = 1_000;

/// Looks at every line as sending will: `judge` takes an event as it is to be published, or says why it is refused. `tell`
/// is called with each, and may end it. Answers how many lines there are.
///
/// # Errors
///
/// It cannot be read on.
pub fn look<E>(
    from: impl Read,
    mut judge: impl FnMut(Line) -> Offer,
    mut tell: impl FnMut(Offer) -> ControlFlow<E>,
) -> io::Result<ControlFlow<E, u64>> {
    let mut lines = Lines::of(from);
    let mut count = 0;
    while let Some(offer) = lines.next_line()? {
        count += 1;
        if let ControlFlow::Break(end) = tell(offer.and_then(&mut judge)) {
            return Ok(ControlFlow::Break(end));
        }
    }
    Ok(ControlFlow::Continue(count))
}

/// How often each name was met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    named: BTreeMap<String, u64>,
    /// How often others were met, when there were too many names already.
    pub others: u64,
}

impl Counts {
    /// Meets `name` once more.
    pub fn meet(&mut self, name: &str) {
        if let Some(count) = self.named.get_mut(name) {
            *count += 1;
        } else if self.named.len() < NAMES {
            self.named.insert(name.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The names, the most frequent first.
    pub fn by_count(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self.named.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all
    }

    /// Whether nothing was met.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}

/// A bad line, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// Its number, from 1 on.
    pub number: u64,
    /// Why it cannot be published, safe to show.
    pub why: String,
}

impl From<&BadLine> for Blame {
    fn from(line: &BadLine) -> Self {
        Self { number: line.number, why: line.why.clone() }
    }
}

/// What a file holds, as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// Lines that hold anything: the good and the bad ones.
    pub lines: u64,
    /// Those that can be published.
    pub good: u64,
    /// Those that cannot.
    pub bad: u64,
    /// Bytes of the events that can be published.
    pub bytes: u64,
    /// The types of the good ones.
    pub types: Counts,
    /// Their tenants.
    pub tenants: Counts,
    /// The streams that they would be appended to, where that is known before.
    pub streams: Counts,
    /// Tenants that are refused: these lines are bad.
    pub refused: Counts,
    /// The first bad lines, at most [`LISTED`].
    pub listed: Vec<Blame>,
    /// The first event that can be published.
    pub first: Option<NewEvent>,
}

impl Survey {
    /// Takes a line in; `target` says where an event would go.
    pub fn take(&mut self, offer: &Offer, target: impl FnOnce(&NewEvent) -> Option<StreamKey>) {
        self.lines += 1;
        match offer {
            Ok(Line { event, .. }) => {
                self.good += 1;
                self.bytes += event.text().len() as u64;
                self.types.meet(event.event_type().as_str());
                self.tenants.meet(event.tenant().as_str());
                if let Some(stream) = target(event) {
                    self.streams.meet(stream.as_str());
                }
                self.first.get_or_insert_with(|| event.clone());
            }
            Err(bad) => {
                self.bad += 1;
                if bad.kind == BadKind::Tenant
                    && let Ok(text) = std::str::from_utf8(&bad.text)
                    && let Ok(event) = NewEvent::from_text(text.to_owned())
                {
                    self.refused.meet(event.tenant().as_str());
                }
                if self.listed.len() < LISTED {
                    self.listed.push(bad.into());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::PublishError;
    use crate::compose::Admission;
    use std::sync::Arc;

    fn event(number: u32, event_type: &str, tenant: &str) -> String {
        format!(
            r#"{{"id":"57f7e9a7-7e13-452d-81b7-{number:012}","eventType":"{event_type}","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"{tenant}"}}}}"#
        )
    }

    #[test]
    fn a_look_counts_every_line_and_lists_the_bad_ones_by_number() {
        let text = [
            event(1, "A", "acme"),
            "nonsense".to_owned(),
            String::new(),
            event(2, "B", "globex"),
            event(3, "A", "acme"),
            event(4, "A", "large"),
        ];
        let admission = Admission {
            refusal: Some(Arc::new(|tenant| {
                (tenant.as_str() == "globex").then(|| "it is not ours".to_owned())
            })),
            ..Admission::default()
        };
        let mut survey = Survey::default();
        let judge = |line| {
            let line = admission.admit(line)?;
            let is_large = line.event.tenant().as_str() == "large";
            let answer = if is_large { Err(PublishError::TooLarge { size: 9, limit: 8 }) } else { Ok(()) };
            line.vetted(answer)
        };
        let looked = look(text.join("\r\n").as_bytes(), judge, |offer| {
            survey.take(&offer, |event| StreamKey::new(&format!("event::{}", event.event_type())).ok());
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(looked.unwrap(), ControlFlow::Continue(5));
        assert_eq!((survey.lines, survey.good, survey.bad), (5, 2, 3));
        assert_eq!(survey.bytes, 2 * event(1, "A", "acme").len() as u64);
        assert_eq!(survey.types.by_count(), [("A", 2)]);
        assert_eq!(survey.tenants.by_count(), [("acme", 2)]);
        assert_eq!(survey.streams.by_count(), [("event::A", 2)]);
        assert_eq!(survey.refused.by_count(), [("globex", 1)]);
        assert_eq!(survey.listed.iter().map(|blame| blame.number).collect::<Vec<_>>(), [2, 4, 6]);
        assert!(survey.listed[1].why.contains("it is not ours"), "{:?}", survey.listed);
        assert_eq!(survey.first.unwrap().text(), event(1, "A", "acme"));
    }

    #[test]
    fn a_look_is_ended_where_its_listener_says_so() {
        let text = "x\n".repeat(10);
        let mut seen = 0;
        let looked = look(text.as_bytes(), Ok, |_| {
            seen += 1;
            if seen == 3 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
        });
        assert_eq!((looked.unwrap(), seen), (ControlFlow::Break("enough"), 3));
    }

    #[test]
    fn what_is_kept_of_a_file_is_bounded() {
        let mut survey = Survey::default();
        for number in 1..=5_000_u32 {
            let line =
                super::super::lines::read(number.into(), event(number, &format!("T{number}"), "a").into());
            survey.take(&line, |_| None);
            survey.take(&super::super::lines::read(number.into(), b"{".to_vec()), |_| None);
        }
        assert_eq!((survey.lines, survey.good, survey.bad), (10_000, 5_000, 5_000));
        assert_eq!((survey.listed.len(), survey.types.by_count().len()), (LISTED, NAMES));
        assert_eq!(survey.types.others, 4_000);
    }
}
