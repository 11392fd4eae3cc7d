//! The captured bus of Alga PSA, as a person at a shell works on it.

use std::collections::{BTreeMap, BTreeSet};

use redis::Value;
use serde_json::Value as Json;

use crate::house::{House, lines};
use crate::letters::{field, lying};
use crate::redis_server::load_fixture;
use crate::sessions::Admin;

const CONFIG: &str = r#"

[contexts.captured]
url = "{url}"
profile = "alga-psa"
"#;
const GROUP: &str = "event-processors";

fn run(house: &House, arguments: &[&str], code: i32) -> Vec<Json> {
    let (ended, out, notes) =
        house.run(&[&["--context", "captured", "-o", "json", "failed"], arguments].concat());
    assert_eq!(ended, code, "{arguments:?}: {out}{notes}");
    lines(&out)
}

fn text<'a>(line: &'a Json, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

/// What Redis itself says of what is pending: by stream and entry, its consumer and deliveries.
async fn pending(admin: &mut Admin) -> BTreeMap<(String, String), (String, u64)> {
    let mut all = BTreeMap::new();
    for key in admin.get::<Vec<String>>("KEYS alga-psa:event-stream:*").await {
        if key.ends_with(":dead-letter") || admin.get::<String>(&format!("TYPE {key}")).await != "stream" {
            continue;
        }
        let groups: Vec<Value> = admin.get(&format!("XINFO GROUPS {key}")).await;
        if groups.is_empty() {
            continue;
        }
        let listed: Vec<(String, String, u64, u64)> =
            admin.get(&format!("XPENDING {key} {GROUP} - + 100")).await;
        all.extend(listed.into_iter().map(|(id, owner, _, count)| ((key.clone(), id), (owner, count))));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_one_dead_and_six_pending_are_listed_retried_and_released() {
    let house = House::with(CONFIG);
    load_fixture(&house.server.url()).await;
    let mut admin = house.admin().await;
    let listed = run(&house, &["list"], 0);
    let of = |state: &str, listed: &[Json]| {
        listed.iter().filter(|line| line["state"] == state).cloned().collect::<Vec<_>>()
    };
    let (dead, retrying) = (of("dead", &listed), of("retrying", &listed));
    assert_eq!((dead.len(), retrying.len(), listed.len()), (21, 6, 27));
    let raw = pending(&mut admin).await;
    assert_eq!(raw.len(), 6);
    for line in &listed {
        assert!(["type", "tenant", "channel"].iter().all(|key| !text(line, key).is_empty()), "{line}");
        let is_named =
            text(line, "stream").ends_with(&format!("{}:{}", text(line, "channel"), text(line, "type")));
        assert!(is_named, "{line}");
    }
    for line in &retrying {
        let (_, deliveries) = raw[&(text(line, "stream").to_owned(), text(line, "entryId").to_owned())];
        assert_eq!(line["attempts"], deliveries, "{line}");
    }
    for letters in admin.get::<Vec<String>>("KEYS *:dead-letter").await {
        for (id, fields) in lying(&mut admin, &letters).await {
            let name = format!("dead:{id}:{}", letters.strip_suffix(":dead-letter").unwrap());
            let line = dead.iter().find(|line| line["id"] == name.as_str()).unwrap();
            assert_eq!(line["attempts"].to_string(), field(&fields, "deliveries").unwrap());
            let event: Json = serde_json::from_str(field(&fields, "event").unwrap()).unwrap();
            assert_eq!(
                (&line["type"], &line["tenant"]),
                (&event["eventType"], &event["payload"]["tenantId"])
            );
        }
    }

    // One is retried, and one with force: its own fields, under a new entry id.
    for (line, force) in [(&dead[0], false), (&dead[1], true)] {
        let (stream, id) = (text(line, "stream"), text(line, "id"));
        let letters = format!("{stream}:dead-letter");
        let number = id.split(':').nth(1).unwrap();
        let (before, lay) = (lying(&mut admin, stream).await, lying(&mut admin, &letters).await);
        let (_, fields) = lay.iter().find(|(entry, _)| entry == number).unwrap();
        let arguments = ["retry", id, "--yes", "--force"];
        let told = run(&house, &arguments[..if force { 4 } else { 3 }], 0);
        assert_eq!((&told[0]["state"], &told[0]["total"]), (&"retried".into(), &1.into()));
        let after = lying(&mut admin, stream).await;
        let [(entry, copy)] = &after[before.len()..] else { panic!("one is appended") };
        assert!(after[..before.len()] == before && before.iter().all(|(known, _)| known != entry));
        let names: Vec<&str> = copy.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, if force { vec!["event", "channel", "force"] } else { vec!["event", "channel"] });
        assert!(["event", "channel"].iter().all(|name| field(copy, name) == field(fields, name)));
        assert_eq!(field(copy, "force"), force.then_some("1"));
        let left = lying(&mut admin, &letters).await;
        assert!(left.len() + 1 == lay.len() && left.iter().all(|(entry, _)| entry != number));
    }

    // Two minutes later what is pending is stuck.
    for (stream, id) in raw.keys() {
        admin
            .run(&format!(
                "XCLAIM {stream} {GROUP} {} 0 {id} IDLE 125000 JUSTID",
                raw[&(stream.clone(), id.clone())].0
            ))
            .await;
    }
    let stuck = run(&house, &["list", "--state", "stuck"], 0);
    assert_eq!(stuck.len(), 6);
    assert!(stuck.iter().all(|line| line["idleMs"].as_u64() >= Some(125_000)), "{stuck:?}");

    // One that was trimmed is refused; the others are there to be claimed at once, by nobody new until then.
    let (stream, trimmed) = (text(&stuck[0], "stream"), text(&stuck[0], "entryId"));
    admin.run(&format!("XDEL {stream} {trimmed}")).await;
    let owners = |all: &BTreeMap<(String, String), (String, u64)>| {
        all.values().map(|(owner, _)| owner.clone()).collect::<BTreeSet<_>>()
    };
    let before = owners(&pending(&mut admin).await);
    let told = run(&house, &["release", "--state", "stuck", "--yes"], 1);
    let (done, refused): (Vec<_>, Vec<_>) = told.iter().partition(|line| line["done"] == true);
    assert_eq!((done.len(), refused.len(), &refused[0]["id"]), (5, 1, &stuck[0]["id"]));
    assert!(text(refused[0], "error").contains("was trimmed"), "{refused:?}");
    assert_eq!(owners(&pending(&mut admin).await), before, "no consumer is added");
    let mut claimed = 0;
    for stream in stuck.iter().map(|line| text(line, "stream")).collect::<BTreeSet<_>>() {
        let claim = format!("XAUTOCLAIM {stream} {GROUP} another 30000 0 COUNT 10");
        claimed += admin.get::<(String, Vec<Value>, Vec<Value>)>(&claim).await.1.len();
    }
    assert_eq!(claimed, 5);
}
