//! Stand-in until the filter language merges; deleted then.
use super::Subject;
use chrono::{DateTime, Utc};
/// Matches everything, or the text as a substring.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter(String);
/// Never made here.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterError {
    /// where
    pub at: std::ops::Range<usize>,
    /// what
    pub what: String,
    /// hint
    pub hint: Option<String>,
}
impl FilterError {
    /// shown
    pub fn caret(&self, text: &str) -> String {
        format!("{text}\n^ {}", self.what)
    }
}
impl Filter {
    /// parse
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.ends_with('(') {
            Err(FilterError { at: 0..1, what: "unclosed".into(), hint: None })
        } else {
            Ok(Self(text.to_owned()))
        }
    }
    /// matches
    pub fn matches(&self, s: &Subject<'_>, _now: DateTime<Utc>) -> bool {
        s.text.is_some_and(|t| t.contains(&self.0))
    }
    /// empty
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// text
    pub fn text(&self) -> &str {
        &self.0
    }
    /// time
    pub fn depends_on_time(&self) -> bool {
        false
    }
}
/// As typed, and the last that was good.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveFilter {
    /// typed
    pub text: String,
    /// good
    pub good: Filter,
    /// error
    pub error: Option<FilterError>,
}
impl LiveFilter {
    /// set
    pub fn set(&mut self, text: &str) {
        self.text = text.to_owned();
        match Filter::parse(text) {
            Ok(f) => {
                self.good = f;
                self.error = None
            }
            Err(e) => self.error = Some(e),
        }
    }
}
