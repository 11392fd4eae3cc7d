//! The dashboard where nothing may be written: every acting key of the view Failed says why not, wherever it is pressed.

use tidings::tui::action::Action;
use tidings::tui::keymap::{Context, Keymap};

use crate::house::House;
use crate::screen::Screen;
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (220, 50);
/// Keys of the view that change nothing on the bus, by their names in a config. All others act.
const HARMLESS: [&str; 11] = [
    "compose",
    "open",
    "mark",
    "mark-range",
    "group",
    "sort",
    "show-all",
    "copy",
    "refresh",
    "journal",
    "export",
];
/// A key that does nothing anywhere, which says so: what was pressed before it was heard.
const FENCE: (&str, &str) = ("Q", "Q does nothing here");

/// A dashboard in a terminal; killed when dropped.
pub(crate) struct Dashboard(Terminal);

impl Dashboard {
    /// Opens it, and the view Failed, flat, with the cursor on its first row.
    pub(crate) fn open(house: &House, arguments: &[&str]) -> Self {
        let mut this = Self(Terminal::open(&house.command(arguments), SIZE));
        this.until("it is drawn", |screen| screen.footer().contains("help"));
        this.press("4");
        // The view Flow, which is left, names types, too.
        this.until("failed events are listed", |screen| {
            let text = screen.text();
            text.contains(" STATE ") && text.contains("TICKET_CREATED")
        });
        assert!(!this.0.screen.text().contains(" groups  "), "{}", this.0.screen.text());
        this
    }

    fn press(&mut self, keys: &str) {
        self.0.press(keys);
    }

    fn until(&mut self, what: &str, enough: impl Fn(&Screen) -> bool) {
        self.0.until(what, enough);
    }

    /// Presses a key that does something, and waits until that was done.
    fn go(&mut self, keys: &str) {
        self.press(keys);
        self.press(FENCE.0);
        self.until(keys, |screen| screen.footer().contains(FENCE.1));
    }

    /// Lists dead letters alone. A pass later they are there; until then nothing is under the cursor.
    fn narrow(&mut self) {
        self.go("/is:dead\r");
        self.until("dead letters alone are listed", |screen| {
            let text = screen.text();
            text.contains(" hidden ") && text.contains("✗ dead")
        });
    }

    /// Presses every key that acts; each says why it does not.
    fn act(&mut self, place: &str, reason: &str) -> usize {
        let keymap = Keymap::default();
        let acting =
            keymap.keys(Context::Failed).iter().filter(|(_, action)| !HARMLESS.contains(&action.spelling()));
        let mut refused = 0;
        for (key, action) in acting {
            let key = key.to_string();
            assert_eq!(key.len(), 1, "{action:?} is a letter");
            self.press(&key);
            self.until(&format!("{place}: {action:?} is refused"), |screen| screen.footer().contains(reason));
            self.go("");
            refused += 1;
        }
        refused
    }

    /// Opens what is pending, and presses the keys there and on its row.
    pub(crate) fn act_on_one(&mut self, reason: &str) -> usize {
        // What is open says what can be done, or why not; by then the server was asked for this user's rights.
        self.press("g\r");
        self.until("the detail says why nothing can be done", |screen| screen.text().contains(reason));
        let refused = self.act("in the detail of what is pending", reason);
        self.back();
        refused + self.act("on the row under the cursor", reason)
    }

    /// Goes to every place of the view where keys act, and presses them there.
    pub(crate) fn act_everywhere(&mut self, reason: &str) -> usize {
        let mut refused = self.act_on_one(reason);
        for (key, action) in [("P", Action::PausePlan), ("X", Action::CancelPlan)] {
            self.press(key);
            let why = format!("{action:?} has no plan");
            self.until(&why, |screen| screen.footer().contains("no retry plan is running"));
            self.go("");
        }
        self.narrow();
        self.press("g\r");
        self.until("the detail says it of a dead letter, too", |screen| {
            screen.text().contains("lies at dead:") && screen.text().contains(reason)
        });
        refused += self.act("in the detail of a dead letter", reason);
        self.back();
        refused += self.act("on the dead letter under the cursor", reason);
        self.go(" j ");
        assert_eq!(marks(&self.0.screen), 2, "{}", self.0.screen.text());
        refused += self.act("on marks", reason);
        self.go("vk");
        refused += self.act("on a range", reason);
        self.go("v");
        self.press("\x1b");
        self.until("no mark is left", |screen| marks(screen) == 0);
        self.press("\x1b");
        self.until("the filter is gone", |screen| !screen.text().contains("is:dead"));
        self.go("aG");
        assert!(
            self.0.screen.text().contains("with running, retried and discarded"),
            "{}",
            self.0.screen.text()
        );
        refused += self.act("on the last of all", reason);
        self.go("zg");
        assert!(self.0.screen.text().contains(" groups  "), "{}", self.0.screen.text());
        refused += self.act("on a group", reason);
        self.go(" ");
        refused += self.act("on marked groups", reason);
        self.go("\r");
        assert!(!self.0.screen.text().contains(" groups  "), "{}", self.0.screen.text());
        refused += self.act("in a group", reason);
        refused
    }

    /// Closes the detail.
    fn back(&mut self) {
        // Alone: an escape with something behind it is another key.
        self.press("\x1b");
        self.until("the detail is closed", |screen| !screen.text().contains("lies at"));
    }

    /// Where it may be done: puts the last dead letter of the list aside, and back.
    pub(crate) fn discard_and_undo(&mut self) {
        self.narrow();
        self.press("GD");
        self.until("it is asked", |screen| screen.text().contains("Discard 1"));
        // It begins on Cancel.
        self.press("\t\r");
        self.until("it is put aside", |screen| screen.footer().contains("discarded"));
        self.press("u");
        self.until("it is put back", |screen| screen.footer().contains("put back"));
    }

    pub(crate) fn quit(self) {
        self.0.interrupt();
    }
}

/// How many rows are marked.
fn marks(screen: &Screen) -> usize {
    screen.text().lines().filter(|line| line.chars().nth(1) == Some('●')).count()
}
