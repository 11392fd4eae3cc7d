//! What the dashboard needs of the machine it runs on. It touches no files and starts no programs itself.

use async_trait::async_trait;

/// Files and other programs.
#[async_trait]
pub trait Host: Send + Sync {
    /// Lets a person change `text` in the editor of their choice, in a file whose name ends with `suffix` (`.json`).
    /// The editor has the terminal to itself, and takes as long as it takes. What was saved is the answer.
    ///
    /// # Errors
    ///
    /// The editor cannot be started, it did not end well, or what it left cannot be read: for people, in one line.
    async fn edit(&self, text: String, suffix: &'static str) -> Result<String, String>;
}
