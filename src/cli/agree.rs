//! Asking a person before something is done.

use std::io::BufRead;

use super::desk::Desk;
use super::exit::Stop;

/// Asks `question`, and waits for a line. Only `wanted` is a yes.
pub(super) fn agreed(
    question: &str,
    wanted: &str,
    from: &mut dyn BufRead,
    desk: &mut Desk<'_>,
) -> Result<bool, Stop> {
    desk.out.flush()?;
    desk.notes.say(&format!("{question} Write {wanted}, and Enter:"));
    let mut answer = String::new();
    from.read_line(&mut answer)
        .map_err(|error| Stop::failed(format!("standard input cannot be read: {error}"), "Say --yes."))?;
    Ok(answer.trim() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;

    #[test]
    fn only_what_was_asked_for_is_yes() {
        for (answer, wanted, expected) in [
            ("yes\n", "yes", true),
            ("y\n", "yes", false),
            ("", "yes", false),
            ("no\n", "yes", false),
            ("yes\n", "412", false),
            ("412\n", "412", true),
        ] {
            let mut test = TestDesk::text();
            let agreed = test.run(|desk| agreed("Do it?", wanted, &mut answer.as_bytes(), desk).unwrap());
            assert_eq!(agreed, expected, "{answer:?}");
            assert_eq!(test.notes(), format!("Do it? Write {wanted}, and Enter:\n"));
        }
    }
}
