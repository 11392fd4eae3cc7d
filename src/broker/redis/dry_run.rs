//! What the user may do, looked up with `ACL DRYRUN`: the server runs nothing.

use redis::{ServerError, Value};

use super::asker::Asker;
use super::codec;
use super::question::Question;
use crate::bus::BusError;

const DOING: &str = "looking up the user's rights";

/// What the server says of the user.
pub(super) struct Rights {
    /// Its name: hostile text.
    pub(super) user: String,
    /// For each command whether it is allowed, or the server's reason.
    pub(super) allowed: Vec<Result<(), String>>,
}

/// The server cannot look rights up, or the user may not: the command that it refused, and with which code.
pub(super) struct Unasked {
    /// `ACL DRYRUN`
    pub(super) command: &'static str,
    /// `NOPERM`
    pub(super) code: String,
}

/// Asks for each of `commands` whether the user may run it.
pub(super) async fn ask(
    asker: &mut Asker,
    commands: impl Iterator<Item = &[String]>,
) -> Result<Result<Rights, Unasked>, BusError> {
    let user = match asker.ask(&Question::who_am_i(), DOING).await? {
        Ok(user) => codec::bytes(user).map_err(|fault| asker.unreadable(fault, DOING))?,
        Err(error) => return refused(asker, error, "ACL WHOAMI").map(Err),
    };
    let questions: Vec<_> = commands
        .map(|words| Question::dry_run(&user, &words.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    let mut allowed = Vec::with_capacity(questions.len());
    for reply in asker.ask_all(&questions, DOING).await? {
        match reply {
            Ok(Value::Okay) => allowed.push(Ok(())),
            Ok(reason) => allowed.push(Err(codec::text(&reason).unwrap_or_default().to_owned())),
            Err(error) => return refused(asker, error, "ACL DRYRUN").map(Err),
        }
    }
    Ok(Ok(Rights { user: String::from_utf8_lossy(&user).into_owned(), allowed }))
}

/// A server that is not able to answer at all is an error.
fn refused(asker: &Asker, error: ServerError, command: &'static str) -> Result<Unasked, BusError> {
    let code = error.code().to_owned();
    match asker.refused(error, DOING) {
        error @ BusError::Unavailable { .. } => Err(error),
        _ => Ok(Unasked { command, code }),
    }
}

/// `XINFO STREAM`: the words of a command that ACL rules name it by.
pub(super) fn name(command: &[String]) -> String {
    let words = match command.first().map(String::as_str) {
        Some("XINFO" | "XGROUP" | "CONFIG" | "CLIENT" | "ACL" | "PUBSUB") => 2,
        _ => 1,
    };
    command.iter().take(words).cloned().collect::<Vec<_>>().join(" ")
}

/// The ACL rule that allows `command`: `+config|get`.
pub(super) fn rule(command: &str) -> String {
    format!("+{}", command.to_lowercase().replace(' ', "|"))
}

/// What would allow the commands that are lacking, each with the server's reason. `keys`: the pattern of the keys they
/// are for.
pub(super) fn grant<'a>(
    user: &str,
    lacking: impl IntoIterator<Item = (&'a [String], &'a str)>,
    keys: &str,
) -> String {
    let mut rules: Vec<String> = Vec::new();
    for (command, reason) in lacking {
        // The server names what it objects to: the command, a key, or a channel.
        let rule = if reason.contains("' key") {
            format!("~{keys}")
        } else if reason.contains("' channel") {
            "&*".to_owned()
        } else {
            rule(&name(command))
        };
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    format!("ACL SETUSER {user} {}", rules.join(" "))
}
