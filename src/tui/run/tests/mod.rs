//! The loop without a terminal: a screen that takes notes, keys and observers from a script, and paused time.

mod compose;
mod desk;
mod effects;
mod ends;
mod failed;
mod frames;
mod lent;
mod post;
mod seeking;
mod shelf;
mod stage;
