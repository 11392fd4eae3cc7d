//! Redis is killed, or its answer is lost, in the middle of a send from the form: the form says sent, not sent or unknown,
//! as it is true, and sending again with the same id makes no double.

use tidings::event::NewEvent;

use crate::house::House;
use crate::keys::Keys;
use crate::proxy::Proxy;
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, until};
use crate::{CONFIG, compose};

const STREAM: &str = "event::TICKET_UPDATED";

/// A dashboard in front of a server that keeps what it has answered for, with a way to lose its answers.
fn house() -> (House, Proxy) {
    let server = PrivateRedis::start_durable();
    let proxy = Proxy::to(server.port());
    let house = House::on(server, &proxy.url(), CONFIG);
    (house, proxy)
}

/// The dialog, with all that is known before sending. It begins on Cancel.
fn ask(terminal: &mut Keys, key: &str) {
    terminal.press(key);
    terminal.until("who would receive it is known", |text| {
        text.contains(STREAM) && text.contains("by nobody") && text.contains("[ Cancel ]")
    });
}

fn go(terminal: &mut Keys) {
    terminal.press("\t");
    terminal.press("\r");
}

/// The id that the form shows of what was sent: it stands below the line with this word.
fn id(terminal: &Keys, word: &str) -> String {
    let text = terminal.text();
    let mut lines = text.lines().skip_while(|line| !line.contains(word)).skip(1);
    let line = lines.next().unwrap_or_default();
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Sends the event in the form, so that there is a connection for it: what comes next is lost on the way, not before.
async fn send_first(house: &House, terminal: &mut Keys) {
    ask(terminal, Keys::ALT_ENTER);
    go(terminal);
    terminal.until("the first one is sent", |text| text.contains("✓ sent"));
    let mut admin = Admin::at(&house.server.url()).await;
    admin.run(&format!("XTRIM {STREAM} MAXLEN 0")).await;
}

/// The ids of what lies in the stream.
async fn lying(house: &House) -> Vec<String> {
    let mut admin = Admin::at(&house.server.url()).await;
    let entries: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {STREAM} - +")).await;
    entries
        .iter()
        .map(|(_, fields)| NewEvent::from_text(fields[1].clone()).unwrap().id().to_string())
        .collect()
}

/// The outcomes in the history, the oldest first.
fn history(house: &House) -> Vec<String> {
    let text = house.read(".local/state/tidings/history/url.jsonl");
    let outcome = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["outcome"].as_str().unwrap().to_owned()
    };
    text.lines().map(outcome).collect()
}

/// The server is there again, and the dashboard knows it. It may have drawn frames before it knew of the loss.
fn come_back(house: &mut House, proxy: &Proxy, terminal: &mut Keys) {
    proxy.cut_clients();
    terminal.until("the loss is seen", |text| !text.contains("● live"));
    house.server.restart();
    terminal.until("it is connected again", |text| text.contains("● live"));
}

#[tokio::test]
async fn an_answer_that_is_lost_with_its_server_is_unknown_and_sending_again_makes_no_double() {
    let (mut house, proxy) = house();
    let mut terminal = Keys::at(&house, &[]);
    compose(&mut terminal);
    send_first(&house, &mut terminal).await;
    ask(&mut terminal, Keys::ALT_ENTER);
    proxy.lose_answers(true);
    go(&mut terminal);
    until("it lies there", async || lying(&house).await.len() == 1).await;
    house.server.kill9();
    terminal.until("it is unknown", |text| text.contains("unknown: it may be there, or not"));
    let sent = id(&terminal, "unknown:");
    proxy.lose_answers(false);
    come_back(&mut house, &proxy, &mut terminal);
    assert_eq!(lying(&house).await, std::slice::from_ref(&sent), "it was there");

    // By the key for it, and by that of the form, which says the same still.
    for key in ["s", Keys::ALT_ENTER] {
        ask(&mut terminal, key);
        let told = terminal.text();
        assert!(told.contains("Send again, with the same id") && told.contains(&sent), "{told}");
        terminal.press("\x1b");
        terminal.until("it is closed", |text| !text.contains("[ Cancel ]"));
    }
    ask(&mut terminal, "s");
    go(&mut terminal);
    terminal.until("it was there", |text| text.contains("was there already: no double"));
    assert_eq!(id(&terminal, "was there already"), sent);
    assert_eq!(lying(&house).await, [sent], "no double");
    until("all are in the history", async || history(&house).len() == 3).await;
    assert_eq!(history(&house), ["published", "unknown", "repeated"]);
    terminal.quit();
}

#[tokio::test]
async fn what_never_reached_the_server_is_unknown_and_sending_again_sends_it_once() {
    let (mut house, proxy) = house();
    let mut terminal = Keys::at(&house, &[]);
    compose(&mut terminal);
    send_first(&house, &mut terminal).await;
    ask(&mut terminal, Keys::ALT_ENTER);
    // It takes what is sent, and does nothing with it any more.
    house.server.stop();
    go(&mut terminal);
    terminal.until("it is unknown", |text| text.contains("unknown: it may be there, or not"));
    let sent = id(&terminal, "unknown:");
    house.server.kill9();
    come_back(&mut house, &proxy, &mut terminal);
    assert_eq!(lying(&house).await, [""; 0], "it was not there");
    ask(&mut terminal, "s");
    go(&mut terminal);
    terminal.until("it is sent", |text| text.contains("✓ sent"));
    assert_eq!(id(&terminal, "✓ sent"), sent);
    assert_eq!(lying(&house).await, [sent]);
    terminal.quit();
}

#[tokio::test]
async fn without_a_server_nothing_is_sent_and_the_form_says_so() {
    let (mut house, _proxy) = house();
    let mut terminal = Keys::at(&house, &[]);
    compose(&mut terminal);
    ask(&mut terminal, Keys::ALT_ENTER);
    house.server.kill9();
    terminal.until("the loss is seen", |text| !text.contains("● live"));
    go(&mut terminal);
    terminal.until("it is not sent", |text| text.contains("✗ not sent"));
    let refused = id(&terminal, "✗ not sent");
    house.server.restart();
    terminal.until("it is connected again", |text| text.contains("● live"));
    assert_eq!(lying(&house).await, [""; 0], "not sent is not sent");
    ask(&mut terminal, "s");
    go(&mut terminal);
    terminal.until("it is sent", |text| text.contains("✓ sent"));
    assert_eq!(lying(&house).await, [refused]);
    terminal.quit();
}

/// The number behind a word on the screen.
fn number(text: &str, word: &str) -> usize {
    let behind = text.split(word).nth(1).unwrap_or_default().trim_start();
    let digits: String = behind.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    digits.replace(',', "").parse().unwrap_or(0)
}

#[tokio::test]
async fn copies_stop_with_the_server_and_each_is_counted_as_it_is() {
    let (mut house, proxy) = house();
    let mut terminal = Keys::at(&house, &[]);
    compose(&mut terminal);
    ask(&mut terminal, Keys::ALT_ENTER);
    // Up from Cancel: the rate, and the copies.
    terminal.press("\x1b[A");
    terminal.type_in("50");
    terminal.press("\x1b[A");
    terminal.press("\x15");
    terminal.type_in("1000");
    terminal.until("it says so", |text| text.contains("Send 1,000"));
    for key in ["\t", "\t", "\t", "\r"] {
        terminal.press(key);
    }
    terminal.until("some are published", |text| number(text, "published ") > 20);
    house.server.kill9();
    terminal.until("it stopped", |text| text.contains("stopped: "));
    let text = terminal.text();
    let (published, unknown) = (number(&text, "published "), number(&text, "unknown "));
    assert!((20..1_000).contains(&published), "{text}");
    come_back(&mut house, &proxy, &mut terminal);
    let lying = lying(&house).await;
    assert!((published..=published + unknown).contains(&lying.len()), "{} lie there\n{text}", lying.len());
    let asked = published + unknown + number(&text, "not sent ");
    until("each is in the history", async || history(&house).len() == asked.min(500)).await;
    terminal.quit();
}

#[tokio::test]
async fn all_copies_of_an_answer_that_was_lost_are_sent_again_and_make_no_double() {
    let (mut house, proxy) = house();
    let mut terminal = Keys::at(&house, &[]);
    compose(&mut terminal);
    send_first(&house, &mut terminal).await;
    ask(&mut terminal, Keys::ALT_ENTER);
    proxy.lose_answers(true);
    // Up from Cancel, over the rate: the copies.
    for key in ["\x1b[A", "\x1b[A", "\x15"] {
        terminal.press(key);
    }
    terminal.type_in("20");
    terminal.until("it says so", |text| text.contains("Send 20"));
    for key in ["\t", "\t", "\t", "\r"] {
        terminal.press(key);
    }
    until("they lie there", async || lying(&house).await.len() == 20).await;
    house.server.kill9();
    terminal.until("they are unknown", |text| number(text, "unknown ") == 20);
    proxy.lose_answers(false);
    come_back(&mut house, &proxy, &mut terminal);
    let before = lying(&house).await;
    ask(&mut terminal, "s");
    let told = terminal.text();
    assert!(told.contains("Send again, with the same ids") && told.contains("and 19 more"), "{told}");
    go(&mut terminal);
    terminal.until("all were there", |text| number(text, "there already ") == 20);
    assert_eq!(lying(&house).await, before, "no double");
    terminal.quit();
}
