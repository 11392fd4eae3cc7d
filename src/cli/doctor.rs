//! `tidings doctor`: what is wrong with a bus, and how to mend it.

use clap::Args;

use super::args::Patience;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::paint::Meaning;
use super::patient::patiently;
use crate::bus::{Finding, Level};
use crate::text::{display_safe, pad_end, width};

/// `tidings doctor`
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    pub(super) patience: Patience,
}

/// Ends with 1 when anything is at fault.
pub(super) async fn run(args: &DoctorArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let session = contexts.open_chosen()?;
    let Some(findings) = patiently(args.patience, desk, || session.inspector.examine()).await? else {
        return Ok(Exit::Ok);
    };
    report(&findings, desk)
}

fn report(findings: &[Finding], desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let name_cells = findings.iter().map(|finding| width(finding.check)).max().unwrap_or(0);
    for finding in findings {
        if desk.is_json() {
            desk.out.json(finding)?;
            continue;
        }
        let (word, meaning) = match finding.level {
            Level::Ok => ("ok", Meaning::Good),
            Level::Note => ("note", Meaning::Quiet),
            Level::Warning => ("warning", Meaning::Warning),
            Level::Fault => ("fault", Meaning::Bad),
        };
        desk.out.line(&format!(
            "{}  {}  {}",
            desk.paint.paint(meaning, &pad_end(word, 7)),
            pad_end(finding.check, name_cells),
            display_safe(&finding.found)
        ))?;
        for line in finding.mend.iter().flat_map(|mend| mend.lines()) {
            desk.out.line(&format!(
                "{:indent$}{}",
                "",
                display_safe(line),
                indent = 7 + 2 + name_cells + 2
            ))?;
        }
    }
    let faulty = findings.iter().any(|finding| finding.level == Level::Fault);
    Ok(if faulty { Exit::Failed } else { Exit::Ok })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;

    fn finding(level: Level, mend: Option<&str>) -> Finding {
        Finding { check: "acl", level, found: "user\x1b[2J x".to_owned(), mend: mend.map(ToOwned::to_owned) }
    }

    #[test]
    fn a_fault_ends_with_one() {
        for (level, exit) in [
            (Level::Ok, Exit::Ok),
            (Level::Note, Exit::Ok),
            (Level::Warning, Exit::Ok),
            (Level::Fault, Exit::Failed),
        ] {
            let mut test = TestDesk::text();
            let findings = [finding(Level::Ok, None), finding(level, None)];
            assert_eq!(test.run(|desk| report(&findings, desk)), Ok(exit));
        }
    }

    #[test]
    fn findings_say_how_to_mend_them() {
        let mut test = TestDesk::text();
        let finding = finding(Level::Fault, Some("ACL SETUSER x\nthen again"));
        test.run(|desk| report(&[finding], desk)).unwrap();
        insta::assert_snapshot!(test.out(), @r"
        fault    acl  user\x1b[2J x
                      ACL SETUSER x
                      then again
        ");
    }
}
