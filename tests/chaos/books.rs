//! What Redis itself says of every event: asked beside the workers, on a way that no fault of ours is on.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use redis::{FromRedisValue, RedisResult};
use tidings::event::{EntryId, NewEvent};
use uuid::Uuid;

use crate::producer::TYPES;
use crate::worker::HANDLERS;

const PATIENCE: Duration = Duration::from_mins(2);

/// What is pending, at one moment: stream by stream the handler, the consumer, the entry, how often it was delivered, and
/// the event.
const PENDING: &str = "
local out = {}
for k = 1, #KEYS do
  local listed = redis.pcall('XPENDING', KEYS[k], ARGV[k], '-', '+', 1000000)
  for _, one in ipairs(listed.err and {} or listed) do
    local entry = redis.call('XRANGE', KEYS[k], one[1], one[1])[1]
    local event = ''
    for at = 1, entry and #entry[2] or 0, 2 do
      if entry[2][at] == 'event' then event = string.match(entry[2][at + 1], '\"id\":\"([^\"]+)\"') end
    end
    out[#out + 1] = { ARGV[k], one[2], KEYS[k], one[1], one[4], event }
  end
end
return out";

/// What a handler has not done yet in one type: not given, pending, scheduled, or waiting in its retry stream.
const LEFT: &str = "
local stream, handler, left = KEYS[1], ARGV[1], 0
if redis.call('EXISTS', stream) == 1 then
  local last = '-'
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local facts = {}
    for at = 1, #group, 2 do facts[group[at]] = group[at + 1] end
    if facts.name == handler then
      left = left + facts.pending
      last = '(' .. facts['last-delivered-id']
    end
  end
  left = left + #redis.call('XRANGE', stream, last, '+')
end
for _, member in ipairs(redis.call('ZRANGE', stream .. ':schedule', 0, -1)) do
  if string.match(member, '^[^|]*') == handler then left = left + 1 end
end
for _, member in ipairs(redis.call('HKEYS', stream .. ':scheduled')) do
  if string.match(member, '^[^|]*') == handler then left = left + 1 end
end
return left + redis.call('XLEN', stream .. ':retry:' .. handler)";

/// An entry that a consumer has and has not finished.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pending {
    pub(crate) handler: String,
    pub(crate) consumer: String,
    pub(crate) stream: String,
    pub(crate) id: EntryId,
    pub(crate) deliveries: u64,
    pub(crate) event: Option<Uuid>,
}

/// A dead letter.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) handler: String,
    pub(crate) stream: String,
    pub(crate) source: EntryId,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
    pub(crate) event: String,
}

/// What became of a retry.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) handler: String,
    pub(crate) stream: String,
    pub(crate) source: EntryId,
    pub(crate) attempt: u32,
    pub(crate) word: String,
}

/// Everything that Redis holds of what was published.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What lies in the types' streams: stream, position, the event and its text.
    pub(crate) entries: Vec<(String, EntryId, Uuid, String)>,
    pub(crate) letters: Vec<Letter>,
    pub(crate) outcomes: Vec<Outcome>,
}

type Entries = Vec<(String, HashMap<String, String>)>;

/// A connection of our own to the server.
pub(crate) struct Books {
    url: String,
    connection: Option<redis::Connection>,
}

impl Books {
    pub(crate) fn at(url: &str) -> Self {
        Self { url: url.to_owned(), connection: None }
    }

    fn connection(&mut self) -> RedisResult<&mut redis::Connection> {
        if self.connection.is_none() {
            let connection = redis::Client::open(&*self.url)?.get_connection()?;
            connection.set_read_timeout(Some(PATIENCE))?;
            self.connection = Some(connection);
        }
        Ok(self.connection.as_mut().unwrap())
    }

    /// Asks on a connection that is made anew after a failure.
    pub(crate) fn try_ask<T: FromRedisValue>(&mut self, command: &redis::Cmd) -> RedisResult<T> {
        let answer = self.connection().and_then(|connection| command.query(connection));
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    pub(crate) fn ask<T: FromRedisValue>(&mut self, command: &redis::Cmd) -> T {
        self.try_ask(command).unwrap()
    }

    /// Sends a command of words.
    pub(crate) fn run<T: FromRedisValue>(&mut self, words: &[&str]) -> T {
        self.ask(redis::cmd(words[0]).arg(&words[1..]))
    }

    /// Appends events as another program would.
    pub(crate) fn add(&mut self, events: &[NewEvent]) {
        let mut pipeline = redis::pipe();
        for event in events {
            let key = format!("event::{}", event.event_type().as_str());
            pipeline.cmd("XADD").arg(key).arg("*").arg("event").arg(event.text()).ignore();
        }
        pipeline.exec(self.connection().unwrap()).unwrap();
    }

    /// What is pending now.
    pub(crate) fn pending(&mut self) -> Vec<Pending> {
        self.try_pending().unwrap()
    }

    /// What is pending now, if the server answers.
    pub(crate) fn try_pending(&mut self) -> RedisResult<Vec<Pending>> {
        let read: Vec<(String, String)> = TYPES
            .iter()
            .flat_map(|event_type| {
                HANDLERS.iter().flat_map(move |handler| {
                    let stream = format!("event::{event_type}");
                    let retries = format!("{stream}:retry:{handler}");
                    [(stream, (*handler).to_owned()), (retries, (*handler).to_owned())]
                })
            })
            .collect();
        let mut ask = redis::cmd("EVAL");
        ask.arg(PENDING).arg(read.len());
        ask.arg(read.iter().map(|(stream, _)| stream).collect::<Vec<_>>());
        ask.arg(read.iter().map(|(_, handler)| handler).collect::<Vec<_>>());
        let listed: Vec<(String, String, String, String, u64, String)> = self.try_ask(&ask)?;
        let read = listed.into_iter().map(|(handler, consumer, stream, id, deliveries, event)| Pending {
            handler,
            consumer,
            stream,
            id: id.parse().unwrap(),
            deliveries,
            event: event.parse().ok(),
        });
        Ok(read.collect())
    }

    /// How much these handlers have not done yet.
    pub(crate) fn left(&mut self, handlers: &[&str]) -> u64 {
        let mut left = 0;
        for handler in handlers {
            for event_type in TYPES {
                let mut ask = redis::cmd("EVAL");
                ask.arg(LEFT).arg(1).arg(format!("event::{event_type}")).arg(handler);
                left += self.ask::<u64>(&ask);
            }
        }
        left
    }

    /// Waits until it is so.
    pub(crate) fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(Instant::now() < deadline, "waited in vain: {what}; pending: {:#?}", self.pending());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything, as it lies.
    pub(crate) fn ledger(&mut self) -> Ledger {
        let mut ledger = Ledger::default();
        for event_type in TYPES {
            let stream = format!("event::{event_type}");
            for (id, fields) in self.run::<Entries>(&["XRANGE", &stream, "-", "+"]) {
                let text = fields["event"].clone();
                let event: serde_json::Value = serde_json::from_str(&text).unwrap();
                let event = event["id"].as_str().unwrap().parse().unwrap();
                ledger.entries.push((stream.clone(), id.parse().unwrap(), event, text));
            }
            let key = format!("{stream}:dead-letter");
            for (_, fields) in self.run::<Entries>(&["XRANGE", &key, "-", "+"]) {
                let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
                ledger.letters.push(Letter {
                    handler: text("handler"),
                    stream: text("sourceStream"),
                    source: text("sourceMessageId").parse().unwrap(),
                    reason: text("reason"),
                    attempts: text("attempts").parse().unwrap(),
                    event: text("event"),
                });
            }
            let key = format!("{stream}:outcomes");
            for (_, fields) in self.run::<Entries>(&["XRANGE", &key, "-", "+"]) {
                ledger.outcomes.push(Outcome {
                    handler: fields["handler"].clone(),
                    stream: stream.clone(),
                    source: fields["retryOf"].parse().unwrap(),
                    attempt: fields["attempt"].parse().unwrap(),
                    word: fields["outcome"].clone(),
                });
            }
        }
        ledger
    }
}
