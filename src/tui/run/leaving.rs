//! Leaving the dashboard: what is on its way comes to its end, if it does so soon. Nothing holds up the end for long: not
//! a dead server, and not a dead disk.

use std::future::pending;
use std::time::Duration;

use super::event_loop::EventLoop;
use super::export::LEAVING;
use super::input::{Inputs, Read, Told, message};
use super::screen::Screen;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::ExitReason;
use crate::tui::keymap::{Context, Key};
use crate::tui::message::Message;

/// How long an answer is waited for: by a person who was told of that before, and else.
const TOLD: Duration = Duration::from_secs(10);
const AT_ONCE: Duration = Duration::from_secs(1);

impl<S: Screen> EventLoop<S> {
    /// Lets what is on its way come to its end. While that is waited for, the same keys and signals as ever end it at once.
    pub(super) async fn leave(mut self, reason: ExitReason, inputs: &mut Inputs) -> ExitReason {
        if reason != ExitReason::Quit {
            // The loop is out: no frame holds it up any more, so nobody is to end the process for that (`input`) and leave a
            // step unwritten and the terminal as it is.
            inputs.told.close();
            let keys = interrupting(&self.app);
            let leaving = async {
                tokio::join!(self.shipping.leave(AT_ONCE), self.exporting.leave(LEAVING), self.desk.leave())
            };
            tokio::select! {
                _ = leaving => return reason,
                () = interrupted_again(&keys, inputs) => {}
            }
            self.shipping.leave(Duration::ZERO).await;
            return reason;
        }
        let (keeps, patience) = if self.app.keeps_file() { (true, TOLD) } else { (false, LEAVING) };
        let waited_for = match (self.shipping.is_busy(), self.desk.is_busy()) {
            (true, _) => Some("what was sent"),
            (false, true) => Some("what was done to failed events"),
            (false, false) if keeps => Some("the file that was written"),
            (false, false) => None,
        };
        if let Some(what) = waited_for {
            self.app.tell(format!("leaving: {what} is not done yet, and is waited for, 10 s at most"));
            // Where it cannot be drawn nobody reads it.
            let _ = self.screen.draw(&self.app, &self.theme);
        }
        let keys = interrupting(&self.app);
        let leaving = async {
            tokio::join!(self.shipping.leave(TOLD), self.exporting.leave(patience), self.desk.leave())
        };
        let reason = tokio::select! {
            _ = leaving => return reason,
            hurried = hurried(&keys, inputs) => hurried,
        };
        self.shipping.leave(Duration::ZERO).await;
        reason
    }
}

/// Waits until somebody wants the end at once.
async fn hurried(keys: &[Key], inputs: &mut Inputs) -> ExitReason {
    loop {
        tokio::select! {
            told = inputs.told.recv() => match told {
                Some(Told::Continue) => {}
                Some(Told::Interrupt) => return ExitReason::Interrupted,
                Some(Told::Terminate) | None => return ExitReason::Terminated,
                Some(Told::HangUp) => return ExitReason::TerminalGone,
            },
            event = inputs.events.recv() => match event {
                Some(Ok(event)) => {
                    if interrupts(keys, event) {
                        return ExitReason::Interrupted;
                    }
                }
                Some(Err(_)) | None => return ExitReason::TerminalGone,
            },
        }
    }
}

/// Waits until somebody presses once more what ends it at once; a terminal that is gone has nobody who does.
async fn interrupted_again(keys: &[Key], inputs: &mut Inputs) {
    while let Some(Ok(event)) = inputs.events.recv().await {
        if interrupts(keys, event) {
            return;
        }
    }
    pending::<()>().await;
}

/// The keys that end it at once.
fn interrupting(app: &App) -> Vec<Key> {
    let keys = app.setup.keymap.keys(Context::Anywhere).iter();
    keys.filter(|(_, action)| *action == Action::Interrupt).map(|(key, _)| *key).collect()
}

fn interrupts(keys: &[Key], event: Read) -> bool {
    matches!(message(event), Some(Message::Key(key)) if keys.contains(&Key::from(key)))
}
