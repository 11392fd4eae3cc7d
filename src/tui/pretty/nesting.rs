//! Which lines an object or a list takes: found while a text is laid out, in the same pass.

use super::lexer::Kind;

/// An object or a list that takes several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// The line in which it opens. No other one opens there.
    pub open: usize,
    /// The line in which it closes; of one that is not closed, the last.
    pub close: usize,
    /// How many members or elements it has.
    pub members: u32,
    /// Whether it is a list.
    pub is_list: bool,
}

/// Containers on their way.
#[derive(Default)]
pub(super) struct Nesting {
    all: Vec<Container>,
    /// Those that are not closed, by their places among all.
    open: Vec<usize>,
}

impl Nesting {
    /// A token that stands in this line.
    pub(super) fn note(&mut self, kind: Kind, is_list: bool, line: usize) {
        match kind {
            Kind::Open => {
                self.open.push(self.all.len());
                self.all.push(Container { open: line, close: line, members: 0, is_list });
            }
            Kind::Close => {
                if let Some(container) = self.open.pop().and_then(|at| self.all.get_mut(at)) {
                    container.close = line;
                    container.members += u32::from(line > container.open);
                }
            }
            Kind::Comma => {
                if let Some(container) = self.open.last().and_then(|at| self.all.get_mut(*at)) {
                    container.members += 1;
                }
            }
            _ => {}
        }
    }

    /// Those of several lines; what is not closed ends with the last.
    pub(super) fn end(mut self, last: usize) -> Vec<Container> {
        for at in self.open {
            if let Some(container) = self.all.get_mut(at) {
                container.close = last;
                container.members += 1;
            }
        }
        self.all.retain(|container| container.close > container.open);
        self.all.shrink_to_fit();
        self.all
    }
}
