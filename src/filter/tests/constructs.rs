//! What each construct matches.

use super::*;
use crate::event::HandlerName;
use crate::filter::FailureSeen;

/// What fits the ticket, and what does not.
fn table(fits: &[&str], misfits: &[&str]) {
    for text in fits {
        assert!(filter(text).matches(&subject(), now()), "should fit: {text}");
    }
    for text in misfits {
        assert!(!filter(text).matches(&subject(), now()), "should not fit: {text}");
    }
}

#[test]
fn types() {
    table(
        &[
            "type:TICKET_UPDATED",
            "type:ticket_updated",
            "type:TICKET_*",
            "type:*updat?d",
            "TYPE:A,TICKET_*",
            "type:*",
            "type=ticket_updated",
            "type!=A",
            "type!=A,B",
        ],
        &["type:TICKET", "type:\"TICKET_*\"", "type:A,B", "type=TICKET", "type!=A,TICKET_UPDATED"],
    );
}

#[test]
fn tenants() {
    table(
        &[
            "tenant:acme",
            "tenant:\"acme msp\"",
            "tenant:189c996e",
            "tenant:189C996E-43d3",
            "tenant:*msp",
            "tenant=\"ACME MSP\"",
            "tenant=189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6",
            "tenant!=acme",
            "tenant:globex,acme",
        ],
        &["tenant:msp", "tenant:globex", "tenant=acme", "tenant!=\"Acme MSP\"", "tenant:\"a*\""],
    );
}

#[test]
fn channels_and_streams() {
    table(
        &[
            "channel:emailservice::v7",
            "channel:EmailService::*",
            "channel:\"emailservice::v7\"",
            "stream:*:TICKET_UPDATED",
            "stream=alga-psa:event-stream:emailservice::v7:TICKET_UPDATED",
        ],
        &[
            "channel:emailservice",
            "channel:global",
            "channel!=emailservice::v7",
            "stream:alga-psa",
            "stream:*INVOICE*",
        ],
    );
}

#[test]
fn ids() {
    table(
        &[
            "id:5",
            "id:57f7",
            "id:57F7E9A7-7e13",
            "id:57f7e9a77e13",
            "id:1795459752545-1",
            "id:1795459752545",
            "id:aa,57f7",
            "id:57f7e9a7-7e13-452d-81b7-9892c8fdd92e",
        ],
        &["id:58", "id:1795459752545-2", "id:179545975254", "id:17954597", "id:e9a7"],
    );
}

#[test]
fn standings() {
    table(
        &["is:unchecked", "is:UNCHECKED", "is:invalid,unchecked", "-is:valid"],
        &["is:valid", "is:invalid,valid"],
    );
}

#[test]
fn ages() {
    table(
        &["age<6m", "age>4m", "age<=5m", "age>=5m", "age<1h30m", "age>299s"],
        &["age<5m", "age>5m", "age>1d", "age<299999ms"],
    );
    let ahead = Subject { at: now() + TimeDelta::hours(1), ..subject() };
    assert!(filter("age<1s age>=0s").matches(&ahead, now()) && !filter("age>0s").matches(&ahead, now()));
    assert!(
        filter("type:A or not (b age<1m)").depends_on_time()
            && !filter("type:A or \"age<1m\"").depends_on_time()
    );
}

#[test]
fn payload_text() {
    table(
        &[
            "payload.changes.status=on_hold",
            "payload.changes.status=\"on_hold\"",
            "payload.changes.status=open,on_hold",
            "payload.changes.status==on_hold",
            "payload.changes.\"old status\"=Open",
            "payload.changes.status!=open",
            "payload.changes.status!=open,closed",
            "payload.changes.status:on_*",
            "payload.changes.status:ON_HOLD",
            "payload.changes.status:open,on_?old",
            "payload.note:caf*user*",
            "payload.note=\"Café / \\\"No such user\\\"\"",
            "payload.zip=01234",
            "payload.7=seven",
            "payload.\"7\"=seven",
            "payload.*.status=on_hold",
            "Payload.zip=01234",
        ],
        &[
            "payload.changes.status=ON_HOLD",
            "payload.changes.status=on",
            "payload.changes.status!=on_hold",
            "payload.changes.status!=open,on_hold",
            "payload.changes.status:on",
            "payload.changes.status:\"on_*\"",
            "payload.missing!=open",
            "payload.status=on_hold",
            "payload.changes=on_hold",
            "payload.Zip=01234",
            "payload.changes.status.x=on_hold",
            "payload.zip=1234",
        ],
    );
}

#[test]
fn payload_numbers_and_words() {
    table(
        &[
            "payload.amount=1250.5",
            "payload.amount=1.2505e3",
            "payload.amount>1250",
            "payload.amount>=1250.50",
            "payload.amount<1250.51",
            "payload.amount<=1e4",
            "payload.amount>-1",
            "payload.amount!=7",
            "payload.amount:1250*",
            "payload.big=9007199254740993",
            "payload.big>9007199254740992",
            "payload.big<9007199254740994",
            "payload.price>99",
            "payload.price=99.9",
            "payload.urgent=true",
            "payload.urgent!=false",
            "payload.closedAt=null",
            "event.version=2",
            "event.payload.urgent=true",
            "event.eventType=TICKET_UPDATED",
        ],
        &[
            "payload.amount=\"1250.50\"",
            "payload.amount>1250.5",
            "payload.amount<0",
            "payload.big=9007199254740992",
            "payload.big>9007199254740993",
            "payload.price=\"99.9\"",
            "payload.note>0",
            "payload.missing<1",
            "payload.urgent=\"true\"",
            "payload.urgent=TRUE",
            "payload.urgent>0",
            "payload.closedAt=\"null\"",
            "event.urgent=true",
        ],
    );
}

#[test]
fn payload_presence_and_arrays() {
    table(
        &[
            "payload.closedAt=*",
            "payload.changes:*",
            "payload.none=*",
            "payload.tags=vip",
            "payload.tags:eu",
            "payload.tags.1=EU",
            "payload.tags.*=EU",
            "payload.tags!=gold",
            "payload.lines.sku=B2",
            "payload.lines.1.sku=B2",
            "payload.lines.*.n>20",
            "payload.lines.n>20 payload.lines.n<2",
        ],
        &[
            "payload.missing=*",
            "payload.changes.missing:*",
            "payload.tags=gold",
            "payload.tags!=vip",
            "payload.tags.0=EU",
            "payload.tags.7=*",
            "payload.lines.0.sku=B2",
            "payload.lines=A1",
            "payload.lines.n>30",
            "payload.none=x",
        ],
    );
}

#[test]
fn text_and_expressions() {
    table(
        &[
            "on_hold",
            "\"on_hold\"",
            "\"no such user\"",
            "\"No such user\"",
            "café",
            "\"café / \\\"no\"",
            r"caf\u00e9",
            "10:30 or hold",
            "/on_(hold|ice)/",
            "/ON_HOLD/i",
            r"/Café \/ .No/",
            r#"/"status":\s*"on_\w+"/"#,
            "payload",
            "-\"and\"",
            "time-out or vip",
        ],
        &["missing", "\"No Such User\"", "On_hold", "/ON_HOLD/", "/^x/", "\"on hold\""],
    );
}

#[test]
fn joining() {
    table(
        &[
            "",
            "  \t\n ",
            "type:TICKET_* tenant:acme",
            "type:TICKET_* and tenant:acme",
            "type:TICKET_* AND tenant:acme",
            "type:A or tenant:acme",
            "type:A Or tenant:acme",
            "type:A type:B or tenant:acme",
            "tenant:acme or type:A type:B",
            "tenant:acme (type:A or is:unchecked)",
            "not type:A",
            "-type:A",
            "!type:A",
            "-(type:A or type:B)",
            "not(type:A)",
            "not not type:TICKET_*",
            "--type:TICKET_*",
            "not -type:TICKET_*",
            "((type:TICKET_*))",
            "(type:TICKET_*)(tenant:acme)",
            "not type:A not type:B",
        ],
        &[
            "type:TICKET_* tenant:globex",
            "tenant:acme (type:A or type:B)",
            "type:A or tenant:globex",
            "not type:TICKET_* or type:A",
            "-type:TICKET_*",
            "not (type:TICKET_* tenant:acme)",
            "-(type:A or tenant:acme)",
            "not not type:A",
        ],
    );
}

#[test]
fn what_could_not_be_decoded_has_no_names_and_no_text() {
    for text in [
        "is:invalid",
        "-type:*",
        "not tenant:*",
        "-channel:*",
        "stream:*",
        "id:1795459752545-1",
        "-payload.x=*",
        "-x",
    ] {
        assert!(filter(text).matches(&unreadable(), now()), "{text}");
    }
    for text in [
        "type:*",
        "type!=A",
        "tenant!=acme",
        "channel:*",
        "id:57f7",
        "payload.x!=1",
        "event.x!=1",
        "x",
        "/./",
    ] {
        assert!(!filter(text).matches(&unreadable(), now()), "{text}");
    }
}

#[test]
fn terms_that_the_flow_view_writes_find_what_they_name() {
    for tenant in ["a b", "a\"b\\c", "x,y", "(tenant)", "-x", "日本", "\\", "*"] {
        let term = format!("tenant:\"{}\"", tenant.replace('\\', "\\\\").replace('"', "\\\""));
        let named = Subject { tenant: Some(tenant), label: None, ..subject() };
        assert!(filter(&term).matches(&named, now()), "{term}");
        assert!(!filter(&term).matches(&subject(), now()), "{term}");
    }
}

#[test]
fn failed_attempts() {
    let seen = |handler: &str, attempt, is_dead, error: &str| FailureSeen {
        handler: HandlerName::new(handler).unwrap(),
        error: error.into(),
        attempt,
        is_dead,
    };
    let failures = [
        seen("sla", 1, false, "TypeError: Cannot read"),
        seen("ticket-email", 1, false, "SMTP 451 greylisted (*)"),
        seen("ticket-email", 4, true, "SMTP 550 no such user"),
    ];
    let failed = Subject { failures: &failures, ..subject() };
    let fits = |text: &str, subject: &Subject<'_>| filter(text).matches(subject, now());
    for text in [
        "handler:sla",
        "handler:TICKET-*",
        "handler!=sla",
        "handler:x,sla",
        "error:greylisted",
        "error:typeerror*read",
        "error:\"(*)\"",
        "error=\"SMTP 550 no such user\"",
        "error!=x",
        "attempt>3",
        "attempt>=4",
        "attempt:1",
        "attempt<2",
        "is:failed",
        "is:retrying",
        "is:dead",
        "is:dead handler:sla",
    ] {
        assert!(fits(text, &failed) && filter(text).asks_for_failures(), "should fit: {text}");
        assert!(!fits(text, &subject()), "nothing failed: {text}");
    }
    for text in [
        "handler:ticket",
        "handler:\"ticket-*\"",
        "error:smtp*451*550",
        "attempt>4",
        "attempt<1",
        "attempt:2",
    ] {
        assert!(!fits(text, &failed), "should not fit: {text}");
    }
    let first = Subject { failures: &failures[..2], ..subject() };
    assert!(fits("is:retrying", &first) && !fits("is:dead", &first));
    let last = Subject { failures: &failures[1..], ..subject() };
    assert!(!fits("is:retrying", &last), "what failed before is over");
    assert!(fits("is:failed", &unreadable()) && !filter("is:invalid").asks_for_failures());
}
