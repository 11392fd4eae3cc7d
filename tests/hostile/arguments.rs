//! Every verb with arguments and an environment that are hostile, good or bad. No server is there.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use crate::corpus;
use crate::room::{Room, run, side_by_side};

/// Nobody listens there.
const NOBODY: &str = "redis://127.0.0.1:1/0";

/// Every verb with `{}` in the place of each of its values.
const VERBS: [&[&str]; 61] = [
    &["{}"],
    &["--{}"],
    &["-{}"],
    &["tail", "{}"],
    &["tail", "--filter", "{}"],
    &["tail", "--filter", "payload.\"{}\"=\"{}\" and ("],
    &["tail", "--filter", "type:{} tenant:{} since>{}"],
    &["tail", "--since", "{}"],
    &["tail", "--last", "{}"],
    &["tail", "--connect-timeout", "{}"],
    &["tail", "-o", "{}"],
    &["tail", "--tenant", "{}", "--connect-timeout", "1ms"],
    &["--url", "{}", "stats"],
    &["--url", "redis://{}@127.0.0.1:1/0", "stats", "--connect-timeout", "1ms"],
    &["--url", "rediss://127.0.0.1:{}/0", "stats"],
    &["--url", "redis+unix:///tmp/{}", "stats", "--connect-timeout", "1ms"],
    &["--context", "{}", "stats"],
    &["--profile", "{}", "stats"],
    &["--config", "{}", "stats"],
    &["--theme", "{}", "themes"],
    &["--log-file", "/nowhere/{}", "stats"],
    &["--color", "{}", "stats"],
    &["publish", "{}"],
    &["publish", "TICKET_UPDATED", "--payload", "{}"],
    &["publish", "TICKET_UPDATED", "--dry-run", "--tenant", "{}", "--payload", "{\"ticketId\":\"{}\"}"],
    &["publish", "ANY", "--dry-run", "--tenant", "{}", "--set", "{}={}"],
    &["publish", "ANY", "--dry-run", "--tenant", "a", "--set", "{}:={}"],
    &["publish", "ANY", "--dry-run", "--tenant", "a", "--set", "a={}"],
    &["publish", "ANY", "--tenant", "a", "--set", "a={}", "--connect-timeout", "1ms"],
    &["publish", "ANY", "--tenant", "a", "--payload-file", "{}"],
    &["publish", "--events", "{}"],
    &["publish", "ANY", "--id", "{}", "--count", "{}"],
    &["publish", "--template", "{}"],
    &["publish", "--template", "{}", "--prompt", "{}={}"],
    &[
        "publish",
        "ANY",
        "--channel",
        "{}",
        "--profile",
        "alga-psa",
        "--dry-run",
        "--tenant",
        "a",
        "--payload",
        "{}",
    ],
    &["templates", "show", "{}"],
    &["templates", "new", "{}", "--from", "{}"],
    &["templates", "copy", "{}", "{}"],
    &["templates", "delete", "{}", "--yes"],
    &["templates", "edit", "{}"],
    &["history", "--type", "{}", "--outcome", "{}"],
    &["history", "show", "{}"],
    &["handlers", "show", "{}", "--connect-timeout", "1ms"],
    &["handlers", "forget", "{}", "--yes", "--connect-timeout", "1ms"],
    &["failed", "list", "{}", "--connect-timeout", "1ms"],
    &["failed", "list", "--state", "{}", "--handler", "{}"],
    &["failed", "show", "dead:{}:1-0", "--connect-timeout", "1ms"],
    &["failed", "retry", "--ramp={}", "--rate", "{}"],
    &["failed", "retry", "--resume", "{}", "--yes={}"],
    &["failed", "edit", "dead:event::A:1-0", "--payload", "{}", "--connect-timeout", "1ms"],
    &["failed", "import", "{}", "--connect-timeout", "1ms"],
    &["journal", "--last", "{}"],
    &["work", "--only", "{}"],
    &["work", "--metrics", "{}", "--start", "{}"],
    &["types", "show", "{}"],
    &["types", "check", "{}"],
    &["doctor", "--for", "{}"],
    &["config", "{}"],
    &["themes", "show", "{}"],
    &["completions", "{}"],
    &["man", "--into", "/nowhere/{}"],
];

/// The texts, so many at a time: a process for each text and verb would take minutes.
fn batches() -> Vec<String> {
    let mut batches: Vec<String> = corpus::arguments().chunks(11).map(<[String]>::concat).collect();
    batches.extend([corpus::endless()]);
    batches
}

/// Every verb with each of these in the place of its values.
fn with(texts: &[OsString]) {
    side_by_side(&VERBS, |room, verb| {
        for text in texts {
            let put = |word: &&str| {
                let parts: Vec<_> = word.split("{}").map(|part| part.as_bytes().to_vec()).collect();
                OsString::from_vec(parts.join(&text.clone().into_vec()[..]))
            };
            let arguments: Vec<OsString> = verb.iter().map(put).collect();
            let shown: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
            room.run(&arguments).is_harmless(&shown);
        }
    });
}

#[test]
fn no_argument_comes_out_raw() {
    with(&batches().into_iter().map(OsString::from).collect::<Vec<_>>());
}

#[test]
fn no_argument_that_is_no_text_comes_out_raw() {
    with(&[OsString::from_vec(corpus::BYTES.concat())]);
}

#[test]
fn help_says_nothing_of_who_asks() {
    let room = Room::new(NOBODY);
    let name = "hq06\x1b[3J\u{202e}";
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tidings"), room.path(name)).unwrap();
    for (path, arguments) in
        [(room.path(name), "--help"), (room.path(name), "-V"), (room.path(name), "--nonsense")]
    {
        let mut command = std::process::Command::new(path);
        command.arg(arguments).env("TIDINGS_CONFIG", name).env("REDIS_URL", name);
        run(&command).is_harmless(&[arguments.as_ref()]);
    }
}

#[test]
fn no_variable_of_the_environment_comes_out_raw() {
    let room = Room::new(NOBODY);
    room.write("t.toml", "type = \"A\"\npayload = '{}'\n");
    room.run(&["templates", "new", "t", "--from", "t.toml"]);
    let mut texts: Vec<OsString> = batches().into_iter().map(OsString::from).collect();
    texts.push(OsString::from_vec(corpus::BYTES.concat()));
    let variables: [(&str, &[&str]); 12] = [
        ("TIDINGS_CONFIG", &["--help"]),
        ("TIDINGS_CONFIG", &["stats", "-h"]),
        ("REDIS_URL", &["stats", "--connect-timeout", "1ms"]),
        ("TIDINGS_CONFIG", &["config", "path"]),
        ("TIDINGS_CONFIG", &["keys"]),
        ("HOME", &["config", "path"]),
        ("HOME", &["templates", "new", "x", "--from", "/dev/null"]),
        ("XDG_CONFIG_HOME", &["config", "show"]),
        ("VISUAL", &["templates", "edit", "t"]),
        ("TERM", &["themes"]),
        ("COLORTERM", &["themes"]),
        ("TZ", &["tail", "--since", "14:02", "--connect-timeout", "1ms"]),
    ];
    side_by_side(&variables, |_, (name, verb)| {
        for text in &texts {
            let mut command = room.command(verb);
            command.env(name, text);
            run(&command).is_harmless(&[name.as_ref(), text]);
        }
    });
}
