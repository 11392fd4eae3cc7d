//! Servers that answer hostile things: errors, names, garbage, and a TLS that is none.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use crate::corpus::{BYTES, texts};
use crate::redis_server::PrivateRedis;
use crate::room::Room;
use crate::sessions::Admin;

/// A server that answers each read with what `answer` makes of it; it ends with the process.
pub(crate) fn server(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), Arc::clone(&answer));
            std::thread::spawn(move || {
                let mut bytes = [0; 16 * 1024];
                while let Ok(read @ 1..) = stream.read(&mut bytes) {
                    if stream.write_all(&answer(&bytes[..read])).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// What can stand in one line of an answer.
fn lines() -> Vec<Vec<u8>> {
    let texts = texts().into_iter().map(String::into_bytes).chain(BYTES.iter().map(|bytes| bytes.to_vec()));
    texts.map(|line| line.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect()).collect()
}

/// Verbs that ask each its own questions.
const VERBS: [&[&str]; 9] = [
    &["tail", "--no-follow"],
    &["stats"],
    &["handlers"],
    &["doctor"],
    &["failed", "list"],
    &["journal"],
    &["publish", "ANY", "--tenant", "a", "--payload", "{}"],
    &["failed", "show", "dead:event::A:1-0"],
    &["handlers", "forget", "mail", "--yes"],
];

/// The commands of a pipeline, by their names.
fn commands(asked: &[u8]) -> Vec<String> {
    let lines: Vec<_> = asked.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let at = |at: usize| lines.get(at).map(|line| String::from_utf8_lossy(line).to_uppercase());
    (0..lines.len()).filter(|n| lines[*n].starts_with(b"*")).filter_map(|n| at(n + 2)).collect()
}

/// Whether it belongs to a greeting: who answers it badly is asked nothing else.
fn greets(command: &str) -> bool {
    ["HELLO", "CLIENT", "SELECT", "AUTH", "PING"].contains(&command)
}

/// All verbs against a server that answers every command with `kind` of a hostile text; of every second text only what is
/// asked behind the greeting.
fn verbs_get(kind: fn(&[u8]) -> Vec<u8>) {
    let lines = lines();
    std::thread::scope(|scope| {
        for verb in VERBS {
            let lines = &lines;
            scope.spawn(move || {
                for (n, batch) in lines.chunks(10).enumerate() {
                    let answer = kind(&batch.concat());
                    let port = server(move |asked| {
                        let is_let_in = |command: &String| n % 2 == 1 && greets(command);
                        let answers = commands(asked);
                        let answers = answers.iter().map(|command| {
                            if is_let_in(command) { b"+OK\r\n".to_vec() } else { answer.clone() }
                        });
                        answers
                            .reduce(|before, answer| [before, answer].concat())
                            .unwrap_or_else(|| answer.clone())
                    });
                    let room = Room::new(&format!("redis://127.0.0.1:{port}/0"));
                    let verb = [verb, &["--connect-timeout", "100ms"]].concat();
                    room.run(&verb).is_harmless(&[verb.concat().as_ref()]);
                }
            });
        }
    });
}

fn line(kind: &[u8], text: &[u8]) -> Vec<u8> {
    [kind, text, b"\r\n"].concat()
}

fn bulk(text: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat()
}

#[test]
fn errors_of_the_server() {
    verbs_get(|text| line(b"-ERR ", text));
}

#[test]
fn error_codes_of_the_server() {
    verbs_get(|text| line(b"-", text));
}

#[test]
fn words_where_something_else_belongs() {
    verbs_get(|text| line(b"+", text));
}

#[test]
fn values_of_the_server() {
    // What INFO says of a server, CONFIG GET of a setting, TIME, and ACL of a user, is text as well.
    verbs_get(|text| {
        bulk(&[&b"redis_version:7."[..], text, b"\r\nrole:", text, b"\r\nmaxmemory_policy:", text].concat())
    });
    verbs_get(|text| [&b"*2\r\n"[..], &bulk(text), &bulk(text)].concat());
}

#[tokio::test]
async fn names_of_users() {
    let redis = PrivateRedis::start();
    let mut admin = Admin::at(&redis.url()).await;
    // A name has no blanks and no zero.
    let fits = |byte: &u8| !b" \0\t\r\n\x0b\x0c".contains(byte);
    let texts = [texts().concat().into_bytes(), BYTES.concat()];
    let names = texts
        .iter()
        .flat_map(|text| text.chunks(400))
        .map(|name| name.iter().copied().filter(fits).collect());
    for name in names.collect::<Vec<Vec<u8>>>() {
        admin.send(&[b"ACL", b"SETUSER", &name, b"on", b">pw", b"~*", b"+@read", b"+@connection"]).await;
        let name = name.iter().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let room = Room::new(&redis.url().replace("redis://", &format!("redis://{name}:pw@")));
        for verb in [
            &["doctor"][..],
            &["failed", "discard", "--state", "dead", "--yes"],
            &["journal"],
            &["config", "show"],
        ] {
            room.verb(verb);
        }
    }
}

#[test]
fn no_protocol_at_all_and_no_tls() {
    for line in lines() {
        let port = server(move |_| line.clone());
        for scheme in ["redis", "rediss"] {
            let room = Room::new(&format!("{scheme}://127.0.0.1:{port}/0"));
            room.run(&["stats", "--connect-timeout", "100ms"]).is_harmless(&[scheme.as_ref()]);
        }
    }
}
