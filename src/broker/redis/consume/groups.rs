//! The groups of one handler: on every stream of its types, and on its retry stream of each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{Pipeline, Value};

use crate::broker::redis::codec;
use crate::broker::redis::commands::Commands;
use crate::broker::redis::discovery::{Pass, Source};
use crate::broker::redis::error::classify;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, Joining, StartAt, TypeSelection};
use crate::event::{HandlerName, StreamKey};

const DOING: &str = "making consumer groups";

/// A stream that a handler reads: a type's, or its own retries of it.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The type's stream.
    pub(super) source: Source,
    /// Whether this is the retry stream.
    pub(super) is_retry: bool,
}

/// The streams that a handler reads, by key.
pub(super) struct Groups {
    pub(super) commands: Arc<Commands>,
    pub(super) layout: Layout,
    pub(super) handler: HandlerName,
    types: TypeSelection,
    start: StartAt,
    registered_ms: Mutex<Option<u64>>,
    readings: Mutex<Arc<BTreeMap<StreamKey, Reading>>>,
}

impl Groups {
    pub(super) fn new(commands: Arc<Commands>, layout: Layout, joining: &Joining) -> Self {
        Self {
            commands,
            layout,
            handler: joining.handler.clone(),
            types: joining.types.clone(),
            start: joining.start,
            registered_ms: Mutex::default(),
            readings: Mutex::default(),
        }
    }

    fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is read.
    pub(super) fn readings(&self) -> Arc<BTreeMap<StreamKey, Reading>> {
        Arc::clone(&Self::locked(&self.readings))
    }

    /// Registers the handler, or learns when it first was.
    async fn registered(&self) -> Result<u64, BusError> {
        if let Some(known) = *Self::locked(&self.registered_ms) {
            return Ok(known);
        }
        let key = self.layout.handlers();
        let mut time = redis::pipe();
        time.cmd("TIME");
        let answers = self.ask(&mut time).await?;
        let now_ms = answers.into_iter().next().and_then(millis).ok_or_else(|| self.strange())?;
        let mut register = redis::pipe();
        register.cmd("HSETNX").arg(&key).arg(self.handler.as_str()).arg(now_ms);
        register.cmd("HGET").arg(&key).arg(self.handler.as_str());
        let answers = self.ask(&mut register).await?;
        let first = answers.get(1).and_then(codec::number).ok_or_else(|| self.strange())?;
        *Self::locked(&self.registered_ms) = Some(first);
        Ok(first)
    }

    /// Makes groups on streams of `pass` that have none of ours, and reads them from then on.
    pub(super) async fn follow(&self, pass: &Pass) -> Result<(), BusError> {
        let known = self.readings();
        let new: Vec<&Source> = pass
            .sources
            .values()
            .filter(|source| self.types.admits(&source.event_type) && !known.contains_key(&source.key))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let start = match self.start {
            StartAt::Beginning => "0".to_owned(),
            StartAt::New => format!("{}-0", self.registered().await?),
        };
        self.make(&new, &start).await?;
        let mut readings = BTreeMap::clone(&known);
        for source in new {
            readings.insert(source.key.clone(), Reading { source: source.clone(), is_retry: false });
            if let Some(retries) = Layout::retries(&source.key, &self.handler) {
                readings.insert(retries, Reading { source: source.clone(), is_retry: true });
            }
        }
        *Self::locked(&self.readings) = Arc::new(readings);
        Ok(())
    }

    /// Makes the groups again on a bus that lost them with its data: from the beginning, as all of it is new.
    pub(super) async fn mend(&self) -> Result<(), BusError> {
        let readings = self.readings();
        let sources: Vec<&Source> =
            readings.values().filter(|reading| !reading.is_retry).map(|reading| &reading.source).collect();
        // Where the group is there still, this changes nothing.
        self.make(&sources, "0").await
    }

    async fn make(&self, sources: &[&Source], start: &str) -> Result<(), BusError> {
        self.registered().await?;
        let mut pipeline = Pipeline::with_capacity(2 * sources.len());
        for source in sources {
            let handler = self.handler.as_str();
            pipeline.cmd("XGROUP").arg("CREATE").arg(source.key.as_str()).arg(handler).arg(start);
            if let Some(retries) = Layout::retries(&source.key, &self.handler) {
                let create = pipeline.cmd("XGROUP").arg("CREATE").arg(retries.as_str()).arg(handler);
                create.arg("0").arg("MKSTREAM");
            }
        }
        self.ask(&mut pipeline).await.map(|_| ())
    }

    /// Sends commands; that a group is there already, or its stream is not, is no error.
    async fn ask(&self, pipeline: &mut Pipeline) -> Result<Vec<Value>, BusError> {
        let what = format!("{DOING} at {}", self.commands.target());
        let answers = self.commands.pipeline(pipeline).await.map_err(|error| error.into_bus(&what))?;
        answers
            .into_iter()
            .map(|answer| match answer {
                Err(error) if error.code() == Some("BUSYGROUP") => Ok(Value::Okay),
                Err(error) if is_no_stream(&error) => Ok(Value::Nil),
                answer => answer.map_err(|error| classify(&error, &what)),
            })
            .collect()
    }

    fn strange(&self) -> BusError {
        BusError::Unavailable {
            what: format!("{DOING} at {}: the answer is not understood", self.commands.target()),
        }
    }
}

/// The stream vanished between finding it and making a group on it.
fn is_no_stream(error: &redis::RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("requires the key to exist"))
}

fn millis(time: Value) -> Option<u64> {
    let [seconds, micros] = codec::exactly(time, "TIME answers two numbers").ok()?;
    Some(codec::number(&seconds)? * 1_000 + codec::number(&micros)? / 1_000)
}
