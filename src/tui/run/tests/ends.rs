//! How it ends.

use std::io;

use super::stage::Stage;
use crate::tui::effect::ExitReason;
use crate::tui::run::input::Told;

#[tokio::test(start_paused = true)]
async fn by_a_key() {
    for (keys, reason) in
        [("q", ExitReason::Quit), ("ctrl-c", ExitReason::Interrupted), ("? ctrl-c", ExitReason::Interrupted)]
    {
        let stage = Stage::start().await;
        stage.press(keys).await;
        assert_eq!(stage.end().await, reason, "{keys}");
    }
}

#[tokio::test(start_paused = true)]
async fn by_a_signal() {
    for (told, reason) in [
        (Told::Interrupt, ExitReason::Interrupted),
        (Told::Terminate, ExitReason::Terminated),
        (Told::HangUp, ExitReason::TerminalGone),
    ] {
        let stage = Stage::start().await;
        stage.told.send(told).await.unwrap();
        assert_eq!(stage.end().await, reason, "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn by_a_signal_in_the_background() {
    let stage = Stage::start().await;
    stage.press("ctrl-z").await;
    stage.told.send(Told::Terminate).await.unwrap();
    assert_eq!(stage.end().await, ExitReason::Terminated);
}

#[tokio::test(start_paused = true)]
async fn without_a_terminal() {
    // It cannot be written.
    let stage = Stage::start().await;
    stage.notes.lock().unwrap().is_dead = true;
    assert_eq!(stage.end().await, ExitReason::TerminalGone);
    // It cannot be read.
    let stage = Stage::start().await;
    stage.events.send(Err(io::Error::other("EIO"))).await.unwrap();
    assert_eq!(stage.end().await, ExitReason::TerminalGone);
    // It sends nothing any more.
    let Stage { events, running, told: _told, .. } = Stage::start().await;
    drop(events);
    assert_eq!(running.await.unwrap(), ExitReason::TerminalGone);
    // It is gone, and nobody was told.
    let stage = Stage::start().await;
    stage.notes.lock().unwrap().is_gone = true;
    assert_eq!(stage.end().await, ExitReason::TerminalGone);
}

#[tokio::test(start_paused = true)]
async fn the_observer_is_told_to_stop() {
    let stage = Stage::start().await;
    stage.press("q").await;
    assert!(stage.prod.was_stopped(0));
}
