//! What the dashboard asks of the machine it runs on.

use async_trait::async_trait;

use super::editor::Draft;
use super::exit::Stop;
use crate::tui::host::Host;

/// The machine of this process.
pub(super) struct ThisHost;

#[async_trait]
impl Host for ThisHost {
    async fn edit(&self, text: String, suffix: &'static str) -> Result<String, String> {
        let edit = move || Draft::new(&text, suffix, "")?.edit("");
        match tokio::task::spawn_blocking(edit).await {
            Ok(edited) => edited.map_err(told),
            Err(error) => Err(format!("waiting for the editor broke off: {error}")),
        }
    }
}

/// An error in one line: what happened, and what to do next.
fn told(stop: Stop) -> String {
    match stop {
        Stop::PipeClosed => "nobody reads what is written".to_owned(),
        Stop::Error(complaint) => match complaint.next {
            Some(next) => format!("{}: {next}", complaint.what),
            None => complaint.what,
        },
    }
}
