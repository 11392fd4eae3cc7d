//! Whether this user may act on failed events, as far as the server tells without being tried.

use crate::broker::redis::asker::Asker;
use crate::broker::redis::dry_run;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, Verb};
use crate::event::{EventType, HandlerName, StreamKey};
use crate::text::display_safe;

/// Looks the rights up that `verb` needs. Where the server cannot look them up, or will not, it is allowed: what is
/// refused then says so.
pub(super) async fn ask(asker: &mut Asker, layout: &Layout, verb: Verb) -> Result<(), BusError> {
    let commands = commands(layout, verb);
    let Ok(rights) = dry_run::ask(asker, commands.iter().map(Vec::as_slice)).await? else { return Ok(()) };
    let lacking: Vec<(&[String], &str)> = commands
        .iter()
        .zip(&rights.allowed)
        .filter_map(|(command, allowed)| Some((command.as_slice(), allowed.as_ref().err()?.as_str())))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let user = display_safe(&rights.user);
    let mut names: Vec<String> = Vec::new();
    for (command, _) in &lacking {
        let name = dry_run::name(command);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Err(BusError::Refused {
        what: format!("the user '{user}' may not {}: {} is refused", doing(verb), names.join(", ")),
        next: format!("grant it with {}", dry_run::grant(&user, lacking, &layout.scan_pattern())),
    })
}

fn doing(verb: Verb) -> &'static str {
    match verb {
        Verb::Retry => "retry events",
        Verb::Discard => "discard events",
        Verb::Release => "release pending entries",
        Verb::Purge => "purge events",
        Verb::Import => "import events",
    }
}

/// The writes of `verb`, each with a key like those that it is for. They are sent by scripts.
fn commands(layout: &Layout, verb: Verb) -> Vec<Vec<String>> {
    let example = EventType::new("TIDINGS_DOCTOR").ok().and_then(|name| layout.stream_for(&name, None));
    let Some(stream) = example else { return Vec::new() };
    let key = stream.as_str();
    let dead = Layout::dead_letters(&stream);
    let discarded = layout.discarded(&stream);
    let mut commands = Commands(Vec::new());
    commands.add(&["EVALSHA", "0", "1", &dead]);
    commands.add(&["EVAL", "0", "1", &dead]);
    match verb {
        Verb::Retry => {
            commands.append(&layout.retried(&stream));
            commands.add(&["XDEL", &dead, "1-0"]);
            match (layout, retry_stream(&stream)) {
                (Layout::Native { .. }, Some(retries)) => {
                    commands.add(&["XGROUP", "CREATE", retries.as_str(), "g", "0", "MKSTREAM"]);
                    commands.append(retries.as_str());
                    commands.unschedule(&stream);
                }
                _ => commands.append(key),
            }
        }
        Verb::Discard => {
            commands.append(&discarded);
            commands.add(&["XDEL", &dead, "1-0"]);
            commands.append(&dead);
            commands.add(&["XDEL", &discarded, "1-0"]);
            if let Layout::Native { .. } = layout {
                commands.unschedule(&stream);
            }
        }
        Verb::Release => commands.add(&["XCLAIM", key, "g", "c", "0", "1-0", "JUSTID"]),
        Verb::Purge => {
            commands.add(&["XDEL", &dead, "1-0"]);
            commands.add(&["XDEL", &discarded, "1-0"]);
        }
        Verb::Import => commands.append(&dead),
    }
    commands.append(&layout.journal());
    commands.0
}

fn retry_stream(stream: &StreamKey) -> Option<StreamKey> {
    HandlerName::new("g").ok().and_then(|handler| Layout::retries(stream, &handler))
}

struct Commands(Vec<Vec<String>>);

impl Commands {
    fn add(&mut self, command: &[&str]) {
        self.0.push(command.iter().map(|word| (*word).to_owned()).collect());
    }

    fn append(&mut self, key: &str) {
        self.add(&["XADD", key, "*", "event", "{}"]);
    }

    fn unschedule(&mut self, stream: &StreamKey) {
        self.add(&["ZREM", &Layout::schedule(stream), "g|1-0"]);
        self.add(&["HDEL", &Layout::scheduled(stream), "g|1-0"]);
    }
}
