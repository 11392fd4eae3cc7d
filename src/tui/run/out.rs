//! What is written to the terminal: each frame whole and in one go, and nothing at all for one that changes nothing.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossterm::execute;
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend as _, CrosstermBackend};

/// A way to the terminal. Its copies are one and the same way: the backend has one, and who says where a frame begins.
#[derive(Debug)]
pub(super) struct Out<W>(Arc<Mutex<Inner<W>>>);

#[derive(Debug)]
struct Inner<W> {
    to: W,
    /// What is written of a frame that is not at its end.
    frame: Vec<u8>,
    is_in_frame: bool,
    /// What is written of a frame that changes nothing.
    nothing: Vec<u8>,
}

impl<W> Clone for Out<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: Write> Out<W> {
    /// A way to `to`.
    pub(super) fn new(to: W) -> io::Result<Self> {
        let mut nothing = Vec::new();
        let mut backend = CrosstermBackend::new(&mut nothing);
        backend.draw(std::iter::empty())?;
        backend.hide_cursor()?;
        let inner = Inner { to, frame: Vec::new(), is_in_frame: false, nothing };
        Ok(Self(Arc::new(Mutex::new(inner))))
    }

    /// Holds back what `draw` writes until all of it is there. The terminal shows it whole, not line by line as it comes;
    /// of a frame that could not be drawn it gets nothing.
    pub(super) fn frame(&self, draw: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        {
            let mut inner = self.inner();
            inner.frame.clear();
            inner.is_in_frame = true;
        }
        let drawn = draw();
        let inner = &mut *self.inner();
        inner.is_in_frame = false;
        drawn?;
        if inner.frame == inner.nothing {
            return Ok(());
        }
        queue!(inner.to, BeginSynchronizedUpdate)?;
        inner.to.write_all(&inner.frame)?;
        execute!(inner.to, EndSynchronizedUpdate)
    }

    /// A panic while a frame is drawn is told on the terminal, which must not need what it was about to write.
    fn inner(&self) -> MutexGuard<'_, Inner<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let inner = &mut *self.inner();
        if inner.is_in_frame { inner.frame.write(bytes) } else { inner.to.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let inner = &mut *self.inner();
        if inner.is_in_frame { Ok(()) } else { inner.to.flush() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ratatui::layout::Rect;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::*;

    /// A terminal that counts how often it is written to, and keeps what.
    #[derive(Debug, Clone, Default)]
    struct Counting {
        written: Arc<Mutex<String>>,
        writes: Arc<AtomicUsize>,
    }

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes.fetch_add(1, Ordering::Relaxed);
            self.written.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_comes_whole_and_one_that_changes_nothing_does_not_come() {
        let to = Counting::default();
        let taken = || std::mem::take(&mut *to.written.lock().unwrap());
        let out = Out::new(to.clone()).unwrap();
        let viewport = Viewport::Fixed(Rect::new(0, 0, 20, 2));
        let backend = CrosstermBackend::new(out.clone());
        let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
        let mut draw = |text: &'static str| {
            out.frame(|| terminal.draw(|frame| frame.render_widget(text, frame.area())).map(|_| ())).unwrap();
        };
        draw("13:02:31");
        let first = taken();
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l"), "{first:?}");
        assert!(first.contains("13:02:31"), "{first:?}");
        let writes = to.writes.load(Ordering::Relaxed);
        for _ in 0..100 {
            draw("13:02:31");
        }
        assert_eq!((taken().as_str(), to.writes.load(Ordering::Relaxed)), ("", writes));
        draw("13:02:32");
        let last = taken();
        assert!(last.contains('2') && !last.contains("13:"), "only what is new: {last:?}");
        assert_eq!(last.matches("\x1b[?2026").count(), 2);
    }

    #[test]
    fn of_a_frame_that_could_not_be_drawn_nothing_is_written() {
        let to = Counting::default();
        let mut out = Out::new(to.clone()).unwrap();
        let mut inside = out.clone();
        let failed = out.frame(|| {
            inside.write_all(b"half of it")?;
            Err(io::Error::other("the rest is missing"))
        });
        assert!(failed.is_err());
        out.write_all(b"bye").unwrap();
        assert_eq!(*to.written.lock().unwrap(), "bye");
    }
}
