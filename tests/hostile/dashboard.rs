//! Every view, picker, field and dialog of the dashboard, on a bus that is hostile throughout.

use crate::bus::{ACME, fill, fill_alga};
use crate::corpus::{all_in_one, texts};
use crate::files::toml;
use crate::redis_server::PrivateRedis;
use crate::room::Room;
use crate::screens::Dashboard;
use crate::sessions::Admin;

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (140, 40);

/// A bus, a config whose names and labels are hostile, and the dashboard on it, when all is read.
async fn open(profile: &str, size: (u16, u16)) -> (PrivateRedis, Room, Dashboard) {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    if profile == "alga-psa" {
        fill_alga(&mut admin).await;
    } else {
        fill(&mut admin).await;
    }
    let room = Room::new(&server.url());
    let mut config = format!("[tenants]\n{ACME} = \"hq82\\u001b[3J\\u202e\"\n");
    for text in texts().iter().skip(1) {
        let name = toml(text);
        let label = format!("{name} = {name}\n");
        config += &label;
    }
    for text in texts().iter().take(12) {
        let context = format!("[contexts.{}]\nurl = \"redis://127.0.0.1:1/0\"\nchannel = {0}\n", toml(text));
        config += &context;
    }
    room.write("config.toml", config);
    room.write(
        ".config/tidings/templates/hq83.toml",
        format!("type = \"A\"\nnote = {}\npayload = '{{}}'\n", toml(&texts()[6])),
    );
    let history = format!(
        "{{\"at\":\"2026-11-23T18:49:12.545Z\",\"eventId\":\"57f7e9a7-7e13-452d-81b7-9892c8fdd92e\",\"type\":\"TICKET_UPDATED\",\"tenant\":{text},\"channel\":{text},\"outcome\":\"not-sent\",\"why\":{text},\"stream\":{text},\"entryId\":null,\"unchecked\":true,\"cut\":false,\"redacted\":[{text}],\"payload\":{{{text}:{text}}}}}\n",
        text = crate::corpus::spelled(&texts()[6])
    );
    room.write(".local/state/tidings/history/default.jsonl", history);
    let arguments = ["--config", "config.toml", "--profile", profile, "--channel", "all"];
    let native = &arguments[..4];
    let mut dashboard =
        Dashboard::open(&room.command(if profile == "alga-psa" { &arguments[..] } else { native }), size);
    dashboard.until_all_is_read();
    (server, room, dashboard)
}

async fn flow_and_events(size: (u16, u16)) {
    let (_server, _room, mut dashboard) = open("native", size).await;
    dashboard.go(["j", "j", "\t", "j", "j", "\t", "j", "l", "l", "\t", "j", "\r", "\x1b"]);
    dashboard.go(["2", "g"]);
    for _ in 0..24 {
        dashboard.go(["\x04"]);
    }
    dashboard.go(["G", "\r", "R", "w", ">", ">", "<", "R", "Z", "z", "G", "\x1b", "s", "g", "s", "s", "y"]);
    for _ in 0..12 {
        dashboard.go(["2", "j", "\r", "G", "R", "\x1b"]);
    }
    dashboard.go(["2", "g", "\r", "\t", "j", "j", "l"]);
    dashboard.press("Y");
    dashboard.until_it_says("Copy");
    dashboard.press("\r");
    dashboard.go(["o", "\x1b", "2", " ", "v", "j", "v"]);
    dashboard.press("|");
    dashboard.until_it_says("Columns");
    dashboard.escape();
    dashboard.go(["2"]);
    dashboard.press("/");
    dashboard.paste(&all_in_one());
    dashboard.until_it_says("hq4");
    dashboard.press("\x15");
    dashboard.paste("\"hq06\x1b[3J\u{202e}");
    dashboard.until_it_says("hq06");
    dashboard.press("\x15hq06\r");
    dashboard.go(["a", "n"]);
    let (seen, copies) = dashboard.end();
    assert!(seen >= 20 && !copies.is_empty(), "{seen} texts, {} copies", copies.len());
}

async fn failed_and_handlers(size: (u16, u16)) {
    let (_server, _room, mut dashboard) = open("native", size).await;
    dashboard.press("4");
    dashboard.until_it_says("hq0");
    for _ in 0..10 {
        dashboard.go(["\x04"]);
    }
    dashboard.go([
        "g", "\r", "G", "\x1b", "a", "G", "\r", "G", "\x1b", "z", "g", "j", "j", "\x04", "\r", "\x1b",
        "\x1b", "z",
    ]);
    for _ in 0..8 {
        dashboard.go(["j", "\r", "\x04", "\x1b"]);
    }
    dashboard.go(["4", "g"]);
    dashboard.press("r");
    dashboard.until_it_says("Cancel");
    dashboard.escape();
    dashboard.go(["4", "J", "j", "\r", "\x04", "y", "\x1b", "\x1b"]);
    dashboard.go([
        "3", "j", "j", "\x04", "\x04", "\r", "G", "\x1b", "E", "j", "\r", "j", "\r", "\x1b", "\x1b", "\x1b",
    ]);
    let (seen, _) = dashboard.end();
    assert!(seen >= 30, "{seen} texts");
}

async fn pickers_health_and_compose(size: (u16, u16)) {
    let (_server, _room, mut dashboard) = open("native", size).await;
    dashboard.go(["6", "j", "\r", "j", "j", "\r", "y", "G"]);
    for picker in ["t", "C", "K", ":", "?", "\x10"] {
        dashboard.press(picker);
        for _ in 0..12 {
            dashboard.press("\x1b[B");
        }
        dashboard.paste("hq0");
        dashboard.paste(&all_in_one());
        dashboard.escape();
        dashboard.escape();
        dashboard.go(["2"]);
    }
    // What is no JSON object can be no beginning.
    dashboard.go(["2"]);
    dashboard.press("/not is:invalid\r");
    dashboard.go(["g", "j", "j"]);
    for _ in 0..3 {
        dashboard.press("c");
        dashboard.until_it_says("stays until it is sent");
        dashboard.go(["j", "j", "j", "j", "G"]);
        dashboard.press("\x1b\r");
        dashboard.until_it_says("Cancel");
        dashboard.escape();
        dashboard.go(["2", "j", "j", "j"]);
    }
    dashboard.go(["5"]);
    for shelf in ["T", "H"] {
        dashboard.press(shelf);
        dashboard.until("a shelf is open", |screen| screen.contains("hq"));
        dashboard.escape();
        dashboard.go(["5"]);
    }
    let (seen, _) = dashboard.end();
    assert!(seen >= 20, "{seen} texts");
}

async fn a_bus_of_alga(size: (u16, u16)) {
    let (_server, _room, mut dashboard) = open("alga-psa", size).await;
    dashboard.go([
        "2", "g", "\x04", "\x04", "\r", "\x1b", "3", "j", "\r", "G", "\x1b", "4", "\x04", "\r", "G", "\x1b",
        "6", "j", "\r",
    ]);
    dashboard.press("C");
    for _ in 0..20 {
        dashboard.press("\x1b[B");
    }
    dashboard.until("channels are offered", |screen| screen.contains("hq"));
    dashboard.press("\r");
    dashboard.until_it_says("channel");
    dashboard.go(["2"]);
    let (seen, _) = dashboard.end();
    assert!(seen >= 20, "{seen} texts");
}

#[tokio::test]
async fn flow_and_events_on_a_small_screen() {
    flow_and_events(SMALL).await;
}

#[tokio::test]
async fn flow_and_events_on_a_large_screen() {
    flow_and_events(LARGE).await;
}

#[tokio::test]
async fn failed_and_handlers_on_a_small_screen() {
    failed_and_handlers(SMALL).await;
}

#[tokio::test]
async fn failed_and_handlers_on_a_large_screen() {
    failed_and_handlers(LARGE).await;
}

#[tokio::test]
async fn pickers_health_and_compose_on_a_small_screen() {
    pickers_health_and_compose(SMALL).await;
}

#[tokio::test]
async fn pickers_health_and_compose_on_a_large_screen() {
    pickers_health_and_compose(LARGE).await;
}

#[tokio::test]
async fn a_bus_of_alga_on_a_small_screen() {
    a_bus_of_alga(SMALL).await;
}

#[tokio::test]
async fn a_bus_of_alga_on_a_large_screen() {
    a_bus_of_alga(LARGE).await;
}
