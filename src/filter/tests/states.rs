//! States of failed events.

use super::*;
use crate::event::FailedState;

#[test]
fn a_failed_event_is_what_its_state_says() {
    for state in FailedState::ALL {
        let failed = Subject { state: Some(state), ..subject() };
        for asked in FailedState::ALL.into_iter().filter(|asked| *asked != FailedState::Invalid) {
            let fits = filter(&format!("is:{}", asked.word())).matches(&failed, now());
            assert_eq!(fits, asked == state, "{state:?} {asked:?}");
        }
        assert_eq!(filter("is:failed").matches(&failed, now()), state.is_failed(), "{state:?}");
    }
    assert!(!filter("is:stuck").matches(&subject(), now()), "of a stream's entry nothing tells");
    for (text, only) in [
        ("type:A not (is:dead,stuck)", Some(FailedState::Stuck)),
        ("is:discarded", Some(FailedState::Discarded)),
        ("is:failed,dead,retrying,invalid", None),
    ] {
        assert_eq!(filter(text).asks_of_failed_only(), only, "{text}");
    }
    assert!(filter("is:failed").asks_for_state(FailedState::Stuck));
    assert!(filter("not is:invalid").asks_for_state(FailedState::Invalid));
    assert!(!filter("is:dead").asks_for_state(FailedState::Stuck));
    assert!(filter("type:A payload.x:1").asks_for_text() && !filter("type:A is:dead").asks_for_text());
}
