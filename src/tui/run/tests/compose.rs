//! Sending beside the loop: whatever happens to publisher and disk, everything is answered, and leaving ends.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, timeout};

use super::post::{Disk, How, Post, event, event_type, watching};
use super::stage::{Desk, Stage, now};
use crate::bus::{PublishError, Store as _};
use crate::compose::{Outcome, Progress, SendPhase, Sent};
use crate::event::NewEvent;
use crate::monitor::{Limits, Ring};
use crate::tui::app::App;
use crate::tui::app::compose::Known;
use crate::tui::effect::{
    Copies, EffectDone, ExitReason, Prospect, SendDone, SendEffect, ShelfDone, ShelfEffect, Shipment,
};
use crate::tui::run::compose::ComposeDesk;

fn desk(store: &Arc<Disk>) -> (ComposeDesk, mpsc::Receiver<EffectDone>) {
    let (sender, answers) = mpsc::channel(4);
    let mut desk = ComposeDesk::new(sender.clone(), Desk::alone(), (Arc::clone(store) as _, Arc::new(now)));
    desk.meet("prod", sender);
    (desk, answers)
}

fn send() -> SendEffect {
    SendEffect::Send(Shipment { number: 7, event: event(), in_doubt: false })
}

fn copies(count: u64) -> SendEffect {
    SendEffect::Copies(Copies { number: 7, first: event(), filled: None, count, rate: None })
}

fn inner(done: EffectDone) -> SendDone {
    let EffectDone::Compose(done) = done else { panic!("{done:?}") };
    *done
}

async fn next(answers: &mut mpsc::Receiver<EffectDone>) -> SendDone {
    inner(timeout(Duration::from_mins(5), answers.recv()).await.unwrap().unwrap())
}

async fn history(store: &Disk) -> Vec<Sent> {
    let lines = store.sent("prod", 1_000).await.unwrap();
    lines.iter().map(|line| Sent::read(line).unwrap()).collect()
}

/// Until nothing more is sent.
async fn over(desk: &mut ComposeDesk) -> Progress {
    loop {
        if let SendDone::CopiesAt { number: 7, progress } = inner(desk.progress().await)
            && progress.phase.is_over()
        {
            return *progress;
        }
    }
}

async fn settled(desk: &mut ComposeDesk) {
    while desk.is_busy() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn publishing_that_breaks_off_or_never_answers_is_unknown_and_so_is_the_history() {
    for (how, why) in [(How::Breaks, "a fault of Tidings itself"), (How::Hangs, "no answer in 60 s")] {
        let store = Disk::memory();
        let (mut desk, mut answers) = desk(&store);
        assert_eq!(desk.perform(Some(&watching(Ok(Post::new(how)))), send()), None);
        let SendDone::Sent { number: 7, context, event: sent, answer } = next(&mut answers).await else {
            panic!("no answer")
        };
        assert_eq!((context.as_str(), *sent), ("prod", event()));
        assert!(matches!(&answer, Err(PublishError::Unknown(told)) if told.contains(why)), "{answer:?}");
        settled(&mut desk).await;
        let kept = history(&store).await;
        assert!(matches!(&kept[0].outcome, Outcome::Unknown(told) if told.contains(why)), "{kept:?}");
        assert_eq!(kept[0].event, event().id());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_nothing_of_an_earlier_try_that_was_never_answered() {
    let again = |in_doubt| SendEffect::Send(Shipment { number: 7, event: event(), in_doubt });
    let nobody = || Err("this run is read-only".to_owned());
    for in_doubt in [false, true] {
        let store = Disk::memory();
        let (mut desk, mut answers) = desk(&store);
        desk.perform(Some(&watching(Ok(Post::new(How::Refuses)))), again(in_doubt));
        let refused = next(&mut answers).await;
        let told = [
            refused,
            inner(desk.perform(None, again(in_doubt)).unwrap()),
            inner(desk.perform(Some(&watching(nobody())), again(in_doubt)).unwrap()),
        ];
        for told in told {
            let SendDone::Sent { answer: Err(why), .. } = told else { panic!("{told:?}") };
            assert_eq!(matches!(why, PublishError::Unknown(_)), in_doubt, "{why}");
            assert_eq!(matches!(why, PublishError::NotSent(_)), !in_doubt, "{why}");
        }
        settled(&mut desk).await;
        let kept = &history(&store).await[0].outcome;
        let why = kept.why().unwrap();
        assert_eq!(
            (kept.word(), why.contains("a read-only replica")),
            (if in_doubt { "unknown" } else { "not-sent" }, true)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_disk_holds_up_neither_the_answer_nor_the_end() {
    let store = Arc::new(Disk::Dead);
    let (mut desk, mut answers) = desk(&store);
    let watching = watching(Ok(Post::new(How::Takes(0))));
    desk.perform(Some(&watching), send());
    let begun = Instant::now();
    assert!(matches!(next(&mut answers).await, SendDone::Sent { answer: Ok(_), .. }));
    assert!(begun.elapsed() < Duration::from_secs(1));
    let SendDone::NotKept(why) = next(&mut answers).await else { panic!("it is not kept") };
    assert!(why.contains("the disk did not answer in 10 s"), "{why}");
    // While it is waited for, the dashboard can be left.
    desk.perform(Some(&watching), send());
    assert!(matches!(next(&mut answers).await, SendDone::Sent { answer: Ok(_), .. }));
    let begun = Instant::now();
    desk.leave(Duration::from_secs(1)).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn every_copy_is_in_the_history_up_to_what_a_history_holds() {
    for count in [5, 900] {
        let store = Disk::memory();
        let (mut desk, _answers) = desk(&store);
        let post = Post::new(How::Takes(5));
        assert_eq!(desk.perform(Some(&watching(Ok(Arc::clone(&post)))), copies(count)), None);
        let progress = over(&mut desk).await;
        assert_eq!((progress.phase, progress.published), (SendPhase::Finished, count));
        settled(&mut desk).await;
        let kept = history(&store).await;
        let held = usize::try_from(count).unwrap().min(500);
        assert_eq!(kept.len(), held);
        // The newest first, each once.
        let given = post.given.lock().unwrap();
        assert!(kept.iter().map(|sent| sent.event).eq(given.iter().rev().take(held).map(NewEvent::id)));
        assert_eq!(kept.iter().map(|sent| sent.event).collect::<HashSet<_>>().len(), held);
        assert!(kept.iter().all(|sent| sent.outcome == Outcome::Published));
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_disk_holds_up_no_copies_and_is_told_once() {
    let store = Arc::new(Disk::Dead);
    let (mut desk, mut answers) = desk(&store);
    let begun = Instant::now();
    desk.perform(Some(&watching(Ok(Post::new(How::Takes(100))))), copies(1_000));
    assert_eq!(over(&mut desk).await.published, 1_000);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(matches!(next(&mut answers).await, SendDone::NotKept(_)));
    settled(&mut desk).await;
    assert!(answers.try_recv().is_err(), "once is enough");
}

#[tokio::test(start_paused = true)]
async fn without_an_open_context_everything_is_answered_with_the_reason() {
    let (mut desk, mut answers) = desk(&Disk::memory());
    let ask = SendEffect::Ask(Shipment { number: 3, event: event(), in_doubt: false });
    let SendDone::Prospect { number: 3, prospect } = inner(desk.perform(None, ask).unwrap()) else {
        panic!("no prospect")
    };
    let Prospect { vetted: Err(PublishError::NotSent(why)), .. } = prospect else { panic!("{prospect:?}") };
    assert!(why.contains("no context is open"), "{why}");
    assert!(matches!(next(&mut answers).await, SendDone::Receivers { number: 3, answer: Err(_) }));
    let sent = inner(desk.perform(None, send()).unwrap());
    assert!(matches!(sent, SendDone::Sent { answer: Err(PublishError::NotSent(_)), .. }));
    let SendDone::CopiesAt { progress, .. } = inner(desk.perform(None, copies(3)).unwrap()) else {
        panic!("no progress")
    };
    assert!(matches!(&progress.phase, SendPhase::Stopped(why) if why.contains("no context is open")));
    assert!(!desk.is_busy());
    // No key leads there where nobody may publish, and if one did, nothing would be sent.
    let refused = watching(Err("this run is read-only".to_owned()));
    let sent = inner(desk.perform(Some(&refused), send()).unwrap());
    let SendDone::Sent { answer: Err(PublishError::NotSent(why)), .. } = sent else { panic!("{sent:?}") };
    assert_eq!(why, "this run is read-only");
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_is_shown_without_a_connection() {
    let store = Disk::memory();
    let (mut desk, mut answers) = desk(&store);
    desk.perform(Some(&watching(Ok(Post::new(How::Takes(0))))), send());
    assert!(matches!(next(&mut answers).await, SendDone::Sent { .. }));
    settled(&mut desk).await;
    desk.perform(None, SendEffect::Shelf(ShelfEffect::History));
    let SendDone::Shelf(ShelfDone::History { context, answer: Ok(lines), .. }) = next(&mut answers).await
    else {
        panic!("no history")
    };
    assert_eq!((context.as_str(), lines.len()), ("prod", 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_answered_when_the_dashboard_is_left_is_unknown_in_the_history() {
    let store = Disk::memory();
    let (mut desk, answers) = desk(&store);
    // Nobody takes what is answered any more.
    drop(answers);
    desk.perform(Some(&watching(Ok(Post::new(How::Hangs)))), send());
    let begun = Instant::now();
    desk.leave(Duration::from_secs(10)).await;
    assert!(begun.elapsed() < Duration::from_secs(11));
    let kept = history(&store).await;
    assert!(matches!(&kept[0].outcome, Outcome::Unknown(why) if why.contains("was left")), "{kept:?}");
    // What is answered in time is known.
    let (mut desk, answers) = self::desk(&store);
    drop(answers);
    desk.perform(Some(&watching(Ok(Post::new(How::Takes(3_000))))), send());
    desk.leave(Duration::from_secs(10)).await;
    assert_eq!(history(&store).await[0].outcome, Outcome::Published);
}

#[tokio::test(start_paused = true)]
async fn copies_that_are_not_answered_when_the_dashboard_is_left_are_unknown_in_the_history() {
    let store = Disk::memory();
    let (mut desk, answers) = desk(&store);
    drop(answers);
    let post = Post::new(How::Hangs);
    desk.perform(Some(&watching(Ok(Arc::clone(&post)))), copies(5));
    while post.given.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    desk.leave(Duration::from_secs(1)).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    let given: HashSet<_> = post.given.lock().unwrap().iter().map(NewEvent::id).collect();
    let kept = history(&store).await;
    assert_eq!(kept.iter().map(|sent| sent.event).collect::<HashSet<_>>(), given);
    assert!(!kept.is_empty());
    for sent in kept {
        assert!(matches!(&sent.outcome, Outcome::Unknown(why) if why.contains("was left")), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn copies_that_may_be_there_are_sent_again_under_their_ids() {
    let store = Disk::memory();
    let (mut desk, _answers) = desk(&store);
    let post = Post::new(How::Takes(0));
    let ids = [1, 2, 3].map(|n| event().text().replace("0001\"", &format!("000{n}\"")));
    let events = ids.map(|text| NewEvent::from_text(text).unwrap()).to_vec();
    let again = SendEffect::Again { number: 7, events: events.clone() };
    desk.perform(Some(&watching(Ok(Arc::clone(&post)))), again);
    let progress = over(&mut desk).await;
    assert_eq!((progress.phase, progress.published, progress.total), (SendPhase::Finished, 3, Some(3)));
    assert_eq!(*post.given.lock().unwrap(), events);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_is_refused_is_refused_for_one_event_as_for_the_lines_of_a_file() {
    let store = Disk::memory();
    let (mut desk, mut answers) = desk(&store);
    let post = Post::new(How::Takes(0));
    let watching = watching(Ok(Arc::clone(&post)));
    let stranger = NewEvent::from_text(event().text().replace("acme", "stranger")).unwrap();
    let shipment = Shipment { number: 7, event: stranger.clone(), in_doubt: false };
    let SendDone::Prospect { prospect, .. } =
        inner(desk.perform(Some(&watching), SendEffect::Ask(shipment.clone())).unwrap())
    else {
        panic!("no prospect")
    };
    assert!(matches!(&prospect.vetted, Err(PublishError::Tenant { why, .. }) if why.contains("[tenants]")));
    assert!(matches!(next(&mut answers).await, SendDone::Receivers { .. }));
    let sent = inner(desk.perform(Some(&watching), SendEffect::Send(shipment)).unwrap());
    assert!(matches!(sent, SendDone::Sent { answer: Err(PublishError::Tenant { .. }), .. }), "{sent:?}");
    let copies = Copies { number: 7, first: stranger, filled: None, count: 3, rate: None };
    desk.perform(Some(&watching), SendEffect::Copies(copies));
    let progress = over(&mut desk).await;
    assert_eq!((progress.bad, progress.published), (3, 0));
    assert!(post.given.lock().unwrap().is_empty(), "nothing was sent");
}

/// In Compose, with an event that is complete.
fn composed(app: &mut App) {
    let ring = Ring::new(Limits::default());
    let known = Known { schemas: None, ring: &ring, now: now(), masks: &crate::event::Masks::NONE };
    app.compose.start_from((Some(event_type()), None), r#"{"tenantId":"acme","n":1}"#, known);
}

/// A dashboard in which an event is sent that is never answered.
async fn hanging() -> Stage {
    let post = Post::new(How::Hangs);
    let stage = Stage::start_publishing("prod", Some(Arc::clone(&post) as _), composed).await;
    stage.press("5 alt-enter tab enter").await;
    assert_eq!(post.given.lock().unwrap().len(), 1);
    stage
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_holds_up_no_end() {
    // It is asked first, and the answer is waited for.
    let stage = hanging().await;
    stage.press("q").await;
    stage.rest(100).await;
    assert!(!stage.running.is_finished(), "it is asked");
    let (begun, store) = (Instant::now(), Arc::clone(&stage.desk.store));
    stage.press("tab enter").await;
    assert_eq!(stage.end().await, ExitReason::Quit);
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(9) && waited < Duration::from_secs(12), "{waited:?}");
    assert!(store.sent("prod", 1).await.unwrap()[0].contains("\"unknown\""));

    // Ctrl-c ends it at once, also while it is waited for.
    for keys in ["ctrl-c", "q tab enter ctrl-c"] {
        let stage = hanging().await;
        let (begun, store) = (Instant::now(), Arc::clone(&stage.desk.store));
        stage.press(keys).await;
        assert_eq!(stage.end().await, ExitReason::Interrupted, "{keys}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{keys}: {:?}", begun.elapsed());
        assert!(store.sent("prod", 1).await.unwrap()[0].contains("\"unknown\""));
    }
}
