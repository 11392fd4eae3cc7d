//! Tests of sending, on a publisher that does what it is told.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::*;
use crate::bus::{BusError, Form, PublishError, Published, Publisher};
use crate::event::{EntryId, Fault, FaultKind, NewEvent, Report, StreamKey};

/// What befalls a call of `publish`, or the last of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    Nothing,
    /// It takes this many of them, and has no room for the others.
    Full(usize),
    /// All of it is done, and nobody hears of it.
    AnswerLost,
    /// Nobody is there.
    Down,
    /// It waits for a permit.
    Waits,
    Breaks,
}

struct Fake {
    mishaps: Mutex<VecDeque<Mishap>>,
    /// The texts that it has, and when they came.
    has: Mutex<Vec<(String, Instant)>>,
    gate: tokio::sync::Semaphore,
}

impl Fake {
    fn that(mishaps: impl IntoIterator<Item = Mishap>) -> Arc<Self> {
        Arc::new(Self {
            mishaps: Mutex::new(mishaps.into_iter().collect()),
            has: Mutex::default(),
            gate: tokio::sync::Semaphore::new(0),
        })
    }

    fn has(&self) -> Vec<String> {
        self.has.lock().unwrap().iter().map(|(text, _)| text.clone()).collect()
    }
}

#[async_trait]
impl Publisher for Fake {
    async fn publish(&self, events: &[NewEvent], _: Form) -> Vec<Result<Published, PublishError>> {
        let mishap = self.mishaps.lock().unwrap().pop_front().unwrap_or(Mishap::Nothing);
        if mishap == Mishap::Waits {
            self.gate.acquire().await.unwrap().forget();
        }
        assert_ne!(mishap, Mishap::Breaks, "a fault in publishing, as the test wants it");
        let stream = StreamKey::new("s").unwrap();
        let mut has = self.has.lock().unwrap();
        let answer = |(at, event): (usize, &NewEvent)| match mishap {
            Mishap::Full(room) if at >= room => Err(PublishError::Full(stream.clone())),
            Mishap::Down => Err(PublishError::NotSent("nobody is there".to_owned())),
            _ => {
                let known = has.iter().any(|(text, _)| text == event.text());
                if !known {
                    has.push((event.text().to_owned(), Instant::now()));
                }
                if mishap == Mishap::AnswerLost {
                    return Err(PublishError::Unknown("no answer".to_owned()));
                }
                let (entry, stream) = (EntryId::new(1, 0), stream.clone());
                Ok(Published { event: event.id(), stream, entry, repeated: known })
            }
        };
        events.iter().enumerate().map(answer).collect()
    }

    async fn reach(&self) -> Result<(), BusError> {
        Ok(())
    }

    fn preview(&self, _: &NewEvent, _: Form) -> Vec<String> {
        Vec::new()
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        if event.payload().contains("unfit") {
            let report = Report::new("/payload/x", "a number", "\"unfit\"");
            return Err(PublishError::Invalid(Fault::new(FaultKind::Schema, report)));
        }
        Ok(())
    }
}

fn text(n: u64) -> String {
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{n:012}","eventType":"A","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"t","n":{n}}}}}"#
    )
}

fn lines_of(numbers: std::ops::RangeInclusive<u64>) -> String {
    numbers.map(|n| text(n) + "\n").collect()
}

fn source(content: impl Into<Vec<u8>>) -> Source {
    Source::lines(std::io::Cursor::new(content.into()), Ok).unwrap()
}

/// Sends all of `content`, and answers what that came to, and what was told.
async fn send(fake: &Arc<Fake>, content: impl Into<Vec<u8>>, skip_bad: bool) -> (Progress, Vec<Told>) {
    let (out, mut told) = mpsc::channel(1);
    let sending = Sender::new(fake.clone()).skip_bad(skip_bad).tell(out).start(source(content));
    let mut all = Vec::new();
    while let Some(batch) = told.recv().await {
        all.extend(batch);
    }
    (sending.ended().await, all)
}

fn adds_up(progress: &Progress) {
    let Progress { asked, published, repeated, bad, not_sent, unknown, doubts, .. } = progress;
    assert_eq!(*asked, published + repeated + bad + not_sent + unknown, "{progress:?}");
    assert_eq!(*unknown, doubts.len() as u64, "{progress:?}");
}

#[test]
fn a_line_is_an_event_or_says_why_not() {
    let good = text(1);
    let cut = good.trim_end_matches('}');
    let (deep_open, deep_close) = ("[".repeat(5_000), "]".repeat(5_000));
    for (line, kind, phrase) in [
        (cut.as_bytes(), FaultKind::Json, "EOF"),
        (b"[]", FaultKind::Schema, "object"),
        (b"{}", FaultKind::Missing, "/id"),
        (b"{\"id\":\"\xff\"}", FaultKind::Utf8, "offset 7"),
        (
            good.replace(r#""n":1"#, &format!(r#""n":{deep_open}{deep_close}"#)).as_bytes(),
            FaultKind::Json,
            "levels",
        ),
        (good.replace(r#""tenantId":"t","#, "").as_bytes(), FaultKind::Missing, "tenantId"),
        (b"\x1b[2J", FaultKind::Json, ""),
    ] {
        let bad = lines::read(4, line.to_vec()).unwrap_err();
        assert_eq!((bad.number, bad.kind), (4, BadKind::Fault(kind)), "{}", bad.why);
        assert!(bad.why.contains(phrase) && !bad.why.contains('\x1b'), "{}", bad.why);
        assert!(bad.text == line, "it is kept to the letter");
    }
    assert_eq!(lines::read(4, good.clone().into_bytes()).unwrap().event.text(), good);
}

#[test]
fn lines_end_as_files_end_them_and_keep_their_numbers() {
    let (one, two) = (text(1), text(2));
    let mut lines =
        lines::Lines::of(std::io::Cursor::new(format!("\u{feff}{one}\r\n\n  \t\r\n{two}\nx\n{one}")));
    let mut read = Vec::new();
    while let Some(line) = lines.next_line().unwrap() {
        read.push(line.map(|line| (line.number, line.event.text().to_owned())).map_err(|bad| bad.number));
    }
    assert_eq!(read, [Ok((1, one.clone())), Ok((4, two.clone())), Err(5), Ok((6, one.clone()))]);
    for (content, count) in
        [(format!("{one}\r\n\n  \t\r\n{two}\nx\n{one}"), 4), (String::new(), 0), ("\n \n".to_owned(), 0)]
    {
        assert_eq!(lines::count(content.as_bytes()).unwrap(), count, "{content}");
    }
}

#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let long = "x".repeat(lines::LONGEST + 200_000);
    let mut lines = lines::Lines::of(std::io::Cursor::new(format!("{long}\n{}\n{long}", text(1))));
    for number in [1, 3] {
        let bad = lines.next_line().unwrap().unwrap().unwrap_err();
        assert_eq!((bad.number, bad.is_cut, bad.kind), (number, true, BadKind::Size));
        assert_eq!(bad.text.len(), lines::LONGEST);
        if number == 1 {
            assert_eq!(lines.next_line().unwrap().unwrap().unwrap().number, 2);
        }
    }
    assert!(lines.next_line().unwrap().is_none());
}

#[tokio::test]
async fn the_good_are_published_in_order_and_the_bad_are_told_by_line() {
    let fake = Fake::that([]);
    let content: String = (1..=1_000)
        .map(|n| match n % 100 {
            50 => "{\n".to_owned(),
            99 => text(n).replace(r#""n":"#, r#""x":"unfit","n":"#) + "\n",
            _ => text(n) + "\n",
        })
        .collect();
    let (progress, told) = send(&fake, content, true).await;
    assert_eq!(progress.phase, SendPhase::Finished);
    assert_eq!((progress.asked, progress.published, progress.bad), (1_000, 980, 20));
    adds_up(&progress);
    let good: Vec<_> = (1..=1_000).filter(|n| !matches!(n % 100, 50 | 99)).map(text).collect();
    assert_eq!(fake.has(), good);
    let numbers: Vec<_> = told
        .iter()
        .map(|told| match told {
            Told::Event(line, _) => line.number,
            Told::Bad(bad) => {
                let kind = if bad.number % 100 == 50 { FaultKind::Json } else { FaultKind::Schema };
                assert_eq!(bad.kind, BadKind::Fault(kind), "{bad:?}");
                bad.number
            }
        })
        .collect();
    assert_eq!(numbers, (1..=1_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn nothing_behind_the_first_bad_line_is_sent_where_that_is_the_end() {
    for bad in ["nonsense".to_owned(), text(9).replace(r#""n":"#, r#""x":"unfit","n":"#)] {
        let fake = Fake::that([]);
        let content = format!("{}{bad}\n{}", lines_of(1..=300), lines_of(302..=600));
        let (progress, told) = send(&fake, content, false).await;
        assert!(
            matches!(&progress.phase, SendPhase::Stopped(why) if why.contains("line 301:")),
            "{progress:?}"
        );
        assert_eq!((progress.published, progress.bad, told.len()), (300, 1, 301));
        assert_eq!(fake.has(), (1..=300).map(text).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn after_an_unknown_answer_nothing_more_is_sent_and_the_unknown_are_named() {
    let fake = Fake::that([Mishap::Nothing, Mishap::AnswerLost]);
    let (progress, _) = send(&fake, lines_of(1..=1_000), true).await;
    assert!(matches!(&progress.phase, SendPhase::Stopped(_)), "{progress:?}");
    adds_up(&progress);
    assert!(progress.unknown > 0 && progress.published > 0, "{progress:?}");
    let has: Vec<_> = fake.has();
    let doubted: Vec<_> = has
        .iter()
        .skip(usize::try_from(progress.published).unwrap())
        .map(|text| text[7..43].to_owned())
        .collect();
    assert_eq!(progress.doubts.iter().map(|doubt| doubt.event.to_string()).collect::<Vec<_>>(), doubted);
    // The whole file again: each is there once.
    let (again, _) = send(&fake, lines_of(1..=1_000), true).await;
    assert_eq!(again.phase, SendPhase::Finished);
    assert_eq!(again.repeated, progress.published + progress.unknown);
    assert_eq!(fake.has(), (1..=1_000).map(text).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_on_its_way_when_publishing_breaks_off_is_unknown() {
    let fake = Fake::that([Mishap::Nothing, Mishap::Breaks]);
    let (progress, told) = send(&fake, lines_of(1..=500), false).await;
    adds_up(&progress);
    assert!(matches!(progress.phase, SendPhase::Stopped(_)) && progress.unknown > 0, "{progress:?}");
    assert_eq!((progress.published + progress.unknown, progress.asked), (progress.asked, told.len() as u64));
}

#[tokio::test]
async fn what_was_not_sent_is_not_called_unknown() {
    let fake = Fake::that([Mishap::Down]);
    let (progress, told) = send(&fake, lines_of(1..=10), true).await;
    assert_eq!((progress.published, progress.unknown), (0, 0));
    assert_eq!(progress.not_sent, told.len() as u64);
    adds_up(&progress);
    assert_eq!(fake.has(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_full_stream_is_waited_for_and_the_order_is_kept() {
    let fake = Fake::that([Mishap::Full(3), Mishap::Full(0), Mishap::Full(0), Mishap::Full(2)]);
    let source = Source::made((1..=50).map(|number| lines::read(number, text(number).into_bytes())));
    let sending = Sender::new(fake.clone()).start(source);
    let mut progress = sending.progress.clone();
    let waiting = progress.wait_for(|progress| matches!(progress.phase, SendPhase::Waiting(_))).await;
    assert!(matches!(&waiting.unwrap().phase, SendPhase::Waiting(why) if why.contains("full of unread")));
    let progress = sending.ended().await;
    assert_eq!((progress.phase, progress.published), (SendPhase::Finished, 50));
    assert_eq!(fake.has(), (1..=50).map(text).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_pace_is_held() {
    let fake = Fake::that([]);
    let source = Source::made((1..=101).map(|number| lines::read(number, text(number).into_bytes())));
    let begun = Instant::now();
    let progress = Sender::new(fake.clone()).rate(Some(10.0)).start(source).ended().await;
    assert_eq!(progress.published, 101);
    assert_eq!(begun.elapsed().as_secs(), 10);
    let has = fake.has.lock().unwrap();
    for second in 0..10 {
        let within = has.iter().filter(|(_, at)| (*at - begun).as_secs() == second).count();
        assert!((9..=11).contains(&within), "{within} in second {second}");
    }
}

#[tokio::test]
async fn a_person_holds_it_and_ends_it_after_the_batch() {
    let fake = Fake::that([Mishap::Waits, Mishap::Waits]);
    let source = Source::made((1..=1_000).map(|number| lines::read(number, text(number).into_bytes())));
    let sending = Sender::new(fake.clone()).total(Some(1_000)).start(source);
    let mut progress = sending.progress.clone();
    sending.pause();
    fake.gate.add_permits(1);
    let held = progress.wait_for(|progress| progress.phase == SendPhase::Paused).await.unwrap().clone();
    sending.resume();
    progress.wait_for(|progress| progress.phase == SendPhase::Sending).await.unwrap();
    sending.cancel();
    fake.gate.add_permits(1);
    let ended = sending.ended().await;
    assert_eq!(ended.phase, SendPhase::Cancelled);
    assert!(ended.published >= held.published && ended.published < 1_000, "{ended:?}");
    assert_eq!(ended.left(), Some(1_000 - ended.asked));
    adds_up(&ended);
    assert_eq!(fake.has().len() as u64, ended.published, "what was on its way is counted");
}

/// A pipe that somebody writes to now and then.
struct Pipe(std::sync::mpsc::Receiver<Vec<u8>>);

impl std::io::Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let Ok(bytes) = self.0.recv() else { return Ok(0) };
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

#[tokio::test]
async fn what_comes_through_a_pipe_is_sent_without_waiting_for_more() {
    let fake = Fake::that([]);
    let (write, read) = std::sync::mpsc::sync_channel(8);
    let sending = Sender::new(fake.clone()).start(Source::lines(Pipe(read), Ok).unwrap());
    let mut progress = sending.progress.clone();
    for (numbers, expected) in [(1..=3, 3), (4..=4, 4)] {
        let mut bytes = lines_of(numbers).into_bytes();
        // The beginning of the next line holds up nothing.
        if expected == 3 {
            bytes.extend(&text(4).into_bytes()[..20]);
        } else {
            bytes.drain(..20);
        }
        write.send(bytes).unwrap();
        progress.wait_for(|progress| progress.published == expected).await.unwrap();
    }
    // Ended while nothing comes, it does not wait for it.
    sending.cancel();
    assert_eq!(sending.ended().await.phase, SendPhase::Cancelled);
    drop(write);
}

#[tokio::test]
async fn a_source_that_breaks_off_says_so_and_what_came_before_is_sent() {
    struct Breaks(std::io::Cursor<Vec<u8>>);
    impl std::io::Read for Breaks {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(std::io::Error::other("the disk is gone")),
                length => Ok(length),
            }
        }
    }
    let fake = Fake::that([]);
    let from = Breaks(std::io::Cursor::new(lines_of(1..=5).into_bytes()));
    let progress = Sender::new(fake.clone()).start(Source::lines(from, Ok).unwrap()).ended().await;
    assert!(
        matches!(&progress.phase, SendPhase::Stopped(why) if why.contains("the disk is gone")),
        "{progress:?}"
    );
    assert_eq!(progress.published, 5);
}

#[tokio::test]
async fn an_id_that_comes_twice_is_published_once() {
    let fake = Fake::that([]);
    let (progress, told) = send(&fake, lines_of(1..=2) + &lines_of(1..=2), false).await;
    assert_eq!((progress.published, progress.repeated), (2, 2));
    let ids: HashSet<_> = told
        .iter()
        .filter_map(|told| match told {
            Told::Event(line, Ok(_)) => Some(line.event.id()),
            _ => None,
        })
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(progress.there(), 4);
}

#[tokio::test]
async fn dropped_it_ends_after_its_batch() {
    let fake = Fake::that([Mishap::Waits]);
    let source = Source::made((1..).map(|number| lines::read(number, text(number).into_bytes())));
    let sending = Sender::new(fake.clone()).start(source);
    let mut progress = sending.progress.clone();
    drop(sending);
    fake.gate.add_permits(1);
    let ended = progress.wait_for(|progress| progress.phase.is_over()).await.unwrap().clone();
    assert_eq!(ended.phase, SendPhase::Cancelled);
    assert_eq!(fake.has().len() as u64, ended.published);
}
