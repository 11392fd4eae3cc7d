//! `tidings completions` and `tidings man`: made of the arguments themselves.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::desk::Desk;
use super::exit::{Exit, Stop, shown};

/// `tidings completions SHELL`
pub(super) fn completions(shell: Shell, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tidings", &mut script);
    print(&script, desk)
}

/// `tidings man`
pub(super) fn pages(into: Option<&Path>, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = into else { return print(&page(&command, "tidings")?, desk) };
    let wrong = |path: &Path, error: &std::io::Error| {
        Stop::failed(
            format!("{} cannot be written: {error}", shown(&path.display())),
            "Name a folder that you may write into.",
        )
    };
    fs::create_dir_all(folder).map_err(|error| wrong(folder, &error))?;
    for (name, command) in tree(&command, "tidings") {
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page(command, &name)?).map_err(|error| wrong(&path, &error))?;
    }
    Ok(Exit::Ok)
}

/// A verb and all below it, each under the name of its page.
fn tree<'a>(command: &'a Command, name: &str) -> Vec<(String, &'a Command)> {
    let below = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    let mut verbs = vec![(name.to_owned(), command)];
    verbs.extend(below.flat_map(|verb| tree(verb, &format!("{name}-{}", verb.get_name()))));
    verbs
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>, Stop> {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).title(name);
    man.render(&mut page).map_err(|error| {
        Stop::failed(
            format!("the page {name} cannot be made: {error}"),
            "This is a fault of Tidings: report it.",
        )
    })?;
    Ok(page)
}

fn print(text: &[u8], desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    for line in String::from_utf8_lossy(text).lines() {
        desk.out.line(line)?;
    }
    desk.out.flush()?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_page() {
        let mut command = Cli::command();
        command.build();
        let names: Vec<String> = tree(&command, "tidings").into_iter().map(|(name, _)| name).collect();
        for name in ["tidings", "tidings-tail", "tidings-failed-retry", "tidings-config-init"] {
            assert!(names.iter().any(|known| known == name), "{name} of {names:?}");
        }
        for (name, command) in tree(&command, "tidings") {
            let page = String::from_utf8(page(command, &name).expect("a page")).expect("text");
            assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
        }
    }
}
