//! `--drain`: what is done, what is tried again, what is dead, and that nothing is left.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use crate::house::{ACME, GLOBEX, House, count, lines};

const HANDLERS: &str = r#"
[tenants]
189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6 = "Acme MSP"
[[handlers]]
name = "good"
types = ["TICKET_*"]
kind = "exec"
start = "beginning"
command = ["/bin/sh", "-c", "cat >> good; echo >> good"]
cwd = "{folder}"
concurrency = 1
[[handlers]]
name = "second-time"
types = ["*"]
kind = "exec"
start = "beginning"
base = "1ms"
command = ["/bin/sh", "-c", "echo 'not yet\u001b[2J' >&2; [ $TIDINGS_ATTEMPT -gt 1 ]"]
[[handlers]]
name = "never"
types = ["TICKET_*"]
kind = "exec"
start = "beginning"
attempts = 2
base = "1ms"
command = ["false"]
[[handlers]]
name = "acme-odd"
types = ["TICKET_*"]
kind = "log"
start = "beginning"
tenants = ["acme msp"]
filter = "payload.n=1 or payload.n=3"
"#;

#[tokio::test]
async fn everything_is_done_or_dead_and_nothing_is_left() {
    let house = House::with(HANDLERS);
    for number in 1..=3 {
        house.publish(ACME, number);
        house.publish(GLOBEX, number);
    }
    let mut admin = house.admin().await;
    admin.send(&[b"XADD", b"event::TICKET_CREATED", b"*", b"event", b"{\"id\": \xff}"]).await;
    let (code, out, notes) = house.run(&["work", "--drain", "-o", "json"]);
    assert_eq!(code, 0, "{notes}");
    let lines = lines(&out);
    for (handler, outcome, times) in [
        ("good", "done", 6),
        ("second-time", "retry", 6),
        ("second-time", "done", 6),
        ("never", "retry", 6),
        // The one that is no event is a dead letter of everyone whose business it may be.
        ("never", "dead", 7),
        ("good", "dead", 1),
        ("acme-odd", "dead", 1),
        ("acme-odd", "done", 0),
    ] {
        assert_eq!(count(&lines, handler, outcome), times, "{handler} {outcome}\n{out}");
    }
    let logged: Vec<_> = lines.iter().filter(|line| line["about"].is_string()).collect();
    assert_eq!(logged.len(), 2);
    for line in logged {
        assert_eq!((&line["handler"], &line["label"]), (&"acme-odd".into(), &"Acme MSP".into()));
    }
    let retry =
        lines.iter().find(|line| line["handler"] == "second-time" && line["outcome"] == "retry").unwrap();
    assert_eq!((&retry["attempt"], &retry["type"]), (&1.into(), &"TICKET_CREATED".into()));
    assert_eq!(retry["error"][1], "stderr: not yet\u{1b}[2J");
    assert!(!out.contains('\u{1b}'), "it is escaped");
    let dead = lines.iter().find(|line| line["handler"] == "never" && line["attempt"] == 2).unwrap();
    assert_eq!((&dead["reason"], &dead["retryInMs"]), (&"exhausted".into(), &serde_json::Value::Null));
    for line in ["good: 6 done, 1 dead letter", "acme-odd: 2 done, 1 dead letter, 4 not for it"] {
        assert!(notes.contains(line), "{notes}");
    }
    assert_eq!(house.read("good").lines().count(), 6, "each came whole");
    assert!(is_nothing_left(&house));
    let letters: u64 = admin.get("XLEN event::TICKET_CREATED:dead-letter").await;
    assert_eq!(letters, 10);
    // Once more there is nothing to do.
    let (code, out, _) = house.run(&["work", "--drain", "-o", "json"]);
    assert_eq!((code, out.as_str()), (0, ""));
}

fn is_nothing_left(house: &House) -> bool {
    let (_, out, _) = house.run(&["handlers", "-o", "json"]);
    let handlers = lines(&out);
    let nothing = |handler: &serde_json::Value| {
        ["lag", "pending", "scheduled"].iter().all(|name| handler[name] == 0)
            && handler["consumers"].as_array().is_some_and(Vec::is_empty)
    };
    handlers.len() == 4 && handlers.iter().all(nothing)
}

#[tokio::test]
async fn text_is_readable_and_only_runs_what_it_says() {
    let house = House::with(HANDLERS);
    house.publish(ACME, 1);
    let (code, out, notes) = house.run(&["work", "--drain", "--only", "never", "acme-odd"]);
    assert_eq!(code, 0, "{notes}");
    assert!(notes.contains("never, acme-odd") && !notes.contains("good"), "{notes}");
    let without_time: Vec<_> = out.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    let find = |start: &str| without_time.iter().find(|line| line.starts_with(start)).unwrap_or(&"");
    assert!(find("acme-odd         TICKET_CREATED  Acme MSP  ").contains("ticket 7b9d493c, n 1"), "{out}");
    assert!(find("never     retry  TICKET_CREATED  Acme MSP  ").contains("again in "), "{out}");
    let dead = find("never     dead   TICKET_CREATED  Acme MSP  ");
    assert!(dead.contains("attempt 2  exhausted: 'false' ended with code 1"), "{out}");
}

#[tokio::test]
async fn a_web_service_gets_what_is_signed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!(
        r#"
[[handlers]]
name = "hook"
types = ["*"]
kind = "webhook"
start = "beginning"
url = "http://{}/hook"
secret_env = "PATH"
allow_private = true
"#,
        listener.local_addr().unwrap()
    );
    let house = House::with(&config);
    house.publish(ACME, 7);
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut line) = (String::new(), String::new());
        while reader.read_line(&mut line).unwrap() > 2 {
            head += &line.to_lowercase();
            line.clear();
        }
        let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    let (code, out, notes) = house.run(&["work", "--drain"]);
    assert_eq!(code, 0, "{notes}");
    let (head, body) = serving.join().unwrap();
    assert!(head.starts_with("post /hook http/1.1") && head.contains("x-tidings-signature: t="), "{head}");
    assert!(body.contains("\"n\":7") && out.contains("done"), "{body} {out}");
}

#[tokio::test]
async fn what_handlers_publish_for_each_other_is_done_too_also_the_first_of_its_type() {
    let program = env!("CARGO_BIN_EXE_tidings");
    let publish = |next: &str| {
        format!(
            r#"command = ["{program}", "publish", "{next}", "--tenant", "{ACME}", "--set", "n:=1"]
env = {{ REDIS_URL = "{{url}}", HOME = "{{folder}}" }}
"#
        )
    };
    let handler = |name: &str, takes: &str, does: &str| {
        format!("[[handlers]]\nname = \"{name}\"\ntypes = [\"{takes}\"]\nstart = \"beginning\"\n{does}")
    };
    let config = [
        handler("third", "STEP_THREE", "kind = \"log\"\n"),
        handler("second", "STEP_TWO", &format!("kind = \"exec\"\n{}", publish("STEP_THREE"))),
        handler("first", "TICKET_CREATED", &format!("kind = \"exec\"\n{}", publish("STEP_TWO"))),
    ];
    let house = House::with(&config.concat());
    house.publish(ACME, 1);
    let (code, out, notes) = house.run(&["work", "--drain", "-o", "json"]);
    assert_eq!(code, 0, "{notes}");
    let handlers: Vec<_> = lines(&out).iter().map(|line| line["handler"].clone()).collect();
    assert_eq!(handlers, ["first", "second", "third"], "{out} {notes}");
}
