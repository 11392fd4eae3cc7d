//! From arguments to the end of the run.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory as _, FromArgMatches as _};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::args::{Cli, DemoArgs, Global, Verb};
use super::colour::Environment;
use super::connect::{Contexts, resolve_tenants};
use super::desk::Desk;
use super::exit::{Complaint, Exit, Stop, shown};
use super::interrupt::{Busy, grace, heed};
use super::output::{Notes, Out};
use super::paint::Paint;
use super::{
    config, dashboard, doctor, failed, handlers, history, journal, keys, log, manual, publish, reference,
    stats, tail, templates, themes, types, work,
};
use crate::broker::redis::Profile;
use crate::bus::TenantLock;
use crate::config::{ColourChoice, ConfigPath, DEMO, Effective, Overrides, Source};
use crate::demo;
use crate::text::display_safe;
use crate::tui::app::Zone;
use crate::tui::theme::Look;

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let given = match Given::parse(std::env::args_os()) {
        Ok(given) => given,
        Err(error) if error.kind() == ErrorKind::InvalidUtf8 => return explain_bytes().into(),
        Err(error) => {
            // The same error of arguments without line ends: these would stand among those of the error's own.
            let safe =
                std::env::args_os().map(|argument| display_safe(&argument.to_string_lossy()).into_owned());
            let error = Given::parse(safe.map(OsString::from)).err().unwrap_or(error);
            return explain(&error).into();
        }
    };
    let exit = match run(given) {
        Ok(exit) => exit,
        Err(Stop::PipeClosed) => Exit::Ok,
        Err(Stop::Error(complaint)) => {
            Notes::new(&mut io::stderr()).say(&complaint.to_string());
            complaint.exit
        }
    };
    exit.into()
}

/// The arguments, with the layers of those that the environment may hold too.
struct Given {
    cli: Cli,
    url: Source,
    config: Source,
}

impl Given {
    fn parse(args: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let args: Vec<_> = args.collect();
        let matches = Cli::command().try_get_matches_from(&args)?;
        let source = |id, flag, variable| match matches.value_source(id) {
            Some(ValueSource::EnvVariable) => Source::Environment(variable),
            _ => Source::Flag(flag),
        };
        let cli = Cli::from_arg_matches(&matches)?;
        if is_lock_cut(&args, cli.global.tenant.len()) {
            let told = "--tenant stands before and behind the verb, and both cannot hold: name all tenants in one place";
            return Err(Cli::command().error(ErrorKind::ArgumentConflict, told));
        }
        Ok(Self {
            cli,
            url: source("url", "--url", "REDIS_URL"),
            config: source("config", "--config", "TIDINGS_CONFIG"),
        })
    }
}

/// Whether not all tenants were taken: of an option that may stand before and behind the verb clap takes those behind it,
/// and a lock would be lifted without a word.
fn is_lock_cut(args: &[OsString], taken: usize) -> bool {
    let options =
        args.iter().take_while(|argument| *argument != "--").filter_map(|argument| argument.to_str());
    options.filter(|argument| *argument == "--tenant" || argument.starts_with("--tenant=")).count() > taken
}

/// Prints help, or an error, without the escape sequences that an argument or the name of the program may hold.
fn explain(error: &clap::Error) -> Exit {
    let told = error.render();
    if error.exit_code() == 0 {
        let is_styled = Environment::of_process().has_colour(ColourChoice::Auto, io::stdout().is_terminal());
        let help = if is_styled { told.ansi().to_string() } else { told.to_string() };
        let mut stdout = io::stdout();
        let mut out = Out::new(&mut stdout);
        return match out.line(help.trim_end_matches('\n')).and_then(|()| out.flush()) {
            Ok(()) | Err(Stop::PipeClosed) => Exit::Ok,
            Err(Stop::Error(complaint)) => {
                Notes::new(&mut io::stderr()).say(&complaint.to_string());
                complaint.exit
            }
        };
    }
    let lines: String = told.to_string().lines().map(|line| display_safe(line).into_owned() + "\n").collect();
    // Nobody may be reading any more; there is nothing else to do.
    let _ = io::stderr().write_all(lines.as_bytes());
    Exit::Usage
}

/// Says which argument is no text: clap does not.
fn explain_bytes() -> Exit {
    let is_wrong = |(_, argument): &(usize, OsString)| argument.to_str().is_none();
    // Only its place: it may hold a password. The first one is the name of the program.
    let which = match std::env::args_os().enumerate().skip(1).find(is_wrong) {
        Some((at, _)) => format!("argument {at}"),
        None => "a variable of the environment, REDIS_URL,".to_owned(),
    };
    let complaint = Complaint {
        exit: Exit::Usage,
        what: format!("{which} is not UTF-8 text"),
        next: Some("Only names of files may be other bytes.".to_owned()),
    };
    Notes::new(&mut io::stderr()).say(&complaint.to_string());
    complaint.exit
}

/// Refuses what the demo would pass over without a word.
fn demo_suits(channel: Option<&str>, profile: Option<Profile>) -> Result<(), Stop> {
    if let Some(channel) = channel.filter(|channel| *channel != "all") {
        return Err(Stop::usage(
            format!("--channel: the demo has no channels, and '{}' is asked for", shown(channel)),
            "Leave it out, or say --channel all.",
        ));
    }
    match profile.filter(|profile| *profile != Profile::Native) {
        None => Ok(()),
        Some(profile) => Err(Stop::usage(
            format!(
                "--profile: the demo is a bus of the profile native, and {} is asked for",
                profile.name()
            ),
            "Leave it out, or name a Redis with --url.",
        )),
    }
}

fn run(given: Given) -> Result<Exit, Stop> {
    let Cli { global, verb } = given.cli;
    let environment = Environment::of_process();
    let choice = global.color.map(ColourChoice::from).unwrap_or_default();
    let path = ConfigPath::find(global.config.clone().map(|path| (path, given.config)));
    let mut stdout = io::stdout().lock();
    let mut stderr = io::stderr();
    let mut desk = Desk {
        paint: Paint {
            colour: environment.has_colour(choice, io::stdout().is_terminal()),
            ascii: global.ascii,
        },
        out: Out::new(&mut stdout),
        notes: Notes::new(&mut stderr),
        format: global.output,
        clock: Arc::new(Utc::now),
        zone: Zone::Local,
        stop: CancellationToken::new(),
        busy: Busy::default(),
    };
    // What needs no bus must work without one; of these only `keys` asks the config.
    match &verb {
        Some(Verb::Themes { verb }) => {
            return themes::run(verb.as_ref(), &themes::of(path.as_ref()), &mut desk);
        }
        Some(Verb::Keys) => return keys::run(path.as_ref(), &mut desk),
        Some(Verb::Reference) => return reference::run(&mut desk),
        Some(Verb::Completions { shell }) => return manual::completions(*shell, &mut desk),
        Some(Verb::Man { into }) => return manual::pages(into.as_deref(), &mut desk),
        _ => {}
    }
    if let Some(Verb::Config { verb }) = &verb {
        return config::run(*verb, path.as_ref(), || effective(global, given.url, path.as_ref()), &mut desk);
    }
    let tenants = global.tenant.clone();
    let (channel, profile) = (global.channel.clone(), global.profile);
    let mut effective = effective(global, given.url, path.as_ref())?;
    let mut demo = demo::Settings::default();
    if let Some(Verb::Demo(DemoArgs { rate, seed })) = &verb {
        DEMO.clone_into(&mut effective.context);
        demo = demo::Settings { rate: rate.unwrap_or(demo.rate), seed: seed.unwrap_or(demo.seed) };
    }
    if effective.context == DEMO {
        demo_suits(channel.as_deref(), profile)?;
    }
    let _log = log::start(&effective.config.log)?;
    let (locked_to, notes) = resolve_tenants(&tenants, &effective)
        .map_err(|error| Stop::usage(error, "Name a tenant by its id, or by a label of [tenants]."))?;
    for note in notes {
        desk.notes.say(&note);
    }
    let contexts = Contexts::new(
        effective,
        TenantLock::to(locked_to),
        demo,
        Arc::clone(&desk.clock),
        desk.stop.child_token(),
    );
    let redis = contexts.effective().chosen().map(|context| context.redis.command_timeout());
    let patience = grace(redis.unwrap_or_default());
    match verb {
        None | Some(Verb::Demo(_)) => {
            let config = &contexts.effective().config;
            let (theme, depth) = (config.theme.clone(), environment.depth(config.color));
            let look = Look { theme, ascii: desk.paint.ascii, depth, themes: themes::of(path.as_ref()) };
            dashboard::run(contexts, &look, desk)
        }
        Some(Verb::Types { verb }) => types::run(verb, &contexts, &mut desk),
        Some(Verb::Work(args)) => work::run(&args, &contexts, desk),
        Some(verb) => wait_for(desk, patience, async |desk| ask(verb, &contexts, desk).await),
    }
}

/// Does what is asked of a bus, or of what is remembered of it.
async fn ask(verb: Verb, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    match verb {
        Verb::Tail(args) => tail::run(&args, contexts, desk).await,
        Verb::Publish(args) => publish::run(&args, contexts, desk).await,
        Verb::Templates(args) => templates::run(&args, contexts, desk).await,
        Verb::History(args) => history::run(&args, contexts, desk).await,
        Verb::Stats(args) => stats::run(&args, contexts, desk).await,
        Verb::Handlers(args) => handlers::run(&args, contexts, desk).await,
        Verb::Failed(args) => failed::run(&args, contexts, desk).await,
        Verb::Journal(args) => journal::run(&args, contexts, desk).await,
        Verb::Doctor(args) => doctor::run(&args, contexts, desk).await,
        // Done by `run`.
        Verb::Demo(_)
        | Verb::Types { .. }
        | Verb::Work(_)
        | Verb::Config { .. }
        | Verb::Themes { .. }
        | Verb::Keys
        | Verb::Reference
        | Verb::Completions { .. }
        | Verb::Man { .. } => Ok(Exit::Ok),
    }
}

/// What the run goes by, of all layers.
fn effective(global: Global, url_source: Source, path: Option<&ConfigPath>) -> Result<Effective, Stop> {
    let (config, sources) = match path {
        Some(path) => path.read()?,
        None => Default::default(),
    };
    let url = global.url.filter(|url| !url.is_empty());
    let overrides = Overrides {
        url: url.map(|url| (SecretString::from(url), url_source)),
        context: global.context,
        profile: global.profile,
        channel: global.channel,
        read_only: global.read_only,
        write: global.write,
        theme: global.theme,
        color: global.color.map(ColourChoice::from),
        log_file: global.log_file,
    };
    Ok(Effective::new(config, sources, overrides)?)
}

/// Runs a verb on a runtime of its own; Ctrl-C tells it to stop, and what was sent has so long for its answer.
fn wait_for(
    mut desk: Desk<'_>,
    patience: Duration,
    verb: impl AsyncFnOnce(&mut Desk<'_>) -> Result<Exit, Stop>,
) -> Result<Exit, Stop> {
    let runtime = runtime()?;
    runtime.spawn(heed(desk.stop.clone(), desk.busy.clone(), patience));
    let outcome = runtime.block_on(verb(&mut desk));
    let flushed = if matches!(outcome, Err(Stop::PipeClosed)) { Ok(()) } else { desk.out.flush() };
    // A connection that is just being made must not hold up the end.
    runtime.shutdown_background();
    match outcome.and_then(|exit| flushed.map(|()| exit)) {
        Ok(_) if desk.stop.is_cancelled() => Ok(desk.busy.told()),
        outcome => outcome,
    }
}

pub(super) fn runtime() -> Result<Runtime, Stop> {
    Runtime::new().map_err(|error| {
        Stop::failed(
            format!("no threads can be started: {error}"),
            "Look at the limits of this user (ulimit -u).",
        )
    })
}
