//! The reply of `INFO`, by name.

use std::collections::BTreeMap;

/// What `INFO` said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Info(BTreeMap<String, String>);

impl Info {
    /// Reads lines of `name:value`; headings and what has no name are left out.
    pub(super) fn read(text: &str) -> Self {
        let pairs =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    /// The value of `name`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of `name`, where it is a whole number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_names_and_values() {
        let info =
            Info::read("# Server\r\nredis_version:7.0.15\r\n\r\nmaster_host:::1\r\nmaxclients:10\r\nodd");
        assert_eq!(info.text("redis_version"), Some("7.0.15"));
        assert_eq!(info.text("master_host"), Some("::1"));
        assert_eq!((info.number("maxclients"), info.number("redis_version")), (Some(10), None));
    }
}
