//! The terminal, lent to an editor.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::stage::{Stage, batch, now};
use crate::bus::{FailedAt, FailedEvent};
use crate::event::{EntryId, EventType, FailedState, StreamKey};
use crate::tui::app::{App, Draft, Popup};
use crate::tui::effect::ExitReason;
use crate::tui::run::input::Told;

/// The payload of a failed event is being edited.
fn with_a_box(app: &mut App) {
    let stream = StreamKey::new("event::A").unwrap();
    let event = FailedEvent {
        at: FailedAt::DeadLetter { stream: stream.clone(), id: EntryId::ZERO },
        state: FailedState::Dead,
        handler: None,
        stream,
        source: None,
        event_type: EventType::new("A").unwrap(),
        channel: None,
        tenant: None,
        event: None,
        attempts: None,
        max_attempts: None,
        reason: None,
        error: None,
        first_failed_at: None,
        last_failed_at: Some(now()),
        next_at: None,
        idle: None,
        plan: None,
        outcome: None,
        text: None,
    };
    app.draft = Draft::new(Arc::new(event), r#"{"payload":{"n":1}}"#.into(), None).map(Box::new);
    app.popup = Some(Popup::Edit);
}

async fn editing() -> Stage {
    let stage = Stage::start_with("prod", with_a_box).await;
    stage.press("ctrl-o").await;
    assert_eq!(stage.notes.lock().unwrap().lent, 1);
    assert_eq!(*stage.desk.given.lock().unwrap(), ["{\n  \"n\": 1\n}.json"]);
    assert!(!stage.is_reading.load(Ordering::SeqCst));
    stage
}

#[tokio::test(start_paused = true)]
async fn while_an_editor_has_it_nothing_is_drawn_and_the_bus_is_read() {
    let stage = editing().await;
    let (frames, ..) = stage.shown();
    stage.prod.voice(0).send(batch(5)).await.unwrap();
    stage.rest(5_000).await;
    assert_eq!(stage.shown().0, frames, "not a cell is drawn over the editor");
    assert_eq!(stage.notes.lock().unwrap().resumed, 0);
    stage.save.send(Ok("{}".to_owned())).await.unwrap();
    stage.rest(100).await;
    let (after, received, _) = stage.shown();
    assert!(after > frames && received == 5, "{received} were received meanwhile");
    assert_eq!(stage.notes.lock().unwrap().resumed, 1);
    assert!(stage.is_reading.load(Ordering::SeqCst));
    // And once more, with what was saved.
    stage.press("ctrl-o").await;
    assert_eq!(stage.desk.given.lock().unwrap()[1], "{}.json");
}

#[tokio::test(start_paused = true)]
async fn a_failing_editor_gives_it_back_too() {
    let stage = editing().await;
    stage.save.send(Err("the editor 'vj' cannot be started".to_owned())).await.unwrap();
    stage.rest(100).await;
    assert_eq!(stage.notes.lock().unwrap().resumed, 1);
    stage.press("ctrl-o").await;
    assert_eq!(stage.desk.given.lock().unwrap()[1], "{\n  \"n\": 1\n}.json", "the text is as it was");
}

#[tokio::test(start_paused = true)]
async fn an_editor_that_comes_back_from_the_background_keeps_it() {
    let stage = editing().await;
    stage.told.send(Told::Continue).await.unwrap();
    stage.rest(100).await;
    assert_eq!(stage.notes.lock().unwrap().resumed, 0);
    stage.told.send(Told::Terminate).await.unwrap();
    assert_eq!(stage.end().await, ExitReason::Terminated);
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_before_the_editor_came_is_not_taken_for_the_box() {
    let stage = Stage::start_with("prod", with_a_box).await;
    stage.press("ctrl-o x esc").await;
    stage.save.send(Err("no".to_owned())).await.unwrap();
    stage.rest(100).await;
    stage.press("ctrl-o").await;
    assert_eq!(stage.desk.given.lock().unwrap()[1], "{\n  \"n\": 1\n}.json");
}
