//! What the loop does for `update`.

use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::stage::{Stage, batch, now};
use crate::bus::{BusError, BusSignal, Link};

fn down() -> BusSignal {
    let since = now();
    BusSignal::Link(Link::Down { since, why: "refused".to_owned(), retry_at: since, attempt: 1 })
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_observer_says_reaches_nobody() {
    let stage = Stage::start().await;
    let late = stage.prod.voice(0);
    late.send(down()).await.unwrap();
    stage.rest(50).await;
    // It has said something that nobody has heard yet, when another bus is watched.
    stage.press("d").await;
    assert!(stage.prod.was_stopped(0) && late.send(batch(5)).await.is_err());
    stage.demo.voice(0).send(batch(3)).await.unwrap();
    stage.rest(50).await;
    let (_, received, context) = stage.shown();
    assert_eq!((received, context.as_str()), (3, "demo"));
}

#[tokio::test(start_paused = true)]
async fn an_earlier_observer_that_ends_late_ends_nothing() {
    let stage = Stage::start().await;
    stage.prod.voice(0).send(down()).await.unwrap();
    stage.rest(50).await;
    stage.press("d").await;
    stage.prod.end(Some(Err(BusError::Unsupported("late".to_owned()))));
    stage.rest(50).await;
    assert_eq!(stage.demo.watches(), 1);
    assert!(!stage.demo.was_stopped(0));
    stage.press("d ctrl-r").await;
    assert_eq!((stage.demo.watches(), stage.demo.nudges()), (1, 1), "it is watched, and waits for its link");
}

#[tokio::test(start_paused = true)]
async fn reconnecting_nudges_and_reads_nothing_twice() {
    let stage = Stage::start().await;
    stage.prod.voice(0).send(batch(5)).await.unwrap();
    stage.prod.voice(0).send(down()).await.unwrap();
    stage.rest(50).await;
    stage.press("ctrl-r").await;
    assert_eq!((stage.prod.nudges(), stage.prod.watches()), (1, 1));
    assert_eq!(stage.shown().1, 5);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_or_breaks_off_begins_anew_by_hand() {
    let fatal = BusError::Fatal { what: "no".to_owned(), next: "do".to_owned() };
    for end in [Some(Err(fatal)), Some(Ok(())), None] {
        let stage = Stage::start().await;
        stage.prod.end(end);
        stage.rest(50).await;
        assert_eq!(stage.prod.watches(), 0, "it has ended");
        stage.press("ctrl-r").await;
        assert_eq!((stage.prod.watches(), stage.prod.nudges()), (1, 0));
        stage.prod.voice(0).send(batch(2)).await.unwrap();
        stage.rest(50).await;
        assert_eq!(stage.shown().1, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_context_that_cannot_be_opened_is_no_end() {
    let stage = Stage::start_on("nowhere").await;
    assert_eq!(stage.shown().2, "nowhere");
    stage.press("d").await;
    assert_eq!((stage.demo.watches(), stage.shown().2.as_str()), (1, "demo"));
}

#[tokio::test(start_paused = true)]
async fn an_event_is_copied_through_the_terminal() {
    let stage = Stage::start().await;
    stage.prod.voice(0).send(batch(1)).await.unwrap();
    stage.rest(50).await;
    stage.press("2 j y").await;
    assert_eq!(stage.notes.lock().unwrap().copied, ["{}"]);
}

#[tokio::test(start_paused = true)]
async fn after_being_in_the_background_the_screen_is_taken_again() {
    let stage = Stage::start().await;
    // Nobody could continue it: it goes on by itself.
    stage.press("ctrl-z").await;
    assert_eq!(stage.notes.lock().unwrap().suspended, 1);
    assert_eq!(stage.notes.lock().unwrap().resumed, 0);
    stage.rest(100).await;
    assert_eq!(stage.notes.lock().unwrap().resumed, 1);
}

#[tokio::test(start_paused = true)]
async fn the_terminal_is_asked_for_the_mouse_and_what_nothing_comes_of_draws_nothing() {
    let stage = Stage::start().await;
    stage.press("M M").await;
    assert_eq!(stage.notes.lock().unwrap().mouse, [false, true]);
    stage.rest(100).await;
    let frames = || stage.notes.lock().unwrap().frames.len();
    let mouse = |kind| MouseEvent { kind, column: 3, row: 9, modifiers: KeyModifiers::NONE };
    let before = frames();
    for _ in 0..20 {
        stage.events.send(Ok((Event::Mouse(mouse(MouseEventKind::Moved)), now()))).await.unwrap();
        stage
            .events
            .send(Ok((Event::Mouse(mouse(MouseEventKind::Drag(MouseButton::Left))), now())))
            .await
            .unwrap();
    }
    stage.rest(100).await;
    assert_eq!(frames(), before);
    stage.events.send(Ok((Event::Mouse(mouse(MouseEventKind::ScrollDown)), now()))).await.unwrap();
    stage.rest(100).await;
    assert!(frames() > before);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_others_wrote_on_is_drawn_anew() {
    let stage = Stage::start().await;
    stage.rest(100).await;
    let before = stage.notes.lock().unwrap().frames.len();
    stage.press("ctrl-l").await;
    stage.rest(100).await;
    let notes = stage.notes.lock().unwrap();
    assert_eq!(notes.redrawn, 1);
    assert!(notes.frames.len() > before, "and drawn at once");
}

#[tokio::test(start_paused = true)]
async fn events_are_exported_to_the_last_and_the_file_is_kept() {
    let stage = Stage::start().await;
    stage.prod.voice(0).send(batch(3)).await.unwrap();
    stage.rest(50).await;
    stage.press("2 ctrl-s enter").await;
    stage.rest(50).await;
    assert_eq!(*stage.desk.files.lock().unwrap(), [3]);
    stage.press("j space ctrl-s enter").await;
    stage.rest(50).await;
    assert_eq!(*stage.desk.files.lock().unwrap(), [3, 1]);
}
