//! The errors of handlers, in the groups that the dashboard shows: read once, by the observer that the dashboard uses.

use serde::Serialize;
use tokio::sync::mpsc;

use crate::bus::{self, ChannelScope, FailureFeed, Session, Start, Watch};
use crate::cli::args::Patience;
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::cli::paint::Meaning;
use crate::cli::table::{Column, Table};
use crate::event::TenantLabels;
use crate::filter::Filter;
use crate::monitor::{ErrorGroup, ErrorGroups, FailureCounts, FailureQuery, Limits, Monitor, Scope};
use crate::text::{count, display_safe, plural, rfc3339_ms};

/// So many of the newest failed attempts are counted.
const NEWEST: usize = 50_000;
/// Signals that may wait.
const WAITING: usize = 64;

/// What is known of errors.
pub(super) struct Errors {
    feed: Option<FailureFeed>,
    groups: ErrorGroups,
    counts: FailureCounts,
    labels: TenantLabels,
}

/// What the totals say of errors in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct FailureTotals {
    count: u64,
    groups: usize,
    unreadable: u64,
}

/// A group in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupLine<'a> {
    handler: Option<&'a str>,
    #[serde(rename = "type")]
    event_type: Option<&'a str>,
    message: &'a str,
    count: u64,
    tenants: usize,
    first_at: String,
    last_at: String,
}

/// Reads the failed attempts that the bus recorded, as far as the tenant lock admits them. `None` on Ctrl-C.
pub(super) async fn read(
    session: &Session,
    patience: Patience,
    labels: TenantLabels,
    desk: &Desk<'_>,
) -> Result<Option<Errors>, Stop> {
    let watch = Watch {
        start: Start::Last(0),
        follow: false,
        channels: ChannelScope::All,
        patience: bus::Patience::GiveUp(patience.connect_timeout),
        failures: Some(NEWEST),
    };
    let (out, mut signals) = mpsc::channel(WAITING);
    let stop = desk.stop.child_token();
    let _stop_at_the_end = stop.clone().drop_guard();
    let observing = session.observer.observe(watch, out, stop.clone());
    let mut monitor = Monitor::new(Limits::default(), labels.clone());
    let taking = async {
        while let Some(signal) = signals.recv().await {
            monitor.apply(signal, desk.now());
        }
    };
    let (ended, ()) = tokio::join!(observing, taking);
    ended?;
    if stop.is_cancelled() {
        return Ok(None);
    }
    let query = FailureQuery { scope: &Scope::default(), filter: &Filter::default(), handler: None };
    let groups = monitor.error_groups(&query, desk.now());
    let log = monitor.failures();
    Ok(Some(Errors { feed: log.feed().cloned(), groups, counts: log.counts(), labels }))
}

impl Errors {
    /// For the totals; `None` where the bus records none, or they cannot be read.
    pub(super) fn totals(&self) -> Option<FailureTotals> {
        (self.feed == Some(FailureFeed::Read)).then_some(FailureTotals {
            count: self.groups.total,
            groups: self.groups.groups.len(),
            unreadable: self.counts.unreadable,
        })
    }

    /// A line of JSON for each group.
    pub(super) fn print_json(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        for group in &self.groups.groups {
            desk.out.json(&GroupLine {
                handler: group.handler.as_ref().map(AsRef::as_ref),
                event_type: group.event_type.as_ref().map(AsRef::as_ref),
                message: group.title(),
                count: group.count,
                tenants: group.tenants,
                first_at: rfc3339_ms(group.first),
                last_at: rfc3339_ms(group.last),
            })?;
        }
        Ok(())
    }

    /// A table of the groups, or why there is none.
    pub(super) fn print_text(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        match &self.feed {
            Some(FailureFeed::Read) => {}
            Some(FailureFeed::Unreadable(why)) => {
                return desk.out.line(&format!("errors: cannot be read: {}", display_safe(why)));
            }
            Some(FailureFeed::NotRecorded) | None => {
                return desk.out.line(
                    "errors: not recorded on this bus; `tidings handlers` shows what is pending and stuck",
                );
            }
        }
        if !self.groups.groups.is_empty() {
            desk.out.line("")?;
        }
        let mut table = Table::new(&COLUMNS);
        for group in &self.groups.groups {
            table.row(self.row(group, desk));
        }
        for line in table.lines(desk.paint).into_iter().filter(|_| !self.groups.groups.is_empty()) {
            desk.out.line(&line)?;
        }
        let unreadable = match self.counts.unreadable {
            0 => String::new(),
            n => format!(", {} records could not be read", count(n)),
        };
        desk.out.line(&format!(
            "errors: {} in {}{unreadable}",
            plural(self.groups.total, "failed attempt", "failed attempts"),
            plural(self.groups.groups.len() as u64, "group", "groups"),
        ))
    }

    fn row(&self, group: &ErrorGroup, desk: &Desk<'_>) -> Vec<(String, Option<Meaning>)> {
        let name = |name: Option<String>| (name.unwrap_or_else(|| "-".to_owned()), Some(Meaning::Name));
        let tenant = group.tenant.as_ref().map(|tenant| self.labels.show(tenant.as_str()));
        let tenants = match (tenant, group.tenants) {
            (None, _) => "-".to_owned(),
            (Some(tenant), 0 | 1) => tenant,
            (Some(tenant), n) => format!("{tenant} +{}", count(n as u64 - 1)),
        };
        vec![
            (count(group.count), Some(Meaning::Bad)),
            name(group.handler.as_ref().map(ToString::to_string)),
            name(group.event_type.as_ref().map(ToString::to_string)),
            (tenants, None),
            (desk.show_time(group.first), None),
            (desk.show_time(group.last), None),
            (display_safe(group.title()).into_owned(), None),
        ]
    }
}

const COLUMNS: [Column; 7] = [
    Column("ERRORS", true),
    Column("HANDLER", false),
    Column("TYPE", false),
    Column("TENANTS", false),
    Column("FIRST", false),
    Column("LAST", false),
    Column("MESSAGE", false),
];
