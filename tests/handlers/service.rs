//! A web service on this machine that answers as it is told, well or ill.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{RootCertStore, ServerConfig};
use tidings::handlers::Trust;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// With these bytes, and the end.
    Raw(String),
    /// Never.
    Never,
    /// With a head that never ends, a byte at a time.
    SlowHead,
    /// With a head that never ends, as fast as it can.
    EndlessHead,
    /// With this status, and a body that never ends.
    EndlessBody(u16),
    /// With this status, and a body of which only the beginning ever comes.
    SlowBody(u16),
    /// By hanging up.
    HangUp,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self::with(status, "", "")
    }

    pub(crate) fn with(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Raw(format!("HTTP/1.1 {status} Whatever\r\n{headers}content-length: {length}\r\n\r\n{body}"))
    }
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A service that runs.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    connections: Arc<Mutex<usize>>,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    /// Without encryption.
    pub(crate) async fn start(answer: Answer) -> Self {
        Self::serve(answer, None).await
    }

    async fn serve(answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::<Mutex<usize>>::default(), Arc::<Mutex<Vec<Request>>>::default());
        let (counted, noted) = (Arc::clone(&connections), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *counted.lock().unwrap() += 1;
                let (answer, noted, tls) = (answer.clone(), Arc::clone(&noted), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => converse(stream, &answer, &noted).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(stream, &answer, &noted).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, connections, requests, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads one request, and answers it. Whoever hangs up meanwhile is let go.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &Answer,
    noted: &Mutex<Vec<Request>>,
) {
    let mut bytes = Vec::new();
    let request = loop {
        let mut chunk = [0; 4_096];
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
            _ => return,
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let body = bytes[end + 4..].to_vec();
        let request = Request { head, body };
        if request.header("content-length").and_then(|text| text.parse().ok()) == Some(request.body.len()) {
            break request;
        }
    };
    noted.lock().unwrap().push(request);
    let _ = say(&mut stream, answer).await;
}

async fn say(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &Answer) -> std::io::Result<()> {
    match answer {
        Answer::Raw(text) => stream.write_all(text.as_bytes()).await?,
        Answer::HangUp => {}
        Answer::Never => return std::future::pending().await,
        Answer::SlowHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await?;
            loop {
                stream.write_all(b"x").await?;
                stream.flush().await?;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        Answer::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                stream.write_all(b"x-more: and more, and more, and more, and more\r\n").await?;
            }
        }
        Answer::EndlessBody(status) => {
            let head = format!("HTTP/1.1 {status} Whatever\r\ntransfer-encoding: chunked\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(b"10\r\nand more, and m\n\r\n").await?;
            }
        }
        Answer::SlowBody(status) => {
            let head = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 100\r\n\r\nwell");
            stream.write_all(head.as_bytes()).await?;
            stream.flush().await?;
            return std::future::pending().await;
        }
    }
    stream.flush().await?;
    stream.shutdown().await
}

/// An authority of our own.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Believes in whom this authority vouches for.
    pub(crate) fn trust(&self) -> Trust {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Trust::in_roots(roots).unwrap()
    }

    /// An encrypted service that this authority says is `name`.
    pub(crate) async fn service(&self, name: &str, answer: Answer) -> Service {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Service::serve(answer, Some(TlsAcceptor::from(Arc::new(config)))).await
    }
}
