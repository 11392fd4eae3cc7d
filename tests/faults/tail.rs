//! `tidings tail` as a user runs it: what it prints, and what it says beside it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::publisher::Sent;

const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Heard {
    /// How often each event was printed.
    printed: HashMap<Uuid, usize>,
    /// What was said beside it; those already waited for are taken out.
    notes: Vec<String>,
    said: Vec<String>,
}

pub(crate) struct Tail {
    child: Child,
    heard: Arc<Mutex<Heard>>,
}

impl Tail {
    /// Everything from the beginning, and on.
    pub(crate) fn start(url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidings"))
            .args(["tail", "--since", "0", "-o", "json"])
            .env("REDIS_URL", url)
            .env("TIDINGS_CONFIG", "/dev/null")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let heard = Arc::<Mutex<Heard>>::default();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        std::thread::spawn({
            let heard = Arc::clone(&heard);
            move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    let line: serde_json::Value = serde_json::from_str(&line).expect("each line is JSON");
                    let id = line["event"]["id"].as_str().expect("each is an event").parse().unwrap();
                    *heard.lock().unwrap().printed.entry(id).or_default() += 1;
                }
            }
        });
        std::thread::spawn({
            let heard = Arc::clone(&heard);
            move || {
                for line in BufReader::new(err).lines().map_while(Result::ok) {
                    let mut heard = heard.lock().unwrap();
                    heard.notes.push(line.clone());
                    heard.said.push(line);
                }
            }
        });
        Self { child, heard }
    }

    fn wait_for<T>(&self, what: &str, look: impl Fn(&mut Heard) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut heard = self.heard.lock().unwrap();
            if let Some(found) = look(&mut heard) {
                return found;
            }
            assert!(Instant::now() < deadline, "tail never {what}; it said: {:#?}", heard.said);
            drop(heard);
            sleep(Duration::from_millis(5));
        }
    }

    /// Waits for a note that holds `words`, later than those waited for before.
    pub(crate) fn wait_for_note(&self, words: &str) -> String {
        self.wait_for(&format!("said '{words}'"), |heard| {
            let at = heard.notes.iter().position(|note| note.contains(words))?;
            heard.notes.drain(..=at).next_back()
        })
    }

    /// Waits until it has printed something more.
    pub(crate) fn wait_until_it_prints(&self) {
        let before = self.heard.lock().unwrap().printed.len();
        self.wait_for("printed more", |heard| (heard.printed.len() > before).then_some(()));
    }

    /// Everything answered for was printed once, nothing was printed twice, nothing was made up; and it was connected
    /// again at least so many times.
    pub(crate) fn check(mut self, sent: &Sent, faults: usize) {
        self.wait_for("printed the last event of every stream", |heard| {
            sent.last.iter().all(|id| heard.printed.contains_key(id)).then_some(())
        });
        let heard = self.heard.lock().unwrap();
        let missing = sent.answered.iter().filter(|id| !heard.printed.contains_key(id)).count();
        let twice = heard.printed.values().filter(|times| **times > 1).count();
        let made_up = heard
            .printed
            .keys()
            .filter(|id| !sent.answered.contains(id) && !sent.unknown.contains(id))
            .count();
        assert_eq!((missing, twice, made_up), (0, 0, 0), "of {}: {:#?}", sent.answered.len(), heard.said);
        let again = heard.said.iter().filter(|note| note.contains("connected again")).count();
        assert!(again >= faults, "{:#?}", heard.said);
        let lost = heard.said.iter().find(|note| note.contains("data lost") || note.contains("gap:"));
        assert_eq!(lost, None, "nothing was lost, and nothing is said to be");
        drop(heard);
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
