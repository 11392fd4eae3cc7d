//! The dashboard.

pub mod action;
pub mod app;
pub mod effect;
pub mod keymap;
pub mod message;
pub mod run;
pub mod theme;
pub mod update;
pub mod views;
