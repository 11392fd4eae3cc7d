//! What is published in the profile `alga-psa`, against the bus that Alga's own publisher wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidings::bus::{Form, PublishError};
use tidings::event::{Channel, EventId, EventType, NewEvent};

use crate::redis_server::{PrivateRedis, load_fixture};
use crate::sessions::publish;
use crate::sessions::{Admin, alga, native, session};

const COPIES: &str = "workflow:events:global";
const TICKETS: &str = "alga-psa:event-stream:global:TICKET_CREATED";
const PAYLOAD: &str = r#"{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;

type Fields = Vec<(String, String)>;
/// What `XREADGROUP` gives: for each stream, its entries.
type Given = Vec<(String, Vec<(String, Vec<String>)>)>;

fn event() -> NewEvent {
    let event_type = EventType::new("TICKET_CREATED").unwrap();
    NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), PAYLOAD).unwrap()
}

async fn entries(admin: &mut Admin, stream: &str) -> Vec<Fields> {
    let entries: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {stream} - +")).await;
    let pairs = |fields: Vec<String>| fields.chunks(2).map(|at| (at[0].clone(), at[1].clone())).collect();
    entries.into_iter().map(|(_, fields)| pairs(fields)).collect()
}

fn names(fields: &Fields) -> Vec<&str> {
    fields.iter().map(|(name, _)| name.as_str()).collect()
}

/// What a value is made of: the names of an object's members with their shapes, and the kind of everything else; of strings
/// also whether they are ids or moments.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeSet<_> =
                members.iter().map(|(name, value)| format!("{name}:{}", shape(value))).collect();
            format!("{{{}}}", members.into_iter().collect::<Vec<_>>().join(","))
        }
        Value::String(text) if uuid::Uuid::try_parse(text).is_ok() => "id".to_owned(),
        Value::String(text) if text.len() == 24 && text.ends_with('Z') => "moment".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
        other => format!("{}", std::mem::discriminant(other) == std::mem::discriminant(&Value::Null)),
    }
}

/// Names in their order, and the shapes of the values: of JSON what it is made of.
fn shapes(fields: &Fields) -> Vec<(String, String)> {
    let shape_of = |text: &str| match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_object() => shape(&value),
        _ => shape(&Value::String(text.to_owned())),
    };
    fields.iter().map(|(name, value)| (name.clone(), shape_of(value))).collect()
}

/// Every event of the captured bus, composed anew from its type, payload and channel, lies in Redis as Alga's own does.
#[tokio::test]
async fn what_is_composed_lies_as_what_alga_wrote() {
    let (captured, ours) = (PrivateRedis::start(), PrivateRedis::start());
    load_fixture(&captured.url()).await;
    let mut theirs = Admin::at(&captured.url()).await;
    let mut admin = Admin::at(&ours.url()).await;
    let mut settings = alga(&ours.url());
    settings.alga_psa.workflow_copy = true;
    let publisher = session(&settings).publisher.unwrap();
    let streams: Vec<String> = theirs.get("KEYS alga-psa:event-stream:*").await;
    let (mut compared, mut channels, mut types) = (0, BTreeSet::new(), BTreeSet::new());
    let mut copied = Vec::new();
    for stream in streams.iter().filter(|stream| !stream.ends_with(":dead-letter")) {
        let written = entries(&mut theirs, stream).await;
        for fields in &written {
            let original = NewEvent::from_text(fields[0].1.clone()).unwrap();
            let channel = Channel::new(&fields[1].1).unwrap();
            let event = NewEvent::compose(
                EventId::random(),
                original.event_type(),
                chrono::Utc::now(),
                original.payload(),
            )
            .unwrap()
            .on_channel(channel.clone());
            let answer = publish(&publisher, &event, Form::Once).await.unwrap();
            assert_eq!(answer.stream.as_str(), stream, "the same key");
            if channel.as_str() == "global" {
                copied.push(event.id().to_string());
            }
            channels.insert(channel.as_str().to_owned());
            types.insert(original.event_type().as_str().to_owned());
            compared += 1;
        }
        let lies = entries(&mut admin, stream).await;
        assert_eq!(
            lies.iter().map(shapes).collect::<Vec<_>>(),
            written.iter().map(shapes).collect::<Vec<_>>(),
            "{stream}"
        );
    }
    assert_eq!((compared, channels.len(), types.len()), (415, 3, 9));
    // Alga copies what it publishes on its own channel, and nothing else.
    let (written, lies) = (entries(&mut theirs, COPIES).await, entries(&mut admin, COPIES).await);
    assert_eq!(lies.iter().map(|fields| fields[0].1.clone()).collect::<Vec<_>>(), copied);
    let by_type = |entries: &[Fields]| -> BTreeMap<String, BTreeSet<Vec<(String, String)>>> {
        let mut found = BTreeMap::<_, BTreeSet<_>>::new();
        for fields in entries {
            found.entry(fields[4].1.clone()).or_default().insert(shapes(fields));
        }
        found
    };
    let (written, lies) = (by_type(&written), by_type(&lies));
    for (event_type, shapes) in &lies {
        assert!(
            shapes.is_subset(&written[event_type]),
            "{event_type}: {shapes:?}\n{:?}",
            written[event_type]
        );
    }
}

#[tokio::test]
async fn a_copy_is_written_where_it_is_chosen_and_only_there() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let (off, mut on) = (alga(&server.url()), alga(&server.url()));
    on.alga_psa.workflow_copy = true;
    let mut bare = on.clone();
    bare.alga_psa.channel = String::new();
    let mail = Channel::new("emailservice::v7").unwrap();
    for (settings, event, copies) in [
        (&off, event(), 0),
        (&off, event().with_workflow_copy(true), 1),
        (&on, event(), 1),
        (&on, event().with_workflow_copy(false), 0),
        (&on, event().on_channel(mail.clone()), 0),
        (&on, event().on_channel(mail).with_workflow_copy(true), 1),
        (&bare, event(), 1),
    ] {
        let publisher = session(settings).publisher.unwrap();
        for form in [Form::Batch, Form::Once] {
            admin.run("FLUSHALL").await;
            let answer = publish(&publisher, &event, form).await.unwrap();
            let lies = entries(&mut admin, COPIES).await;
            assert_eq!(lies.len(), copies, "{event:?}");
            assert_eq!(entries(&mut admin, answer.stream.as_str()).await.len(), 1);
            for copy in &lies {
                assert_eq!(
                    names(copy).join(","),
                    "event_id,execution_id,workflow_correlation_key,event_name,event_type,tenant,timestamp,user_id,from_state,to_state,payload_json"
                );
                assert_eq!(copy[0].1, event.id().to_string());
                assert_eq!(copy[10].1, PAYLOAD);
            }
            if form == Form::Once {
                assert!(publish(&publisher, &event, form).await.unwrap().repeated);
                assert_eq!(entries(&mut admin, COPIES).await.len(), copies, "nor is it copied again");
            }
        }
    }
    let info = |settings| session(settings).info.workflow_copy;
    assert_eq!((info(&off), info(&on), info(&native(&server.url()))), (Some(false), Some(true), None));
    let publisher = session(&native(&server.url())).publisher.unwrap();
    let error = publish(&publisher, &event().with_workflow_copy(true), Form::Once).await.unwrap_err();
    assert!(matches!(&error, PublishError::NotSent(why) if why.contains("no copy for workflows")), "{error}");
}

#[tokio::test]
async fn both_are_written_or_neither() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let publisher = session(&alga(&server.url())).publisher.unwrap();
    for form in [Form::Batch, Form::Once] {
        admin.run("FLUSHALL").await;
        admin.run(&format!("SET {COPIES} x")).await;
        let error = publish(&publisher, &event().with_workflow_copy(true), form).await.unwrap_err();
        assert!(matches!(&error, PublishError::NotSent(why) if why.contains("WRONGTYPE")), "{error}");
        assert_eq!(admin.get::<u64>("DBSIZE").await, 1, "only what lay there");
    }
    // Where the copies are full of unread ones, nothing is pushed out of them, and the event waits with its copy.
    admin.run("FLUSHALL").await;
    admin.run(&format!("XGROUP CREATE {COPIES} event-processors $ MKSTREAM")).await;
    for _ in 0..901 {
        admin.run(&format!("XADD {COPIES} * event_id x")).await;
    }
    for form in [Form::Batch, Form::Once] {
        let error = publish(&publisher, &event().with_workflow_copy(true), form).await.unwrap_err();
        assert!(matches!(&error, PublishError::Full(stream) if stream.as_str() == COPIES), "{error}");
        assert_eq!(admin.get::<u64>("DBSIZE").await, 1);
        publish(&publisher, &event(), form).await.unwrap();
        admin.run(&format!("DEL {TICKETS}")).await;
        let markers: Vec<String> = admin.get("KEYS tidings:*").await;
        for marker in markers {
            admin.run(&format!("DEL {marker}")).await;
        }
    }
}

/// Whoever reads in time keeps the stream at its length; nothing that is unread goes.
#[tokio::test]
async fn streams_are_trimmed_as_configured_and_nothing_unread_goes() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let mut settings = alga(&server.url());
    (settings.alga_psa.max_stream_length, settings.alga_psa.workflow_copy) = (300, true);
    let publisher = session(&settings).publisher.unwrap();
    for stream in [TICKETS, COPIES] {
        admin.run(&format!("XGROUP CREATE {stream} event-processors $ MKSTREAM")).await;
    }
    let (mut sent, mut read) = (0, 0);
    while sent < 2_000 {
        let events: Vec<_> = (0..50).map(|_| event()).collect();
        let answers = publisher.publish(&events, Form::Once).await;
        let taken = answers.iter().filter(|answer| answer.is_ok()).count();
        sent += taken;
        if taken < events.len() {
            assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(PublishError::Full(_)))));
            for stream in [TICKETS, COPIES] {
                let group =
                    format!("XREADGROUP GROUP event-processors c COUNT 1000 NOACK STREAMS {stream} >");
                let got: Given = admin.get(&group).await;
                if stream == TICKETS {
                    read += got[0].1.len();
                }
            }
            // The server gives out what is there: had anything unread been pushed out, fewer would come.
            assert_eq!(read, sent);
        }
    }
    for stream in [TICKETS, COPIES] {
        let length: u64 = admin.get(&format!("XLEN {stream}")).await;
        assert!((200..500).contains(&length), "{stream}: {length}");
    }
}

#[tokio::test]
async fn a_preview_shows_the_copy_as_it_is_sent() {
    let server = PrivateRedis::start();
    let publisher = session(&alga(&server.url())).publisher.unwrap();
    let event = event().with_workflow_copy(true);
    let preview = publisher.preview(&event, Form::Once).concat();
    let marker = format!("tidings:sent:{TICKETS}:{}", event.id());
    assert!(preview.contains(&format!(" 3 {TICKETS} {marker} {COPIES} 86400 1000 ")), "{preview}");
    assert!(preview.ends_with(&format!("payload_json '{PAYLOAD}'")), "{preview}");
    assert!(preview.contains(&format!(" event_id {} execution_id ", event.id())), "{preview}");
    assert!(!publisher.preview(&self::event(), Form::Once).concat().contains(COPIES));
}
