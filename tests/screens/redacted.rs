//! What is masked of failed events: in their JSON, and in errors that quote them.

use std::sync::Arc;

use ratatui::layout::Size;
use tidings::bus::FailedEvent;
use tidings::event::Masks;
use tidings::tui::app::{App, Redacting};
use tidings::tui::effect::EffectDone;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::queue::{opened, press};
use super::queued::{letter, whole};
use super::stage::{MIDDLE, SMALL, now, screen};

const NOTE: &str = "Printer on fire";

/// The Failed view with one event; its error, and those of its attempts, quote what it holds.
fn masked(size: Size) -> App {
    let of = ("ticket-email", "TICKET_CREATED", "acme");
    let event = letter(1, of, &format!("no template for \"{NOTE}\""), (90, now()));
    let mut app = opened(size, vec![event]);
    app.redacting = Redacting::of(Masks::new(&["payload.title".to_owned(), "ticketId".to_owned()]).unwrap());
    app
}

fn detail(size: Size) -> App {
    let mut app = masked(size);
    press(&mut app, "g enter");
    let event: Arc<FailedEvent> = Arc::clone(&app.failed.detail.as_ref().unwrap().event);
    let mut all = whole(&event, now());
    all.error = vec![format!("no template for \"{NOTE}\""), format!("{NOTE} is no name")];
    for failure in &mut all.history {
        failure.error = vec![format!("cannot say {NOTE}")];
    }
    let (context, answer) = (app.context.name.clone(), Ok(Some(Box::new(all))));
    update(&mut app, Message::Done(EffectDone::Shown { context, at: event.at.clone(), answer }));
    app
}

#[test]
fn a_failed_event_shows_nothing_that_is_masked_and_neither_do_its_errors() {
    for size in [SMALL, MIDDLE, Size::new(250, 80)] {
        let list = screen(&masked(size));
        assert!(!list.contains("Printer") && list.contains("no template for \"[red"), "{list}");
        let mut app = detail(size);
        for _ in 0..40 {
            let shown = screen(&app);
            assert!(!shown.contains("Printer") && !shown.contains("on fire"), "{shown}");
            press(&mut app, "j");
        }
        press(&mut app, "g V");
        assert!(screen(&app).contains("Printer on fire"));
        press(&mut app, "V");
        assert!(!screen(&app).contains("Printer"), "masked again");
    }
}
