//! The dashboard.

pub mod action;
pub mod app;
pub mod effect;
pub mod host;
pub mod keymap;
pub mod message;
pub mod pretty;
pub mod run;
pub mod theme;
pub mod update;
pub mod views;
pub mod widgets;
