//! What enters the dashboard.

use chrono::{DateTime, Utc};
use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::Size;

use super::effect::EffectDone;
use crate::bus::BusSignal;

/// Anything that enters: `update` takes it, and nothing else changes the state.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "few messages are under way at a time, and each is moved once")]
pub enum Message {
    /// A key went down.
    Key(KeyEvent),
    /// The mouse did something, at this time: it may be taken later, and how fast two presses followed each other counts.
    Mouse(MouseEvent, DateTime<Utc>),
    /// Text was pasted.
    Paste(String),
    /// The terminal has a new size.
    Resize(Size),
    /// The observer told of these, in order.
    Signals(Vec<BusSignal>),
    /// An effect was done.
    Done(EffectDone),
    /// A second went by.
    Tick,
    /// There is time to spare: go on with a filter's pass.
    Spare,
}
