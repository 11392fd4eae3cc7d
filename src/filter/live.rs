//! A filter while it is typed.

use super::{Filter, FilterError};

/// What is typed, and the last of it that made sense: half a word must not empty the screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveFilter {
    /// As typed.
    pub text: String,
    /// The last filter that could be read: the one that applies.
    pub good: Filter,
    /// Why the text cannot be read, if it cannot.
    pub error: Option<FilterError>,
}

impl LiveFilter {
    /// Takes what is typed now.
    pub fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        match Filter::parse(text) {
            Ok(filter) => {
                self.good = filter;
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_filter_keeps_the_one_before() {
        let mut live = LiveFilter::default();
        for (typed, applies, wrong) in [
            ("type:A", "type:A", false),
            ("type:A is:", "type:A", true),
            ("type:A is:inv", "type:A", true),
            ("type:A is:invalid", "type:A is:invalid", false),
            ("", "", false),
        ] {
            live.set(typed);
            assert_eq!((live.text.as_str(), live.good.text(), live.error.is_some()), (typed, applies, wrong));
        }
    }
}
