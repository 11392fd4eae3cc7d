//! What an error of Redis means for a person: the one place that knows its codes.
//!
//! The text of an error is never passed on as it is where it could hold a payload or a secret: what is said here is
//! made from the code, and from the server's message only for codes whose messages are known to be harmless.

use redis::{ErrorKind, RedisError};

use crate::bus::BusError;
use crate::text::display_safe;

/// What to do where a right is missing.
const GRANT: &str = "grant it with ACL SETUSER; `tidings doctor` names the rights that are needed";

/// What `error`, met while doing `what` (`reading event::A at redis://host:6379`), means.
pub(super) fn classify(error: &RedisError, what: &str) -> BusError {
    let what = display_safe(what);
    match error.code() {
        Some(code) => by_code(code, error, &what),
        None => by_kind(error, &what),
    }
}

fn by_code(code: &str, error: &RedisError, what: &str) -> BusError {
    let fatal =
        |found: &str, next: &str| BusError::Fatal { what: format!("{what}: {found}"), next: next.to_owned() };
    let refused = |found: &str, next: &str| BusError::Refused {
        what: format!("{what}: {found}"),
        next: next.to_owned(),
    };
    let later = |found: &str| BusError::Unavailable { what: format!("{what}: {found}") };
    match code {
        "WRONGPASS" => fatal(
            "the user name or password is wrong (WRONGPASS)",
            "correct them in the url: redis://USER:PASSWORD@HOST:PORT",
        ),
        "NOAUTH" => fatal(
            "the server asks for a password (NOAUTH)",
            "put it into the url: redis://:PASSWORD@HOST:PORT",
        ),
        "NOPERM" => fatal(&format!("the user may not do this (NOPERM{})", denied(error)), GRANT),
        "LOADING" => later("the server is loading its data (LOADING)"),
        "BUSY" => later("the server is busy with a script (BUSY)"),
        "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" => later(&format!("the server is not ready ({code})")),
        "OOM" => {
            refused("the server is out of memory (OOM)", "raise maxmemory, or make room; nothing was written")
        }
        "READONLY" => refused("this server is a read-only replica (READONLY)", "name the primary with --url"),
        "MISCONF" => refused(
            "the server cannot save its data and refuses writes (MISCONF)",
            "free disk space on the server, or mend its persistence",
        ),
        "NOREPLICAS" => refused(
            "too few replicas are connected, and writes are refused (NOREPLICAS)",
            "bring replicas back, or lower min-replicas-to-write",
        ),
        "WRONGTYPE" => refused(
            "a key is not of the kind that it should be (WRONGTYPE)",
            "another program uses this key: look at it with TYPE, and rename or delete it",
        ),
        "NOGROUP" => {
            refused("the consumer group or its stream is gone (NOGROUP)", "look at it with `tidings stats`")
        }
        "BUSYGROUP" => refused("the consumer group is there already (BUSYGROUP)", "nothing to do"),
        "MOVED" | "ASK" | "CROSSSLOT" => fatal(
            &format!("the server is a node of a cluster ({code})"),
            "cluster mode is not supported yet: name a server that is not clustered",
        ),
        "NOSCRIPT" => later("the server forgot a script (NOSCRIPT)"),
        "ERR" | "EXECABORT" => by_message(error, what),
        _ => refused(
            &format!("the server answered with the error {}", display_safe(code)),
            "look into the server's log",
        ),
    }
}

/// `ERR` says nothing by itself; a few messages are known.
fn by_message(error: &RedisError, what: &str) -> BusError {
    let detail = error.detail().unwrap_or_default().to_lowercase();
    if detail.contains("db index") {
        return BusError::Fatal {
            what: format!("{what}: the server has no database with this number"),
            next: "correct the number at the end of the url: redis://HOST:PORT/0".to_owned(),
        };
    }
    if detail.contains("max number of clients") {
        return BusError::Unavailable {
            what: format!("{what}: the server has its maximum number of clients"),
        };
    }
    if detail.contains("without any password configured") {
        return BusError::Fatal {
            what: format!("{what}: a password was given, and the server has none"),
            next: "take the password out of the url".to_owned(),
        };
    }
    // What a script may not do, Redis 7.0 says without a code.
    if detail.contains("user executing the script") {
        return BusError::Fatal {
            what: format!("{what}: the user may not do this (NOPERM, a command of a script)"),
            next: GRANT.to_owned(),
        };
    }
    if detail.contains("unknown command") {
        return BusError::Refused {
            what: format!("{what}: the server does not know a command that is needed"),
            next: "Redis 6.2 or newer is needed; `tidings doctor` shows the version".to_owned(),
        };
    }
    BusError::Refused {
        what: format!("{what}: the server refused the command (ERR)"),
        next: "look into the server's log; if this happens again, please report it".to_owned(),
    }
}

/// The command that NOPERM names, or that it is about a key: `, the command 'xread'`. Its messages hold no payload.
fn denied(error: &RedisError) -> String {
    let detail = error.detail().unwrap_or_default();
    if detail.contains("access one of the keys") || detail.contains("access a key") {
        return ", one of the keys".to_owned();
    }
    let quoted = detail.split('\'').nth(1).filter(|name| name.len() <= 64);
    quoted.map_or_else(String::new, |name| format!(", the command '{}'", display_safe(name)))
}

fn by_kind(error: &RedisError, what: &str) -> BusError {
    // The text of an I/O error is the system's or rustls's own; nothing of the bus is in it.
    let text = error.to_string();
    let lower = text.to_lowercase();
    let fatal =
        |found: &str, next: &str| BusError::Fatal { what: format!("{what}: {found}"), next: next.to_owned() };
    match error.kind() {
        ErrorKind::AuthenticationFailed => fatal(
            "the user name or password is wrong",
            "correct them in the url: redis://USER:PASSWORD@HOST:PORT",
        ),
        ErrorKind::InvalidClientConfig => {
            fatal("the connection cannot be set up as configured", "check url and ca_file")
        }
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType | ErrorKind::RESP3NotSupported => fatal(
            "what answers there does not speak the Redis protocol",
            "check host and port; for a server with TLS write rediss://",
        ),
        _ if lower.contains("unknownissuer")
            || lower.contains("unknown issuer")
            || lower.contains("selfsigned") =>
        {
            fatal(
                "the server's TLS certificate is from an unknown issuer",
                "name the issuer's certificate with ca_file, or add it to the system's",
            )
        }
        _ if lower.contains("invalid peer certificate") => fatal(
            &format!("the server's TLS certificate is not valid: {}", display_safe(&text)),
            "check the host name in the url, and the server's certificate",
        ),
        _ if lower.contains("corrupt message") || lower.contains("invalidcontenttype") => fatal(
            "the server does not speak TLS there",
            "write redis:// for a server without TLS, or name its TLS port",
        ),
        _ if error.is_timeout() => BusError::Unavailable { what: format!("{what}: no answer in time") },
        _ if lower.contains("no such file") => {
            BusError::Unavailable { what: format!("{what}: there is no such socket") }
        }
        _ if error.is_connection_refusal() => {
            BusError::Unavailable { what: format!("{what}: connection refused") }
        }
        _ if error.is_connection_dropped() => {
            BusError::Unavailable { what: format!("{what}: the connection was lost") }
        }
        _ if error.is_io_error() => {
            BusError::Unavailable { what: format!("{what}: {}", display_safe(&text)) }
        }
        _ => BusError::Unavailable { what: format!("{what}: the connection failed") },
    }
}
