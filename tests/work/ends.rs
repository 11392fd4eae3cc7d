//! How it ends: SIGTERM, Ctrl-C once and twice, a closed pipe.

use std::fs;
use std::process::Command;

use rustix::process::Signal;

use crate::house::{ACME, House, count, lines};
use crate::sessions::until;

/// Waits for the file `go`; says in `pids` that it runs.
const PATIENT: &str = r#"
[[handlers]]
name = "patient"
types = ["*"]
kind = "exec"
start = "beginning"
concurrency = 1
timeout = "10m"
command = ["/bin/sh", "-c", "echo $$ >> pids; until [ -e go ]; do sleep 0.02; done"]
cwd = "{folder}"
"#;

fn lives(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).output().unwrap().status.success()
}

#[tokio::test]
async fn sigterm_lets_what_runs_end_and_gives_the_rest_to_others() {
    let house = House::with(PATIENT);
    for number in 1..=3 {
        house.publish(ACME, number);
    }
    let worker = house.work(&["-o", "json"]).await;
    until("an attempt runs", async || !house.read("pids").is_empty()).await;
    worker.signal(Signal::TERM);
    until("it says so", async || worker.notes().contains("stopping")).await;
    assert_eq!(worker.out(), "", "it waits for what runs");
    fs::write(house.path("go"), "").unwrap();
    assert_eq!(worker.ended().await.code(), Some(0));
    let out = lines(&house.read("out"));
    assert_eq!(count(&out, "patient", "done"), 1);
    let (code, out, notes) = house.run(&["work", "--drain", "-o", "json"]);
    assert_eq!(code, 0, "{notes}");
    assert_eq!(count(&lines(&out), "patient", "done"), 2, "the others are done by the next, at once");
    assert_eq!(house.read("pids").lines().count(), 3, "and none twice");
}

#[tokio::test]
async fn ctrl_c_twice_cuts_off_what_runs_and_gives_it_back() {
    let house = House::with(PATIENT);
    house.publish(ACME, 1);
    let worker = house.work(&[]).await;
    until("an attempt runs", async || !house.read("pids").is_empty()).await;
    let pid = house.read("pids").trim().to_owned();
    assert!(lives(&pid));
    worker.signal(Signal::INT);
    until("it says so", async || worker.notes().contains("stopping")).await;
    worker.signal(Signal::INT);
    assert_eq!(worker.ended().await.code(), Some(130));
    assert!(!lives(&pid), "no program is left behind");
    fs::write(house.path("go"), "").unwrap();
    let (_, out, _) = house.run(&["work", "--drain", "-o", "json"]);
    let [line] = &lines(&out)[..] else { panic!("{out}") };
    assert_eq!((&line["outcome"], &line["attempt"]), (&"done".into(), &1.into()), "that was no failure");
}

#[tokio::test]
async fn nobody_reading_any_more_is_a_quiet_end() {
    let house = House::with(PATIENT);
    fs::write(house.path("go"), "").unwrap();
    house.publish(ACME, 1);
    let program = env!("CARGO_BIN_EXE_tidings");
    let config = house.path("config.toml").display().to_string();
    let script = format!("'{program}' --config '{config}' work 2>notes | true; echo \"${{PIPESTATUS[0]}}\"");
    let mut bash = tokio::process::Command::new("bash");
    bash.args(["-c", &script]).current_dir(house.path("")).env("REDIS_URL", house.server.url());
    let ended = tokio::time::timeout(crate::sessions::FOREVER, bash.output()).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(ended.stdout).unwrap().trim(), "0", "{}", house.read("notes"));
}

#[tokio::test]
async fn a_terminal_that_closes_and_ctrl_backslash_let_what_runs_end() {
    for signal in [Signal::HUP, Signal::QUIT] {
        let house = House::with(PATIENT);
        house.publish(ACME, 1);
        let worker = house.work(&["-o", "json"]).await;
        until("an attempt runs", async || !house.read("pids").is_empty()).await;
        worker.signal(signal);
        until("it says so", async || worker.notes().contains("stopping")).await;
        // A terminal sends it more than once.
        worker.signal(Signal::HUP);
        fs::write(house.path("go"), "").unwrap();
        assert_eq!(worker.ended().await.code(), Some(0));
        assert_eq!(count(&lines(&house.read("out")), "patient", "done"), 1);
    }
}

#[tokio::test]
async fn the_third_time_no_program_is_left_behind_that_does_not_heed() {
    let house = House::with(&PATIENT.replace("echo $$", "trap '' TERM; echo $$"));
    house.publish(ACME, 1);
    let worker = house.work(&[]).await;
    until("an attempt runs", async || !house.read("pids").is_empty()).await;
    let pid = house.read("pids").trim().to_owned();
    for said in ["stopping", "at once"] {
        worker.signal(Signal::TERM);
        until("it says so", async || worker.notes().contains(said)).await;
    }
    worker.signal(Signal::TERM);
    assert_eq!(worker.ended().await.code(), Some(0));
    until("it is gone", async || !lives(&pid)).await;
}
