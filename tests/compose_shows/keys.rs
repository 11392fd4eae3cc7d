//! A dashboard in a terminal, and how many keys were pressed there.

use crate::house::House;
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (140, 40);

/// Killed when dropped.
pub(crate) struct Keys {
    terminal: Terminal,
    /// So many keys were pressed.
    pub(crate) pressed: usize,
}

impl Keys {
    pub(crate) const ALT_ENTER: &'static str = "\x1b\r";

    /// Opens the dashboard, and waits until it is drawn and connected.
    pub(crate) fn at(house: &House, arguments: &[&str]) -> Self {
        let mut this = Self { terminal: Terminal::open(&house.command(arguments), SIZE), pressed: 0 };
        this.until("it is connected", |text| text.contains("● live"));
        this
    }

    /// Presses one key.
    pub(crate) fn press(&mut self, key: &str) {
        self.terminal.press(key);
        self.pressed += 1;
    }

    /// Types letter by letter.
    pub(crate) fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            self.press(&letter.to_string());
        }
    }

    pub(crate) fn text(&self) -> String {
        self.terminal.screen.text()
    }

    /// Reads on until the screen says this.
    pub(crate) fn until(&mut self, what: &str, enough: impl Fn(&str) -> bool) {
        self.terminal.until(what, |screen| enough(&screen.text()));
    }

    pub(crate) fn quit(self) {
        self.terminal.interrupt();
    }
}
