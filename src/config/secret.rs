//! URLs without their passwords.

use std::borrow::Cow;

use url::Url;

const STARS: &str = "***";
/// Parameters of `redis+unix://` URLs that are secrets.
const SECRET_PARAMETERS: [&str; 2] = ["pass", "password"];

/// `url` with its password as `***`. Of text that is no URL nothing is shown: any part of it may be the password.
///
/// ```
/// assert_eq!(tidings::config::redact_url("rediss://ops:s3cret@redis:6380/0"), "rediss://ops:***@redis:6380/0");
/// ```
pub fn redact_url(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else { return STARS.to_owned() };
    // Both fail only for URLs that cannot have a user at all.
    if parsed.password().is_some() && parsed.set_password(Some(STARS)).is_err() {
        return STARS.to_owned();
    }
    if parsed.query().is_some() {
        let pairs: Vec<_> = parsed
            .query_pairs()
            .map(|(name, value)| {
                let secret = SECRET_PARAMETERS.contains(&name.as_ref());
                (name.into_owned(), if secret { STARS.to_owned() } else { value.into_owned() })
            })
            .collect();
        parsed.query_pairs_mut().clear().extend_pairs(pairs);
    }
    parsed.to_string()
}

/// `text` with everything behind a `://` taken out, as far as the next quote or blank: for messages that may hold
/// any part of the config file, where a URL may be cut in the middle of its password.
pub(super) fn without_urls(text: &str) -> Cow<'_, str> {
    const MARK: &str = "://";
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let (head, tail) = rest.split_at(at + MARK.len());
        out.push_str(head);
        out.push('…');
        let end = tail.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'));
        rest = end.map_or("", |end| &tail[end..]);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_become_stars_wherever_they_stand() {
        for (url, shown) in [
            ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
            ("redis://:s3cret@h/1", "redis://:***@h/1"),
            ("redis://u:p%40ss@h", "redis://u:***@h"),
            (
                "redis+unix:///run/redis.sock?db=1&user=u&pass=s3cret",
                "redis+unix:///run/redis.sock?db=1&user=u&pass=***",
            ),
            ("s3cret", "***"),
            ("//:s3cret@h", "***"),
        ] {
            assert_eq!(redact_url(url), shown);
        }
    }

    #[test]
    fn messages_lose_what_follows_a_scheme() {
        assert_eq!(
            without_urls("unknown variant `redis://:s3cret@h`, expected \"x\" at redis://:a"),
            "unknown variant `redis://…`, expected \"x\" at redis://…"
        );
    }
}
