//! The terminal of this process: set up, drawn on, and given back as it was, whatever happens.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::mem::ManuallyDrop;
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::thread;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::style::{Print, force_color_output};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use rustix::process::{Signal, kill_current_process_group};

use super::out::Out;
use super::screen::Screen;
use crate::tui::app::App;
use crate::tui::theme::Theme;
use crate::tui::views;

/// A frame is written in one go where it fits in here.
const FRAME_BYTES: usize = 64 * 1024;

/// Leaves the order of cells to us (BDSM, ECMA-48 mode 8): a terminal that orders right-to-left text by itself would move
/// a tenant's cells into another column. Others do not know the mode, and ignore it.
const ORDER_IS_OURS: Print<&str> = Print("\x1b[8l");
/// As terminals that know the mode begin.
const ORDER_IS_THEIRS: Print<&str> = Print("\x1b[8h");

/// The mouse is told of: its buttons and wheel, and its way while a button is held, in the form that has no end at column
/// 223. Not its every motion, as crossterm asks for: that would be some hundred events a second for nothing.
const MOUSE_IS_OURS: Print<&str> = Print("\x1b[?1000h\x1b[?1002h\x1b[?1006h");
/// As terminals begin.
const MOUSE_IS_THEIRS: Print<&str> = Print("\x1b[?1006l\x1b[?1002l\x1b[?1000l");

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The terminal, in raw mode and on its alternate screen. When dropped it is as before.
pub(super) struct TerminalScreen {
    /// Never dropped: it would print an error about a terminal that is gone, which panics where standard error is gone
    /// with it. [`give_back`] does what is to be done.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Out<BufWriter<Stdout>>>>>,
    out: Out<BufWriter<Stdout>>,
    hook: Hook,
    /// Whether the mouse is ours, whenever the terminal is.
    mouse: bool,
}

impl TerminalScreen {
    /// Takes the terminal over. A panic of this thread gives it back first, and is told then; one of another thread
    /// is only logged, since the dashboard goes on and says what broke off.
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        // What the environment asks for is in the theme already, and a flag may beat it.
        force_color_output(true);
        let out = Out::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout()))?;
        let backend = CrosstermBackend::new(out.clone());
        let terminal = ManuallyDrop::new(Terminal::new(backend)?);
        let before: Hook = Arc::from(panic::take_hook());
        let (hook, ours) = (Arc::clone(&before), thread::current().id());
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == ours {
                give_back();
                before(info);
            } else {
                tracing::error!(place = ?info.location().map(ToString::to_string), "a task broke off");
            }
        }));
        let mut this = Self { terminal, out, hook, mouse };
        this.take()?;
        Ok(this)
    }

    fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(self.terminal.backend_mut(), EnterAlternateScreen, ORDER_IS_OURS, EnableBracketedPaste)?;
        if self.mouse {
            execute!(self.terminal.backend_mut(), MOUSE_IS_OURS)?;
        }
        self.redraw()
    }
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        give_back();
        // A hook cannot be changed while a panic is told.
        if !thread::panicking() {
            let hook = Arc::clone(&self.hook);
            panic::set_hook(Box::new(move |info| hook(info)));
        }
    }
}

/// Makes the terminal what it was. Of a terminal that is gone nothing can be asked, so errors are of no use.
fn give_back() {
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        MOUSE_IS_THEIRS,
        ORDER_IS_THEIRS,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// Ends this process as `signal` would have, if it had not been waited for: the loop is held up by a terminal that takes
/// nothing any more, so nothing can be written to it either.
pub(super) fn abandon(signal: Signal) -> ! {
    let _ = disable_raw_mode();
    std::process::exit(128 + signal.as_raw());
}

impl Screen for TerminalScreen {
    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    fn draw(&mut self, app: &App, theme: &Theme) -> io::Result<()> {
        let Self { terminal, out, .. } = self;
        out.frame(|| terminal.draw(|frame| views::draw(frame, app, theme)).map(|_| ()))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.lend()?;
        // The whole group, as the terminal itself would do it: a script that started us stops too.
        Ok(kill_current_process_group(Signal::TSTP)?)
    }

    fn lend(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().flush()?;
        give_back();
        Ok(())
    }

    fn mouse(&mut self, is_ours: bool) -> io::Result<()> {
        self.mouse = is_ours;
        execute!(self.terminal.backend_mut(), if is_ours { MOUSE_IS_OURS } else { MOUSE_IS_THEIRS })
    }

    fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`: that asks the terminal where the cursor is, and waits two seconds for one that does not say.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    fn resume(&mut self) -> io::Result<()> {
        // A shell may have changed the mode behind our back, and only a mode that was left can be set again.
        give_back();
        self.take()
    }

    fn is_there(&self) -> bool {
        io::stdout().is_terminal()
    }
}
