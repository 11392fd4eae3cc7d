//! The log: what this program does, in a file, never on the screen. Only our own modules write to it, and they write
//! neither payloads nor secrets.

use std::fs::OpenOptions;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use super::exit::{Stop, shown};
use crate::config::Log;

/// Starts the log, if there is to be one. What was logged is in the file when the guard is dropped.
pub(super) fn start(log: &Log) -> Result<Option<WorkerGuard>, Stop> {
    let Some(path) = &log.file else { return Ok(None) };
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
        Stop::failed(
            format!("the log file '{}' cannot be opened: {error}", shown(&path.display())),
            "Name another one with --log-file, or none.",
        )
    })?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("tidings={}", log.level.word())))
        .with_ansi(false)
        .with_writer(writer)
        .finish();
    // It fails only when there is one already, which then goes on.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(Some(guard))
}
