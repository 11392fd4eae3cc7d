//! The dashboard.

pub mod action;
pub mod app;
pub mod effect;
pub mod keymap;
pub mod message;
pub mod theme;
// T2: add `pub mod views; pub mod widgets;` here when they compile; their seam is described in app/mod.rs.
