//! 'Not sent' means that nothing was appended, also for users who may do only a part of it.

use redis::Value;
use tidings::bus::{Form, PublishError};
use tidings::event::{EventId, EventType, NewEvent};

use crate::redis_server::PrivateRedis;
use crate::sessions::publish;
use crate::sessions::{Admin, alga, native, session};

fn event() -> NewEvent {
    let event_type = EventType::new("ANY").unwrap();
    NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), r#"{"tenantId":"acme"}"#).unwrap()
}

#[tokio::test]
async fn a_missing_right_leaves_nothing_behind() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for (number, missing) in ["-set", "-get", "-xadd", "-evalsha -eval"].iter().enumerate() {
        admin.run(&format!("ACL SETUSER part{number} on >pw ~* &* +@all {missing}")).await;
        let url = server.url().replace("redis://", &format!("redis://part{number}:pw@"));
        for settings in [native(&url), alga(&url)] {
            let publisher = session(&settings).publisher.unwrap();
            let event = event();
            let answer = publish(&publisher, &event, Form::Once).await;
            assert!(matches!(&answer, Err(PublishError::NotSent(_))), "{missing}: {answer:?}");
            let keys: Vec<String> = admin.get("KEYS *").await;
            assert_eq!(keys, [""; 0], "{missing}, {:?}", settings.profile);
        }
    }
    // A user who may write the streams and nothing else: the marker is another key.
    admin.run("ACL SETUSER streams on >pw ~event::ANY ~alga-psa:* &* +@all").await;
    let url = server.url().replace("redis://", "redis://streams:pw@");
    for settings in [native(&url), alga(&url)] {
        let publisher = session(&settings).publisher.unwrap();
        let event = event();
        let answer = publish(&publisher, &event, Form::Once).await;
        assert!(matches!(&answer, Err(PublishError::NotSent(_))), "{answer:?}");
        assert_eq!(admin.run("DBSIZE").await, Value::Int(0));
    }
}

/// Whoever may write the streams, and publish on no channel: the event lies there, and that is what is said.
#[tokio::test]
async fn a_channel_that_may_not_be_published_on_does_not_make_an_event_unsent() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for (user, rights) in [("deaf", "~* resetchannels +@all"), ("mute", "~* &* +@all -publish")] {
        admin.run(&format!("ACL SETUSER {user} on >pw {rights}")).await;
        let mut settings = native(&server.url().replace("redis://", &format!("redis://{user}:pw@")));
        settings.native.fanout = true;
        let publisher = session(&settings).publisher.unwrap();
        for form in [Form::Once, Form::Batch] {
            let event = event();
            let taken = publish(&publisher, &event, form).await.unwrap();
            let id = taken.entry;
            let found: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE event::ANY {id} {id}")).await;
            assert_eq!(found.len(), 1, "{user}, {form:?}");
            if form == Form::Once {
                assert!(publish(&publisher, &event, form).await.unwrap().repeated, "{user}");
            }
        }
    }
}

/// A user who may only read the copies for workflows: neither the event is appended nor the copy, also without a marker.
#[tokio::test]
async fn an_event_without_the_right_to_its_copy_is_not_appended() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    admin.run("ACL SETUSER reads on >pw ~alga-psa:* %R~workflow:* &* +@all").await;
    admin.run("ACL SETUSER copies on >pw %R~alga-psa:* ~workflow:* &* +@all").await;
    for user in ["reads", "copies"] {
        let mut settings = alga(&server.url().replace("redis://", &format!("redis://{user}:pw@")));
        settings.alga_psa.workflow_copy = true;
        let publisher = session(&settings).publisher.unwrap();
        for form in [Form::Once, Form::Batch] {
            let event = event();
            let answer = publish(&publisher, &event, form).await;
            assert!(matches!(&answer, Err(PublishError::NotSent(_))), "{user}, {form:?}: {answer:?}");
            assert_eq!(admin.run("DBSIZE").await, Value::Int(0), "{user}, {form:?}");
        }
    }
}
