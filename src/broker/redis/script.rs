//! Calling scripts: by their hash, and in full where the server does not have them yet.

use std::sync::LazyLock;

use redis::{Cmd, Pipeline, RedisResult, Script, ToRedisArgs, Value};

use super::commands::{CallError, Commands};
use crate::bus::BusError;

/// A script, and its text for servers that do not have it yet.
pub(super) struct Lua {
    text: &'static str,
    hash: LazyLock<Script>,
}

/// Scripts by name: the files that each is put together of, what several have in common first. The head of the last one says
/// what it is given and answers.
macro_rules! scripts {
    ($($name:ident = $($file:literal),+;)+) => {
        $(
            #[doc = concat!("See the head of ", $("`", $file, "` "),+, "in `lua`.")]
            pub(super) static $name: Lua = Lua {
                text: concat!($(include_str!(concat!("lua/", $file, ".lua"))),+),
                hash: LazyLock::new(|| {
                    Script::new(concat!($(include_str!(concat!("lua/", $file, ".lua"))),+))
                }),
            };
        )+
    };
}

scripts! {
    FINISH = "ids", "finish";
    DONE = "done";
    FORGET = "forget";
    RENEW = "ids", "renew";
    OTHERS = "others";
    RECLAIM = "reclaim";
    PROMOTE = "promote";
    RELEASE = "release";
    TIDY = "tidy";
    TRIM = "ids", "trim";

    RETRY = "rights", "lineage", "retry";
    RETRY_ALGA = "rights", "lineage", "ids", "room", "retry_alga";
    HASTEN = "rights", "lineage", "hasten";
    DISCARD = "rights", "lineage", "discard";
    DISCARD_WAITING = "rights", "lineage", "discard_waiting";
    RESTORE = "rights", "lineage", "restore";
    RELEASE_ONE = "rights", "release_one";
    PURGE = "rights", "purge";
    IMPORT = "rights", "newest", "import";
    RECORDED = "rights", "newest", "recorded";
    MOVED = "rights", "newest", "moved";
    WAITING_EVENT = "waiting_event";
}

/// One call of a script.
pub(super) struct Call {
    lua: &'static Lua,
    keys: Vec<String>,
    args: Cmd,
}

impl Call {
    /// Of `lua`, with these keys.
    pub(super) fn new<K: Into<String>>(lua: &'static Lua, keys: impl IntoIterator<Item = K>) -> Self {
        Self { lua, keys: keys.into_iter().map(Into::into).collect(), args: Cmd::new() }
    }

    /// With one more argument, or all of a list.
    pub(super) fn arg(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        self.args.arg(arg);
        self
    }

    /// As it is sent to a server that has the script.
    pub(super) fn shown(&self) -> Cmd {
        self.command("EVALSHA", self.lua.hash.get_hash())
    }

    fn command(&self, name: &str, body: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(body).arg(self.keys.len()).arg(&self.keys);
        for arg in self.args.args_iter() {
            if let redis::Arg::Simple(bytes) = arg {
                command.arg(bytes);
            }
        }
        command
    }
}

/// Makes `calls` in one pipeline, and answers for each. `doing` says what for.
pub(super) async fn call_all(
    commands: &Commands,
    calls: &[Call],
    doing: &str,
) -> Result<Vec<Result<Value, BusError>>, BusError> {
    let results =
        send_all(commands, calls).await.map_err(|error| error.into_bus(&commands.context(doing)))?;
    Ok(commands.read(results, doing))
}

/// Makes `calls` in one pipeline, and answers for each as the server did.
pub(super) async fn send_all(
    commands: &Commands,
    calls: &[Call],
) -> Result<Vec<RedisResult<Value>>, CallError> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let mut pipeline = Pipeline::with_capacity(calls.len());
    for call in calls {
        pipeline.add_command(call.shown());
    }
    let mut results = commands.pipeline(&mut pipeline).await?;
    let unknown: Vec<usize> = (0..results.len()).filter(|at| is_unknown(&results[*at])).collect();
    let mut in_full = Pipeline::with_capacity(unknown.len());
    for at in &unknown {
        in_full.add_command(calls[*at].command("EVAL", calls[*at].lua.text));
    }
    if !in_full.is_empty() {
        let any_done = unknown.len() < results.len();
        let sent = commands.pipeline(&mut in_full).await.map_err(|error| match error {
            // Not all of it was left undone: of the calls together that cannot be said.
            CallError::NotSent(why) if any_done => CallError::Unknown(why),
            error => error,
        })?;
        for (at, result) in unknown.into_iter().zip(sent) {
            results[at] = result;
        }
    }
    Ok(results)
}

fn is_unknown(result: &RedisResult<Value>) -> bool {
    result.as_ref().is_err_and(|error| error.code() == Some("NOSCRIPT"))
}
