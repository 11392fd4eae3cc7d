//! Who does it: user and machine, as the journal keeps them.

use crate::broker::redis::host;

/// `jo@web-1`.
pub(super) fn who() -> String {
    let user = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    at(user.as_deref(), &host())
}

fn at(user: Option<&str>, host: &str) -> String {
    let user: String = user.unwrap_or_default().chars().filter(char::is_ascii_graphic).take(64).collect();
    format!("{}@{host}", if user.is_empty() { "somebody" } else { &user })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_nothing_that_a_terminal_obeys() {
        assert_eq!(at(Some("jo"), "web-1"), "jo@web-1");
        assert_eq!(at(Some("j\x1bo\n"), "web-1"), "jo@web-1");
        assert_eq!(at(None, "web-1"), "somebody@web-1");
    }
}
