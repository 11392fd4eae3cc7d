//! A bus as a program uses it: it publishes events, and subscribes handlers.

use std::sync::Arc;

use super::{Consumer, Form, Intake, PublishError, Published, Publisher, Session, Subscription, Worker};
use crate::event::NewEvent;

/// A bus as a program uses it. Cheap to clone.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use tidings::broker::memory::MemoryBroker;
/// use tidings::bus::{Bus, HandlerContext, Intake, Subscription, TenantLock, typed};
/// use tidings::event::{EventType, HandlerName, NewEvent, Ticket};
/// use tidings::schema::{Catalogue, Registry};
/// use uuid::Uuid;
///
/// let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
/// let broker = Arc::new(MemoryBroker::new(intake.clone(), Arc::new(chrono::Utc::now)));
/// let bus = Bus::on(broker, intake);
///
/// let (told, mut heard) = tokio::sync::mpsc::channel(1);
/// let work = typed(move |ticket: Ticket, _: HandlerContext| {
///     let told = told.clone();
///     async move { Ok(told.send(ticket.ticket_id).await?) }
/// });
/// let worker = bus.subscribe(Subscription::new(HandlerName::new("ticket-email").unwrap(), ["TICKET_*"], work));
/// // A new handler is given what comes from when it is registered on.
/// worker.ready().await;
///
/// let [tenant_id, ticket_id, user_id] = [(); 3].map(|()| Uuid::new_v4());
/// let ticket = Ticket { tenant_id, ticket_id, user_id, changes: None };
/// let created = EventType::new("TICKET_CREATED").unwrap();
/// bus.publish(&NewEvent::of(&created, chrono::Utc::now(), &ticket).unwrap()).await.unwrap();
///
/// assert_eq!(heard.recv().await, Some(ticket_id));
/// assert_eq!(worker.stop().await.unwrap().done, 1);
/// # });
/// ```
#[derive(Clone)]
pub struct Bus {
    publisher: Arc<dyn Publisher>,
    consumer: Arc<dyn Consumer>,
    intake: Intake,
}

impl Bus {
    /// On a broker that takes and gives events; what handlers get is judged by `intake`.
    pub fn on<B: Publisher + Consumer + 'static>(broker: Arc<B>, intake: Intake) -> Self {
        Self { publisher: Arc::clone(&broker) as _, consumer: broker, intake }
    }

    /// The bus of an open context; why not, where it may not be written to or has no handlers of its own.
    pub fn of(session: &Session, intake: Intake) -> Result<Self, String> {
        Ok(Self { publisher: session.publisher.clone()?, consumer: session.consumer.clone()?, intake })
    }

    /// Publishes an event in the form `once`: sending the same event again makes no double.
    pub async fn publish(&self, event: &NewEvent) -> Result<Published, PublishError> {
        let answers = self.publisher.publish(std::slice::from_ref(event), Form::Once).await;
        answers.into_iter().next().unwrap_or_else(|| {
            Err(PublishError::Unknown("the broker did not answer; this is a fault of Tidings".to_owned()))
        })
    }

    /// Publishes many events, quickly: in the form `batch`, where sending again may make doubles. Answers for each, in
    /// order.
    pub async fn publish_all(&self, events: &[NewEvent]) -> Vec<Result<Published, PublishError>> {
        self.publisher.publish(events, Form::Batch).await
    }

    /// Runs a handler. It goes on until [`Worker::stop`]; dropping the worker alone does not end it. A handler that was
    /// never here before is given what is published once it is registered, which [`Worker::ready`] waits for.
    pub fn subscribe(&self, subscription: Subscription) -> Worker {
        Worker::start(Arc::clone(&self.consumer), self.intake.clone(), subscription)
    }
}
