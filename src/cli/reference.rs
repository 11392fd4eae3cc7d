//! `tidings reference`: docs/reference.md, made of the code that it tells of, so that it cannot lie.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use super::args::Cli;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::keys;
use crate::config::EXAMPLE;
use crate::filter;
use crate::tui::keymap::{Context, Keymap};

pub(super) fn run(desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    for line in markdown().lines() {
        desk.out.line(line)?;
    }
    desk.out.flush()?;
    Ok(Exit::Ok)
}

const INTRO: &str = "\
# Reference

Printed by `tidings reference`, from the code itself. What the words mean is told in the [README](../README.md),
[failed.md](failed.md), [handlers.md](handlers.md), [templates.md](templates.md), [filter.md](filter.md) and
[json.md](json.md).
";

/// The whole text.
fn markdown() -> String {
    let mut text = INTRO.to_owned();
    verbs(&mut text);
    keys_of_contexts(&mut text);
    filter_language(&mut text);
    config_keys(&mut text);
    text
}

fn add(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// As the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As code in the cell of a table. There are no escapes in code but that of the bar.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", text.replace('|', "\\|"))
}

fn verbs(text: &mut String) {
    add(text, "\n## Verbs\n");
    add(
        text,
        "Without a verb the dashboard opens. Exit codes: 0 ok, 1 failed, 2 usage, 3 outcome unknown, 130 Ctrl-C.",
    );
    let mut command = Cli::command();
    command.build();
    add(text, "\n### Flags of every verb and of the dashboard\n");
    arguments(text, command.get_arguments().filter(|arg| !is_own(arg)));
    for verb in command.get_subcommands() {
        verb_and_below(text, "tidings", verb);
    }
}

/// The flags that every command has of clap.
fn is_own(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn verb_and_below(text: &mut String, above: &str, verb: &Command) {
    if verb.is_hide_set() || verb.get_name() == "help" {
        return;
    }
    let name = format!("{above} {}", verb.get_name());
    let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(text, "\n### `{name}`\n\n{about}.\n");
    // Those of every verb stand above.
    arguments(text, verb.get_arguments().filter(|arg| !is_own(arg) && !is_global(arg)));
    for verb in verb.get_subcommands() {
        verb_and_below(text, &name, verb);
    }
}

/// Whether it is a flag of every verb.
fn is_global(arg: &Arg) -> bool {
    Cli::command().get_arguments().any(|known| known.is_global_set() && known.get_id() == arg.get_id())
}

fn arguments<'a>(text: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let mut is_first = true;
    for arg in arguments.filter(|arg| !arg.is_hide_set()) {
        if is_first {
            add(text, "| Argument | Meaning |\n|---|---|");
            is_first = false;
        }
        let values = arg.get_value_names().unwrap_or_default().join(" ");
        let takes = arg.get_action().takes_values();
        let mut name = match (arg.get_long(), arg.get_short()) {
            (Some(long), Some(short)) => format!("-{short}, --{long}"),
            (Some(long), None) => format!("--{long}"),
            (None, Some(short)) => format!("-{short}"),
            (None, None) => String::new(),
        };
        if takes {
            name = if name.is_empty() { values } else { format!("{name} {values}") };
        }
        let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let choices: Vec<String> = if takes {
            arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect()
        } else {
            Vec::new()
        };
        if !choices.is_empty() {
            let _ = write!(help, ". One of {}", choices.join(", "));
        }
        let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if takes && !defaults.is_empty() {
            let _ = write!(help, ". Default: `{}`", defaults.join(" "));
        }
        if let Some(variable) = arg.get_env() {
            let _ = write!(help, ". Environment: `{}`", variable.to_string_lossy());
        }
        let _ = writeln!(text, "| {} | {} |", code(&name), cell(&help));
    }
}

fn keys_of_contexts(text: &mut String) {
    add(
        text,
        "\n## Keys\n\n`?` in the dashboard shows those that work where you are; `tidings keys` prints them all.",
    );
    let keymap = Keymap::default();
    for context in Context::ALL {
        let _ = writeln!(text, "\n### {}: {}\n", context.spelling(), context.help());
        add(text, "| Keys | Action | What it does |\n|---|---|---|");
        for (action, keys) in keys::actions(&keymap, context) {
            let keys: Vec<_> = keys.iter().map(|key| code(&key.to_string())).collect();
            let _ =
                writeln!(text, "| {} | `{}` | {} |", keys.join(" "), action.spelling(), cell(action.help()));
        }
    }
}

fn filter_language(text: &mut String) {
    add(text, "\n## Filter language\n");
    add(
        text,
        "Terms side by side must all hold; `or`, `not` and brackets as usual; a bare word, a \"quoted text\" or a `/regular expression/` is looked for in the whole event. [filter.md](filter.md) tells the rest.\n",
    );
    add(text, "| Field | Operators | Asks | Example |\n|---|---|---|---|");
    for field in filter::fields() {
        let operators: Vec<_> = field.operators.iter().map(|operator| code(operator)).collect();
        let mut asks = field.asks.to_owned();
        if field.name == "is" {
            let states: Vec<_> = filter::states().map(code).collect();
            let _ = write!(asks, ": {}", states.join(", "));
        }
        let (operators, asks) = (operators.join(" "), cell(&asks));
        let _ = writeln!(text, "| `{}` | {operators} | {asks} | {} |", field.name, code(field.example));
    }
}

fn config_keys(text: &mut String) {
    add(text, "\n## Configuration\n");
    add(
        text,
        "`tidings config init` writes a file with every key explained; `tidings config show` prints what counts, and which layer said so. In brackets: a key or table that is not set by default.",
    );
    let mut said: Vec<&str> = Vec::new();
    let mut is_open = false;
    for line in EXAMPLE.lines() {
        if let Some(comment) = line.strip_prefix("# ").or((line == "#").then_some("")) {
            said.push(comment);
            continue;
        }
        let is_set = !line.starts_with('#');
        let line = line.trim_start_matches('#').trim();
        if line.starts_with('[') {
            let _ = writeln!(text, "\n### `{line}`");
            if !said.is_empty() {
                let _ = writeln!(text, "\n{}", said.join(" "));
            }
            is_open = false;
        } else if let Some((key, value)) = line.split_once(" = ") {
            if !is_open {
                add(text, "\n| Key | Default or example | Meaning |\n|---|---|---|");
                is_open = true;
            }
            let key = if is_set { code(key) } else { format!("({})", code(key)) };
            let _ = writeln!(text, "| {key} | {} | {} |", code(value), cell(&said.join(" ")));
        }
        said.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = include_str!("../../docs/reference.md");

    #[test]
    fn docs_reference_md_is_what_the_code_says() {
        assert!(
            KEPT == markdown(),
            "docs/reference.md is not current: `cargo run -q -- reference > docs/reference.md` writes it anew"
        );
    }

    #[test]
    fn every_key_of_the_config_is_told() {
        let text = markdown();
        let set = EXAMPLE.lines().filter(|line| !line.starts_with("# ") && line.contains(" = "));
        let mut count = 0;
        for line in set {
            let key = line.trim_start_matches('#').split(" = ").next().unwrap_or_default();
            assert!(text.contains(&format!("`{key}`")), "{key}");
            count += 1;
        }
        assert!(count > 30, "{count}");
    }
}
