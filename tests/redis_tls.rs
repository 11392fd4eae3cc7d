//! A real Redis behind TLS: whom we trust, and what is said when we do not.

#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use chrono::Utc;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use redis_server::PrivateRedis;
use secrecy::SecretString;
use sessions::{Admin, native, session};
use tidings::broker::redis::{Settings, open};
use tidings::bus::{
    BusError, BusSignal, ChannelScope, Form, Link, Patience, PublishError, Session, Start, Watch,
};
use tidings::event::{EventId, EventType, NewEvent};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// An issuer of certificates.
type Issuer = CertifiedIssuer<'static, KeyPair>;

fn issuer(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A private server that also listens for TLS, with a certificate for 127.0.0.1.
struct TlsServer {
    server: PrivateRedis,
    folder: tempfile::TempDir,
    port: u16,
}

impl TlsServer {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = issuer("the issuer");
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (ca, certificate, key) = (
            file("ca.pem", &issuer.pem()),
            file("server.pem", &certificate.pem()),
            file("server.key", &key.serialize_pem()),
        );
        file("other.pem", &self::issuer("somebody else").pem());
        file("none.pem", "nothing of the kind");
        let server = PrivateRedis::start();
        let mut admin = Admin::at(&server.url()).await;
        for (name, path) in [("tls-cert-file", certificate), ("tls-key-file", key), ("tls-ca-cert-file", ca)]
        {
            admin.run(&format!("CONFIG SET {name} {}", path.display())).await;
        }
        admin.run("CONFIG SET tls-auth-clients no").await;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        admin.run(&format!("CONFIG SET tls-port {port}")).await;
        Self { server, folder, port }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `rest`: what stands before the port of a url, and the issuers to trust.
    fn settings(&self, rest: &str, ca_file: Option<&Path>) -> Settings {
        let url = format!("{rest}:{}/0", self.port);
        Settings { url: SecretString::from(url), ca_file: ca_file.map(Path::to_owned), ..Settings::default() }
    }
}

fn ticket() -> NewEvent {
    let payload = r#"{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;
    let event_type = EventType::new("TICKET_CREATED").unwrap();
    NewEvent::compose(EventId::random(), &event_type, Utc::now(), payload).unwrap()
}

/// Watches all history; answers how that ended, and how many entries came.
async fn watch(session: &Session) -> (Result<(), BusError>, usize) {
    let watch = Watch {
        start: Start::Beginning,
        follow: false,
        channels: ChannelScope::All,
        patience: Patience::GiveUp(sessions::FOREVER),
        failures: None,
    };
    let (out, mut signals) = mpsc::channel(64);
    let observer = session.observer.clone();
    let watching = tokio::spawn(async move { observer.observe(watch, out, CancellationToken::new()).await });
    let mut entries = 0;
    while let Some(signal) = signals.recv().await {
        match signal {
            BusSignal::Entries(batch) => entries += batch.entries.len(),
            BusSignal::Link(Link::Fatal { why, .. }) => assert!(!why.contains("s3cret"), "{why}"),
            _ => {}
        }
    }
    (watching.await.unwrap(), entries)
}

#[tokio::test]
async fn every_port_works_over_tls() {
    let tls = TlsServer::start().await;
    Admin::at(&tls.server.url()).await.run("ACL SETUSER ops on >s3cret ~* &* +@all").await;
    let ca = tls.file("ca.pem");
    let mut settings = tls.settings("rediss://ops:s3cret@127.0.0.1", Some(&ca));
    settings.url = SecretString::from(format!("rediss://ops:s3cret@127.0.0.1:{}/3", tls.port));
    let session = session(&settings);
    assert_eq!(session.info.target, format!("rediss://127.0.0.1:{}/3", tls.port));
    let publisher = session.publisher.clone().unwrap();
    for form in [Form::Batch, Form::Once] {
        publisher.publish(&[ticket()], form).await.remove(0).unwrap();
    }
    assert_eq!(session.inspector.streams().await.unwrap().found[0].length, 2);
    assert!(session.inspector.examine().await.unwrap().findings.len() > 9);
    assert_eq!(watch(&session).await, (Ok(()), 2));
    let mut admin = Admin::at(&tls.server.url()).await;
    let keyspace: String = admin.get("INFO keyspace").await;
    assert!(keyspace.contains("db3:") && !keyspace.contains("db0:"), "the url's database: {keyspace}");
}

/// Every port says this, and that it is fatal.
async fn is_fatal(settings: &Settings, phrase: &str) {
    let session = session(settings);
    let errors = [
        session.inspector.streams().await.unwrap_err(),
        session.inspector.examine().await.unwrap_err(),
        watch(&session).await.0.unwrap_err(),
    ];
    for error in errors {
        let text = error.to_string();
        assert!(matches!(error, BusError::Fatal { .. }) && text.contains(phrase), "{phrase}: {error:?}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    let answer = session.publisher.unwrap().publish(&[ticket()], Form::Once).await.remove(0).unwrap_err();
    assert!(matches!(&answer, PublishError::NotSent(why) if why.contains(phrase)), "{answer:?}");
}

#[tokio::test]
async fn who_cannot_be_trusted_is_refused() {
    let tls = TlsServer::start().await;
    let (ca, other) = (tls.file("ca.pem"), tls.file("other.pem"));
    for (rest, ca_file, phrase) in [
        ("rediss://127.0.0.1", None, "unknown issuer"),
        ("rediss://ops:s3cret@127.0.0.1", Some(&other), "unknown issuer"),
        // The certificate is for another name.
        ("rediss://ops:s3cret@localhost", Some(&ca), "not valid"),
        ("rediss://ops:s3cret@127.0.0.1", Some(&ca), "password is wrong"),
    ] {
        is_fatal(&tls.settings(rest, ca_file.map(PathBuf::as_path)), phrase).await;
    }
}

#[tokio::test]
async fn a_port_without_tls_says_nothing_and_that_is_explained() {
    let server = PrivateRedis::start();
    let session = session(&native(&server.url().replace("redis://", "rediss://")));
    let error = session.inspector.streams().await.unwrap_err().to_string();
    assert!(error.contains("a port without TLS never answers"), "{error}");
}

#[tokio::test]
async fn a_wrong_certificate_file_is_said_before_connecting() {
    let tls = TlsServer::start().await;
    for (name, phrase) in [("missing.pem", "cannot be read"), ("none.pem", "holds no PEM certificates")] {
        let settings = tls.settings("rediss://127.0.0.1", Some(&tls.file(name)));
        let opened = open("test", &settings, sessions::intake(&settings), false, None);
        let error = opened.err().unwrap();
        assert!(matches!(error, BusError::Fatal { .. }) && error.to_string().contains(phrase), "{error}");
    }
}
