//! What the user may do, looked up with `ACL DRYRUN`: the server runs nothing. Never tried out with a real write.

use super::finding::{fault, note, ok};
use super::seen::{Refusal, Seen};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::dry_run::{self, Rights};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::{Profile, Settings};
use crate::bus::{BusError, Finding};
use crate::event::{EventId, EventType};
use crate::text::display_safe;

/// The rights of a user that watches, as redis-cli takes them. `tests/redis_inspect.rs` makes this user
/// and sees that `doctor` has nothing to say.
const RECIPE: &str = "ACL SETUSER observer reset on >PASSWORD ~* &* +@read +@connection +@pubsub -@dangerous -publish \
    -spublish -keys +time +info +role +slowlog|get +latency|latest +client|setname +client|list +config|get \
    +memory|usage +acl|whoami +acl|dryrun";

/// What a command is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Watching does not work without.
    Watch,
    /// Part of `stats` and `doctor` stays in the dark without.
    Look,
    /// Publishing does not work without.
    Publish,
}

/// A command that is needed: how it would be sent, and what for.
struct Need {
    purpose: Purpose,
    command: Vec<String>,
}

impl Need {
    fn name(&self) -> String {
        dry_run::name(&self.command)
    }
}

/// The commands that a session needs.
pub(super) struct Needs {
    needs: Vec<Need>,
    /// The key that they are asked about, and the rule that would allow all like it.
    keys: String,
}

impl Needs {
    pub(super) fn of(settings: &Settings, layout: &Layout, writes: bool) -> Self {
        let mut needs = Self { needs: Vec::new(), keys: layout.scan_pattern() };
        let pubsub = settings.profile == Profile::PubSub;
        let stream =
            EventType::new("TIDINGS_DOCTOR").ok().and_then(|example| layout.stream_for(&example, None));
        let Some(stream) = stream else { return needs };
        let key = stream.as_str();
        let dead = Layout::dead_letters(&stream);
        if pubsub {
            needs.add(Purpose::Watch, &["PSUBSCRIBE", &settings.pubsub.pattern]);
            needs.add(Purpose::Look, &["PUBSUB", "NUMPAT"]);
        } else {
            needs.add(Purpose::Watch, &["SCAN", "0"]);
            needs.add(Purpose::Watch, &["XREAD", "COUNT", "1", "STREAMS", key, "0-0"]);
            needs.add(Purpose::Watch, &["XRANGE", key, "-", "+"]);
            needs.add(Purpose::Watch, &["XREVRANGE", key, "+", "-"]);
            needs.add(Purpose::Watch, &["XINFO", "STREAM", key]);
            needs.add(Purpose::Look, &["XINFO", "GROUPS", key]);
            needs.add(Purpose::Look, &["XINFO", "CONSUMERS", key, "g"]);
            needs.add(Purpose::Look, &["XPENDING", key, "g"]);
            needs.add(Purpose::Look, &["XLEN", &dead]);
            if let Layout::Native { .. } = layout {
                let schedule = Layout::schedule(&stream);
                needs.add(Purpose::Look, &["ZRANGE", &schedule, "0", "0", "WITHSCORES"]);
                needs.add(Purpose::Look, &["ZCARD", &schedule]);
                needs.add(Purpose::Look, &["HGETALL", &layout.handlers()]);
                needs.add(Purpose::Look, &["GET", &layout.worker("c")]);
                needs.add(Purpose::Look, &["ZMSCORE", &layout.workers(), "c"]);
            }
        }
        needs.add(Purpose::Watch, &["PING"]);
        needs.add(Purpose::Look, &["INFO"]);
        needs.add(Purpose::Look, &["TIME"]);
        needs.add(Purpose::Look, &["CONFIG", "GET", "save"]);
        if writes && !pubsub {
            let marker = layout.sent_marker(&stream, EventId::from(uuid::Uuid::nil()));
            needs.add(Purpose::Publish, &["XADD", key, "*", "event", "{}"]);
            needs.add(Purpose::Publish, &["EVALSHA", "0", "2", key, &marker]);
            needs.add(Purpose::Publish, &["EVAL", "0", "2", key, &marker]);
            needs.add(Purpose::Publish, &["GET", &marker]);
            needs.add(Purpose::Publish, &["SET", &marker, "0-0"]);
            if settings.profile == Profile::AlgaPsa {
                // What its script looks at before it appends.
                needs.add(Purpose::Publish, &["XLEN", key]);
                needs.add(Purpose::Publish, &["XRANGE", key, "-", "+"]);
                needs.add(Purpose::Publish, &["XINFO", "GROUPS", key]);
                needs.add(Purpose::Publish, &["XPENDING", key, "g"]);
            } else if settings.native.fanout {
                needs.add(Purpose::Publish, &["PUBLISH", key, "{}"]);
            }
        }
        needs
    }

    fn add(&mut self, purpose: Purpose, command: &[&str]) {
        self.needs.push(Need { purpose, command: command.iter().map(|word| (*word).to_owned()).collect() });
    }
}

/// Asks; refused where the server cannot look rights up, or the user may not.
pub(super) async fn ask(asker: &mut Asker, needs: &Needs) -> Result<Seen<Rights>, BusError> {
    let commands = needs.needs.iter().map(|need| need.command.as_slice());
    let rights = dry_run::ask(asker, commands).await?;
    Ok(rights.map_err(|unasked| Refusal::new(unasked.command, &unasked.code)))
}

/// One finding for each purpose.
pub(super) fn judge(needs: &Needs, rights: &Seen<Rights>) -> Vec<Finding> {
    let rights = match rights {
        Ok(rights) => rights,
        Err(refusal) => return vec![unknown(refusal)],
    };
    let user = display_safe(&rights.user);
    let purposes = [Purpose::Watch, Purpose::Look, Purpose::Publish];
    let wanted =
        purposes.into_iter().filter(|purpose| needs.needs.iter().any(|need| need.purpose == *purpose));
    wanted
        .map(|purpose| {
            let lacking: Vec<_> = needs
                .needs
                .iter()
                .zip(&rights.allowed)
                .filter(|(need, _)| need.purpose == purpose)
                .filter_map(|(need, allowed)| allowed.as_ref().err().map(|reason| (need, reason.as_str())))
                .collect();
            judge_purpose(purpose, &user, &lacking, &needs.keys)
        })
        .collect()
}

fn judge_purpose(purpose: Purpose, user: &str, lacking: &[(&Need, &str)], keys: &str) -> Finding {
    let commands: Vec<_> = lacking.iter().map(|(need, _)| need.name()).collect();
    let commands = commands.join(", ");
    let lacking_words = lacking.iter().map(|(need, reason)| (need.command.as_slice(), *reason));
    let grant = dry_run::grant(user, lacking_words, keys);
    match purpose {
        Purpose::Watch if lacking.is_empty() => {
            ok("rights-watch", format!("the user '{user}' may do all that watching needs"))
        }
        Purpose::Watch => fault(
            "rights-watch",
            format!("the user '{user}' may not run {commands}: watching does not work without"),
            format!("{grant}\nor make a user that may watch and nothing else:\n{RECIPE}"),
        ),
        Purpose::Look if lacking.is_empty() => {
            ok("rights-look", format!("the user '{user}' may look at all that stats and doctor show"))
        }
        Purpose::Look => note(
            "rights-look",
            format!("the user '{user}' may not run {commands}: part of stats and doctor stays in the dark"),
            Some(&grant),
        ),
        Purpose::Publish if lacking.is_empty() => {
            ok("rights-publish", format!("the user '{user}' may do all that publishing needs"))
        }
        Purpose::Publish => note(
            "rights-publish",
            format!(
                "the user '{user}' may not run {commands}: publishing is refused; for watching that is right"
            ),
            Some(&format!("to publish: {grant}")),
        ),
    }
}

fn unknown(refusal: &Refusal) -> Finding {
    let finding = refusal.finding("rights");
    Finding { found: format!("rights unknown: {}", finding.found), ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    fn needs(profile: Profile, writes: bool) -> Needs {
        let settings = Settings { profile, ..Settings::default() };
        Needs::of(&settings, &Layout::of(&settings), writes)
    }

    /// The findings when the server objects to the commands of `denied`.
    fn judged(needs: &Needs, denied: &[(&str, &str)]) -> Vec<(&'static str, Level, String)> {
        let allowed =
            needs.needs.iter().map(|need| match denied.iter().find(|(name, _)| *name == need.name()) {
                Some((_, reason)) => Err((*reason).to_owned()),
                None => Ok(()),
            });
        let rights = Rights { user: "ops\x1b".to_owned(), allowed: allowed.collect() };
        judge(needs, &Ok(rights))
            .into_iter()
            .map(|finding| (finding.check, finding.level, finding.mend.unwrap_or_default()))
            .collect()
    }

    const COMMAND: &str = "This user has no permissions to run the 'x' command";
    const KEY: &str = "This user has no permissions to access the 'event::TIDINGS_DOCTOR' key";

    #[test]
    fn with_every_right_all_is_well() {
        for (profile, writes, checks) in [
            (Profile::Native, true, &["rights-watch", "rights-look", "rights-publish"][..]),
            (Profile::AlgaPsa, true, &["rights-watch", "rights-look", "rights-publish"]),
            (Profile::Native, false, &["rights-watch", "rights-look"]),
            (Profile::PubSub, true, &["rights-watch", "rights-look"]),
        ] {
            let found = judged(&needs(profile, writes), &[]);
            assert_eq!(found.iter().map(|(check, ..)| *check).collect::<Vec<_>>(), checks);
            assert!(found.iter().all(|(_, level, _)| *level == Level::Ok));
        }
    }

    #[test]
    fn what_is_lacking_is_named_with_its_rule() {
        let needs = needs(Profile::Native, true);
        let found = judged(&needs, &[("XREAD", COMMAND), ("XINFO STREAM", COMMAND), ("SCAN", COMMAND)]);
        let (check, level, mend) = &found[0];
        assert_eq!((*check, *level), ("rights-watch", Level::Fault));
        assert!(mend.starts_with("ACL SETUSER ops\\x1b +scan +xread +xinfo|stream\n"), "{mend}");
        assert!(mend.ends_with("+acl|dryrun"), "{mend}");
        let found = judged(&needs, &[("XREAD", KEY), ("XRANGE", KEY)]);
        assert!(found[0].2.starts_with("ACL SETUSER ops\\x1b ~event::*\n"), "{}", found[0].2);
        let found = judged(&needs, &[("CONFIG GET", COMMAND), ("XADD", COMMAND)]);
        assert_eq!(found[0].1, Level::Ok);
        assert_eq!((found[1].1, found[1].2.as_str()), (Level::Note, "ACL SETUSER ops\\x1b +config|get"));
        assert_eq!(
            (found[2].1, found[2].2.as_str()),
            (Level::Note, "to publish: ACL SETUSER ops\\x1b +xadd")
        );
    }

    #[test]
    fn rights_that_cannot_be_looked_up_are_unknown() {
        let found = judge(&needs(Profile::Native, true), &Err(Refusal::new("ACL DRYRUN", "NOPERM")));
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!((finding.check, finding.level), ("rights", Level::Note));
        assert!(finding.found.starts_with("rights unknown"), "{}", finding.found);
        assert_eq!(finding.mend.as_deref(), Some("grant +acl|dryrun to see it"));
    }
}
