//! 'Not sent' means that nothing was appended, also for users who may do only a part of it.

use redis::Value;
use tidings::bus::{Form, PublishError};
use tidings::event::{EventId, EventType, NewEvent};

use crate::redis_server::PrivateRedis;
use crate::sessions::publish;
use crate::sessions::{Admin, alga, native, session};

#[tokio::test]
async fn a_missing_right_leaves_nothing_behind() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let event_type = EventType::new("ANY").unwrap();
    for (number, missing) in ["-set", "-get", "-xadd", "-evalsha -eval"].iter().enumerate() {
        admin.run(&format!("ACL SETUSER part{number} on >pw ~* &* +@all {missing}")).await;
        let url = server.url().replace("redis://", &format!("redis://part{number}:pw@"));
        for settings in [native(&url), alga(&url)] {
            let publisher = session(&settings).publisher.unwrap();
            let event = NewEvent::compose(
                EventId::random(),
                &event_type,
                chrono::Utc::now(),
                r#"{"tenantId":"acme"}"#,
            )
            .unwrap();
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
        let event =
            NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), r#"{"tenantId":"acme"}"#)
                .unwrap();
        let answer = publish(&publisher, &event, Form::Once).await;
        assert!(matches!(&answer, Err(PublishError::NotSent(_))), "{answer:?}");
        assert_eq!(admin.run("DBSIZE").await, Value::Int(0));
    }
}
