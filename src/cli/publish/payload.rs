//! The payload of an event to publish: the given text, with what `--set` and `--tenant` put into it.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::{Stop, shown};
use crate::event::json::{Pointer, quoted, set};
use crate::event::{EventType, TenantId, pick};
use crate::schema::{Registry, ScalarKind};
use crate::text::display_safe;

const FORM: &str = "Write --set path=value, such as --set changes.status=open, or --set path:=JSON.";

/// What is said of a payload.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct PayloadArgs {
    /// Payload as a JSON object
    #[arg(long, value_name = "JSON", conflicts_with = "payload_file")]
    pub(in crate::cli) payload: Option<String>,
    /// File to read the payload from, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    pub(in crate::cli) payload_file: Option<PathBuf>,
    /// Set a field of the payload, in the type that the schema wants there; path:=JSON sets any JSON. May be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    pub(in crate::cli) set: Vec<String>,
}

impl PayloadArgs {
    /// Whether anything is said of it.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.payload.is_none() && self.payload_file.is_none() && self.set.is_empty()
    }

    /// The payload's text: what is given, else `otherwise`, with what `--set` puts into it. `stdin` is read when the
    /// file is `-`.
    pub(in crate::cli) fn text(
        &self,
        otherwise: &str,
        event_type: &EventType,
        registry: &Registry,
        stdin: &mut dyn Read,
    ) -> Result<String, Stop> {
        let mut text = self.given(stdin)?.unwrap_or_else(|| otherwise.to_owned());
        for assignment in &self.set {
            text = apply(&text, assignment, event_type, registry)?;
        }
        Ok(text)
    }

    fn given(&self, stdin: &mut dyn Read) -> Result<Option<String>, Stop> {
        let (text, origin) = match (&self.payload, &self.payload_file) {
            (Some(text), _) => (text.clone(), "--payload".to_owned()),
            (None, Some(path)) => {
                (read(path, stdin)?, format!("--payload-file '{}'", shown(&path.display())))
            }
            (None, None) => return Ok(None),
        };
        match pick(&text, &[]) {
            Ok([]) => Ok(Some(text.trim().to_owned())),
            Err(error) => Err(Stop::usage(
                format!("{origin} is not a JSON object: {error}"),
                "Give the payload alone, such as '{\"ticketId\": \"..\"}'; the envelope is made around it. \
                 --payload-file FILE reads it from a file, or with - from standard input.",
            )),
        }
    }
}

/// The payload's text, with the tenant in it. `stdin` is read when the file is `-`.
pub(super) fn payload(
    args: &PayloadArgs,
    event_type: &EventType,
    tenant: &TenantId,
    registry: &Registry,
    stdin: &mut dyn Read,
) -> Result<String, Stop> {
    with_tenant(args.text("{}", event_type, registry, stdin)?, tenant)
}

fn read(path: &Path, stdin: &mut dyn Read) -> Result<String, Stop> {
    let mut text = String::new();
    let read = match path.to_str() {
        Some("-") => stdin.read_to_string(&mut text),
        _ => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(Stop::failed(
            format!("--payload-file '{}' cannot be read: {error}", shown(&path.display())),
            "Name a file with a JSON object, or - for standard input.",
        )),
    }
}

fn apply(text: &str, assignment: &str, event_type: &EventType, registry: &Registry) -> Result<String, Stop> {
    let wrong = |why: String| Stop::usage(shown(&format!("--set '{assignment}': {why}")), FORM);
    let (path, value) = assignment.split_once('=').ok_or_else(|| wrong("there is no '='".to_owned()))?;
    let (path, is_json) = path.strip_suffix(':').map_or((path, false), |path| (path, true));
    let names: Vec<&str> = path.split('.').collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(wrong(format!("'{path}' is not a path")));
    }
    let value = if is_json {
        serde_json::from_str::<&serde_json::value::RawValue>(value)
            .map_err(|error| wrong(format!("'{value}' is not JSON: {error}")))?;
        value.to_owned()
    } else {
        typed(value, registry.kind_at(event_type, &names))
            .map_err(|kind| wrong(format!("the schema of {event_type} wants {kind} there, not '{value}'")))?
    };
    set(text, &Pointer::of(names), &value).map_err(|error| wrong(error.to_string()))
}

/// `value` as JSON of the kind that the schema wants; the error says what it wants.
fn typed(value: &str, kind: Option<ScalarKind>) -> Result<String, &'static str> {
    let number = || serde_json::from_str::<serde_json::Number>(value).is_ok();
    let whole = || value.strip_prefix('-').unwrap_or(value).bytes().all(|b| b.is_ascii_digit());
    let (fits, wanted) = match kind {
        None | Some(ScalarKind::String) => return Ok(quoted(value)),
        Some(ScalarKind::Number) => (number(), "a number"),
        Some(ScalarKind::Integer) => (number() && whole(), "a whole number"),
        Some(ScalarKind::Boolean) => (matches!(value, "true" | "false"), "true or false"),
        Some(ScalarKind::Other) => (false, "something that only --set path:=JSON can say"),
    };
    if fits { Ok(value.to_owned()) } else { Err(wanted) }
}

/// Puts the tenant in where it is absent; another one is refused.
pub(super) fn with_tenant(text: String, tenant: &TenantId) -> Result<String, Stop> {
    const KEY: &str = "tenantId";
    let [found] = pick(&text, &[KEY])
        .map_err(|error| Stop::usage(format!("the payload is not a JSON object: {error}"), FORM))?;
    let Some(found) = found else {
        return set(&text, &Pointer::of([KEY]), &quoted(tenant.as_str()))
            .map_err(|error| Stop::usage(error, "Give the payload as a JSON object."));
    };
    if serde_json::from_str::<String>(found).is_ok_and(|found| found == tenant.as_str()) {
        return Ok(text);
    }
    Err(Stop::usage(
        format!("the payload's tenantId is {}, and --tenant says '{tenant}'", display_safe(found)),
        "Leave tenantId out of the payload, or give the same tenant in both.",
    ))
}
