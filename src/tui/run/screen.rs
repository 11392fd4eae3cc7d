//! What the event loop needs of a terminal; tests bring one that is none.

use std::io;

use ratatui::layout::Size;

use crate::tui::app::App;
use crate::tui::theme::Theme;

/// A place to draw on.
pub(super) trait Screen {
    /// Its size.
    fn size(&self) -> io::Result<Size>;

    /// Shows the state.
    fn draw(&mut self, app: &App, theme: &Theme) -> io::Result<()>;

    /// Asks it to take `text` into its clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Gives it back to who had it before, and stops this process until it is continued.
    fn suspend(&mut self) -> io::Result<()>;

    /// Gives it to another program for a while: [`Screen::resume`] takes it again.
    fn lend(&mut self) -> io::Result<()>;

    /// Asks it to tell of the mouse, or to keep it for itself; so it stays until it is asked again.
    fn mouse(&mut self, is_ours: bool) -> io::Result<()>;

    /// Forgets what it shows: the next frame is drawn whole.
    fn redraw(&mut self) -> io::Result<()>;

    /// Takes it again; the next frame is drawn whole.
    fn resume(&mut self) -> io::Result<()>;

    /// Whether it is there still.
    fn is_there(&self) -> bool;
}
