//! A bus on which everything that a program may write there is hostile.

use crate::corpus::{BYTES, all_in_one, endless, quoted, spelled, texts};
use crate::sessions::Admin;

/// The tenant of what is ordinary but for its texts.
pub(crate) const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
/// The type's stream, in the profile `native`.
pub(crate) const STREAM: &str = "event::TICKET_UPDATED";

/// An event with `text`, which is JSON, wherever one may be.
pub(crate) fn event(n: usize, tenant: &str, text: &str) -> String {
    format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-{n:012}","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":{tenant},"ticketId":{text},"userId":"88bec41e-a074-43d9-873d-8c8d1d83c358","title":{text},"changes":{{{text}:{{"from":{text},"to":{text}}}}},{text}:[{text}]}},{text}:{text}}}"#
    )
}

/// Appends an entry of these fields.
pub(crate) async fn add(admin: &mut Admin, key: &[u8], fields: &[(&[u8], &[u8])]) -> String {
    let mut words: Vec<&[u8]> = vec![b"XADD", key, b"*"];
    words.extend(fields.iter().flat_map(|(name, value)| [*name, *value]));
    redis::from_redis_value(admin.send(&words).await).unwrap()
}

/// Fills a bus of the profile `native`.
pub(crate) async fn fill(admin: &mut Admin) {
    for (n, text) in texts().iter().enumerate() {
        events(admin, n, text).await;
        beside(admin, n, text).await;
        told(admin, text).await;
    }
    for (n, bytes) in BYTES.iter().enumerate() {
        add(admin, STREAM.as_bytes(), &[(b"event", bytes)]).await;
        add(admin, STREAM.as_bytes(), &[(bytes, bytes)]).await;
        let raw = event(900 + n, &quoted(ACME), "\"raw\"").replace("raw", "\u{fffd}");
        let raw = raw.into_bytes().split(|byte| *byte == 0xef).collect::<Vec<_>>().join(*bytes);
        add(admin, STREAM.as_bytes(), &[(b"event", &raw)]).await;
        add(admin, &[b"event::", *bytes].concat(), &[(b"event", b"{}")]).await;
        admin.send(&[b"XGROUP", b"CREATE", STREAM.as_bytes(), bytes, b"0"]).await;
    }
    for (n, text) in [all_in_one(), endless()].iter().enumerate() {
        add(
            admin,
            STREAM.as_bytes(),
            &[(b"event", event(950 + n, &quoted(ACME), &spelled(text)).as_bytes())],
        )
        .await;
        add(admin, STREAM.as_bytes(), &[(b"event", event(960 + n, &quoted(ACME), &quoted(text)).as_bytes())])
            .await;
    }
    let surrogate = event(970, &quoted(ACME), r#""hq70\ud800\udfff\ud83d""#);
    add(admin, STREAM.as_bytes(), &[(b"event", surrogate.as_bytes())]).await;
    for words in
        ["RPUSH event::TICKET_CLOSED x", "SET event::TICKET_CREATED:schedule x", "RPUSH event::$failures2 x"]
    {
        admin.run(words).await;
    }
}

/// Events in every way that a text may stand in one.
async fn events(admin: &mut Admin, n: usize, text: &str) {
    let (stream, spelled, quoted_text) = (STREAM.as_bytes(), spelled(text), quoted(text));
    let fits = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-0000001{n:05}","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"{ACME}","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358","title":{spelled},"changes":{{"status":{{"from":{quoted_text},"to":{spelled}}}}}}}}}"#
    );
    let odd = |field: &str| {
        let ordinary = event(n + 500, &quoted(ACME), "\"x\"");
        let (before, rest) = ordinary.split_once(&format!("\"{field}\":\"")).unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        format!("{before}\"{field}\":{spelled}{after}")
    };
    let bodies = [
        fits,
        event(n, &spelled, &spelled),
        event(n + 100, &quoted_text, &quoted_text),
        odd("id"),
        odd("eventType"),
        odd("timestamp"),
        text.to_owned(),
    ];
    for body in &bodies {
        add(admin, stream, &[(b"event", body.as_bytes())]).await;
    }
    add(admin, stream, &[(text.as_bytes(), text.as_bytes())]).await;
    add(admin, stream, &[(b"event", bodies[0].as_bytes()), (text.as_bytes(), text.as_bytes())]).await;
    for before in ["event::", "event::TICKET_UPDATED:", "event::A:retry:"] {
        add(admin, format!("{before}{text}").as_bytes(), &[(b"event", bodies[0].as_bytes())]).await;
    }
}

/// Groups, consumers, dead letters, retries and records of one stream.
async fn beside(admin: &mut Admin, n: usize, text: &str) {
    let raw = text.as_bytes();
    admin.send(&[b"XGROUP", b"CREATE", STREAM.as_bytes(), raw, b"0"]).await;
    for group in [raw, b"mail"] {
        if n == 0 && group != raw {
            admin.send(&[b"XGROUP", b"CREATE", STREAM.as_bytes(), group, b"0"]).await;
        }
        admin
            .send(&[b"XREADGROUP", b"GROUP", group, raw, b"COUNT", b"1", b"STREAMS", STREAM.as_bytes(), b">"])
            .await;
    }
    let (spelled, body) = (spelled(text), event(n, &quoted(ACME), &spelled(text)));
    let chain = format!("[{spelled},{spelled}]");
    let history = format!(r#"[{{"at":"2026-11-23T19:42:38Z","ms":12,"kind":"error","error":{chain}}}]"#);
    let source = format!("{}-0", n + 1);
    for (handler, reason) in [(raw, raw), (b"mail", b"exhausted")] {
        let fields: [(&[u8], &[u8]); 10] = [
            (b"event", body.as_bytes()),
            (raw, raw),
            (b"sourceStream", raw),
            (b"sourceMessageId", source.as_bytes()),
            (b"handler", handler),
            (b"error", chain.as_bytes()),
            (b"attempts", b"2"),
            (b"history", history.as_bytes()),
            (b"deadLetteredAt", b"2026-11-23T19:43:38.000Z"),
            (b"reason", reason),
        ];
        add(admin, format!("{STREAM}:dead-letter").as_bytes(), &fields).await;
        let who: [(&[u8], &[u8]); 3] =
            [(b"who", raw), (b"why", raw), (b"discardedAt", b"2026-11-23T19:45:00Z")];
        add(admin, format!("{STREAM}:discarded").as_bytes(), &[&fields[..], &who].concat()).await;
    }
    let retried: [(&[u8], &[u8]); 11] = [
        (b"deadLetterId", source.as_bytes()),
        (b"stream", STREAM.as_bytes()),
        (b"source", source.as_bytes()),
        (b"to", source.as_bytes()),
        (b"plan", raw),
        (b"who", raw),
        (b"at", b"2026-11-23T19:45:00Z"),
        (b"handler", b"mail"),
        (b"reason", raw),
        (b"runs", b"failed"),
        (b"event", body.as_bytes()),
    ];
    add(admin, format!("{STREAM}:retried").as_bytes(), &retried).await;
    let outcome: [(&[u8], &[u8]); 6] = [
        (b"handler", b"mail"),
        (b"eventId", raw),
        (b"retryOf", source.as_bytes()),
        (b"plan", raw),
        (b"attempt", b"1"),
        (b"outcome", raw),
    ];
    add(admin, format!("{STREAM}:outcomes").as_bytes(), &outcome).await;
    let (schedule, scheduled) = (format!("{STREAM}:schedule"), format!("{STREAM}:scheduled"));
    for who in [text, "mail"] {
        let member = format!("{who}|{source}");
        admin.send(&[b"ZADD", schedule.as_bytes(), b"1795459752545", member.as_bytes()]).await;
        let pack = "return redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack({'event', ARGV[2], 'attempt', '2', 'history', ARGV[3]}))";
        let pack: [&[u8]; 7] = [
            b"EVAL",
            pack.as_bytes(),
            b"1",
            scheduled.as_bytes(),
            member.as_bytes(),
            body.as_bytes(),
            history.as_bytes(),
        ];
        admin.send(&pack).await;
    }
}

/// What workers and operators tell of themselves.
async fn told(admin: &mut Admin, text: &str) {
    let (raw, spelled) = (text.as_bytes(), spelled(text));
    let chain = format!("[{spelled},{spelled}]");
    for handler in [raw, b"mail"] {
        let failure: [(&[u8], &[u8]); 15] = [
            (b"handler", handler),
            (b"eventId", b"57f7e9a7-7e13-452d-81b7-000000100000"),
            (b"type", b"TICKET_UPDATED"),
            (b"tenant", raw),
            (b"sourceStream", STREAM.as_bytes()),
            (b"sourceMessageId", b"7-1"),
            (b"attempt", b"3"),
            (b"kind", b"error"),
            (b"ms", b"30"),
            (b"at", b"2026-11-23T19:42:38.555Z"),
            (b"error", chain.as_bytes()),
            (b"next", b"dead"),
            (b"reason", b"exhausted"),
            (b"consumer", raw),
            (b"host", raw),
        ];
        add(admin, b"event::$failures", &failure).await;
        admin.send(&[b"HSET", b"event::$handlers", handler, b"1795459750000"]).await;
    }
    let deeds: [&[u8]; 3] = [b"plan-started", b"discarded", raw];
    for deed in deeds {
        let line: [(&[u8], &[u8]); 8] = [
            (b"who", raw),
            (b"at", b"2026-11-23T19:45:00Z"),
            (b"deed", deed),
            (b"plan", raw),
            (b"count", b"3"),
            (b"reason", raw),
            (b"note", raw),
            (b"handler", raw),
        ];
        add(admin, b"event::$journal", &line).await;
    }
    let beat = format!(
        r#"{{"consumer":{spelled},"handler":"mail","types":[{spelled}],"host":{spelled},"pid":7,"started":"2026-11-23T19:45:00Z","stats":{{}},"latency":{{}}}}"#
    );
    admin.send(&[b"SET", &[b"event::$worker:", raw].concat(), beat.as_bytes()]).await;
    admin.send(&[b"ZADD", b"event::$workers", b"9795459752545", raw]).await;
    let plan = format!(
        r#"{{"id":{spelled},"who":{spelled},"at":"2026-11-23T19:45:00Z","reason":{spelled},"runs":"failed","pace":{spelled},"items":[]}}"#
    );
    admin.send(&[b"RPUSH", &[b"event::$plan:", raw].concat(), plan.as_bytes()]).await;
}

/// Fills a bus of the profile `alga-psa`, whose channels are texts, too.
pub(crate) async fn fill_alga(admin: &mut Admin) {
    for (n, text) in texts().iter().enumerate() {
        let key = format!("alga-psa:event-stream:{text}:TICKET_UPDATED");
        let body = event(n, &spelled(text), &spelled(text));
        let fields: [(&[u8], &[u8]); 3] =
            [(b"event", body.as_bytes()), (b"channel", text.as_bytes()), (text.as_bytes(), text.as_bytes())];
        add(admin, key.as_bytes(), &fields).await;
        for group in [text.as_bytes(), b"event-processors"] {
            admin.send(&[b"XGROUP", b"CREATE", key.as_bytes(), group, b"0"]).await;
            admin
                .send(&[b"XREADGROUP", b"GROUP", group, text.as_bytes(), b"STREAMS", key.as_bytes(), b">"])
                .await;
        }
        let dead: [(&[u8], &[u8]); 4] = [
            (b"event", body.as_bytes()),
            (b"sourceMessageId", b"1-0"),
            (b"deliveries", b"11"),
            (b"error", text.as_bytes()),
        ];
        add(admin, format!("{key}:dead-letter").as_bytes(), &dead).await;
        let flat: [(&[u8], &[u8]); 3] = [
            (b"event_id", text.as_bytes()),
            (b"payload_json", body.as_bytes()),
            (b"tenant", text.as_bytes()),
        ];
        add(admin, b"workflow:events:global", &flat).await;
    }
}
