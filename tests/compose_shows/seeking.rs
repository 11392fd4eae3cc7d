//! A type without a schema, of which no event is in memory: the form begins with the newest one on the bus, where this run
//! may see it.

use crate::house::{ACME, GLOBEX, House};
use crate::keys::Keys;
use crate::redis_server::PrivateRedis;

/// One event is retained at the start.
const CONFIG: &str = r#"
[history]
last = 1
[tenants]
189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6 = "Acme MSP"
716cf861-4211-42b4-9f10-7b17589986ef = "Globex"
"#;

/// An event of Acme, and others since.
fn house() -> House {
    let house = House::with(CONFIG);
    publish(&house, ACME, "PART_ORDERED", "part=of-acme");
    for number in 0..5 {
        house.publish(GLOBEX, number);
    }
    house
}

fn publish(house: &House, tenant: &str, event_type: &str, field: &str) {
    let arguments = ["publish", event_type, "--tenant", tenant, "--set", field];
    let (code, _, notes) = house.run(&arguments);
    assert_eq!(code, 0, "{notes}");
}

fn choose(terminal: &mut Keys, event_type: &str) {
    terminal.press("5");
    terminal.until("the form is there", |text| text.contains("TENANT"));
    terminal.press("\r");
    terminal.type_in(event_type);
    terminal.until("it is offered", |text| text.contains(&event_type.to_uppercase()));
    terminal.press("\r");
}

#[test]
fn the_newest_event_on_the_bus_fills_the_form_and_its_stream_stands_there() {
    let house = house();
    let mut terminal = Keys::at(&house, &[]);
    choose(&mut terminal, "part_ordered");
    terminal.until("it is found", |text| {
        text.contains("made after the newest one")
            && text.contains("of-acme")
            && text.contains("event::PART_ORDERED")
    });
    terminal.quit();
}

#[test]
fn a_run_that_is_locked_to_a_tenant_is_shown_its_own_alone() {
    let house = house();
    let mut terminal = Keys::at(&house, &["--tenant", "Globex"]);
    choose(&mut terminal, "part_ordered");
    terminal.until("there is none", |text| text.contains("none of this run's tenants was found"));
    assert!(!terminal.text().contains("of-acme"), "{}", terminal.text());
    publish(&house, GLOBEX, "PART_SHIPPED", "part=of-globex");
    publish(&house, ACME, "PART_SHIPPED", "part=of-acme");
    terminal.quit();
    house.publish(GLOBEX, 6);
    let mut terminal = Keys::at(&house, &["--tenant", "Globex"]);
    choose(&mut terminal, "part_shipped");
    terminal.until("its own is found", |text| text.contains("of-globex"));
    assert!(!terminal.text().contains("of-acme"), "{}", terminal.text());
    terminal.quit();
}

#[test]
fn that_it_cannot_be_looked_for_is_said() {
    let server = PrivateRedis::start();
    let url = server.url();
    let house = House::on(server, &url, "[contexts.main]\nurl = \"{url}\"\nprofile = \"pubsub\"\n");
    let mut terminal = Keys::at(&house, &["--context", "main"]);
    choose(&mut terminal, "part_ordered");
    terminal.until("why there is none", |text| {
        text.contains("no schema, and none was found")
            && text.contains("the profile pubsub cannot be rewound")
    });
    terminal.quit();
}
