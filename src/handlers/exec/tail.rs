//! The end of what a program writes. All of it is read, so that the program is never held up, and little is kept.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::exit::Said;

/// How much is read at a time.
const CHUNK: usize = 16 * 1024;

/// The last bytes that were written.
#[derive(Debug)]
pub(super) struct Tail {
    kept: VecDeque<u8>,
    most: usize,
    dropped: bool,
}

impl Tail {
    /// Of at most so many bytes.
    pub(super) fn of(most: usize) -> Self {
        Self { kept: VecDeque::new(), most, dropped: false }
    }

    /// Reads until there is no more.
    pub(super) async fn drain(&mut self, from: Option<impl AsyncRead + Unpin>) {
        let Some(mut from) = from else { return };
        let mut chunk = vec![0; CHUNK];
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            self.push(&chunk[..read]);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let new = &bytes[bytes.len().saturating_sub(self.most)..];
        let over = (self.kept.len() + new.len()).saturating_sub(self.most);
        self.dropped |= over > 0 || new.len() < bytes.len();
        self.kept.drain(..over);
        self.kept.extend(new);
    }

    /// What was written last on `stream`, if anything.
    pub(super) fn said(&mut self, stream: &'static str) -> Option<Said> {
        let text = String::from_utf8_lossy(self.kept.make_contiguous());
        let text = text.trim();
        let cut = if self.dropped { "…" } else { "" };
        (!text.is_empty()).then(|| Said { stream, text: format!("{cut}{text}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_is_kept_and_all_is_read() {
        for (written, most, said) in [
            (&b"short\n"[..], 100, Some("stderr: short")),
            (b"0123456789", 4, Some("stderr: …6789")),
            (b"\xff\xfebad", 100, Some("stderr: \u{fffd}\u{fffd}bad")),
            (b" \n", 100, None),
            (b"anything", 0, None),
        ] {
            let mut tail = Tail::of(most);
            tail.drain(Some(written)).await;
            assert_eq!(tail.said("stderr").map(|said| said.to_string()).as_deref(), said);
        }
        let mut tail = Tail::of(10);
        let flood = vec![b'x'; 1_000_000];
        tail.drain(Some(&flood[..])).await;
        assert_eq!(tail.kept.len(), 10);
    }
}
