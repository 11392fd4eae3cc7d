//! JSON laid out for reading, from its own text: numbers, the order of keys and repeated keys stay as they came.
//!
//! A [`Sheet`] is a list of tokens and of the lines that they stand in, made in one pass without a tree, so that depth
//! is no danger and broken JSON is shown as far as it makes sense. Its lines are short (4,096 bytes at most), so that
//! a screen of them is drawn in the same time, however large the event is.

mod cells;
mod folds;
mod indent;
mod lexer;
mod memo;
mod nesting;
mod sheet;
mod spot;
mod wrap;

pub use folds::{Folds, Tree, TreeRow};
pub use indent::indented;
pub use lexer::{Kind, tokens};
pub use memo::{LaidOut, Memo, Shown, TreeMemo};
pub use nesting::Container;
pub use sheet::Sheet;
pub use spot::{Spot, spot};
pub use wrap::{Piece, Wrapped};
