//! Whether a person agrees with what is about to be done, and says why.

use std::io::{BufRead, IsTerminal as _};

use super::args::{Agreeing, Yes};
use crate::bus::ContextInfo;
use crate::cli::agree::agreed;
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::text::{count, display_safe};

/// In a production context more than so many want their number typed.
const FEW: u64 = 100;

impl Agreeing {
    /// What can be told before anything is read: a production context wants a reason, and somebody must be there to ask.
    pub(super) fn check(&self, info: &ContextInfo) -> Result<(), Stop> {
        if info.production && self.reason.is_none() {
            return Err(Stop::usage(
                format!("'{}' is a production context: nothing is done there without a reason", info.name),
                "Say --reason 'mail server is back'; the journal keeps it.",
            ));
        }
        if self.yes.is_none() && !std::io::stdin().is_terminal() {
            return Err(Stop::usage("nobody can be asked: standard input is no terminal", "Say --yes."));
        }
        Ok(())
    }

    /// Whether a person agrees. `what` is the whole question: `Retry 412 events`.
    pub(super) fn is_given(
        &self,
        what: &str,
        events: u64,
        info: &ContextInfo,
        desk: &mut Desk<'_>,
    ) -> Result<bool, Stop> {
        let stdin = std::io::stdin();
        let terminal = stdin.is_terminal();
        self.ask(what, events, info, (&mut stdin.lock(), terminal), desk)
    }

    fn ask(
        &self,
        what: &str,
        events: u64,
        info: &ContextInfo,
        (from, is_terminal): (&mut dyn BufRead, bool),
        desk: &mut Desk<'_>,
    ) -> Result<bool, Stop> {
        let must_type = info.production && events > FEW;
        match self.yes {
            Some(Yes(Some(said))) if said != events => {
                return Err(Stop::failed(
                    format!("--yes={said}, and it is about {}: nothing was done", self::events(events)),
                    "Look again at what is selected: --dry-run shows it.",
                ));
            }
            Some(Yes(Some(_))) => return Ok(true),
            Some(Yes(None)) if !must_type => return Ok(true),
            Some(Yes(None)) if !is_terminal => {
                return Err(Stop::usage(
                    format!(
                        "'{}' is a production context, and it is about {}",
                        info.name,
                        self::events(events)
                    ),
                    &format!("Say --yes={events}."),
                ));
            }
            Some(Yes(None)) | None => {}
        }
        let cue = if info.production { ", a production context" } else { "" };
        let question =
            format!("{what} on '{}'{cue} ({})?", display_safe(&info.name), display_safe(&info.target));
        let wanted = if must_type { events.to_string() } else { "yes".to_owned() };
        agreed(&question, &wanted, from, desk)
    }
}

/// `1 event`, `412 events`.
pub(super) fn events(n: u64) -> String {
    format!("{} event{}", count(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;
    use crate::cli::test_desk::TestDesk;

    fn asked(yes: Option<Yes>, production: bool, count: u64, answer: Option<&str>) -> Result<bool, Stop> {
        let agreeing = Agreeing { yes, ..Agreeing::default() };
        let info = ContextInfo { name: "prod".to_owned(), production, ..ContextInfo::default() };
        let mut test = TestDesk::text();
        let mut from = answer.unwrap_or_default().as_bytes();
        test.run(|desk| agreeing.ask("Retry", count, &info, (&mut from, answer.is_some()), desk))
    }

    #[test]
    fn more_than_a_hundred_in_production_want_their_number() {
        for (yes, production, count, answer, agreed) in [
            (None, false, 412, Some("yes\n"), true),
            (None, false, 412, Some("no\n"), false),
            (None, true, 100, Some("yes\n"), true),
            (None, true, 412, Some("yes\n"), false),
            (None, true, 412, Some("412\n"), true),
            (Some(Yes(None)), false, 412, None, true),
            (Some(Yes(None)), true, 100, None, true),
            (Some(Yes(None)), true, 412, Some("412\n"), true),
            (Some(Yes(None)), true, 412, Some("yes\n"), false),
            (Some(Yes(Some(412))), true, 412, None, true),
        ] {
            assert_eq!(asked(yes, production, count, answer), Ok(agreed), "{yes:?} {production} {answer:?}");
        }
        let Err(Stop::Error(wrong)) = asked(Some(Yes(Some(411))), true, 412, None) else { panic!() };
        assert_eq!((wrong.exit, wrong.what.contains("it is about 412 events")), (Exit::Failed, true));
        let Err(Stop::Error(silent)) = asked(Some(Yes(None)), true, 412, None) else { panic!() };
        assert_eq!((silent.exit, silent.next.as_deref()), (Exit::Usage, Some("Say --yes=412.")));
    }

    #[test]
    fn production_wants_a_reason() {
        let info = ContextInfo { name: "prod".to_owned(), production: true, ..ContextInfo::default() };
        let mut agreeing = Agreeing { yes: Some(Yes(None)), ..Agreeing::default() };
        let Err(Stop::Error(error)) = agreeing.check(&info) else { panic!() };
        assert!(error.exit == Exit::Usage && error.what.contains("without a reason"), "{error}");
        agreeing.reason = Some("mail server is back".to_owned());
        assert_eq!(agreeing.check(&info), Ok(()));
    }
}
