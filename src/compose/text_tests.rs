//! Tests of what is written and read: placeholders, templates, the history.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::bus::{PublishError, Published};
use crate::event::{Channel, EntryId, EventType, Fault, FaultKind, NewEvent, Report, StreamKey, TenantId};

fn filling() -> Filling {
    let now = "2026-11-23T12:02:31.5Z".parse().unwrap();
    let mut count = 0;
    let mut filling = Filling::new(now, Some(TenantId::new("ac\"me").unwrap())).with_uuids(move || {
        count += 1;
        uuid::Uuid::from_u128(count)
    });
    filling.number = 7;
    filling
}

fn fault(text: &str, filling: &mut Filling) -> String {
    fill(text, filling).unwrap_err().to_string()
}

#[test]
fn each_placeholder_has_its_value_and_each_uuid_is_new() {
    let text = r#"{"a":"{{uuid}}","b":"{{ uuid }}","c":"{{now}}","d":"{{tenant}}","e":{{number}},"f":"n{{number}}"}"#;
    assert_eq!(
        fill(text, &mut filling()).unwrap(),
        r#"{"a":"00000000-0000-0000-0000-000000000001","b":"00000000-0000-0000-0000-000000000002","c":"2026-11-23T12:02:31.500Z","d":"ac\"me","e":7,"f":"n7"}"#
    );
}

#[test]
fn what_is_typed_is_escaped_inside_of_quotes_and_put_in_outside_of_them() {
    let mut filling = filling();
    filling.prompts.insert("a b".to_owned(), "x\",\"tenantId\":\"\n".to_owned());
    filling.prompts.insert("list".to_owned(), " [1, 2] ".to_owned());
    assert_eq!(
        fill(r#"{"t":"<{{prompt:a b}}>","l":{{prompt: list }} }"#, &mut filling).unwrap(),
        r#"{"t":"<x\",\"tenantId\":\"\n>","l":[1, 2] }"#
    );
}

#[test]
fn braces_that_are_meant_are_doubled_and_quotes_are_told_from_escaped_ones() {
    let text = r#"{"a":"{{{{uuid}} \" {{number}}","b":{"c":{"d":1}}}"#;
    assert_eq!(fill(text, &mut filling()).unwrap(), r#"{"a":"{{uuid}} \" 7","b":{"c":{"d":1}}}"#);
}

#[test]
fn a_faulty_placeholder_is_told_with_its_place_and_what_to_do() {
    for (text, told) in [
        (
            "{\n \"a\": \"ü{{guid}}\"}",
            "line 2, column 9: there is no placeholder '{{guid}}': write {{uuid}},",
        ),
        (r#"{"a":"{{uuid"}"#, "line 1, column 7: '{{' begins a placeholder, and no '}}' ends it;"),
        (r#"{"a":"{{uuid","b":"}}"}"#, "no '}}' ends it"),
        (r#"{"a":{{uuid}}}"#, "{{uuid}} is a text: put it in \"quotes\""),
        (r#"{"a":1{{number}}}"#, "{{number}} is only a part of a value here"),
        (r#"{"a":"{{prompt:}}"}"#, "'' cannot be the label of a prompt"),
        (r#"{"a":"{{prompt:x=y}}"}"#, "'x=y' cannot be the label"),
        (r#"{"a":"{{prompt:who}}"}"#, "nothing is said for {{prompt:who}}"),
        ("{\"a\":\"{{\x1b[2J}}\"}", "'{{\\x1b[2J}}'"),
    ] {
        let told_of = fault(text, &mut filling());
        assert!(told_of.contains(told), "{text}: {told_of}");
    }
    let mut filling = filling();
    filling.prompts.insert("qty".to_owned(), "1}, \"x\": {".to_owned());
    filling.tenant = None;
    let told = fault(r#"{"a":{{prompt:qty}}}"#, &mut filling);
    assert!(told.contains("is no JSON value, and {{prompt:qty}} stands outside of quotes"), "{told}");
    assert!(
        fault(r#"{"a":"{{tenant}}"}"#, &mut filling).contains("no tenant is named for {{tenant}}: name one")
    );
}

#[test]
fn labels_come_in_order_and_once_each() {
    let text = r#"{"a":"{{prompt:b}} {{prompt:a}}","c":{{prompt:b}},"d":"{{{{prompt:e}} {{prompt:f}}"}"#;
    assert_eq!(labels(text), ["b", "a", "f"]);
    assert_eq!(labels("{{prompt:a}}{{"), ["a"]);
}

fn ticket() -> Template {
    Template {
        name: "ticket".to_owned(),
        event_type: EventType::new("TICKET_UPDATED").unwrap(),
        channel: Some(Channel::new("global").unwrap()),
        tenant: Some("Acme \"MSP\"".to_owned()),
        note: Some("of\nmine".to_owned()),
        payload: "{\n  \"ticketId\": \"{{prompt:ticket}}\",\n  \"path\": \"C:\\\\x\"\n}".to_owned(),
    }
}

#[test]
fn a_template_is_read_as_it_was_written() {
    let mut template = ticket();
    assert_eq!(Template::read("ticket", &template.write()).unwrap(), template);
    assert!(template.write().contains("payload = '''\n{\n  \"ticketId\""), "{}", template.write());
    assert_eq!(template.labels(), ["ticket"]);
    template.payload = "{\"a\": \"'''\", \r\n\t\"b\": 1}".to_owned();
    (template.channel, template.tenant, template.note) = (None, None, None);
    assert_eq!(Template::read("ticket", &template.write()).unwrap(), template);
}

#[test]
fn what_is_no_template_says_why() {
    for (toml, told) in [
        ("type = \"A\"\npayload = \"{}\"\nx = 1", "line 3 of the file: unknown field `x`"),
        ("payload = \"{}\"", "missing field `type`"),
        ("type = 3\npayload = \"{}\"", "line 1 of the file: invalid type"),
        ("type = \"a\"\npayload = \"{}\"", "type: 'a' is not an event type: upper-case"),
        ("type = \"A\"\nchannel = \"\"\npayload = \"{}\"", "channel: '' is not a channel"),
        ("type = \"A\"\ntenant = \"\"\npayload = \"{}\"", "tenant: it is empty"),
        ("type = \"A\"\npayload = '''\n{\"a\": {{now}}}'''", "payload, line 1, column 7: {{now}} is a text"),
        ("type = \"A\"\npayload = '{\"a\": \"{{x}}\"}'", "there is no placeholder '{{x}}'"),
        ("type = \x1b", "line 1"),
    ] {
        let error = Template::read("x\x1b", toml).unwrap_err().to_string();
        assert!(
            error.starts_with("the template 'x\\x1b' cannot be used: ") && error.contains(told),
            "{error}"
        );
        assert!(!error.contains('\x1b'));
    }
}

fn redacted(patterns: &[&str], json: &str) -> String {
    let patterns: Vec<_> = patterns.iter().map(|it| (*it).to_owned()).collect();
    Redaction::with(&patterns).unwrap().apply(json).0
}

#[test]
fn secrets_are_known_by_their_names() {
    let json = r#"{"Password":"a","db_passwd":1.50,"x":{"API-Key":{"k":"v"},"refreshTokens":["a"]},"l":[{"authToken":"t"}],"secret":null}"#;
    assert_eq!(
        redacted(&[], json),
        r#"{"Password":"[redacted]","db_passwd":"[redacted]","x":{"API-Key":"[redacted]","refreshTokens":"[redacted]"},"l":[{"authToken":"[redacted]"}],"secret":null}"#
    );
    for name in [
        "password2",
        "passwordConfirmation",
        "new_password_again",
        "clientSecrets2",
        "otp",
        "pwd2",
        "pwdConfirm",
        "otpAgain",
        "password2Confirm",
    ] {
        assert_eq!(redacted(&[], &format!(r#"{{"{name}":"x"}}"#)), format!(r#"{{"{name}":"[redacted]"}}"#));
    }
    for kept in [
        r#"{"confirmation":1,"auth0":2,"line2":3}"#,
        r#"{"secretary":"Ada","tokenCount":1,"authorId":2,"id":"x"}"#,
        "{}",
        r#"{ "a" : 1.50 }"#,
    ] {
        assert_eq!(redacted(&[], kept), kept);
    }
    // Named beside it, whichever comes first; what else the object holds stays.
    for (json, wanted) in [
        (
            r#"{"headers":[{"name":"Authorization","value":"Bearer x"},{"name":"Accept","value":"a"}]}"#,
            r#"{"headers":[{"name":"Authorization","value":"[redacted]"},{"name":"Accept","value":"a"}]}"#,
        ),
        (
            r#"[{ "value" : {"a":[1,{"token":2}]} , "n":3, "Key":"api-key"},4]"#,
            r#"[{ "value" : "[redacted]" , "n":3, "Key":"api-key"},4]"#,
        ),
        (r#"{"name":"set-cookie","values":["a","b"]}"#, r#"{"name":"set-cookie","values":"[redacted]"}"#),
        (
            r#"{"key":"x\u002dauth\u002dtoken","value":7}"#,
            r#"{"key":"x\u002dauth\u002dtoken","value":"[redacted]"}"#,
        ),
        (r#"{"name":"password","value":null}"#, r#"{"name":"password","value":null}"#),
        (r#"{"name":"password","in":{"value":1}}"#, r#"{"name":"password","in":{"value":1}}"#),
        (r#"{"name":["password"],"value":1}"#, r#"{"name":["password"],"value":1}"#),
        (
            r#"{"value":"x","name":"token","value":"y"}"#,
            r#"{"value":"[redacted]","name":"token","value":"[redacted]"}"#,
        ),
    ] {
        assert_eq!(redacted(&[], json), wanted);
        let (_, places) = Redaction::default().apply(json);
        assert_eq!(places.is_empty(), json == wanted);
    }
    let own = r#"{"fields":[{"name":"iban","value":"DE1"}],"other":{"name":"iban","value":2}}"#;
    assert_eq!(
        redacted(&["payload.fields.iban"], own),
        r#"{"fields":[{"name":"iban","value":"[redacted]"}],"other":{"name":"iban","value":2}}"#
    );
    let (_, places) = Redaction::default().apply(json);
    let places: Vec<_> = places.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["/Password", "/db_passwd", "/x/API-Key", "/x/refreshTokens", "/l/0/authToken"]);
    assert_eq!(redacted(&[], "{\"password\": broken"), "null", "what cannot be read may hold anything");
}

#[test]
fn the_config_adds_names_and_paths() {
    let json = r#"{"email":1,"who":{"E_mail":2,"taxId":3},"list":[{"email":4},5]}"#;
    for (pattern, kept) in [
        ("email", r#"{"email":X,"who":{"E_mail":X,"taxId":3},"list":[{"email":X},5]}"#),
        ("payload.**.email", r#"{"email":X,"who":{"E_mail":X,"taxId":3},"list":[{"email":X},5]}"#),
        ("payload.email", r#"{"email":X,"who":{"E_mail":2,"taxId":3},"list":[{"email":4},5]}"#),
        ("who.*", r#"{"email":1,"who":{"E_mail":X,"taxId":X},"list":[{"email":4},5]}"#),
        ("who.tax_id", r#"{"email":1,"who":{"E_mail":2,"taxId":X},"list":[{"email":4},5]}"#),
        ("list.email", r#"{"email":1,"who":{"E_mail":2,"taxId":3},"list":[{"email":X},5]}"#),
        ("list.*.email", r#"{"email":1,"who":{"E_mail":2,"taxId":3},"list":[X,5]}"#),
        ("list.1", r#"{"email":1,"who":{"E_mail":2,"taxId":3},"list":[{"email":4},X]}"#),
    ] {
        if pattern == "list.*.email" {
            let kept = r#"{"email":1,"who":{"E_mail":2,"taxId":3},"list":[{"email":"[redacted]"},5]}"#;
            assert_eq!(redacted(&[pattern], json), kept);
            continue;
        }
        assert_eq!(redacted(&[pattern], json), kept.replace('X', "\"[redacted]\""), "{pattern}");
    }
    for bad in ["", "a..b", ".a", "a.", "a*", "payload.**", "**", "-", "a.-"] {
        assert!(Redaction::with(&[bad.to_owned()]).is_err(), "{bad}");
    }
}

fn event(payload: &str) -> NewEvent {
    let id = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().unwrap();
    let at = "2026-11-23T12:02:31Z".parse().unwrap();
    NewEvent::compose(id, &EventType::new("A").unwrap(), at, payload).unwrap()
}

#[test]
fn what_was_sent_is_a_line_without_secrets() {
    let event = event(
        "{\"tenantId\": \"t\\u001b\",\n   \"n\": 1.50,\r\n \"password\": \"hunter2\",\"a\":\"\u{202e}\"}",
    );
    let published = Published {
        event: event.id(),
        stream: StreamKey::new("event::A").unwrap(),
        entry: EntryId::new(7, 1),
        repeated: false,
    };
    let sent = Sent::of(&event.unchecked(), &Ok(published), "2026-11-23T12:02:31Z".parse().unwrap());
    assert_eq!((&sent.outcome, sent.entry), (&Outcome::Published, Some(EntryId::new(7, 1))));
    let line = sent.to_line(&Redaction::default());
    assert_eq!(
        line,
        r#"{"at":"2026-11-23T12:02:31.000Z","eventId":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","type":"A","tenant":"t\u001b","channel":null,"outcome":"published","why":null,"stream":"event::A","entryId":"7-1","unchecked":true,"cut":false,"redacted":["/password"],"payload":{"tenantId": "t\u001b","n": 1.50,"password": "[redacted]","a":"\u202e"}}"#
    );
    let read = Sent::read(&line).unwrap();
    assert_eq!(read.to_line(&Redaction::default()), line, "what was left out stays known");
    let payload = r#"{"tenantId": "t\u001b","n": 1.50,"password": "[redacted]","a":"\u202e"}"#.to_owned();
    assert_eq!(read, Sent { payload, redacted: vec!["/password".to_owned()], ..sent });
}

#[test]
fn a_payload_that_is_too_large_is_cut_out_of_its_line_and_the_line_says_so() {
    let large =
        event(&format!(r#"{{"tenantId":"t","password":"x","text":"{}"}}"#, "x".repeat(5 * 1024 * 1024)));
    let lost = Err(PublishError::Unknown("no answer ".repeat(100_000)));
    let sent = Sent::of(&large, &lost, "2026-11-23T12:02:31Z".parse().unwrap());
    let line = sent.to_line(&Redaction::default());
    assert!(line.len() < 20_000, "{}", line.len());
    let read = Sent::read(&line).unwrap();
    assert!(read.cut && read.redacted.is_empty() && read.event == large.id());
    assert_eq!((read.payload.as_str(), read.outcome.word()), ("null", "unknown"));
    assert_eq!(read.to_line(&Redaction::default()), line, "that it was cut stays known");
}

#[test]
fn every_outcome_is_read_as_it_was_written_and_tells_no_secret() {
    let fault = Fault::new(FaultKind::Schema, Report::new("/payload/password", "a text", "hunter2"));
    for (answer, outcome) in [
        (PublishError::Unknown("cut".to_owned()), Outcome::Unknown("cut".to_owned())),
        (PublishError::NotSent("down".to_owned()), Outcome::NotSent("down".to_owned())),
        (
            PublishError::Invalid(fault),
            Outcome::NotSent(
                "the event does not fit the schema of its type: /payload/password: expected a text"
                    .to_owned(),
            ),
        ),
    ] {
        let event = event(r#"{"tenantId":"t"}"#).on_channel(Channel::new("global").unwrap());
        let sent = Sent::of(&event, &Err(answer), "2026-11-23T12:02:31Z".parse().unwrap());
        assert_eq!(sent.outcome, outcome);
        assert_eq!(Sent::read(&sent.to_line(&Redaction::default())).unwrap(), sent);
    }
}

#[test]
fn a_broken_line_is_an_error() {
    let good = Sent::of(
        &event(r#"{"tenantId":"t"}"#),
        &Err(PublishError::NotSent("x".to_owned())),
        "2026-11-23T12:02:31Z".parse().unwrap(),
    )
    .to_line(&Redaction::default());
    for bad in [
        "",
        "{}",
        &good[..good.len() - 1],
        &good.replace("not-sent", "lost"),
        &good.replace("\"t\"", "\"\""),
        &good.replace("2026-", "x"),
        &good.replace("57f7", ""),
    ] {
        assert!(
            Sent::read(bad).unwrap_err().to_string().starts_with("this is no line of a history: "),
            "{bad}"
        );
    }
}

/// JSON texts, with holes in strings (`{{prompt:a}}`) and in the place of values (`{{prompt:b}}`).
fn template_text() -> impl Strategy<Value = String> {
    let text =
        r#"("|\\|[a-z{}:,]|é|\n){0,6}"#.prop_map(|text: String| literal(&crate::event::json::quoted(&text)));
    let leaf = prop_oneof![
        text.clone(),
        text.prop_map(|it| format!("{} {{{{prompt:a}}}}\"", &it[..it.len() - 1])),
        Just("{{prompt:b}}".to_owned()),
        Just("{{number}}".to_owned()),
        Just("-1.50e3".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            proptest::collection::vec(("[a-c]\\{?\"?", inner), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| format!("{}:{value}", literal(&crate::event::json::quoted(&name))))
                    .collect();
                // A blank, so that two closing ones are no end of a placeholder.
                format!("{{ {} }}", members.join(" ,\n"))
            }),
        ]
    })
}

/// The values that the text has where there was a hole, and the others as they are.
fn expected(value: &Value, typed: &str, raw: &Value) -> Value {
    match value {
        Value::String(text) => text.replace('\u{1}', typed).into(),
        Value::Null => raw.clone(),
        Value::Array(items) => items.iter().map(|it| expected(it, typed, raw)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, it)| (name.clone(), expected(it, typed, raw))).collect()
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn filling_never_breaks_the_json_around_it(
        text in template_text(),
        typed in "\\PC{0,8}|[\"\\\\{}\n]{0,5}",
        raw in "[0-9]{1,3}|\"[a-z{}]{0,3}\"|\\[1,\\{\"a\":\\[\\]\\}\\]|true",
    ) {
        let Ok(raw_value) = serde_json::from_str::<Value>(&raw) else { return Ok(()) };
        let mut filling = filling();
        filling.prompts.insert("a".to_owned(), typed.clone());
        filling.prompts.insert("b".to_owned(), raw);
        let filled = fill(&text, &mut filling).unwrap();
        let value: Value = serde_json::from_str(&filled).unwrap();
        // The same with holes that nothing else looks like: no text has U+0001, nothing else is null.
        let holes = text.replace("{{prompt:a}}", "\\u0001").replace("{{prompt:b}}", "null");
        let holes = holes.replace("{{number}}", "7").replace("{{{{", "{{");
        let holes: Value = serde_json::from_str(&holes).unwrap();
        prop_assert_eq!(value, expected(&holes, &typed, &raw_value));
    }

    #[test]
    fn what_is_literal_is_filled_with_itself(text in "[{}\"\\\\ua-c:]{0,20}") {
        prop_assert_eq!(fill(&literal(&text), &mut filling()).unwrap(), text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\{\\{|\\}\\}|prompt:|uuid|\"|[a-c:,\\[\\]é\n ]){0,12}") {
        let _ = fill(&text, &mut filling());
        let _ = labels(&text);
        let _ = Template::read("x", &text);
        let _ = Sent::read(&text);
        let _ = Redaction::with(std::slice::from_ref(&text)).map(|it| it.apply(&text));
    }
}
