//! Parts that views are made of. Each draws what it is given; none knows the state of the dashboard, and none names a
//! colour.

mod chart;
mod field;
mod finish;
mod frame;
mod heat;
mod marking;
mod spark;
mod words;

pub(crate) use chart::{Chart, chart};
pub(crate) use field::{TextField, field};
pub(crate) use finish::finish;
pub(crate) use frame::{frame_around, rule, rule_down};
pub(crate) use heat::{heat_cell, heat_level};
pub(crate) use marking::{mark_row, mark_sign};
pub(crate) use spark::{spark, spark_cells};
pub(crate) use words::{Words, folded, inset, row, span};
