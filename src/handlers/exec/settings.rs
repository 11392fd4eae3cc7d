//! What an `exec` handler is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};

/// The most bytes of output that a failure can keep.
const MAX_OUTPUT: usize = 16_000;
/// What our own variables begin with.
const OURS: &str = "TIDINGS_";

/// Which program is run, and with what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The program and its arguments. There is no shell between: nothing in them is special.
    #[serde(deserialize_with = "command")]
    pub command: Vec<String>,
    /// Its environment, which holds nothing else than this and what is said of the event.
    #[serde(default, deserialize_with = "environment")]
    pub env: BTreeMap<String, SecretString>,
    /// The folder it runs in; without one, that of the worker.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// How much of the end of its output is kept for the record of a failure, in bytes.
    #[serde(default = "max_output", deserialize_with = "read_max_output")]
    pub max_output: usize,
}

impl Settings {
    /// The keys that these are read from.
    pub const KEYS: [&str; 4] = ["command", "env", "cwd", "max_output"];

    /// The program, and its arguments.
    pub(super) fn argv(&self) -> (&str, &[String]) {
        self.command.split_first().map_or(("", &[]), |(program, arguments)| (program.as_str(), arguments))
    }
}

fn max_output() -> usize {
    8_000
}

fn read_max_output<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match usize::deserialize(deserializer)? {
        bytes @ ..=MAX_OUTPUT => Ok(bytes),
        more => Err(D::Error::custom(format!(
            "{more} bytes are more than a failure can keep: write {MAX_OUTPUT} or less"
        ))),
    }
}

fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let command = Vec::<String>::deserialize(deserializer)?;
    match command.first() {
        None => Err(D::Error::custom("the command is empty: write the program first, then its arguments")),
        Some(program) if program.is_empty() => Err(D::Error::custom("the program has no name")),
        Some(_) if command.iter().any(|word| word.contains('\0')) => {
            Err(D::Error::custom("a command cannot hold the character \\u0000"))
        }
        Some(_) => Ok(command),
    }
}

fn environment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, SecretString>, D::Error> {
    let variables = BTreeMap::<String, String>::deserialize(deserializer)?;
    for (name, value) in &variables {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(D::Error::custom(format!("'{name}' cannot be the name of a variable")));
        }
        if name.starts_with(OURS) {
            return Err(D::Error::custom(format!(
                "the variable {name} cannot be given: what begins with {OURS} is said of the event"
            )));
        }
        if value.contains('\0') {
            return Err(D::Error::custom(format!("the variable {name} cannot hold the character \\u0000")));
        }
    }
    Ok(variables.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}
