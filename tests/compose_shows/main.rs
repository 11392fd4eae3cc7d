//! What Compose is held to: the program in a terminal, a worker beside it, on a private Redis.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

mod file;
#[allow(dead_code, reason = "a part of it is used here")]
#[path = "../work/house.rs"]
mod house;
mod keys;
mod killed;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/redis_server.rs"]
mod redis_server;
#[path = "../support/screen.rs"]
mod screen;
mod seeking;
#[path = "../support/sessions.rs"]
mod sessions;
#[path = "../support/terminal.rs"]
mod terminal;

use house::{ACME, GLOBEX, House, lines};
use keys::Keys;

const CONFIG: &str = r#"
default_context = "main"
[tenants]
189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6 = "Acme MSP"
716cf861-4211-42b4-9f10-7b17589986ef = "Globex"
[contexts.main]
url = "{url}"
[[handlers]]
name = "audit"
types = ["TICKET_*"]
kind = "log"
"#;

/// So many keys are 15 seconds of typing.
const MOST_KEYS: usize = 60;

/// A valid event, by keys alone.
fn compose(terminal: &mut Keys) {
    terminal.press("5");
    terminal.until("the form is there", |text| text.contains("TENANT"));
    terminal.press("\r");
    terminal.type_in("ticket_updated");
    terminal.until("the type is offered", |text| text.contains("TICKET_UPDATED"));
    terminal.press("\r");
    terminal.until("its fields are there", |text| text.contains("ticketId") && text.contains("userId"));
    terminal.press("\r");
    terminal.type_in("acme");
    terminal.until("the tenant is offered", |text| text.contains("Acme MSP") && !text.contains("Globex"));
    terminal.press("\r");
    terminal.until("it is valid", |text| text.contains("fits its schema"));
}

#[tokio::test]
async fn by_keys_alone_an_event_is_composed_sent_and_followed_to_its_outcome() {
    let house = House::with(CONFIG);
    let worker = house.work(&[]).await;
    let mut terminal = Keys::at(&house, &[]);
    compose(&mut terminal);
    terminal.press(Keys::ALT_ENTER);
    terminal.until("who would receive it is known", |text| {
        text.contains("event::TICKET_UPDATED") && text.contains("by audit") && text.contains("[ Cancel ]")
    });
    let told = terminal.text();
    assert!(told.contains("Acme MSP") && told.contains(ACME) && told.contains("EVALSHA"), "{told}");
    // It begins on Cancel.
    terminal.press("\t");
    terminal.press("\r");
    terminal.until("its outcome is in the form", |text| {
        let handled = text.lines().find(|line| line.contains("audit"));
        text.contains("TENANT") && handled.is_some_and(|line| line.contains("succeeded"))
    });
    assert!(terminal.pressed <= MOST_KEYS, "{} keys were pressed", terminal.pressed);

    let shown = terminal.text();
    let (code, out, notes) = house.run(&["tail", "--last", "10", "--no-follow", "-o", "json"]);
    assert_eq!(code, 0, "{notes}");
    let sent = lines(&out);
    assert_eq!(sent.len(), 1, "{out}");
    assert_eq!(sent[0]["tenant"], ACME, "{out}");
    let id = sent[0]["event"]["id"].as_str().unwrap();
    assert!(shown.contains(id) && shown.contains(sent[0]["entryId"].as_str().unwrap()), "{shown}\n{out}");
    assert!(!out.contains(GLOBEX));
    terminal.quit();
    worker.signal(rustix::process::Signal::TERM);
    assert!(worker.ended().await.success());
}
