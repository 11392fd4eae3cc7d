//! The dashboard.

pub mod app;
pub mod theme;
// T2: add `pub mod views; pub mod widgets;` here when they compile; their seam is described in app/mod.rs.
