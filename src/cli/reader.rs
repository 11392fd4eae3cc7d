//! Whether anybody still reads what is printed.

/// Returns when the reader of standard output is gone; never where that cannot be told, as of a file.
///
/// A write tells of it too, but on a quiet bus the next one may be hours away: `tidings tail | head -1` would hang.
pub(super) async fn gone() {
    if closed().await.is_none() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn closed() -> Option<()> {
    use std::os::fd::AsFd as _;

    use tokio::io::Interest;
    use tokio::net::unix::pipe::Sender;

    // Unchecked, and never written to: whoever else has this pipe open must not find it non-blocking.
    let stdout = std::io::stdout().as_fd().try_clone_to_owned().ok()?;
    let sender = Sender::from_owned_fd_unchecked(stdout).ok()?;
    sender.ready(Interest::ERROR).await.ok().map(drop)
}

#[cfg(not(unix))]
async fn closed() -> Option<()> {
    None
}
