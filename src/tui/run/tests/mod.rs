//! The loop without a terminal: a screen that takes notes, keys and observers from a script, and paused time.

mod archive;
mod compose;
mod deeds;
mod desk;
mod effects;
mod ends;
mod exports;
mod failed;
mod file;
mod frames;
mod lent;
mod post;
mod seeking;
mod shelf;
mod stage;
