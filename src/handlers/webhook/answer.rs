//! What a service's answer means.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::bus::HandlerError;

/// Of what a service says about a failure, so much is kept.
const MAX_SAID: usize = 2 * 1024;
/// And so long it may take to say it.
const SAYING: Duration = Duration::from_secs(2);
/// No service can put an event off for longer.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// An answer that is no success. What was answered comes first: a line of a list has room for little more.
#[derive(Debug, thiserror::Error)]
#[error("{status}{note} ({url})")]
struct Answered {
    url: String,
    status: StatusCode,
    note: &'static str,
    #[source]
    said: Option<Said>,
}

/// The beginning of an answer's body: hostile text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String);

/// 2xx is done; 408, 425, 429 and 5xx are tried again, when the service says; other 4xx never; all else is tried again.
pub(super) async fn judge(
    answer: Response<Incoming>,
    url: &str,
    deadline: Instant,
) -> Result<(), HandlerError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let pause = answer.headers().get(RETRY_AFTER).and_then(|value| retry_after(value, Utc::now()));
    let said = listen(answer.into_body(), deadline.min(Instant::now() + SAYING)).await;
    let note = if status.is_redirection() { ", and redirects are not followed" } else { "" };
    let error = Answered { url: url.to_owned(), status, note, said };
    Err(match (remedy(status), pause) {
        (Asks::Never, _) => HandlerError::permanent(error),
        (Asks::Later, Some(pause)) => HandlerError::retry_after(error, pause),
        (Asks::Later | Asks::Again, _) => HandlerError::retry(error),
    })
}

/// What a status asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Never,
    /// Again, when the answer says.
    Later,
    Again,
}

fn remedy(status: StatusCode) -> Asks {
    match status.as_u16() {
        408 | 425 | 429 | 500..=599 => Asks::Later,
        400..=499 => Asks::Never,
        _ => Asks::Again,
    }
}

/// `Retry-After`: seconds, or a date.
fn retry_after(value: &HeaderValue, now: DateTime<Utc>) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST_PAUSE,
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(text).ok()?;
            (at.to_utc() - now).to_std().unwrap_or(Duration::ZERO)
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

/// The beginning of what the service says; an endless answer is cut, a slow one left.
async fn listen(mut body: Incoming, until: Instant) -> Option<Said> {
    let mut bytes = Vec::new();
    let reading = async {
        while bytes.len() < MAX_SAID
            && let Some(Ok(frame)) = body.frame().await
        {
            if let Some(data) = frame.data_ref() {
                bytes.extend_from_slice(&data[..data.len().min(MAX_SAID - bytes.len())]);
            }
        }
    };
    let _ = timeout_at(until, reading).await;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    (!text.is_empty()).then(|| Said(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_ask_for_what_they_mean() {
        for (statuses, asks) in [
            (&[408, 425, 429, 500, 502, 503, 504, 599][..], Asks::Later),
            (&[400, 401, 403, 404, 409, 410, 413, 422, 451, 499], Asks::Never),
            (&[101, 300, 301, 302, 304, 307, 308, 600, 999], Asks::Again),
        ] {
            for status in statuses {
                assert_eq!(remedy(StatusCode::from_u16(*status).unwrap()), asks, "{status}");
            }
        }
    }

    #[test]
    fn a_service_may_say_when_but_not_for_ever() {
        let now: DateTime<Utc> = "1994-11-06T08:49:37Z".parse().unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("999999999", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sat, 06 Nov 2094 08:00:00 GMT", Some(86_400)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            let pause = retry_after(&HeaderValue::from_static(value), now);
            assert_eq!(pause, seconds.map(Duration::from_secs), "{value}");
        }
    }
}
