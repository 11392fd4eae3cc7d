//! `webhook` against services that redirect, hang, flood, and are not who they say they are.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::hmac;
use secrecy::SecretString;
use tidings::bus::{FailureKind, HandlerError, Remedy};
use tidings::handlers::{Target, Webhook, WebhookSettings};
use tokio_util::sync::CancellationToken;

use crate::attempt::{FOREVER, attempt, attempt_with, attempt_within, event, event_of};
use crate::service::{Answer, Authority, Service};

/// Long enough for anything that is not meant to hang.
const SHORT: Duration = Duration::from_secs(2);

fn settings(url: &str) -> WebhookSettings {
    WebhookSettings {
        url: Target::parse(url).unwrap(),
        secret_env: None,
        headers: BTreeMap::new(),
        allow_private: true,
    }
}

fn webhook(settings: WebhookSettings) -> Webhook {
    Webhook::new(settings, None, Authority::new().trust())
}

/// What an attempt comes to against a service that answers so.
async fn against(answer: Answer) -> Result<(), HandlerError> {
    let service = Service::start(answer).await;
    attempt(&webhook(settings(&service.url("/hook")))).await
}

#[tokio::test]
async fn the_event_is_posted_signed_and_with_its_key() {
    let service = Service::start(Answer::status(204)).await;
    let mut settings = settings(&service.url("/hooks/tidings?of=acme"));
    settings.headers.insert("Authorization".to_owned(), SecretString::from("Bearer 1234"));
    settings.headers.insert("Content-Type".to_owned(), SecretString::from("application/x-event+json"));
    let secret = SecretString::from("whsec");
    let hook = Webhook::new(settings, Some(secret), Authority::new().trust());
    let event = event_of("acme", 200_000);
    attempt_with(&hook, &event, FOREVER, CancellationToken::new()).await.unwrap().unwrap();
    let [request] = &service.requests()[..] else { panic!("one request") };
    assert!(request.head.starts_with("POST /hooks/tidings?of=acme HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.body, event.text().as_bytes(), "to the letter");
    let header = |name| request.header(name).unwrap_or_else(|| panic!("{name} in {}", request.head));
    assert_eq!(header("host"), service.address.to_string());
    assert_eq!(header("content-type"), "application/x-event+json");
    assert_eq!(request.head.to_lowercase().matches("content-type").count(), 1, "in place of the default");
    assert_eq!(header("authorization"), "Bearer 1234");
    assert_eq!(header("idempotency-key"), format!("under-test/{}", event.id()));
    assert_eq!(header("x-tidings-attempt"), "3");
    let (at, signature) = header("x-tidings-signature").split_once(",v1=").unwrap();
    let at = at.strip_prefix("t=").unwrap();
    assert!((chrono::Utc::now().timestamp() - at.parse::<i64>().unwrap()).abs() < 60);
    let signature: Vec<u8> = (0..signature.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(&signature[place..place + 2], 16).unwrap())
        .collect();
    let signed = [at.as_bytes(), b".", &request.body].concat();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, b"whsec"), &signed, &signature).unwrap();
}

#[tokio::test]
async fn statuses_say_what_is_to_be_done() {
    let after = |seconds| Remedy::RetryAfter(Duration::from_secs(seconds));
    for (answer, remedy) in [
        (Answer::status(200), None),
        (Answer::status(202), None),
        (Answer::status(500), Some(Remedy::Retry)),
        (Answer::status(408), Some(Remedy::Retry)),
        (Answer::status(425), Some(Remedy::Retry)),
        (Answer::status(429), Some(Remedy::Retry)),
        (Answer::with(429, "retry-after: 30\r\n", ""), Some(after(30))),
        (Answer::with(503, "retry-after: 30\r\n", ""), Some(after(30))),
        (Answer::with(503, "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n", ""), Some(after(0))),
        (Answer::with(503, "retry-after: whenever\r\n", ""), Some(Remedy::Retry)),
        (Answer::status(404), Some(Remedy::Never)),
        (Answer::with(410, "retry-after: 30\r\n", ""), Some(Remedy::Never)),
        (Answer::status(304), Some(Remedy::Retry)),
    ] {
        let done = against(answer.clone()).await;
        assert_eq!(done.err().map(|error| error.remedy()), remedy, "{answer:?}");
    }
}

#[tokio::test]
async fn an_error_says_what_the_service_said_and_not_the_path() {
    let service = Service::start(Answer::with(422, "", "no such \u{1b}[2Jticket\n")).await;
    let error = attempt(&webhook(settings(&service.url("/hooks/s3cret?token=s3cret")))).await.unwrap_err();
    let origin = service.url("/***");
    let status = format!("422 Unprocessable Entity ({origin})");
    assert_eq!(error.chain(), [&status, "no such \u{1b}[2Jticket"]);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inside = Service::start(Answer::status(200)).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", inside.url("/admin"));
        let error = against(Answer::with(status, &location, "")).await.unwrap_err();
        assert_eq!(error.remedy(), Remedy::Retry);
        assert!(error.chain()[0].contains("redirects are not followed ("), "{:?}", error.chain());
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn private_addresses_are_refused_whatever_name_leads_there() {
    let authority = Authority::new();
    let service = authority.service("localhost", Answer::status(200)).await;
    let port = service.address.port();
    for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let url = format!("https://{host}:{port}/");
        let settings = WebhookSettings { allow_private: false, ..settings(&url) };
        let error = attempt(&Webhook::new(settings, None, authority.trust())).await.unwrap_err();
        assert_eq!(error.remedy(), Remedy::Retry, "the config can be mended");
        assert!(error.chain()[1].contains("private network"), "{host}: {:?}", error.chain());
    }
    assert_eq!(service.connections(), 0);
}

#[tokio::test]
async fn what_is_not_encrypted_never_goes_to_a_public_address() {
    let error = attempt(&webhook(settings("http://9.9.9.9:1/"))).await.unwrap_err();
    assert!(error.chain()[1].contains("by https:// only"), "{:?}", error.chain());
}

#[tokio::test]
async fn a_service_has_to_be_who_it_says_it_is() {
    let (ours, others) = (Authority::new(), Authority::new());
    let good = ours.service("localhost", Answer::status(200)).await;
    let wrong_name = ours.service("example.com", Answer::status(200)).await;
    for (service, authority, welcome) in
        [(&good, &ours, true), (&good, &others, false), (&wrong_name, &ours, false)]
    {
        let url = format!("https://localhost:{}/", service.address.port());
        let done = attempt(&Webhook::new(settings(&url), None, authority.trust())).await;
        match done {
            Ok(()) => assert!(welcome),
            Err(error) => {
                assert!(!welcome, "{:?}", error.chain());
                assert_eq!(error.remedy(), Remedy::Retry);
                assert!(error.chain()[0].ends_with("no encrypted connection"), "{:?}", error.chain());
                assert!(error.chain()[1].contains("certificate"), "{:?}", error.chain());
            }
        }
    }
    assert_eq!((good.requests().len(), wrong_name.requests().len()), (1, 0), "nobody else saw the event");
}

#[tokio::test]
async fn a_service_that_does_not_answer_runs_out_of_time() {
    for answer in [Answer::Never, Answer::SlowHead] {
        let service = Service::start(answer.clone()).await;
        let error = attempt_within(&webhook(settings(&service.url("/"))), SHORT).await.unwrap_err();
        assert_eq!((error.kind(), error.remedy()), (FailureKind::TimedOut, Remedy::Retry), "{answer:?}");
        assert_eq!(error.chain(), [format!("{}: no answer in time", service.url("/"))]);
    }
    // One that accepts and says nothing, where encryption is to begin.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", silent.local_addr().unwrap().port());
    let error = attempt_within(&webhook(settings(&url)), SHORT).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::TimedOut);
    assert!(error.chain()[0].ends_with("no connection in time"), "{:?}", error.chain());
}

#[tokio::test]
async fn endless_and_broken_answers_are_cut() {
    for status in [200, 500] {
        for answer in [Answer::EndlessBody(status), Answer::SlowBody(status)] {
            assert_eq!(against(answer.clone()).await.is_ok(), status == 200, "{answer:?}");
        }
    }
    let error = against(Answer::EndlessBody(500)).await.unwrap_err();
    assert_eq!(error.chain()[1].len(), 2_047, "without its last line end");
    for answer in [
        Answer::EndlessHead,
        Answer::HangUp,
        Answer::Raw("HTTP/1.1 2".to_owned()),
        Answer::Raw("SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
        Answer::Raw("HTTP/1.1 200 OK\r\n\0: \u{1b}\r\n\r\n".to_owned()),
    ] {
        let error = against(answer.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.remedy()), (FailureKind::Error, Remedy::Retry), "{answer:?}");
        assert!(error.chain()[0].ends_with("the connection broke off"), "{:?}", error.chain());
    }
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let gone = Service::start(Answer::status(200)).await.address;
    tokio::task::yield_now().await;
    for url in [format!("http://{gone}/"), "https://no-such-name.invalid/".to_owned()] {
        let error = attempt(&webhook(settings(&url))).await.unwrap_err();
        assert_eq!(error.remedy(), Remedy::Retry, "{:?}", error.chain());
    }
}

#[tokio::test]
async fn a_cancelled_attempt_lets_go_of_its_connection() {
    let service = Service::start(Answer::Never).await;
    let hook = webhook(settings(&service.url("/")));
    let cancelled = CancellationToken::new();
    let cancelling = async {
        crate::attempt::until("the request is there", || !service.requests().is_empty()).await;
        cancelled.cancel();
    };
    let event = event();
    let (done, ()) = tokio::join!(attempt_with(&hook, &event, FOREVER, cancelled.clone()), cancelling);
    assert!(done.is_none_or(|done| done.is_err()));
}
