//! Connecting to a service: its name is looked up once, and what is connected to is an address that was looked at.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::Host;

use super::NoAnswer;
use super::address::is_public;
use super::settings::Settings;
use crate::bus::HandlerError;

/// So many addresses of a name are tried.
const TRIED: usize = 4;

/// Which servers are believed to be who they say they are.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why nobody can be believed.
#[derive(Debug, thiserror::Error)]
#[error("certificates to check web services by cannot be had: {0}")]
pub struct TrustError(String);

impl Trust {
    /// Those with a certificate that this system's authorities vouch for.
    pub fn in_system() -> Result<Self, TrustError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
            return Err(TrustError(why));
        }
        Self::in_roots(roots)
    }

    /// Those with a certificate that `roots` vouch for.
    pub fn in_roots(roots: RootCertStore) -> Result<Self, TrustError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// Connects within the time until `deadline`.
pub(super) async fn connect(
    settings: &Settings,
    trust: &Trust,
    deadline: Instant,
) -> Result<Box<dyn Stream>, HandlerError> {
    let failed = |what: &str, why: Box<dyn std::error::Error + Send + Sync>| {
        HandlerError::retry(NoAnswer { url: settings.url.shown(), what: what.to_owned(), why: Some(why) })
    };
    let found = resolve(settings).await.map_err(|error| failed("its name is not known", error.into()))?;
    let allowed: Vec<_> =
        found.iter().copied().filter(|address| allows(settings, address.ip())).take(TRIED).collect();
    if allowed.is_empty() {
        return Err(failed("not connected", why_not(settings, &found).into()));
    }
    let tcp = dial(&allowed, deadline).await.map_err(|error| failed("not connected", error.into()))?;
    if !settings.url.is_encrypted() {
        return Ok(Box::new(tcp));
    }
    let host = settings.url.url().host_str().unwrap_or_default();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|error| failed("its name is no name of a server", error.into()))?;
    let tls = TlsConnector::from(Arc::clone(&trust.0)).connect(name, tcp).await;
    tls.map(|tls| Box::new(tls) as Box<dyn Stream>)
        .map_err(|error| failed("no encrypted connection", error.into()))
}

async fn resolve(settings: &Settings) -> io::Result<Vec<SocketAddr>> {
    let url = settings.url.url();
    let port = url.port_or_known_default().unwrap_or(443);
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(vec![(address, port).into()]),
        Some(Host::Ipv6(address)) => Ok(vec![(address, port).into()]),
        Some(Host::Domain(name)) => Ok(lookup_host((name, port)).await?.collect()),
        None => Ok(Vec::new()),
    }
}

/// Private networks are allowed or not; what is not encrypted never leaves them.
fn allows(settings: &Settings, address: IpAddr) -> bool {
    if is_public(address) { settings.url.is_encrypted() } else { settings.allow_private }
}

fn why_not(settings: &Settings, found: &[SocketAddr]) -> Refused {
    let Some(first) = found.first() else { return Refused("its name has no address".to_owned()) };
    let address = first.ip();
    Refused(if settings.url.is_encrypted() {
        format!(
            "its address {address} is one of a private network or of this machine, \
             and the handler has no allow_private = true"
        )
    } else {
        format!("its address {address} is public, and events go there by https:// only")
    })
}

/// The first of `addresses` that answers; each gets its part of the time.
async fn dial(addresses: &[SocketAddr], deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for (at, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        // The last one may have all that is left.
        let part = left / u32::try_from(addresses.len() - at).unwrap_or(1);
        match timeout_at(Instant::now() + part, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // One small request: nothing to be gained by waiting for more.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => {}
        }
    }
    Err(last)
}
