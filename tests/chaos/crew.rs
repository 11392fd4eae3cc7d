//! Worker processes: started, killed, stopped, replaced.

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::worker::{AS, ORDERS, Orders};

const PATIENCE: Duration = Duration::from_mins(1);

/// One worker process. It ends when this is dropped, or when the tests end.
pub(crate) struct Hand {
    child: Child,
    pub(crate) orders: Orders,
}

impl Hand {
    pub(crate) fn start(orders: Orders) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", AS, "--nocapture"])
            .env(ORDERS, serde_json::to_string(&orders).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, orders }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid().cast_signed()).unwrap(), signal).unwrap();
    }

    /// As `kill -9`: it breaks off wherever it is.
    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Nothing of it runs from now on, until [`Hand::cont`].
    pub(crate) fn stop(&self) {
        self.signal(Signal::STOP);
        let deadline = Instant::now() + PATIENCE;
        while self.state() != Some('T') {
            assert!(Instant::now() < deadline, "the worker did not stop");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn cont(&self) {
        self.signal(Signal::CONT);
    }

    fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Tells it to end, as a service manager does.
    pub(crate) fn tell_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        // It may have been told already, and have ended by now.
        if !self.has_ended() {
            self.tell_to_end();
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the worker does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Tells them all to end; all of them must do so in good order.
pub(crate) fn end_all(hands: Vec<Hand>) {
    hands.iter().for_each(Hand::tell_to_end);
    for hand in hands {
        assert!(hand.terminate().success(), "a worker that is told to end does so in good order");
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
