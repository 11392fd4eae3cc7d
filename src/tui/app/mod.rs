//! Everything the screen shows, as plain state. `update` alone changes it; drawing takes `&App`.
//!
//! What `update` must know of the drawing, to keep cursors on the screen, it asks the views, for the body's area:
//! `views::flow::page(body, &App, FlowPane) -> Option<usize>` (rows of a pane; `None` where it is not shown at this
//! size), `views::events::page(body, &App) -> usize` (rows of the list) and `views::events::detail(body, &App) ->
//! Extent` (lines and columns of the detail in all, and on the screen).

mod clock;
mod events;
mod field;
mod filter_bar;
mod flow;
mod popup;
mod table;

use ratatui::layout::Size;

use crate::bus::ContextInfo;
use crate::monitor::{Lens, Limits, Monitor, Scope};

pub use clock::{Clock, Zone};
pub use events::{DetailState, EventsPane, EventsState};
pub use field::Field;
pub use filter_bar::{Editing, FilterBar};
pub use flow::{FlowPane, FlowState};
pub use popup::{Choice, HelpState, Picker, Popup};
pub use table::TableState;

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Rates by type and tenant, and the newest events.
    #[default]
    Flow,
    /// The events, one by one.
    Events,
}

impl View {
    /// In the order of the tabs.
    pub const ALL: [Self; 2] = [Self::Flow, Self::Events];

    /// What the tab says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Flow => "Flow",
            Self::Events => "Events",
        }
    }
}

/// The state of the dashboard.
#[derive(Debug)]
pub struct App {
    /// What is known of the bus.
    pub monitor: Monitor,
    /// The context that is open, or being opened.
    pub context: ContextInfo,
    /// The open tab.
    pub view: View,
    /// The Flow view.
    pub flow: FlowState,
    /// The Events view, and the strip of the Flow view.
    pub events: EventsState,
    /// The filter.
    pub filter: FilterBar,
    /// The tenant and the channel that every pane is narrowed to.
    pub scope: Scope,
    /// What lies over the view.
    pub popup: Option<Popup>,
    /// Now, and where.
    pub clock: Clock,
    /// The terminal's size.
    pub size: Size,
}

/// How much of a text is on the screen, and how much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Lines in all.
    pub lines: usize,
    /// Lines on the screen.
    pub page: usize,
    /// Columns of the longest line; as wide as the screen while lines are wrapped.
    pub columns: usize,
    /// Columns on the screen.
    pub width: usize,
}

impl App {
    /// Knows nothing yet.
    pub fn new(
        context: ContextInfo,
        limits: Limits,
        labels: crate::event::TenantLabels,
        clock: Clock,
    ) -> Self {
        let monitor = Monitor::new(limits, labels);
        let scope = Scope::default();
        let lens = Lens::new(crate::filter::Filter::default(), scope.clone(), &monitor);
        Self {
            monitor,
            context,
            view: View::default(),
            flow: FlowState::default(),
            events: EventsState::new(lens),
            filter: FilterBar::default(),
            scope,
            popup: None,
            clock,
            size: Size::new(80, 24),
        }
    }
}
