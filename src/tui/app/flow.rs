//! What the Flow view shows, and where a person is in it.

use chrono::{DateTime, Utc};

use super::TableState;
use crate::monitor::Flow;

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
    /// The newest events.
    Strip,
}

impl FlowPane {
    /// In the order of Tab.
    pub const ALL: [Self; 4] = [Self::Types, Self::Tenants, Self::Matrix, Self::Strip];
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
}
