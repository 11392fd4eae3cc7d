//! Calling scripts: by their hash, and in full where the server does not have them yet.

use std::sync::LazyLock;

use redis::{Cmd, Pipeline, RedisResult, Script, ToRedisArgs, Value};

use crate::broker::redis::commands::Commands;
use crate::bus::BusError;

/// A script, and its text for servers that do not have it yet.
pub(super) struct Lua {
    text: &'static str,
    hash: LazyLock<Script>,
}

macro_rules! script {
    ($(#[$doc:meta])* $name:ident = $file:literal) => {
        $(#[$doc])*
        pub(super) static $name: Lua = Lua {
            text: include_str!(concat!("../lua/", $file, ".lua")),
            hash: LazyLock::new(|| Script::new(include_str!(concat!("../lua/", $file, ".lua")))),
        };
    };
}

script!(
    /// See its head.
    FINISH = "finish"
);
script!(
    /// See its head.
    DONE = "done"
);
script!(
    /// See its head.
    FORGET = "forget"
);
script!(
    /// See its head.
    RENEW = "renew"
);
script!(
    /// See its head.
    OTHERS = "others"
);
script!(
    /// See its head.
    RECLAIM = "reclaim"
);
script!(
    /// See its head.
    PROMOTE = "promote"
);
script!(
    /// See its head.
    RELEASE = "release"
);
script!(
    /// See its head.
    TIDY = "tidy"
);
script!(
    /// See its head.
    TRIM = "trim"
);

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
    let mut pipeline = Pipeline::with_capacity(calls.len());
    for call in calls {
        pipeline.add_command(call.command("EVALSHA", call.lua.hash.get_hash()));
    }
    let mut results = commands.results(&mut pipeline, doing).await?;
    let unknown: Vec<usize> = (0..results.len()).filter(|at| is_unknown(&results[*at])).collect();
    let mut in_full = Pipeline::with_capacity(unknown.len());
    for at in &unknown {
        in_full.add_command(calls[*at].command("EVAL", calls[*at].lua.text));
    }
    for (at, result) in unknown.into_iter().zip(commands.results(&mut in_full, doing).await?) {
        results[at] = result;
    }
    Ok(commands.read(results, doing))
}

fn is_unknown(result: &RedisResult<Value>) -> bool {
    result.as_ref().is_err_and(|error| error.code() == Some("NOSCRIPT"))
}
