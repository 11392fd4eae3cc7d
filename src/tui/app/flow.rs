//! What the Flow view shows, and where a person is in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::TableState;
use crate::event::{EventType, TenantId};
use crate::monitor::{ErrorGroups, Flow, Matrix, RateRow};

/// A pane of the Flow view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FlowPane {
    /// The table of types.
    #[default]
    Types,
    /// The table of tenants.
    Tenants,
    /// Tenants by types.
    Matrix,
    /// Errors of handlers, in groups.
    Errors,
    /// The newest events.
    Strip,
}

impl FlowPane {
    /// In the order of Tab.
    pub const ALL: [Self; 5] = [Self::Types, Self::Tenants, Self::Matrix, Self::Errors, Self::Strip];
}

/// The state of the Flow view. The strip shares its cursor with the Events view, see
/// [`EventsState`](super::EventsState).
#[derive(Debug, Clone, Default)]
pub struct FlowState {
    /// What is shown: asked of the monitor once a second, its tables sorted so that the row under the cursor stays
    /// where it is.
    pub flow: Flow,
    /// When it was asked.
    pub as_of: Option<DateTime<Utc>>,
    /// Which pane has the focus.
    pub focus: FlowPane,
    /// The table of types.
    pub types: TableState,
    /// The table of tenants.
    pub tenants: TableState,
    /// The rows of the matrix.
    pub matrix: TableState,
    /// Its column under the cursor; it counts while `matrix.cursor` is on a row.
    pub matrix_column: usize,
    /// Error groups within scope and filter: counted once a second.
    pub errors: ErrorGroups,
    /// Their rows.
    pub errors_table: TableState,
    /// Events a second and events at which a handler failed, of every tenant, whatever the screen is narrowed to: counted
    /// while they are listed to choose from.
    pub by_tenant: BTreeMap<TenantId, (f64, u64)>,
}

impl FlowState {
    /// Takes a newer flow. What is under a cursor keeps its place, so that nothing moves under a person's finger;
    /// the other rows are sorted around it.
    pub fn renew(&mut self, mut flow: Flow, now: DateTime<Utc>) {
        let old = &self.flow;
        hold_row(&mut flow.types, &old.types, self.types.cursor);
        hold_row(&mut flow.tenants, &old.tenants, self.tenants.cursor);
        if self.matrix.cursor.is_some() {
            hold_cell(&mut flow.matrix, &old.matrix, self.matrix.cursor, self.matrix_column);
        }
        self.flow = flow;
        self.as_of = Some(now);
        self.settle_column();
    }

    /// Takes newer error groups; the one under the cursor keeps the cursor.
    pub fn renew_errors(&mut self, errors: ErrorGroups) {
        self.errors_table.follow(&self.errors.groups, &errors.groups, |a, b| a.id == b.id);
        self.errors = errors;
    }

    /// Keeps the column under the cursor in the matrix.
    pub fn settle_column(&mut self) {
        self.matrix_column = self.matrix_column.min(self.flow.matrix.types.len().saturating_sub(1));
    }

    /// Forgets every cursor: another scope shows other rows.
    pub fn leave_tables(&mut self) {
        (self.types, self.tenants, self.matrix, self.errors_table) = Default::default();
        self.matrix_column = 0;
    }

    /// How many rows `pane` has; the strip's rows are the Events view's.
    pub fn rows(&self, pane: FlowPane) -> usize {
        match pane {
            FlowPane::Types => self.flow.types.len(),
            FlowPane::Tenants => self.flow.tenants.len(),
            FlowPane::Matrix => self.flow.matrix.tenants.len(),
            FlowPane::Errors => self.errors.groups.len(),
            FlowPane::Strip => 0,
        }
    }

    /// The table of `pane`; the strip has none.
    pub fn table(&mut self, pane: FlowPane) -> Option<&mut TableState> {
        match pane {
            FlowPane::Types => Some(&mut self.types),
            FlowPane::Tenants => Some(&mut self.tenants),
            FlowPane::Matrix => Some(&mut self.matrix),
            FlowPane::Errors => Some(&mut self.errors_table),
            FlowPane::Strip => None,
        }
    }

    /// The type and the tenant under the cursor, as a filter; nothing where the row stands for several.
    pub fn filter_for_cursor(&self) -> Option<String> {
        let of_type = type_term;
        // With `:` a longer id or label that begins like it would match as well.
        let of_tenant = |tenant: &TenantId| term("tenant=", tenant.as_str());
        match self.focus {
            FlowPane::Types => self.flow.types.get(self.types.cursor?)?.key.as_ref().map(of_type),
            FlowPane::Tenants => self.flow.tenants.get(self.tenants.cursor?)?.key.as_ref().map(of_tenant),
            FlowPane::Matrix => {
                let matrix = &self.flow.matrix;
                let (tenant, _) = matrix.tenants.get(self.matrix.cursor?)?;
                let (event_type, _) = matrix.types.get(self.matrix_column)?;
                Some(format!("{} {}", of_type(event_type.as_ref()?), of_tenant(tenant.as_ref()?)))
            }
            FlowPane::Errors | FlowPane::Strip => None,
        }
    }
}

/// The filter for one type.
pub fn type_term(event_type: &EventType) -> String {
    term("type:", event_type.as_str())
}

/// `field:value` or `field=value`, quoted where the filter language needs it.
pub fn term(field_is: &str, value: &str) -> String {
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if plain {
        format!("{field_is}{value}")
    } else {
        format!("{field_is}\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn hold_row<T: PartialEq>(new: &mut Vec<RateRow<T>>, old: &[RateRow<T>], cursor: Option<usize>) {
    let Some((at, held)) = cursor.and_then(|at| Some((at, old.get(at)?))) else { return };
    if let Some(now_at) = new.iter().position(|row| is_same((&row.key, &row.name), (&held.key, &held.name))) {
        let row = new.remove(now_at);
        new.insert(at.min(new.len()), row);
    }
}

fn hold_cell(new: &mut Matrix, old: &Matrix, row: Option<usize>, column: usize) {
    if let Some((from, to)) = moved(&new.tenants, &old.tenants, row) {
        let (tenant, cells) = (new.tenants.remove(from), new.cells.remove(from));
        new.tenants.insert(to, tenant);
        new.cells.insert(to, cells);
    }
    if let Some((from, to)) = moved(&new.types, &old.types, Some(column)) {
        let event_type = new.types.remove(from);
        new.types.insert(to, event_type);
        for cells in &mut new.cells {
            let cell = cells.remove(from);
            cells.insert(to, cell);
        }
    }
}

/// From where to where an item goes, so that it stays under the cursor.
fn moved<T: PartialEq>(
    new: &[(Option<T>, String)],
    old: &[(Option<T>, String)],
    cursor: Option<usize>,
) -> Option<(usize, usize)> {
    let to = cursor?;
    let (key, name) = old.get(to)?;
    let from = new.iter().position(|(new_key, new_name)| is_same((new_key, new_name), (key, name)))?;
    Some((from, to.min(new.len() - 1)))
}

/// Whether both are of one key. What it is called may change; without a key there is its name alone.
fn is_same<T: PartialEq>((key, name): (&Option<T>, &str), (other, called): (&Option<T>, &str)) -> bool {
    key == other && (key.is_some() || name == called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::MatrixCell;

    fn row(name: &str) -> RateRow<EventType> {
        RateRow {
            key: EventType::new(name).ok(),
            name: name.to_owned(),
            per_second: 1.0,
            spark: Vec::new(),
            invalid: 0,
            failed: 0,
            total: 1,
            kept: 1,
            last: None,
        }
    }

    fn flow(names: &[&str]) -> Flow {
        let cell = |events| MatrixCell { events, ..MatrixCell::default() };
        Flow {
            types: names.iter().map(|name| row(name)).collect(),
            matrix: Matrix {
                tenants: vec![(TenantId::new("a b").ok(), "a b".to_owned())],
                types: names.iter().map(|name| (EventType::new(name).ok(), (*name).to_owned())).collect(),
                cells: vec![names.iter().map(|name| cell(u64::from(name.as_bytes()[0]))).collect()],
                of_kept: false,
            },
            ..Flow::default()
        }
    }

    fn names(flow: &FlowState) -> String {
        flow.flow.types.iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn what_is_under_the_cursor_keeps_its_place() {
        let now = DateTime::UNIX_EPOCH;
        let mut state = FlowState::default();
        state.renew(flow(&["A", "B", "C"]), now);
        state.renew(flow(&["C", "B", "A"]), now);
        assert_eq!(names(&state), "CBA", "without a cursor, by rate");
        state.types.cursor = Some(2);
        state.renew(flow(&["A", "B", "C", "D"]), now);
        assert_eq!(names(&state), "BCAD");
        state.renew(flow(&["B", "C"]), now);
        assert_eq!(names(&state), "BC");
    }

    #[test]
    fn what_is_under_the_cursor_keeps_its_place_when_it_is_called_otherwise() {
        let tenant = |of: &str, name: &str| (TenantId::new(of).ok(), name.to_owned());
        let row = |of: &str, name: &str| {
            let RateRow { per_second, spark, invalid, failed, total, kept, last, .. } = row("A");
            let (key, name) = tenant(of, name);
            RateRow { key, name, per_second, spark, invalid, failed, total, kept, last }
        };
        let flow = |names: &[(&str, &str)]| Flow {
            tenants: names.iter().map(|(of, name)| row(of, name)).collect(),
            matrix: Matrix {
                tenants: names.iter().map(|(of, name)| tenant(of, name)).collect(),
                cells: names.iter().map(|_| vec![MatrixCell::default()]).collect(),
                ..flow(&["A"]).matrix
            },
            ..flow(&["A"])
        };
        let mut state = FlowState::default();
        state.renew(flow(&[("one", "1"), ("two", "2"), ("", "none"), ("", "other")]), DateTime::UNIX_EPOCH);
        (state.tenants.cursor, state.matrix.cursor) = (Some(1), Some(1));
        let renamed = [("two", "2..e9e6"), ("", "other"), ("", "none"), ("one", "1")];
        state.renew(flow(&renamed), DateTime::UNIX_EPOCH);
        let held = |state: &FlowState, at: usize| {
            (state.flow.tenants[at].name.clone(), state.flow.matrix.tenants[at].1.clone())
        };
        assert_eq!(held(&state, 1), ("2..e9e6".to_owned(), "2..e9e6".to_owned()));
        // Those without a key are told apart by their names.
        (state.tenants.cursor, state.matrix.cursor) = (Some(2), Some(2));
        let before = held(&state, 2);
        state.renew(flow(&renamed), DateTime::UNIX_EPOCH);
        assert_eq!(held(&state, 2), before);
    }

    #[test]
    fn a_cell_under_the_cursor_keeps_its_place_with_its_number() {
        let mut state = FlowState { focus: FlowPane::Matrix, ..FlowState::default() };
        state.renew(flow(&["A", "B", "C"]), DateTime::UNIX_EPOCH);
        (state.matrix.cursor, state.matrix_column) = (Some(0), 1);
        assert_eq!(state.filter_for_cursor().unwrap(), "type:B tenant=\"a b\"");
        state.renew(flow(&["B", "A"]), DateTime::UNIX_EPOCH);
        assert_eq!(state.filter_for_cursor().unwrap(), "type:B tenant=\"a b\"");
        assert_eq!(state.flow.matrix.cells[0][1].events, u64::from(b'B'));
        state.renew(flow(&["A"]), DateTime::UNIX_EPOCH);
        assert_eq!(state.matrix_column, 0);
    }
}
