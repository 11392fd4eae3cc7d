//! `exec` against programs that flood, fork, ignore signals, and do not read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tidings::bus::{FailureKind, HandlerError, Remedy};
use tidings::handlers::{Exec, ExecSettings, Leftovers};
use tokio_util::sync::CancellationToken;

use crate::attempt::{FOREVER, attempt, attempt_with, attempt_within, event, event_of, until};

/// Long enough for a program to begin.
const SHORT: Duration = Duration::from_secs(2);

fn settings(command: &[&str]) -> ExecSettings {
    ExecSettings {
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: None,
        max_output: 1_000,
    }
}

/// A script of the shell, in the folder `folder`.
fn script(text: &str, folder: &Path) -> Exec {
    let settings = ExecSettings { cwd: Some(folder.to_owned()), ..settings(&["/bin/sh", "-c", text]) };
    Exec::new(settings, Leftovers::default())
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

async fn run(text: &str) -> Result<(), HandlerError> {
    attempt(&script(text, folder().path())).await
}

/// Whether this process lives: one that has ended and is not yet buried does not.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// The process ids in the file, as soon as there are so many.
async fn pids(file: &Path, count: usize) -> Vec<String> {
    let read = || -> Vec<String> {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    until("the processes have started", || read().len() >= count).await;
    read()
}

async fn all_gone(pids: &[String]) {
    until("all processes are gone", || !pids.iter().any(|pid| lives(pid))).await;
}

#[tokio::test]
async fn exit_codes_say_what_is_to_be_done() {
    for (code, remedy) in [
        (75, Some(Remedy::Retry)),
        (65, Some(Remedy::Never)),
        (78, Some(Remedy::Never)),
        (1, Some(Remedy::Retry)),
        (255, Some(Remedy::Retry)),
        (0, None),
    ] {
        let done = run(&format!("exit {code}")).await;
        assert_eq!(done.err().map(|error| error.remedy()), remedy, "{code}");
    }
    let error = run("kill -9 $$").await.unwrap_err();
    assert_eq!((error.remedy(), error.kind()), (Remedy::Retry, FailureKind::Error));
    assert_eq!(error.chain(), ["'/bin/sh' was killed by signal 9"]);
}

#[tokio::test]
async fn the_event_comes_on_standard_input_and_its_facts_in_an_environment_of_its_own() {
    let folder = folder();
    let mut exec = settings(&["/bin/sh", "-c", "cat > event; env | sort > env"]);
    exec.env = BTreeMap::from([("GREETING".to_owned(), "good day".into())]);
    exec.cwd = Some(folder.path().to_owned());
    let event = event_of("ten\0ant", 200_000);
    let done =
        attempt_with(&Exec::new(exec, Leftovers::default()), &event, FOREVER, CancellationToken::new()).await;
    done.unwrap().unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("event")).unwrap(), event.text());
    let environment = fs::read_to_string(folder.path().join("env")).unwrap();
    // What the shell adds by itself is its own business.
    let ours: Vec<_> = environment
        .lines()
        .filter(|line| !["PWD=", "SHLVL=", "_=", "OLDPWD="].iter().any(|own| line.starts_with(own)))
        .collect();
    let id = event.id();
    assert_eq!(
        ours,
        [
            "GREETING=good day",
            "TIDINGS_ATTEMPT=3",
            &format!("TIDINGS_EVENT_ID={id}"),
            "TIDINGS_EVENT_TYPE=THING_DONE",
            "TIDINGS_HANDLER=under-test",
            &format!("TIDINGS_IDEMPOTENCY_KEY=under-test/{id}"),
            "TIDINGS_TENANT=ten\\0ant",
        ]
    );
}

#[tokio::test]
async fn there_is_no_shell_between() {
    let folder = folder();
    let mut exec =
        settings(&["/bin/sh", "-c", "printf '%s\n' \"$@\" > arguments", "sh", "$HOME; rm *", "a b"]);
    exec.cwd = Some(folder.path().to_owned());
    attempt(&Exec::new(exec, Leftovers::default())).await.unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("arguments")).unwrap(), "$HOME; rm *\na b\n");
}

#[tokio::test]
async fn a_missing_program_or_folder_is_tried_again_and_named() {
    let exec = Exec::new(settings(&["/no/such/program"]), Leftovers::default());
    let error = attempt(&exec).await.unwrap_err();
    assert_eq!(error.remedy(), Remedy::Retry);
    assert_eq!(error.chain()[0], "'/no/such/program' cannot be started");
    assert!(error.chain()[1].contains("No such file"), "{:?}", error.chain());
    let error = attempt(&script("exit 0", Path::new("/no/such/folder"))).await.unwrap_err();
    assert!(error.chain()[1].contains("No such file"), "{:?}", error.chain());
}

#[tokio::test]
async fn a_program_need_not_read_its_event() {
    let event = event_of("acme", 1_000_000);
    for text in ["exit 0", "exec <&-; exit 0", "read -r line; exit 0"] {
        let exec = script(text, Path::new("/"));
        let done = attempt_with(&exec, &event, FOREVER, CancellationToken::new()).await.unwrap();
        assert_eq!(done, Ok(()), "{text}");
    }
}

#[tokio::test]
async fn of_a_flood_the_end_is_kept_and_the_program_goes_on() {
    let error = run("yes flood | head -c 3000000; yes noise | head -c 3000000 >&2; echo the end >&2; exit 1")
        .await
        .unwrap_err();
    let said = &error.chain()[1];
    assert!(said.starts_with("stderr: …") && said.ends_with("noise\nthe end"), "{said}");
    assert!(said.len() < 1_020, "{}", said.len());
    let error = run("echo 'only here'; exit 1").await.unwrap_err();
    assert_eq!(error.chain()[1], "stdout: only here");
    let error = run("printf '\\377\\376\\033[2Jbad\\000' >&2; exit 1").await.unwrap_err();
    assert_eq!(error.chain()[1], "stderr: \u{fffd}\u{fffd}\x1b[2Jbad\0");
}

#[tokio::test]
async fn one_that_ignores_being_asked_and_floods_is_killed_when_its_time_is_over() {
    let folder = folder();
    let exec =
        script("trap '' TERM; echo $$ > pids; while :; do echo flood; echo flood >&2; done", folder.path());
    let error = attempt_within(&exec, SHORT).await.unwrap_err();
    assert_eq!((error.kind(), error.remedy()), (FailureKind::TimedOut, Remedy::Retry));
    all_gone(&pids(&folder.path().join("pids"), 1).await).await;
}

#[tokio::test]
async fn one_that_heeds_being_asked_may_say_something_last() {
    let text = "trap 'echo last words >&2; exit 1' TERM; while :; do sleep 0.01; done";
    let exec = script(text, Path::new("/"));
    let error = attempt_within(&exec, Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::TimedOut);
    assert_eq!(error.chain()[0], "'/bin/sh' was ended: its time of 2s is over");
    // The shell tells of its own child as well.
    assert!(error.chain()[1].ends_with("last words"), "{:?}", error.chain());
}

/// Children and grandchildren that ignore TERM, in the file `pids`.
const FAMILY: &str = "\
trap '' TERM
echo $$ >> pids
(trap '' TERM; sh -c 'echo $$ >> pids; while :; do sleep 0.05; done' & while :; do sleep 0.05; done) &
echo $! >> pids
";

#[tokio::test]
async fn its_children_and_grandchildren_end_with_it() {
    for (end, limit, failed) in [
        ("wait", SHORT, true),
        ("until [ $(wc -l < pids) = 3 ]; do sleep 0.01; done; exit 0", FOREVER, false),
    ] {
        let folder = folder();
        let exec = script(&format!("{FAMILY}{end}"), folder.path());
        let done = attempt_within(&exec, limit).await;
        assert_eq!(done.is_err(), failed, "{done:?}");
        // However many there were by then.
        all_gone(&pids(&folder.path().join("pids"), 1).await).await;
    }
}

#[tokio::test]
async fn an_attempt_that_is_broken_off_leaves_nothing_behind() {
    let folder = folder();
    let file = folder.path().join("pids");
    let leftovers = Leftovers::default();
    let shell = ["/bin/sh", "-c", &format!("{FAMILY}wait")];
    let exec = Exec::new(
        ExecSettings { cwd: Some(folder.path().to_owned()), ..settings(&shell) },
        leftovers.clone(),
    );
    let cancelled = CancellationToken::new();
    let event = event();
    let running = attempt_with(&exec, &event, FOREVER, cancelled.clone());
    let breaking_off = async {
        let pids = pids(&file, 3).await;
        cancelled.cancel();
        pids
    };
    let (done, pids) = tokio::join!(running, breaking_off);
    assert_eq!(done, None);
    tokio::time::timeout(FOREVER, leftovers.gone()).await.unwrap();
    all_gone(&pids).await;
}

#[test]
fn not_even_the_end_of_the_runtime_leaves_anything_behind() {
    let folder = folder();
    let file = folder.path().join("pids");
    let exec = script(&format!("{FAMILY}wait"), folder.path());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let pids = first.block_on(async {
        tokio::spawn(async move { attempt(&exec).await });
        pids(&file, 3).await
    });
    drop(first);
    runtime().block_on(all_gone(&pids));
}

#[tokio::test]
async fn who_holds_the_output_open_holds_nothing_up() {
    // In a session of its own, and so out of reach; it ends by itself.
    let done = run("command -v setsid >/dev/null && setsid sh -c 'sleep 5' & sleep 0.05; exit 0").await;
    assert_eq!(done, Ok(()));
}
