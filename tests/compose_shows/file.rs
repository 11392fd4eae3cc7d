//! A file of thousands of lines, one in a hundred of them bad, sent from Compose by keys alone.

use std::fs;

use serde_json::Value;

use crate::CONFIG;
use crate::house::{ACME, GLOBEX, House};
use crate::keys::Keys;
use crate::redis_server::PrivateRedis;

const LINES: usize = 5_000;
const STREAMS: [&str; 2] = ["event::TICKET_CREATED", "event::TICKET_CLOSED"];

fn event(number: usize) -> String {
    let event_type = if number.is_multiple_of(2) { "TICKET_CREATED" } else { "TICKET_CLOSED" };
    let tenant = if number.is_multiple_of(3) { GLOBEX } else { ACME };
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","eventType":"{event_type}","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"{tenant}","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}}}}"#
    )
}

/// Every hundredth line is bad: broken, not UTF-8, or not as its schema says.
fn line(number: usize) -> (Vec<u8>, bool) {
    let good = event(number);
    if !number.is_multiple_of(100) {
        return (good.into_bytes(), true);
    }
    let bad = match number / 100 % 3 {
        0 => good.as_bytes()[..good.len() - 1].to_vec(),
        1 => [&[0xff], good.as_bytes()].concat(),
        _ => good.replace("7b9d493c", "\\u001b[2J").into_bytes(),
    };
    (bad, false)
}

/// The ids of what lies in the streams, in order.
async fn lying(house: &House) -> Vec<String> {
    let mut admin = house.admin().await;
    let mut ids = Vec::new();
    for stream in STREAMS {
        let entries: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {stream} - +")).await;
        ids.extend(entries.iter().map(|(_, fields)| {
            let event: Value = serde_json::from_str(&fields[1]).unwrap();
            event["id"].as_str().unwrap().to_owned()
        }));
    }
    ids.sort();
    ids
}

/// A person opens the dialog and names the file, of which a few letters are enough.
fn name_it(terminal: &mut Keys) {
    terminal.press("5");
    terminal.until("the form is there", |text| text.contains("TENANT"));
    terminal.press("F");
    terminal.until("a file is asked for", |text| text.contains("Send a file of events"));
    terminal.type_in("ev");
    terminal.press("\t");
    terminal.until("its path is completed", |text| text.contains("events.jsonl"));
    terminal.press("\r");
}

#[tokio::test]
async fn a_file_of_thousands_is_looked_at_sent_and_its_bad_lines_are_listed_and_written() {
    let house = House::with(CONFIG);
    let (mut content, mut bad) = (Vec::new(), Vec::new());
    let mut good_ids = Vec::new();
    for number in 1..=LINES {
        let (text, is_good) = line(number);
        content.extend_from_slice(&text);
        content.push(b'\n');
        if is_good {
            good_ids.push(format!("00000000-0000-4000-8000-{number:012}"));
        } else {
            bad.extend([&text[..], b"\n"].concat());
        }
    }
    fs::write(house.path("events.jsonl"), &content).unwrap();

    let mut terminal = Keys::at(&house, &[]);
    name_it(&mut terminal);
    terminal.until("it was looked at as a whole", |text| {
        text.contains("5,000 lines")
            && text.contains("4,950 events")
            && text.contains("50 lines: nothing is sent")
    });
    let looked = terminal.text();
    assert!(looked.contains("TICKET_CREATED 2,450") && looked.contains("TICKET_CLOSED 2,500"), "{looked}");
    assert!(
        looked.contains("Acme MSP") && looked.contains("Globex") && looked.contains(STREAMS[0]),
        "{looked}"
    );
    assert!(looked.contains("100      not UTF-8"), "each bad line by number and reason: {looked}");
    // Nothing is sent while lines are bad.
    terminal.press("\t");
    terminal.press("\r");
    terminal.until("it says why not", |text| text.contains("50 lines are bad"));
    assert!(lying(&house).await.is_empty());
    // From Go up: Cancel, rate, bad into, bad lines.
    for key in ["\x1b[A", "\x1b[A", "\x1b[A", "\x1b[A", " ", "\x1b[B"] {
        terminal.press(key);
    }
    terminal.type_in("bad.jsonl");
    for key in ["\r", "\r", "\t", "\r"] {
        terminal.press(key);
    }
    terminal.until("all of it is sent and told", |text| {
        text.contains("the file is at its end")
            && text.contains("published 4,950")
            && text.contains("bad 50")
            && text.contains("50 bad lines are in bad.jsonl")
    });
    assert_eq!(lying(&house).await, good_ids, "the good ones, once each");
    assert!(fs::read(house.path("bad.jsonl")).unwrap() == bad, "to the letter");
    assert_eq!(house.read("bad.jsonl.reasons.jsonl").lines().count(), 50);
    assert!(house.read("bad.jsonl.reasons.jsonl").starts_with(r#"{"line":100,"badLine":1,"kind":"utf8""#));
    terminal.press("L");
    terminal.until("the bad lines are listed", |text| {
        text.contains("Lines that were not published") && text.contains("100      bad: not UTF-8")
    });
    terminal.press("\r");

    // The same again makes no doubles; what is there already is never overwritten.
    terminal.press("F");
    terminal.until("the file is named already", |text| text.contains("Send a file of events"));
    terminal.press("\r");
    terminal.until("it was looked at again", |text| text.contains("50 lines: nothing is sent"));
    for key in ["\x1b[A", "\x1b[A", "\x1b[A", " ", "\x1b[B"] {
        terminal.press(key);
    }
    terminal.type_in("bad.jsonl");
    for key in ["\r", "\r", "\t", "\r"] {
        terminal.press(key);
    }
    terminal.until("nothing is sent", |text| {
        text.contains("nothing was sent") && text.contains("it was left as it is")
    });
    assert!(fs::read(house.path("bad.jsonl")).unwrap() == bad, "it was left as it is");
    terminal.press("s");
    terminal.until("the file is named already", |text| text.contains("Send a file of events"));
    terminal.press("\r");
    terminal.until("it was looked at again", |text| text.contains("50 lines: nothing is sent"));
    for key in ["\x1b[A", "\x1b[A", "\x1b[A", " ", "\x1b[B", "\x1b[B", "\x1b[B", "\t", "\r"] {
        terminal.press(key);
    }
    terminal.until("all of it was there", |text| {
        text.contains("there already 4,950") && text.contains("published 0") && text.contains("bad 50")
    });
    assert_eq!(lying(&house).await, good_ids, "no doubles");
    terminal.quit();
    let history = house.read(".local/state/tidings/history/url.jsonl");
    // A hundred of each sending: a file must not push everything else out of the history.
    assert_eq!(history.lines().count(), 200);
}

#[tokio::test]
async fn a_server_that_is_killed_leaves_nothing_untold_and_the_file_again_no_doubles() {
    let server = PrivateRedis::start_durable();
    let url = server.url();
    let mut house = House::on(server, &url, CONFIG);
    let content: String = (1..=LINES).filter(|n| n % 100 != 0).map(|n| event(n) + "\n").collect();
    let lines = content.lines().count();
    fs::write(house.path("events.jsonl"), &content).unwrap();
    let mut terminal = Keys::at(&house, &[]);
    name_it(&mut terminal);
    terminal.until("it was looked at", |text| text.contains("4,950 lines, "));
    // Slowly: from Cancel up to the rate.
    terminal.press("\x1b[A");
    terminal.type_in("500");
    for key in ["\r", "\t", "\r"] {
        terminal.press(key);
    }
    let mut sent = 0;
    while sent < 500 {
        terminal.until("it is being sent", |text| text.contains("/4,950"));
        sent = lying(&house).await.len();
    }
    house.server.kill9();
    terminal.until("it says so", |text| text.contains("stopped: ") && text.contains("s send again"));
    let told = terminal.text();
    let number = |label: &str| -> usize {
        let Some((_, rest)) = told.split_once(&format!("{label} ")) else { return 0 };
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
        digits.replace(',', "").parse().unwrap_or(0)
    };
    let all = ["  published", "not sent", "  unknown", "left"].map(number);
    assert_eq!(all.iter().sum::<usize>(), lines, "{all:?}: {told}");
    // It may have drawn frames before it knew of the loss.
    terminal.until("the loss is seen", |text| !text.contains("● live"));
    house.server.restart();
    let there = lying(&house).await.len();
    let [published, _, unknown, _] = all;
    assert!((published..=published + unknown).contains(&there), "{there} of {all:?}: {told}");
    terminal.until("it is connected again", |text| text.contains("● live"));
    terminal.press("s");
    terminal.until("the file is named already", |text| text.contains("Send a file of events"));
    terminal.press("\r");
    terminal.until("it was looked at again", |text| text.contains("4,950 lines, "));
    terminal.press("\t");
    terminal.press("\r");
    terminal.until("the rest is sent", |text| text.contains("the file is at its end"));
    let ids = lying(&house).await;
    let mut once = ids.clone();
    once.dedup();
    assert_eq!((ids.len(), once.len()), (lines, lines), "all of them, once each");
    terminal.quit();
}
