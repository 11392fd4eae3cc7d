//! Putting back what was discarded.

use tidings::bus::{ActionError, BusError};
use tidings::tui::effect::{Acted, Deed, Done, Effect, EffectDone, Landed};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queue::queue;
use crate::queued::letter;
use crate::start::{now, told};

#[test]
fn what_could_not_be_put_back_can_be_put_back_again() {
    let mut app = queue();
    let at = |n: u64| letter(n, ("ticket-email", "TICKET_CREATED", "acme"), "", (1, now())).at;
    let mut acted = |done, each, broke_off| {
        let acted = Box::new(Acted { done, each, broke_off, not_recorded: None });
        update(&mut app, Message::Done(EffectDone::Acted { context: "prod".to_owned(), acted }));
        let said = told(&app).to_owned();
        let restored = update(&mut app, Message::Key("u".parse::<Key>().unwrap().into()));
        let restored = restored.into_iter().find_map(|effect| match effect {
            Effect::Act(deed) => match *deed {
                Deed::Restore(events, _) => Some(events),
                deed => panic!("{deed:?}"),
            },
            _ => None,
        });
        (said, restored)
    };
    let down = || Some(BusError::Unavailable { what: "connection refused".to_owned() });
    let landed = (1..=4).map(|n| (at(n), Ok(Landed::At(at(n))))).collect();
    let (_, undone) = acted(Done::Discarded, landed, None);
    assert_eq!(undone, Some((1..=4).map(at).collect()));
    // Nothing was answered: all of it is asked for again.
    let (said, undone) = acted(Done::Restored, Vec::new(), down());
    assert!(said.contains("connection refused; u tries again"), "{said}");
    assert_eq!(undone, Some((1..=4).map(at).collect()));
    // One is back, one is gone, one was refused, and of one there was no answer.
    let each = vec![
        (at(1), Ok(Landed::At(at(9)))),
        (at(2), Err(ActionError::Gone)),
        (at(3), Err(ActionError::Unknown("no answer".to_owned()))),
    ];
    let (said, undone) = acted(Done::Restored, each, down());
    assert!(said.ends_with("u tries again"), "{said}");
    assert_eq!(undone, Some(vec![at(3), at(4)]));
    let back = [3, 4].map(|n| (at(n), Ok(Landed::At(at(n + 10)))));
    let (said, undone) = acted(Done::Restored, back.into(), None);
    assert_eq!((said.as_str(), undone), ("2 put back", None));
}
