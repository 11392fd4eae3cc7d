//! Making connections: where to, how, and with which time-outs.

use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSubSink};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, TlsCertificates};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret;

use super::Settings;
use super::error::classify;
use crate::bus::{BusError, first_contact_made, first_contact_until};

/// How long a first connection may take, name look-up and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Data that nobody acknowledges for so long, or silence of a dead peer, ends a connection in the system below us.
const TCP_TIMEOUT: Duration = Duration::from_secs(10);

/// How the text of an error about a server that says nothing ends.
const SILENT: &str = "no answer in time";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Blocking reads of at most this long: nothing else may use the connection.
    Reader {
        /// The longest that a read blocks.
        block: Duration,
    },
    /// Commands that answer at once.
    Command,
    /// Pub/Sub messages.
    Subscriber,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reader { .. } => "tidings-reader",
            Self::Command => "tidings-command",
            Self::Subscriber => "tidings-subscriber",
        }
    }
}

/// Makes connections to one server.
#[derive(Clone)]
pub(super) struct Dialer {
    client: Client,
    target: String,
    command_timeout: Duration,
}

impl Dialer {
    /// Checks url and certificate file. Connects to nothing.
    pub(super) fn new(settings: &Settings) -> Result<Self, BusError> {
        let url = settings.url.expose_secret();
        let target = redact(url);
        let wrong = |why: &str, next: &str| BusError::Fatal {
            what: format!("'{target}': {why}"),
            next: next.to_owned(),
        };
        let info = url.into_connection_info().map_err(|_| {
            wrong(
                "this is not the url of a Redis",
                "write redis://HOST:PORT/DB, rediss:// for TLS, or redis+unix:///PATH",
            )
        })?;
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_keepalive(TcpKeepalive::new().with_time(TCP_TIMEOUT).with_interval(Duration::from_secs(3)));
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(TCP_TIMEOUT);
        // Our connections are told by their names. A server before 7.2 would count CLIENT SETINFO as an error.
        let unnamed = info.redis_settings().clone().set_skip_set_lib_name();
        let info = info.set_tcp_settings(tcp).set_redis_settings(unnamed);
        let tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if tls {
            // Fails only when a provider is installed already, which then serves as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = match &settings.ca_file {
            Some(path) if tls => {
                let root_cert = std::fs::read(path).map_err(|error| {
                    wrong(
                        &format!("the certificate file '{}' cannot be read: {error}", path.display()),
                        "correct ca_file in the config",
                    )
                })?;
                let no_certificates = || {
                    wrong(
                        &format!("the file '{}' holds no PEM certificates", path.display()),
                        "correct ca_file in the config",
                    )
                };
                // The client takes a file without any, and then trusts nobody without saying why.
                if !matches!(CertificateDer::pem_slice_iter(&root_cert).next(), Some(Ok(_))) {
                    return Err(no_certificates());
                }
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(root_cert) })
                    .map_err(|_| no_certificates())?
            }
            _ => Client::open(info).map_err(|error| classify(&error, &target))?,
        };
        Ok(Self { client, target, command_timeout: settings.command_timeout() })
    }

    /// Where it connects to, without any password.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// How long a command may take.
    pub(super) fn command_timeout(&self) -> Duration {
        self.command_timeout
    }

    /// Connects, signs in, and names the connection for `CLIENT LIST`: all of it by the end that was set for a first contact,
    /// where one was.
    pub(super) async fn dial(&self, role: Role) -> Result<MultiplexedConnection, BusError> {
        let Some(end) = first_contact_until() else { return self.dial_at_leisure(role).await };
        let Ok(dialed) = tokio::time::timeout_at(end, self.dial_at_leisure(role)).await else {
            let what = format!("connecting to {}: {SILENT}", self.target);
            return Err(self.explain_silence(BusError::Unavailable { what }));
        };
        if dialed.is_ok() {
            first_contact_made();
        }
        dialed
    }

    async fn dial_at_leisure(&self, role: Role) -> Result<MultiplexedConnection, BusError> {
        let response = match role {
            // A stopped server must be noticed soon, and a slow answer must not look like one.
            Role::Reader { block } => block + Duration::from_secs(5),
            Role::Command | Role::Subscriber => self.command_timeout,
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(response));
        let what = format!("connecting to {}", self.target);
        let silent = || BusError::Unavailable { what: format!("{what}: {SILENT}") };
        let dialed = tokio::time::timeout(
            CONNECT_TIMEOUT * 2,
            self.client.get_multiplexed_async_connection_with_config(&config),
        );
        let dialed = match dialed.await {
            Ok(dialed) => dialed.map_err(|error| classify(&error, &what)),
            Err(_) => Err(silent()),
        };
        let mut connection = dialed.map_err(|error| self.explain_silence(error))?;
        let mut name = redis::cmd("CLIENT");
        name.arg("SETNAME").arg(role.name());
        let named = tokio::time::timeout(self.command_timeout, name.query_async::<()>(&mut connection));
        match named.await {
            Err(_) => Err(silent()),
            // A name is a courtesy: a user without the right to it may watch all the same. That this is a Redis
            // which lets us in is known only now, so other faults count.
            Ok(Err(error)) if !matches!(error.code(), Some("NOPERM" | "ERR")) => Err(classify(&error, &what)),
            Ok(_) => Ok(connection),
        }
    }

    /// A server without TLS takes the greeting of TLS for the beginning of a command, and waits for its end.
    fn explain_silence(&self, error: BusError) -> BusError {
        match error {
            BusError::Unavailable { what }
                if self.target.starts_with("rediss:") && what.ends_with(SILENT) =>
            {
                BusError::Unavailable { what: format!("{what}; a port without TLS never answers rediss://") }
            }
            error => error,
        }
    }

    /// A connection for `PSUBSCRIBE`.
    pub(super) async fn dial_pubsub(&self) -> Result<redis::aio::PubSub, BusError> {
        let what = format!("connecting to {}", self.target);
        match tokio::time::timeout(CONNECT_TIMEOUT * 2, self.client.get_async_pubsub()).await {
            Err(_) => Err(BusError::Unavailable { what: format!("{what}: no answer in time") }),
            Ok(dialed) => dialed.map_err(|error| classify(&error, &what)),
        }
    }
}

impl Dialer {
    /// Begins to listen.
    pub(super) async fn psubscribe(&self, sink: &mut PubSubSink, pattern: &str) -> Result<(), BusError> {
        let subscribing = sink.psubscribe(pattern);
        self.answered("subscribing", subscribing).await
    }

    /// A sign of life of a connection that listens.
    pub(super) async fn ping(&self, sink: &mut PubSubSink) -> Result<(), BusError> {
        self.answered("listening", sink.ping::<redis::Value>()).await.map(|_| ())
    }

    async fn answered<T>(
        &self,
        doing: &str,
        call: impl Future<Output = redis::RedisResult<T>>,
    ) -> Result<T, BusError> {
        let what = format!("{doing} at {}", self.target);
        match tokio::time::timeout(self.command_timeout, call).await {
            Err(_) => Err(BusError::Unavailable { what: format!("{what}: no answer in time") }),
            Ok(answer) => answer.map_err(|error| classify(&error, &what)),
        }
    }
}

/// `url` without user and password, safe to show.
fn redact(url: &str) -> String {
    let shown = match url::Url::parse(url) {
        Ok(mut parsed) if !parsed.cannot_be_a_base() => {
            // Both fail only for urls that cannot hold them.
            let _ = parsed.set_password(None);
            let _ = parsed.set_username("");
            if parsed.query().is_some() {
                // redis+unix urls carry user and password as a query.
                parsed.set_query(None);
            }
            parsed.to_string()
        }
        // Not a url that names a host: whatever stands before an @ may be a secret.
        _ => url.rsplit('@').next().unwrap_or_default().to_owned(),
    };
    crate::text::display_safe(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    #[test]
    fn targets_hold_no_secret() {
        for (url, shown) in [
            ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
            ("rediss://user:secret@host:1/3", "rediss://host:1/3"),
            ("redis://:secret@host", "redis://host"),
            ("redis+unix:///run/r.sock?db=1&pass=secret", "redis+unix:///run/r.sock"),
            ("user:secret@host", "host"),
        ] {
            assert_eq!(redact(url), shown);
        }
    }

    #[test]
    fn a_wrong_url_says_how_to_write_one() {
        let settings = Settings { url: SecretString::from("http://u:secret@host"), ..Settings::default() };
        let Err(error) = Dialer::new(&settings) else { panic!("taken") };
        let text = error.to_string();
        assert!(text.contains("redis://HOST:PORT") && !text.contains("secret"), "{text}");
    }
}
