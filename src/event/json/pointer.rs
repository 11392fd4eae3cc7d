//! JSON Pointers (RFC 6901): the place of a value.

use std::fmt;

/// The place of a value in a JSON text, such as `/changes/priority` or `/items/0`; empty for the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// The whole.
    pub fn root() -> Self {
        Self::default()
    }

    /// The place reached by these names, from the outside in; an item of a list is named by its index.
    pub fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Reads `/a/b~1c`. `None` when it neither is empty nor begins with `/`.
    pub fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::root());
        }
        let names = text.strip_prefix('/')?.split('/');
        Some(Self::of(names.map(|name| name.replace("~1", "/").replace("~0", "~"))))
    }

    /// The place of `name` below this one.
    #[must_use]
    pub fn join(&self, name: impl Into<String>) -> Self {
        let mut names = self.0.clone();
        names.push(name.into());
        Self(names)
    }

    /// The place above, and the name of this one in it; `None` for the whole.
    pub fn split(&self) -> Option<(Self, &str)> {
        let (last, above) = self.0.split_last()?;
        Some((Self(above.to_vec()), last))
    }

    /// The names, from the outside in.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether this is the whole.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `above`, or lies in it.
    pub fn is_within(&self, above: &Self) -> bool {
        self.0.starts_with(&above.0)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.0 {
            write!(f, "/{}", name.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

/// The index that `name` is, as RFC 6901 writes it: no sign, no leading zero.
pub(super) fn index(name: &str) -> Option<usize> {
    let plain = name == "0" || (!name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { name.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["", "/", "/a", "/a/b", "/a~1b/~0c", "/0/10", "/~01"] {
            assert_eq!(Pointer::read(text).expect("a pointer").to_string(), text);
        }
        assert_eq!(Pointer::read("a"), None);
        assert_eq!(Pointer::of(["a/b", "~"]).to_string(), "/a~1b/~0");
    }

    #[test]
    fn an_index_is_plain_digits() {
        for (name, expected) in [
            ("0", Some(0)),
            ("12", Some(12)),
            ("", None),
            ("01", None),
            ("+1", None),
            ("-", None),
            ("a", None),
        ] {
            assert_eq!(index(name), expected, "{name}");
        }
        assert_eq!(index(&"9".repeat(40)), None);
    }
}
