//! Opening a Redis context: its ports, put together. Connects to nothing.

use std::sync::Arc;

use super::archive::RedisArchive;
use super::commands::Commands;
use super::connection::Dialer;
use super::consume::RedisConsumer;
use super::failed::RedisFailedQueue;
use super::inspect::RedisInspector;
use super::observe::RedisObserver;
use super::operate::RedisOperator;
use super::profile::Layout;
use super::publish::RedisPublisher;
use super::{Profile, Settings};
use crate::bus::{
    Archive, BusError, ContextInfo, FailedQueue, Intake, NoArchive, NoFailedQueue, PreviewOf, Publisher,
    Session,
};
use crate::text::display_safe;

/// Opens the context `name`. With `read_only`, the reason why nothing may be written, the session has no connection
/// that could: there is no publisher, and the other ports take read commands only.
pub fn open(
    name: &str,
    settings: &Settings,
    intake: Intake,
    production: bool,
    read_only: Option<&str>,
) -> Result<Session, BusError> {
    let dialer = Dialer::new(settings)?;
    let locked_to =
        intake.lock().tenants().map(|tenant| display_safe(tenant.as_str()).into_owned()).collect();
    let locked = intake.lock().tenants().cloned().collect();
    let layout = Layout::of(settings);
    let commands = Arc::new(Commands::new(dialer.clone()));
    let writes = commands.writes().clone();
    // What writes needs the right to, and a bus that keeps what is written.
    let may_write = |why_not_here: &str| match (read_only, settings.profile) {
        (Some(why), _) => Err(why.to_owned()),
        (None, Profile::PubSub) => Err(format!("the profile pubsub only listens: {why_not_here}")),
        (None, Profile::Native | Profile::AlgaPsa) => Ok(()),
    };
    let consumer = may_write(
        "Pub/Sub keeps nothing that could be handled again after a failure; run handlers with the profile native",
    )
    .and_then(|()| match settings.profile {
        Profile::AlgaPsa => Err("the bus of Alga PSA has its own handlers, and whoever joined their group \
             would take events away from them; run handlers on a bus with the profile native"
            .to_owned()),
        Profile::Native | Profile::PubSub => {
            let retention = settings.native.retention();
            let commands = Arc::clone(&commands);
            Ok(Arc::new(RedisConsumer::new(dialer.clone(), commands, layout.clone(), retention)) as _)
        }
    });
    let publisher = || RedisPublisher::new(Arc::clone(&commands), settings, intake.clone());
    let preview = match settings.profile {
        Profile::PubSub => None,
        Profile::Native | Profile::AlgaPsa => Some(Arc::new(PreviewOf(publisher())) as _),
    };
    let publisher: Result<Arc<dyn Publisher>, String> = may_write(
        "what PUBLISH sends is kept nowhere, and nobody would know whether it arrived; publish with the profile native \
         and fanout = true",
    )
    .map(|()| Arc::new(publisher()) as _);
    let operator = may_write("Pub/Sub keeps no failed events that could be acted on; use the profile native")
        .map(|()| Arc::new(RedisOperator::new(Arc::clone(&commands), settings, intake.clone())) as _);
    let failed: Arc<dyn FailedQueue> = match settings.profile {
        Profile::Native | Profile::AlgaPsa => {
            Arc::new(RedisFailedQueue::new(dialer.clone(), settings, &intake))
        }
        Profile::PubSub => Arc::new(NoFailedQueue(
            "the profile pubsub has no failed events: a Pub/Sub channel keeps nothing, and nobody is told what \
             became of it"
                .to_owned(),
        )),
    };
    let archive: Arc<dyn Archive> = match settings.profile {
        Profile::Native | Profile::AlgaPsa => {
            Arc::new(RedisArchive::new(dialer.clone(), settings, intake.clone()))
        }
        Profile::PubSub => Arc::new(NoArchive(
            "the profile pubsub cannot be rewound: a Pub/Sub channel keeps nothing, so there is only what came since \
             Tidings listens"
                .to_owned(),
        )),
    };
    Ok(Session {
        info: ContextInfo {
            name: name.to_owned(),
            profile: settings.profile.name().to_owned(),
            target: dialer.target().to_owned(),
            production,
            read_only: read_only.is_some(),
            channel: layout.default_channel(),
            workflow_copy: Layout::workflow_copy(settings).map(|_| settings.alga_psa.workflow_copy),
            locked_to,
            locked,
        },
        archive,
        inspector: Arc::new(RedisInspector::new(
            dialer.clone(),
            settings,
            &intake,
            publisher.is_ok(),
            writes.clone(),
        )),
        observer: Arc::new(RedisObserver::new(dialer, settings, intake)?),
        failed,
        publisher,
        preview,
        consumer,
        operator,
        writes,
    })
}
