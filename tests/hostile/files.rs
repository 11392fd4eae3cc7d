//! What lies in files: config, labels, themes, schemas, templates, histories, events; and what handlers say.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use crate::bus::{ACME, event};
use crate::corpus::{self, BYTES, all_in_one, quoted, spelled, texts};
use crate::redis_server::PrivateRedis;
use crate::room::{Room, side_by_side};
use crate::servers;

/// `text` as a string of TOML.
pub(crate) fn toml(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '\0'..='\x1f' | '\x7f' => write!(out, "\\u{:04x}", u32::from(c)).unwrap(),
            c => out.push(c),
        }
    }
    out + "\""
}

#[test]
fn a_config_of_hostile_names_labels_and_paths() {
    side_by_side(&texts(), |room, text| {
        let name = toml(text);
        let config = format!(
            "default_context = {name}\n[events.about]\n{name} = [\"a\"]\n[schemas]\nfolder = {name}\n[tenants]\n{name} = {name}\n\
             [history]\nredact = [{name}]\n[contexts.{name}]\nurl = \"redis://127.0.0.1:1/0\"\nchannel = {name}\nca_file = {name}\n\
             [contexts.{name}.native]\nprefix = {name}\n[contexts.{name}.alga_psa]\nprefix = {name}\ngroup = {name}\n"
        );
        room.write("config.toml", &config);
        for verb in
            [&["config", "show"][..], &["stats", "--connect-timeout", "1ms"], &["types"], &["history"]]
        {
            room.run(&[&["--config", "config.toml"], verb].concat()).is_harmless(&[text.as_ref()]);
        }
    });
}

#[test]
fn a_config_that_cannot_be_used() {
    side_by_side(&texts(), |room, text| each_fault_of_a_config(room, text));
    let room = Room::new("redis://127.0.0.1:1/0");
    room.write("config.toml", BYTES.concat());
    room.verb(&["--config", "config.toml", "config", "show"]);
}

fn each_fault_of_a_config(room: &Room, text: &str) {
    let name = toml(text);
    let handler =
        format!("[[handlers]]\nname = {name}\ntypes = [{name}]\nkind = \"exec\"\ncommand = [{name}]\n");
    for (verb, config) in [
        ("config show", format!("{name} = 1\n")),
        ("stats", format!("theme = {name}\ncolor = {name}\n")),
        ("types", format!("[contexts.a]\nurl = {name}\n")),
        ("config show", format!("[contexts.a]\nurl = \"redis://127.0.0.1:1/0\"\nprofile = {name}\n")),
        ("keys", format!("[keys.{name}]\n{name} = [{name}]\n")),
        ("keys", format!("[keys.global]\npause = [{name}]\n")),
        ("work", handler),
        ("history", text.to_owned()),
    ] {
        room.write("config.toml", &config);
        let arguments = ["--config", "config.toml"].into_iter().chain(verb.split(' '));
        room.run(&arguments.collect::<Vec<_>>()).is_harmless(&[config.as_ref()]);
    }
}

#[test]
fn themes_templates_and_histories() {
    let room = Room::new("redis://127.0.0.1:1/0");
    room.write(".config/tidings/config.toml", "");
    let (themes, templates) = (".config/tidings/themes", ".config/tidings/templates");
    for (n, text) in texts().iter().enumerate() {
        let name = toml(text);
        let theme = match n % 3 {
            0 => format!("inherits = {name}\n"),
            1 => format!("[palette]\n{name} = {name}\n[styles]\ntext = {name}\n"),
            _ => text.clone(),
        };
        room.write(format!("{themes}/n{n}.toml"), theme);
        let template = match n % 3 {
            0 => format!("type = {name}\npayload = {name}\n"),
            1 => format!(
                "type = \"A\"\ntenant = {name}\nchannel = {name}\nnote = {name}\npayload = {}\n",
                toml(&spelled(text))
            ),
            _ => text.clone(),
        };
        room.write(format!("{templates}/n{n}.toml"), template);
        let prompts = format!(
            "type = \"A\"\nnote = {name}\npayload = {}\n",
            toml(&format!("{{\"a\": \"{{{{prompt:{text}}}}}\"}}"))
        );
        room.write(format!("{templates}/p{n}.toml"), prompts);
        if !text.contains(['\0', '/']) {
            room.write(format!("{themes}/{text}.toml"), "inherits = 'dark'\n");
            room.write(format!("{templates}/{text}.toml"), "type = \"A\"\npayload = '{}'\n");
        }
    }
    for (n, bytes) in BYTES.iter().enumerate() {
        let name = [bytes, &b".toml"[..]].concat();
        let name = OsStr::from_bytes(&name);
        for folder in [themes, templates] {
            room.write(room.path(folder).join(name), *bytes);
            room.write(format!("{folder}/b{n}.toml"), bytes);
        }
    }
    let line = |n: usize, text: &str| {
        let text = quoted(text);
        format!(
            "{{\"at\":\"2026-11-23T18:49:12.545Z\",\"eventId\":\"57f7e9a7-7e13-452d-81b7-{n:012}\",\"type\":\"TICKET_UPDATED\",\"tenant\":{text},\"channel\":{text},\"outcome\":\"not-sent\",\"why\":{text},\"stream\":{text},\"entryId\":null,\"unchecked\":true,\"cut\":false,\"redacted\":[{text}],\"payload\":{{{text}:{text}}}}}"
        )
    };
    let mut history: Vec<String> = texts().iter().enumerate().map(|(n, text)| line(n, text)).collect();
    history.extend(texts());
    room.write(".local/state/tidings/history/url.jsonl", history.join("\n"));
    let (text, json) = room.verb(&["themes"]);
    assert!(text >= 30 && json >= 30, "themes: {text}, {json}");
    let (text, json) = room.verb(&["templates"]);
    assert!(text >= 40 && json >= 40, "templates: {text}, {json}");
    let place = room.run(&["history"]).text();
    let (text, json) = room.verb(&["history"]);
    assert!(text >= 40 && json >= 40, "history: {text}, {json}: {place}");
    let numbers: Vec<usize> = (0..texts().len()).collect();
    side_by_side(&numbers, |_, n| {
        let (template, prompts, id) =
            (format!("n{n}"), format!("p{n}"), format!("57f7e9a7-7e13-452d-81b7-{n:012}"));
        for verb in [
            &["templates", "show", &template][..],
            &["publish", "--dry-run", "--template", &template, "--tenant", "a"],
            &["publish", "--dry-run", "--template", &prompts, "--tenant", "a", "--prompt", "b=c"],
            &["history", "show", &id],
            &["themes", "show", &template],
        ] {
            room.run(verb).is_harmless(&[verb.concat().as_ref()]);
        }
    });
}

#[test]
fn schemas() {
    let names: Vec<_> = texts().iter().flat_map(|text| [spelled(text), quoted(text)]).collect();
    side_by_side(&names, |room, name| {
        room.write("config.toml", "[schemas]\nfolder = \"schemas\"\n");
        let schema = format!(
            "{{\r\t\"title\":{name},\"description\":{name},\"type\":\"object\",\"required\":[{name}],\r\"properties\":{{{name}:{{\"title\":{name},\"type\":\"string\",\"enum\":[{name}],\"pattern\":{name},\"format\":{name},\"$ref\":{name}}}}}}}"
        );
        let fits = schema.replace(&format!(",\"pattern\":{name},\"format\":{name},\"$ref\":{name}"), "");
        room.write("bad/ANY.json", schema);
        room.write("schemas/ANY.json", fits);
        for verb in [
            &["types", "check", "bad/ANY.json"][..],
            &["types", "show", "ANY"],
            &["types"],
            &["publish", "ANY", "--dry-run", "--tenant", "a", "--payload", "{}"],
        ] {
            room.run(&[&["--config", "config.toml"], verb].concat()).is_harmless(&[name.as_ref()]);
        }
    });
}

#[test]
fn files_of_events() {
    let room = Room::new("redis://127.0.0.1:1/0");
    let mut lines: Vec<Vec<u8>> = BYTES.iter().map(|bytes| bytes.to_vec()).collect();
    for (n, text) in texts().iter().enumerate() {
        lines.push(event(n, &spelled(text), &quoted(text)).into_bytes());
        lines.push(text.clone().into_bytes());
        lines.push(event(n, &quoted(ACME), &spelled(text)).replace("TICKET_UPDATED", text).into_bytes());
    }
    room.write("events", lines.join(&b'\n'));
    let (text, _) = room.verb(&["publish", "--events", "events", "--dry-run"]);
    assert!(text > 0);
    room.verb(&["publish", "--events", "events", "--dry-run", "--skip-bad"]);
}

#[test]
fn what_handlers_say_and_what_is_published() {
    let server = PrivateRedis::start();
    let room = Room::new(&server.url());
    let (says, all) = (room.path("says"), all_in_one());
    room.write("says", [all.as_bytes(), &BYTES.concat()].concat());
    let say = format!("cat {says} >&2; cat {says}; exit $1", says = says.display());
    let mut config = String::new();
    for (name, code) in [("fails", "1"), ("refuses", "65"), ("works", "0")] {
        let handler = format!(
            "[[handlers]]\nname = '{name}'\ntypes = ['*']\nkind = 'exec'\nstart = 'beginning'\nattempts = 2\nbase = '1ms'\n\
             command = ['/bin/sh', '-c', {}, 'sh', '{code}']\n",
            toml(&say)
        );
        config += &handler;
    }
    let body = [all.as_bytes(), &BYTES.concat()].concat();
    for (name, status) in
        [("hooked", "500 Internal"), ("unhooked", "422 hq98\x1b[3J\u{202e}"), ("moved", "302 Found")]
    {
        let head = format!(
            "HTTP/1.1 {status}\r\nLocation: http://hq99.example\r\nConnection: close\r\nContent-Length: "
        );
        let answer = [head.as_bytes(), body.len().to_string().as_bytes(), b"\r\n\r\n", &body].concat();
        let port = servers::server(move |_| answer.clone());
        write!(
            config,
            "[[handlers]]\nname = '{name}'\ntypes = ['*']\nkind = 'webhook'\nstart = 'beginning'\nattempts = 1\n\
             allow_private = true\nurl = 'http://127.0.0.1:{port}/'\n"
        ).unwrap();
    }
    config += "[[handlers]]\nname = 'logs'\ntypes = ['*']\nkind = 'log'\nstart = 'beginning'\n";
    room.write("config.toml", config);
    let with = ["--config", "config.toml"];
    for text in corpus::arguments().iter().chain([&all.replace('\0', "")]) {
        let payload = format!("{{{}:{}}}", spelled(text), quoted(text));
        let tenant = &text[..text.floor_char_boundary(128)];
        let publish = ["publish", "ANY", "--tenant", tenant, "--payload", &payload];
        let ran = room.run(&[&with[..], &publish].concat());
        ran.is_harmless(&[text.as_ref()]);
        assert_eq!(ran.code, Some(0), "{}", ran.text());
    }
    let (text, _) = room.verb(&[&with[..], &["work", "--drain"]].concat());
    assert!(text >= 40, "work shows {text} texts");
    let hooked = room.run(&[&with[..], &["handlers", "show", "hooked"]].concat());
    assert!(hooked.text().contains("500") && corpus::marks(&hooked.written) > 0, "{}", hooked.text());
    for verb in [
        &["stats"][..],
        &["handlers"],
        &["failed", "list"],
        &["history"],
        &["handlers", "show", "fails"],
        &["handlers", "show", "hooked"],
        &["handlers", "show", "unhooked"],
    ] {
        let (text, json) = room.verb(&[&with[..], verb].concat());
        eprintln!("{verb:?} shows {text} texts, {json} as JSON");
    }
}
