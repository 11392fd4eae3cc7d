//! Entries and faults without what is masked.

use std::borrow::Cow;

use super::{Masks, REDACTED};
use crate::event::json::Pointer;
use crate::event::{Content, Entry, Fault, Field, Report, Verdict};

impl Masks {
    /// `entry` without what is masked. Of one that could not be decoded the values of all fields are: they may hold
    /// anything.
    pub fn entry<'e>(&self, entry: &'e Entry) -> Cow<'e, Entry> {
        if self.is_none() {
            return Cow::Borrowed(entry);
        }
        let content = match &entry.content {
            Content::Json { text, payload } => self.event(text).map(|redacted| Content::Json {
                payload: payload.as_ref().and_then(|range| redacted.moved(range)),
                text: redacted.text.into(),
            }),
            Content::Fields(fields) => Some(Content::Fields(self.fields(fields).into_owned())),
        };
        let verdict = match &entry.verdict {
            Verdict::Invalid(fault) => {
                Verdict::Invalid(Box::new(self.fault(fault, entry.text().is_some()).into_owned()))
            }
            verdict => verdict.clone(),
        };
        let content = content.unwrap_or_else(|| entry.content.clone());
        Cow::Owned(Entry { content, verdict, ..entry.clone() })
    }

    /// The raw fields of an entry without their values, where anything is masked at all.
    pub fn fields<'f>(&self, fields: &'f [Field]) -> Cow<'f, [Field]> {
        if self.is_none() {
            return Cow::Borrowed(fields);
        }
        let hidden = |(name, _): &Field| (name.clone(), REDACTED.as_bytes().to_vec());
        Cow::Owned(fields.iter().map(hidden).collect())
    }

    /// A fault that quotes nothing that is masked; `is_json` where the event could be read.
    pub fn fault<'f>(&self, fault: &'f Fault, is_json: bool) -> Cow<'f, Fault> {
        if self.is_none() {
            return Cow::Borrowed(fault);
        }
        let report = |report: &Report| Report { found: self.found(report, is_json), ..report.clone() };
        Cow::Owned(Fault { kind: fault.kind, reports: fault.reports.iter().map(report).collect() })
    }

    fn found(&self, report: &Report, is_json: bool) -> String {
        if !is_json {
            return REDACTED.to_owned();
        }
        match Pointer::read(&report.path) {
            // That there is nothing is no secret.
            _ if report.found == "nothing" || report.found == "null" => report.found.clone(),
            Some(at) => self.part(&at, &report.found).into_owned(),
            None => REDACTED.to_owned(),
        }
    }
}
