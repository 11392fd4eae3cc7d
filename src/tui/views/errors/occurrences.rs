//! A group that is open: its failed attempts, newest first.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::super::event_rows::short_id;
use super::super::tenants::tenant_in;
use super::event::next_step;
use super::groups::tenants;
use crate::monitor::Occurrence;
use crate::text::{count, cut_end, display_safe, plural, width};
use crate::tui::app::{App, OpenGroup, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, row};

/// Cells of a time to the millisecond, an attempt's number, and what comes next.
const TIME: usize = 12;
const ATTEMPT: usize = 7;
const NEXT: usize = 22;
/// The same where room is short: the heading names the error, which gives way less.
const SHORT_NEXT: usize = 17;
/// Cells of an event's id: its first digits.
const EVENT: usize = 8;
/// Cells of whose it is.
const TENANTS: usize = 16;

/// Draws it: what the group is, the headings, the rows.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (group, app): (&OpenGroup, &App), theme: &Theme) {
    let about = &group.about;
    let dot = format!(" {} ", theme.symbols().dot);
    let listed = group.list.len() as u64;
    let mut right = plural(about.count, "failed attempt", "failed attempts");
    if about.count > listed {
        right = format!("{right}, the newest {} below", count(listed));
    }
    let room = usize::from(area.width);
    if about.count > 0 {
        right = format!("{right}{dot}{}", tenants(about, app, TENANTS));
        if room > 100 {
            let ago = |at| app.clock.ago(at);
            right = format!("{right}{dot}first {}{dot}last {}", ago(about.first), ago(about.last));
        }
    }
    let handler = about.handler.as_ref().map(ToString::to_string).unwrap_or_default();
    let event_type = about.event_type.as_ref().map(ToString::to_string).unwrap_or_default();
    let title = format!("{handler}  {event_type}  {}", display_safe(about.title()));
    let left = room.saturating_sub(width(&right) + 3);
    Words::new(theme)
        .put(cut_end(title.trim_start(), left).into_owned(), Meaning::TitleFocused)
        .draw(frame, area);
    Words::new(theme).put(right, Meaning::Dim).draw_right(frame, area);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let (tenant, next) = if room >= 100 { (20, NEXT) } else { (12, SHORT_NEXT) };
    let error = room.saturating_sub(TIME + EVENT + ATTEMPT + tenant + next + 10);
    let heading = Words::new(theme)
        .left("TIME", TIME, Meaning::Title)
        .gap(2)
        .left("EVENT", EVENT, Meaning::Title)
        .gap(2)
        .left("TENANT", tenant, Meaning::Title)
        .gap(2)
        .right("ATTEMPT", ATTEMPT, Meaning::Title)
        .gap(2)
        .left("NEXT", next, Meaning::Title)
        .gap(2)
        .left("ERROR", error, Meaning::Title);
    heading.draw(frame, list);
    if group.list.is_empty() {
        let why = "none of them is in memory any more, or fits filter and tenant";
        Words::new(theme).put(why, Meaning::Waiting).draw(frame, row(list, 1));
    }
    let page = usize::from(list.height).saturating_sub(1);
    let rows = Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list };
    app.areas.add(rows, Part::Rows(Pane::Errors, group.table.top));
    for (at, seq) in group.list.iter().enumerate().skip(group.table.top).take(page) {
        let place = row(list, 1 + at - group.table.top);
        match app.monitor.failures().get(*seq) {
            Some(occurrence) => line(occurrence, (tenant, next, error), app, theme).draw(frame, place),
            None => Words::new(theme).put(theme.symbols().unknown, Meaning::Dim).draw(frame, place),
        }
        if group.table.cursor == Some(at) {
            mark_cursor(frame, place, (app, true), theme);
        }
    }
}

fn line<'t>(
    occurrence: &Occurrence,
    (tenant, next_cells, error): (usize, usize, usize),
    app: &App,
    theme: &'t Theme,
) -> Words<'t> {
    let attempt = &occurrence.record.attempt;
    let label = attempt.tenant.as_ref().map(|of| tenant_in(tenant, of, app));
    let (next, meaning) = next_step(attempt.next, app, theme);
    Words::new(theme)
        .left(&app.clock.time_ms(occurrence.record.at), TIME, Meaning::Time)
        .gap(2)
        .left(&short_id(attempt.event, theme.symbols().unknown), EVENT, Meaning::Dim)
        .gap(2)
        .left(label.as_deref().unwrap_or(theme.symbols().unknown), tenant, Meaning::Tenant)
        .gap(2)
        .right(&count(u64::from(attempt.attempt)), ATTEMPT, Meaning::Text)
        .gap(2)
        .left(&next, next_cells, meaning)
        .gap(2)
        .left(&display_safe(&occurrence.seen.error), error, Meaning::Failed)
}
