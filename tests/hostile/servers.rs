//! Servers that answer hostile things: errors, names, garbage, and a TLS that is none.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use crate::corpus::{BYTES, texts};
use crate::room::Room;

/// A server that answers each read with what `answer` makes of it; it ends with the process.
fn server(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
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

/// All verbs against a server that answers every command with one line that begins with `kind`.
fn verbs_get(kind: &str) {
    let lines = lines();
    std::thread::scope(|scope| {
        for verb in VERBS {
            let lines = &lines;
            scope.spawn(move || {
                for batch in lines.chunks(10) {
                    let line = [kind.as_bytes(), &batch.concat(), b"\r\n"].concat();
                    let port = server(move |asked| {
                        // One answer for each command of a pipeline.
                        let asked =
                            asked.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"*")).count();
                        line.repeat(asked.max(1))
                    });
                    let room = Room::new(&format!("redis://127.0.0.1:{port}/0"));
                    let verb = [verb, &["--connect-timeout", "100ms"]].concat();
                    room.run(&verb).is_harmless(&[kind.as_ref(), verb.concat().as_ref()]);
                }
            });
        }
    });
}

#[test]
fn errors_of_the_server() {
    verbs_get("-ERR ");
}

#[test]
fn error_codes_of_the_server() {
    verbs_get("-");
}

#[test]
fn words_where_something_else_belongs() {
    verbs_get("+");
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
