//! When frames are drawn, and when not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tokio::time::Instant;

use super::stage::{Stage, batch, now};
use crate::tui::run::event_loop::FRAME;

#[tokio::test(start_paused = true)]
async fn under_a_flood_frames_keep_their_distance_and_the_clock_goes_on() {
    let stage = Stage::start().await;
    let voice = stage.prod.voice(0);
    let (before, ..) = stage.shown();
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(2_050) {
        voice.send(batch(10)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let notes = stage.notes.lock().unwrap();
    let frames: Vec<_> = notes.frames[before..].iter().map(|(at, ..)| *at).collect();
    let gaps: Vec<_> = frames.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= FRAME), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap <= FRAME + Duration::from_millis(5)), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_is_on_the_next_frame_and_the_last_of_it_too() {
    let stage = Stage::start().await;
    for _ in 0..100 {
        stage.prod.voice(0).send(batch(1)).await.unwrap();
    }
    stage.rest(40).await;
    assert_eq!(stage.shown().1, 100);
}

#[tokio::test(start_paused = true)]
async fn when_nothing_happens_there_is_one_frame_a_second() {
    let stage = Stage::start().await;
    let (before, ..) = stage.shown();
    stage.rest(10_000).await;
    assert_eq!(stage.shown().0 - before, 10);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_answered_while_signals_wait() {
    let stage = Stage::start().await;
    let voice = stage.prod.voice(0);
    for _ in 0..60 {
        voice.send(batch(1)).await.unwrap();
    }
    stage.press("q").await;
    assert!(stage.running.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_key_waits_for_one_slice_of_a_pass_at_most() {
    let stage = Stage::start_with("prod", |_| {}).await;
    for _ in 0..40 {
        stage.prod.voice(0).send(batch(5_000)).await.unwrap();
    }
    stage.rest(100).await;
    assert_eq!(stage.shown().1, 200_000);
    let press = async |key: KeyCode, modifiers| {
        stage.events.send(Ok((Event::Key(KeyEvent::new(key, modifiers)), now()))).await.unwrap();
    };
    press(KeyCode::Char('/'), KeyModifiers::NONE).await;
    press(KeyCode::Char('x'), KeyModifiers::NONE).await;
    // The pass has ten slices; some of them are done.
    let messages = || stage.messages.load(Ordering::SeqCst);
    let before = messages();
    while messages() < before + 5 {
        tokio::task::yield_now().await;
    }
    let pressed = messages();
    press(KeyCode::Char('c'), KeyModifiers::CONTROL).await;
    while !stage.running.is_finished() {
        tokio::task::yield_now().await;
    }
    let taken = messages() - pressed;
    assert!(taken <= 2, "one slice, and the key: {taken}");
}
