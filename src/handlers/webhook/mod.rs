//! `webhook`: posts each event to a web service. It connects to the address that was looked at, and to no other; it
//! follows no redirects; and it waits no longer than the attempt may take.

mod address;
mod answer;
mod connect;
mod settings;
mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::bus::{Handler, HandlerContext, HandlerError};
use crate::event::Event;
use connect::connect;

pub use connect::{Trust, TrustError};
pub use settings::{Settings as WebhookSettings, Target};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const SIGNATURE: HeaderName = HeaderName::from_static("x-tidings-signature");
const ATTEMPT: HeaderName = HeaderName::from_static("x-tidings-attempt");
/// The most that is read of an answer before its body.
const MAX_HEAD: usize = 32 * 1024;

/// Posts each event to a web service.
#[derive(Clone)]
pub struct Webhook {
    settings: WebhookSettings,
    secret: Option<SecretString>,
    trust: Trust,
}

/// Why there is no answer. The url is shown without its path.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {what}")]
struct NoAnswer {
    url: String,
    what: String,
    #[source]
    why: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Webhook {
    /// As `settings` say; signs with `secret`, and believes in servers that `trust` does.
    pub fn new(settings: WebhookSettings, secret: Option<SecretString>, trust: Trust) -> Self {
        Self { settings, secret, trust }
    }

    fn error(
        &self,
        what: &str,
        why: impl Into<Option<Box<dyn std::error::Error + Send + Sync>>>,
    ) -> NoAnswer {
        NoAnswer { url: self.settings.url.shown(), what: what.to_owned(), why: why.into() }
    }

    fn request(&self, event: &Event, context: &HandlerContext) -> Result<Request<Full<Bytes>>, HandlerError> {
        let url = self.settings.url.url();
        let mut target = url.path().to_owned();
        if let Some(query) = url.query() {
            target = target + "?" + query;
        }
        let mut host = url.host_str().unwrap_or_default().to_owned();
        if let Some(port) = url.port() {
            host = format!("{host}:{port}");
        }
        let mut request = Request::post(target)
            .header(HOST, host)
            .header(USER_AGENT, concat!("tidings/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header(IDEMPOTENCY_KEY, context.idempotency_key())
            .header(ATTEMPT, context.attempt());
        if let Some(secret) = &self.secret {
            let at = Utc::now().timestamp();
            let signature = signature::sign(secret.expose_secret().as_bytes(), at, event.text().as_bytes());
            request = request.header(SIGNATURE, format!("t={at},v1={signature}"));
        }
        for (name, value) in &self.settings.headers {
            let mut value = HeaderValue::from_str(value.expose_secret()).map_err(HandlerError::permanent)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::copy_from_slice(event.text().as_bytes()));
        request.body(body).map_err(HandlerError::permanent)
    }

    async fn post(&self, event: &Event, context: &HandlerContext) -> Result<(), HandlerError> {
        let deadline = context.deadline();
        let request = self.request(event, context)?;
        let connection = connect(&self.settings, &self.trust, deadline);
        let stream = self.in_time(deadline, "no connection", connection).await??;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(error))?;
        // Ends with this attempt, whatever becomes of it.
        let mut driving = JoinSet::new();
        driving.spawn(connection);
        let sending = sender.send_request(request);
        let answer =
            self.in_time(deadline, "no answer", sending).await?.map_err(|error| self.broken(error))?;
        answer::judge(answer, &self.settings.url.shown(), deadline).await
    }

    fn broken(&self, error: hyper::Error) -> HandlerError {
        HandlerError::retry(self.error("the connection broke off", Box::from(error)))
    }

    async fn in_time<T>(
        &self,
        deadline: Instant,
        what: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, HandlerError> {
        let over = |_| HandlerError::overtime(self.error(&format!("{what} in time"), None));
        timeout_at(deadline, work).await.map_err(over)
    }
}

#[async_trait]
impl Handler for Webhook {
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        tokio::select! {
            done = self.post(&event, &context) => done,
            () = context.cancelled().cancelled() => {
                Err(HandlerError::retry(self.error("the attempt was cancelled", None)))
            }
        }
    }
}
