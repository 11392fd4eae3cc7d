//! Publishing on Redis: pipelines of plain XADDs, or of scripts where a step must be atomic.

use std::sync::Arc;

use async_trait::async_trait;
use redis::{Cmd, Pipeline, RedisResult, Script, Value};
use tokio::task::JoinHandle;

use super::commands::{CallError, Commands};
use super::error::classify;
use super::insist::{Insistence, Unanswered};
use super::profile::Layout;
use super::quote::command_line;
use super::{Profile, Settings, workflow};
use crate::bus::{BusError, Form, Intake, PublishError, Published, Publisher, WritesRefused};
use crate::event::{Channel, EntryId, NewEvent, StreamKey};

/// How many events go into one pipeline.
const PIPELINE: usize = 200;
/// The channel whose events Alga copies for its workflows.
const ALGAS_CHANNEL: &str = "global";
/// How long the marker of the form `once` lives, in seconds: a day.
const MARKER_SECONDS: u32 = 86_400;
/// What is logged where the Pub/Sub channel could not be reached.
const UNTOLD: &str = "published, but Pub/Sub listeners were not told";

/// Publishes on one Redis.
pub(super) struct RedisPublisher {
    commands: Arc<Commands>,
    wire: Wire,
    intake: Intake,
    max_event_bytes: usize,
}

/// How events are sent under a profile.
struct Wire {
    layout: Layout,
    fanout: bool,
    max_stream_length: u64,
    /// Where copies for workflows go, in a profile that has them; and whether they do where an event says nothing of it.
    workflow: Option<StreamKey>,
    copies: bool,
    once: Script,
    alga: Script,
}

/// The scripts' texts, for servers that do not have them yet.
const PUBLISH_ONCE: &str = include_str!("lua/publish_once.lua");
const PUBLISH_ALGA: &str = concat!(
    include_str!("lua/rights.lua"),
    include_str!("lua/ids.lua"),
    include_str!("lua/room.lua"),
    include_str!("lua/publish_alga.lua")
);

/// An event that was vetted: where it goes, and what is sent for it.
struct Prepared {
    stream: StreamKey,
    command: Cmd,
    /// The command as it is sent when the server does not have the script yet; `None` without a script.
    in_full: Option<Cmd>,
    /// The `PUBLISH` that follows an accepted XADD, where the profile asks for it and no script does it.
    fanout: Option<Cmd>,
}

impl RedisPublisher {
    pub(super) fn new(commands: Arc<Commands>, settings: &Settings, intake: Intake) -> Self {
        let wire = Wire {
            layout: Layout::of(settings),
            fanout: settings.profile == Profile::Native && settings.native.fanout,
            max_stream_length: settings.alga_psa.max_stream_length,
            workflow: Layout::workflow_copy(settings),
            copies: settings.alga_psa.workflow_copy,
            once: Script::new(PUBLISH_ONCE),
            alga: Script::new(PUBLISH_ALGA),
        };
        Self { commands, wire, intake, max_event_bytes: settings.max_event_bytes }
    }

    fn prepare(&self, event: &NewEvent, form: Form) -> Result<Prepared, PublishError> {
        self.vet(event)?;
        self.wire.prepare(event, form)
    }

    /// Sends one pipeline while the caller prepares the next.
    fn send(&self, prepared: Vec<Prepared>, form: Form) -> JoinHandle<Vec<Answered>> {
        let commands = Arc::clone(&self.commands);
        tokio::spawn(async move { exchange(&commands, prepared, form).await })
    }
}

#[async_trait]
impl Publisher for RedisPublisher {
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        let mut answers = Vec::with_capacity(events.len());
        let mut sending: Option<(Vec<Result<(), PublishError>>, &[NewEvent], JoinHandle<_>)> = None;
        for chunk in events.chunks(PIPELINE) {
            let mut vetted = Vec::with_capacity(chunk.len());
            let mut prepared = Vec::with_capacity(chunk.len());
            for event in chunk {
                vetted.push(self.prepare(event, form).map(|ready| prepared.push(ready)));
            }
            // One pipeline is in flight at a time, so that events keep their order also across a lost connection.
            if let Some((vetted, chunk, sent)) = sending.take() {
                collect(&mut answers, vetted, chunk, sent).await;
            }
            sending = Some((vetted, chunk, self.send(prepared, form)));
        }
        if let Some((vetted, chunk, sent)) = sending {
            collect(&mut answers, vetted, chunk, sent).await;
        }
        answers
    }

    async fn reach(&self) -> Result<(), BusError> {
        self.commands.reach().await
    }

    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String> {
        match self.wire.prepare(event, form) {
            Ok(prepared) => [Some(&prepared.command), prepared.fanout.as_ref()]
                .into_iter()
                .flatten()
                .map(command_line)
                .collect(),
            Err(_) => Vec::new(),
        }
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        if event.workflow_copy() == Some(true) && self.wire.workflow.is_none() {
            let why = "the profile native has no copy for workflows: leave it out";
            return Err(PublishError::NotSent(why.to_owned()));
        }
        self.intake.vet(event, self.max_event_bytes)
    }

    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        self.wire.layout.stream_for(event.event_type(), event.channel())
    }
}

type Answered = Result<(StreamKey, EntryId, bool), PublishError>;

/// Puts the answers of a pipeline back among those of events that were refused before it was sent.
async fn collect(
    answers: &mut Vec<Result<Published, PublishError>>,
    vetted: Vec<Result<(), PublishError>>,
    chunk: &[NewEvent],
    sent: JoinHandle<Vec<Answered>>,
) {
    let mut sent = sent.await.unwrap_or_default().into_iter();
    for (event, vetted) in chunk.iter().zip(vetted) {
        let answer = vetted.and_then(|()| {
            sent.next().unwrap_or_else(|| Err(PublishError::Unknown("the sending task ended".to_owned())))
        });
        answers.push(answer.map(|(stream, entry, repeated)| Published {
            event: event.id(),
            stream,
            entry,
            repeated,
        }));
    }
}

impl Wire {
    fn prepare(&self, event: &NewEvent, form: Form) -> Result<Prepared, PublishError> {
        let stream = self.layout.stream_for(event.event_type(), event.channel()).ok_or_else(|| {
            PublishError::NotSent("the stream's key would be longer than 1024 bytes".to_owned())
        })?;
        let marker = (form == Form::Once).then(|| self.layout.sent_marker(&stream, event.id()));
        let copy = self.copy_of(event);
        let scripted = |script: &Script, text: &str, arguments: &[&str]| {
            let call = |name: &str, body: &str| {
                let mut command = redis::cmd(name);
                command.arg(body).arg(1 + usize::from(marker.is_some()) + usize::from(copy.is_some()));
                command.arg(stream.as_str()).arg(&marker).arg(copy.as_ref().map(|(key, _)| key.as_str()));
                command.arg(MARKER_SECONDS).arg(arguments);
                for (name, value) in copy.iter().flat_map(|(_, fields)| fields) {
                    command.arg(*name).arg(value.as_ref());
                }
                command
            };
            (call("EVALSHA", script.get_hash()), Some(call("EVAL", text)))
        };
        let (command, in_full) = match (&self.layout, &marker) {
            (Layout::Native { .. }, None) => {
                let mut add = redis::cmd("XADD");
                add.arg(stream.as_str()).arg("*").arg(Intake::EVENT_FIELD).arg(event.text());
                (add, None)
            }
            (Layout::Native { .. }, Some(_)) => {
                let fanout = if self.fanout { stream.as_str() } else { "" };
                scripted(&self.once, PUBLISH_ONCE, &[fanout, event.text()])
            }
            (Layout::AlgaPsa { .. }, _) => {
                let default = self.layout.default_channel();
                let channel = event.channel().or(default.as_ref()).map_or("", Channel::as_str);
                scripted(
                    &self.alga,
                    PUBLISH_ALGA,
                    &[&self.max_stream_length.to_string(), event.text(), channel],
                )
            }
        };
        let fanout = (self.fanout && form == Form::Batch).then(|| {
            let mut publish = redis::cmd("PUBLISH");
            publish.arg(stream.as_str()).arg(event.text());
            publish
        });
        Ok(Prepared { stream, command, in_full, fanout })
    }

    /// The copy for workflows that goes with `event`, and where to. Without a choice of its own an event has one where Alga
    /// itself writes one: on its own channel, or on an install without channels.
    fn copy_of<'a>(&'a self, event: &'a NewEvent) -> Option<(&'a StreamKey, workflow::Fields<'a>)> {
        let key = self.workflow.as_ref()?;
        let default = self.layout.default_channel();
        let channel = event.channel().or(default.as_ref());
        let is_usual = self.copies && channel.is_none_or(|channel| channel.as_str() == ALGAS_CHANNEL);
        event.workflow_copy().unwrap_or(is_usual).then(|| (key, workflow::fields(event)))
    }
}

/// What the server answered to each event, where it did; and whether an attempt before that one was left without an answer.
type Results = Vec<Option<(RedisResult<Value>, bool)>>;

/// Sends `prepared` and answers for each. What was sent in the form `once` and got no answer is sent again, which
/// makes no double.
async fn exchange(commands: &Commands, prepared: Vec<Prepared>, form: Form) -> Vec<Answered> {
    let mut insistence = Insistence::new(commands, form == Form::Once);
    let mut results: Results = prepared.iter().map(|_| None).collect();
    let unanswered = loop {
        let in_doubt = insistence.in_doubt();
        if let Some(sent) = insistence.hold(attempt(commands, &prepared, &mut results, in_doubt)).await {
            break sent.err();
        }
    };
    if results.iter().flatten().rev().find_map(|(result, _)| took(result)) == Some(true) {
        commands.writes().taken();
    }
    fan_out(commands, &prepared, &results).await;
    let target = commands.target();
    let lost = unanswered.map_or_else(
        || PublishError::Unknown(format!("{target} answered to fewer events than it was sent")),
        |Unanswered { why, in_doubt }| {
            let why = why.what().to_owned();
            if in_doubt { PublishError::Unknown(why) } else { PublishError::NotSent(why) }
        },
    );
    let answer = |(ready, result): (Prepared, Option<(RedisResult<Value>, bool)>)| {
        let (result, in_doubt) = result.ok_or_else(|| lost.clone())?;
        read_answer(ready.stream, result, target).map_err(|error| match error {
            // This try appended nothing; one before it may have.
            PublishError::NotSent(why) if in_doubt => PublishError::Unknown(why),
            error => error,
        })
    };
    prepared.into_iter().zip(results).map(answer).collect()
}

/// Whether the server took this write; `None` where nothing was written: what is full or was there already says nothing of that.
fn took(result: &RedisResult<Value>) -> Option<bool> {
    match result {
        Err(error) => error.code().and_then(WritesRefused::of_code).map(|_| false),
        Ok(Value::Array(parts)) => matches!(parts[..], [_, Value::Int(0), ..]).then_some(true),
        Ok(value) => matches!(value, Value::BulkString(_)).then_some(true),
    }
}

/// One pipeline of what has no answer yet, and a second one for what of it needs its script in full. Whatever is answered
/// stays so, also where the second one fails.
async fn attempt(
    commands: &Commands,
    prepared: &[Prepared],
    results: &mut Results,
    in_doubt: bool,
) -> Result<(), CallError> {
    let open: Vec<usize> = (0..prepared.len()).filter(|at| results[*at].is_none()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut pipeline = Pipeline::with_capacity(open.len());
    for at in &open {
        pipeline.add_command(prepared[*at].command.clone());
    }
    let mut unknown_script = Vec::new();
    let mut again = Pipeline::new();
    for (at, result) in open.into_iter().zip(commands.pipeline(&mut pipeline).await?) {
        match (&result, &prepared[at].in_full) {
            (Err(error), Some(in_full)) if error.code() == Some("NOSCRIPT") => {
                unknown_script.push(at);
                again.add_command(in_full.clone());
            }
            _ => results[at] = Some((result, in_doubt)),
        }
    }
    if !again.is_empty() {
        for (at, result) in unknown_script.into_iter().zip(commands.pipeline(&mut again).await?) {
            results[at] = Some((result, in_doubt));
        }
    }
    Ok(())
}

/// Tells Pub/Sub listeners of what was accepted. They get it at most once by nature: a failure here loses nothing
/// that was promised.
async fn fan_out(commands: &Commands, prepared: &[Prepared], results: &Results) {
    let mut pipeline = Pipeline::new();
    for (ready, result) in prepared.iter().zip(results) {
        if let (Some(publish), Some((Ok(_), _))) = (&ready.fanout, result) {
            pipeline.add_command(publish.clone());
        }
    }
    if pipeline.is_empty() {
        return;
    }
    let untold = match commands.pipeline(&mut pipeline).await {
        Ok(answers) => answers.iter().filter(|answer| answer.is_err()).count(),
        Err(_) => pipeline.len(),
    };
    if untold > 0 {
        tracing::warn!(events = untold, "{UNTOLD}");
    }
}

fn read_answer(stream: StreamKey, result: RedisResult<Value>, target: &str) -> Answered {
    let strange = || PublishError::Unknown(format!("{target} gave an answer that is not understood"));
    let entry = |value: &Value| match value {
        Value::BulkString(id) => std::str::from_utf8(id).ok()?.parse().ok(),
        _ => None,
    };
    match result {
        // What has no code is no answer of the server.
        Err(error) if error.code().is_none() => {
            Err(PublishError::Unknown(classify(&error, target).what().to_owned()))
        }
        Err(error) => {
            let error = classify(&error, &format!("{stream} at {target}"));
            // On one line: it stands in forms, in the history, and in lists.
            let next = error.next().map_or_else(String::new, |next| format!("; {next}"));
            Err(PublishError::NotSent(format!("{}{next}", error.what())))
        }
        Ok(Value::Array(parts)) => match parts.as_slice() {
            [Value::BulkString(word), Value::BulkString(full)] if word == b"full" => {
                let full = std::str::from_utf8(full).ok().and_then(|key| StreamKey::new(key).ok());
                Err(PublishError::Full(full.unwrap_or(stream)))
            }
            [id, Value::Int(repeated), rest @ ..] => {
                if !rest.is_empty() {
                    tracing::warn!(%stream, "{UNTOLD}");
                }
                entry(id).map(|id| (stream, id, *repeated == 1)).ok_or_else(strange)
            }
            _ => Err(strange()),
        },
        Ok(value) => entry(&value).map(|id| (stream, id, false)).ok_or_else(strange),
    }
}
