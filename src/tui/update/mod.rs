//! The only place where the dashboard's state changes: a message goes in, the I/O that it asks for comes out. Nothing
//! here waits, reads a clock or knows a terminal; the event loop sets [`App::clock`] before each message.
//!
//! A key goes through the keymap to an action; [`App::allows`] says whether that makes sense here and now, and if it
//! does not, a person is told why: no key is silently dead.

mod act;
mod back;
mod compose;
mod detail;
mod done;
mod errors;
mod errors_failed;
mod events;
mod events_pick;
mod export;
mod failed;
mod file;
mod filter;
mod flow;
mod form;
mod handlers;
mod health;
mod help;
mod hits;
mod jump;
mod keys;
mod leave;
mod lens;
mod marks;
mod mouse;
mod movement;
mod palette;
mod picker;
mod reveal;
mod rewind;
mod scope;
mod send;
mod settle;
mod shelf;
mod signals;
mod sweep;
mod tick;
mod watch;

use super::app::App;
use super::effect::Effect;
use super::message::Message;

/// Takes a message in.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Key(key) => keys::press(app, key),
        Message::Mouse(event, when) => mouse::take(app, event, when),
        Message::Paste(text) => {
            keys::paste(app, &text);
            Vec::new()
        }
        Message::Resize(size) => {
            app.size = size;
            Vec::new()
        }
        Message::Signals(signals) => {
            signals::take(app, signals);
            Vec::new()
        }
        Message::Done(done) => done::take(app, done),
        Message::Tick => {
            tick::tick(app);
            palette::renew(app);
            help::renew(app);
            let mut effects = handlers::ask(app);
            effects.extend(failed::ask(app));
            effects.extend(sweep::again(app));
            effects.extend(health::ask(app));
            effects
        }
        Message::Spare => {
            lens::advance(app, lens::SLICE);
            Vec::new()
        }
    };
    failed::advance(app);
    settle::settle(app);
    effects.extend(rewind::ask(app));
    effects.extend(handlers::ask_closely(app));
    effects.extend(compose::ask(app));
    effects.extend(palette::preview(app));
    effects
}
