//! Events and buses of any size: the dashboard answers keys, says what it sees, and its memory stays bounded.

use crate::bus::ACME;
use crate::redis_server::PrivateRedis;
use crate::room::Room;
use crate::screens::Dashboard;
use crate::sessions::Admin;

const SIZE: (u16, u16) = (100, 30);
const MIB: usize = 1024 * 1024;
/// What the dashboard may keep of events, as the config here says.
const RETAINED: usize = 32;
/// What it takes beside that: itself, with what is on its way and what is on the screen, several times the largest event.
const BESIDE: usize = 224;

/// The most memory that a process ever had, in MiB.
fn peak(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

/// An event whose payload has this behind its tenant.
fn event(n: usize, rest: &str) -> String {
    format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-{n:012}","eventType":"BIG","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"{ACME}",{rest}}}}}"#
    )
}

async fn add(admin: &mut Admin, event: &str) {
    admin.send(&[b"XADD", b"event::BIG", b"*", b"event", event.as_bytes()]).await;
}

fn open(server: &PrivateRedis) -> (Room, Dashboard) {
    let room = Room::new(&server.url());
    room.write("config.toml", format!("[retention]\nbytes = {}\n", RETAINED * MIB));
    let mut dashboard = Dashboard::open(&room.command(&["--config", "config.toml"]), SIZE);
    dashboard.until_all_is_read();
    (room, dashboard)
}

/// Opens what is under the cursor, and does everything there that can be done with an event.
fn look_closely(dashboard: &mut Dashboard) {
    dashboard.go([
        "\r", "G", "g", "\x04", "R", "G", "w", ">", "<", "g", "R", "Z", "G", "z", "g", "j", "l", "h", "\x1b",
    ]);
}

fn ends_within_bounds(dashboard: Dashboard) {
    let peak = peak(dashboard.pid());
    dashboard.end();
    assert!(peak < RETAINED + BESIDE, "{peak} MiB");
}

#[tokio::test]
async fn events_of_five_megabytes() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for n in 0..10 {
        let text = "\\u202eneedle \\u001b[3J日".repeat(5 * MIB / 24);
        add(&mut admin, &event(n, &format!("\"text\":\"{text}\""))).await;
    }
    let words = (0..200_000).map(|n| format!("{{\"n\":{n},\"s\":\"hq06\\u001b[3J\"}}"));
    add(&mut admin, &event(10, &format!("\"list\":[{}]", words.collect::<Vec<_>>().join(",")))).await;
    let (_room, mut dashboard) = open(&server);
    dashboard.go(["2", "g"]);
    look_closely(&mut dashboard);
    dashboard.go(["2", "j", "\r", "G", "R", "w", "\x1b", "2"]);
    dashboard.press("/needle\r");
    dashboard.go(["j", "g", "\r", "n"]);
    ends_within_bounds(dashboard);
}

/// Each of these, and each without its end, is looked at closely, and read by verbs.
async fn odd_events(rests: &[String]) {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for (n, rest) in rests.iter().enumerate() {
        let event = event(n, rest);
        add(&mut admin, &event).await;
        add(&mut admin, &event[..event.len() - 100_000]).await;
    }
    let (room, mut dashboard) = open(&server);
    dashboard.go(["2", "g"]);
    for _ in 0..2 * rests.len() {
        look_closely(&mut dashboard);
        dashboard.go(["2", "j"]);
    }
    ends_within_bounds(dashboard);
    for verb in [&["tail", "--no-follow", "--filter", "payload.**.a=1"][..], &["failed", "list"]] {
        room.verb(verb);
    }
}

#[tokio::test]
async fn events_of_two_hundred_thousand_levels() {
    let deep = 200_000;
    let lists = format!("\"deep\":{}{}", "[".repeat(deep), "]".repeat(deep));
    let objects = format!("\"deep\":{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep));
    odd_events(&[lists, objects]).await;
}

#[tokio::test]
async fn an_event_of_a_million_members() {
    odd_events(&[(0..1_000_000).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",")]).await;
}

#[tokio::test]
async fn ten_thousand_streams_types_and_tenants() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let fill = "for n = 1, 10000 do
  local id = string.format('57f7e9a7-7e13-452d-81b7-%012d', n)
  redis.call('XADD', 'event::T' .. n, '*', 'event', '{\"id\":\"' .. id .. '\",\"eventType\":\"T' .. n .. '\",\"timestamp\":\"2026-11-23T13:02:31Z\",\"payload\":{\"tenantId\":\"hq' .. n .. '\"}}')
end";
    admin.send(&[b"EVAL", fill.as_bytes(), b"0"]).await;
    let (room, mut dashboard) = open(&server);
    dashboard.go(["\t", "\t", "G", "\t", "G", "2", "G", "s", "G", "s", "g", "3", "4", "6", "2"]);
    dashboard.press("t");
    dashboard.paste("hq9999");
    dashboard.press("\r");
    dashboard.go(["g"]);
    // A pass over all of them may take another frame.
    dashboard.until_it_says("T9999");
    ends_within_bounds(dashboard);
    for verb in
        [&["tail", "--no-follow", "--last", "10000"][..], &["stats"], &["doctor"], &["failed", "list"]]
    {
        let ran = room.run(verb);
        ran.is_harmless(&[verb.concat().as_ref()]);
        assert_eq!(ran.text().contains("T9999"), verb[0] == "tail" || verb[0] == "stats", "{verb:?}");
    }
}

#[tokio::test]
async fn keys_that_are_no_streams_and_entries_that_say_nothing() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for words in ["RPUSH event::LIST x", "SET event::TEXT x", "HSET event::HASH a b", "ZADD event::SET 1 x"] {
        admin.run(words).await;
    }
    admin.send(&[b"XADD", b"event::BIG", b"*", b"", b""]).await;
    admin.send(&[b"XADD", b"event::BIG", b"*", b"event", b""]).await;
    admin.send(&[b"XADD", b"event::BIG", b"*", b"\xff", b"\xfe"]).await;
    let (room, mut dashboard) = open(&server);
    dashboard.go(["2", "g", "\r", "\x1b", "j", "\r", "\x1b", "j", "\r", "R", "\x1b"]);
    assert!(dashboard.text().contains("invalid"), "{}", dashboard.text());
    dashboard.go(["4", "6"]);
    ends_within_bounds(dashboard);
    for verb in [&["tail", "--no-follow"][..], &["stats"], &["doctor"], &["failed", "list"]] {
        room.verb(verb);
    }
}
