//! The journal, and plans that are kept.

use std::collections::BTreeMap;

use chrono::DateTime;
use tidings::broker::redis::{Profile, Settings};
use tidings::bus::{Because, Deed, FailedAt, KeptPlan, Runs};
use tidings::event::EntryId;

use crate::letters::{STREAM, because, dead, field, lying, operator, own};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, alga, native, read_only, session};

#[tokio::test]
async fn the_journal_says_who_did_what_when_and_why() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for (settings, journal) in [
        (native(&server.url()), "event::$journal"),
        (alga(&server.url()), "tidings:$journal:alga-psa:event-stream:"),
    ] {
        let operator = operator(&settings);
        operator
            .record(Deed::PlanFinished, &because("jo@web-1", "plan-1"), 412, Some("206 of 412 done"))
            .await
            .unwrap();
        operator
            .record(Deed::Purged, &Because { who: "al".to_owned(), ..Because::default() }, 1, None)
            .await
            .unwrap();
        let lines = lying(&mut admin, journal).await;
        let at = field(&lines[0].1, "at").unwrap().to_owned();
        assert!(DateTime::parse_from_rfc3339(&at).is_ok(), "{at}");
        assert_eq!(
            lines[0].1,
            own(&[
                ("who", "jo@web-1"),
                ("at", &at),
                ("deed", "plan-finished"),
                ("plan", "plan-1"),
                ("count", "412"),
                ("reason", "mended"),
                ("note", "206 of 412 done"),
            ])
        );
        let said =
            ["who", "deed", "plan", "count", "reason", "note"].map(|name| field(&lines[1].1, name).unwrap());
        assert_eq!(said, ["al", "purged", "", "1", "", ""]);
    }
}

#[tokio::test]
async fn a_plan_is_kept_for_a_week_head_first_and_in_its_order() {
    const COUNT: u64 = 25_500;
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let mut plan = KeptPlan {
        id: "plan-1".to_owned(),
        who: "jo".to_owned(),
        at: DateTime::from_timestamp(1_795_462_958, 0).unwrap(),
        reason: Some("mended \"it\"".to_owned()),
        runs: Runs::All,
        pace: "50/s".to_owned(),
        items: (0..COUNT).rev().map(|n| dead(STREAM, EntryId::new(n, 0))).collect(),
        attempts: BTreeMap::new(),
    };
    for items in [COUNT, 1, 0] {
        plan.items.truncate(usize::try_from(items).unwrap());
        operator.keep(&plan).await.unwrap();
        let list: Vec<String> = admin.get("LRANGE event::$plan:plan-1 0 -1").await;
        let head: serde_json::Value = serde_json::from_str(&list[0]).unwrap();
        assert_eq!(
            head,
            serde_json::json!({
                "id": "plan-1", "who": "jo", "at": "2026-11-23T19:42:38.000Z", "reason": "mended \"it\"", "runs": "all",
                "pace": "50/s", "items": items
            })
        );
        let names: Vec<String> =
            list[1..].iter().flat_map(|chunk| serde_json::from_str::<Vec<String>>(chunk).unwrap()).collect();
        let expected: Vec<String> = plan.items.iter().map(ToString::to_string).collect();
        assert_eq!(names, expected);
        let seconds: u64 = admin.get("TTL event::$plan:plan-1").await;
        assert!((604_700..=604_800).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn a_plan_says_how_often_what_waits_was_tried_and_one_that_does_not_is_read_too() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let names = ["waiting:1-0:mail:event::TICKET_CREATED", "dead:2-0:event::TICKET_CREATED"];
    let items: Vec<FailedAt> = names.iter().map(|name| name.parse().unwrap()).collect();
    let new = KeptPlan {
        id: "plan-new".to_owned(),
        who: "jo".to_owned(),
        at: DateTime::from_timestamp(1_795_462_958, 0).unwrap(),
        reason: None,
        runs: Runs::Failed,
        pace: "at-once".to_owned(),
        attempts: BTreeMap::from([(items[0].clone(), 2)]),
        items,
    };
    operator.keep(&new).await.unwrap();
    let list: Vec<String> = admin.get("LRANGE event::$plan:plan-new 0 -1").await;
    assert_eq!(list[1], format!(r#"[["{}",2],"{}"]"#, names[0], names[1]));
    let head = list[0].replace("plan-new", "plan-old");
    admin.run(&format!("RPUSH event::$plan:plan-old {head} [\"{}\",\"{}\"]", names[0], names[1])).await;
    let failed = session(&settings).failed;
    assert_eq!(failed.plan("plan-new").await.unwrap().as_ref(), Some(&new));
    let old = KeptPlan { id: "plan-old".to_owned(), attempts: BTreeMap::new(), ..new };
    assert_eq!(failed.plan("plan-old").await.unwrap(), Some(old));
}

#[tokio::test]
async fn who_may_not_write_has_no_way_to() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    assert_eq!(read_only(&settings).operator.err().unwrap(), "told to");
    let pubsub = Settings { profile: Profile::PubSub, ..settings };
    assert!(session(&pubsub).operator.err().unwrap().contains("pubsub"));
}
