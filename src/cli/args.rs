//! The arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::colour::Colour;
use super::doctor::DoctorArgs;
use super::failed::FailedArgs;
use super::handlers::HandlersArgs;
use super::history::HistoryArgs;
use super::journal::JournalArgs;
use super::publish::PublishArgs;
use super::stats::StatsArgs;
use super::tail::TailArgs;
use super::templates::TemplatesArgs;
use super::theme_name::ThemeName;
use super::themes::ThemesVerb;
use super::types::TypesVerb;
use super::work::WorkArgs;
use crate::broker::redis::Profile;
use crate::text::parse_duration;

const AFTER: &str = "\
Without a verb the dashboard opens. Without --url, --context, REDIS_URL and a default context: redis://127.0.0.1:6379/0.
Exit codes: 0 ok, 1 failed, 2 usage, 3 outcome unknown, 130 Ctrl-C.";

/// See, narrow and trust the live traffic of an event bus on Redis.
#[derive(Debug, Parser)]
#[command(name = "tidings", version, after_help = AFTER, max_term_width = 110)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Open the dashboard on an embedded broker with living traffic: needs no Redis
    Demo(DemoArgs),
    /// Print events: recent ones first, then live ones as they come
    Tail(TailArgs),
    /// Publish an event
    Publish(PublishArgs),
    /// Show, make and change templates: events with placeholders, for publish --template
    Templates(TemplatesArgs),
    /// Show what was published from here, and what became of it
    History(HistoryArgs),
    /// Show each stream with its groups, lag and dead letters
    Stats(StatsArgs),
    /// Show the handlers: what each was given and has not finished, and who works for it
    Handlers(HandlersArgs),
    /// Find failed events, retry them by hand, put them aside, and follow what becomes of them
    Failed(FailedArgs),
    /// Show what operators did to failed events, and why
    Journal(JournalArgs),
    /// Run the handlers of the config
    Work(WorkArgs),
    /// Show the event types that have a schema, or check a schema file
    Types {
        #[command(subcommand)]
        verb: Option<TypesVerb>,
    },
    /// Look the server and the bus over: what is wrong, and how to mend it
    Doctor(DoctorArgs),
    /// Show the configuration, say where it lies, or write one
    Config {
        #[command(subcommand)]
        verb: Option<ConfigVerb>,
    },
    /// Show the themes of the dashboard and where each comes from, or one of them whole
    Themes {
        #[command(subcommand)]
        verb: Option<ThemesVerb>,
    },
    /// Show which key does what in the dashboard
    Keys,
    /// Print verbs, keys, configuration and filter language as one Markdown text: docs/reference.md
    Reference,
    /// Print a script that completes verbs and flags in a shell
    Completions {
        /// The shell to complete in
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each verb
    Man {
        /// The folder to write into, in place of printing: tidings.1, tidings-tail.1 ..
        #[arg(long, value_name = "FOLDER")]
        into: Option<PathBuf>,
    },
}

/// Flags of every verb and of the dashboard.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Redis to connect to: redis://, rediss:// (TLS) or redis+unix://. A password here can be seen by other users
    /// of this machine: better set the environment's variable, or use a context
    #[arg(long, global = true, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Context of the config to use
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) context: Option<String>,
    /// How the bus lies in Redis
    #[arg(long, global = true, value_parser = profile_parser(), value_name = "PROFILE")]
    pub(super) profile: Option<Profile>,
    /// Channel to look at, or 'all'
    #[arg(long, global = true, value_name = "NAME|all")]
    pub(super) channel: Option<String>,
    /// Lock this run to a tenant; may be repeated. Events of other tenants never enter memory
    #[arg(long, global = true, action = ArgAction::Append, value_name = "ID|LABEL")]
    pub(super) tenant: Vec<String>,
    /// Write nothing, whatever else is said
    #[arg(long, global = true)]
    pub(super) read_only: bool,
    /// Allow writing to a production context
    #[arg(long, global = true)]
    pub(super) write: bool,
    /// Config file to use
    #[arg(long, global = true, env = "TIDINGS_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Theme of the dashboard: one that comes with the program, or one of your own (`tidings themes` lists both)
    #[arg(long, global = true, value_name = "NAME", value_parser = ThemeName)]
    pub(super) theme: Option<String>,
    /// How many colours there are
    #[arg(long, global = true, value_enum, value_name = "HOW")]
    pub(super) color: Option<Colour>,
    /// Draw with ASCII signs only
    #[arg(long, global = true)]
    pub(super) ascii: bool,
    /// File to log to
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) log_file: Option<PathBuf>,
    /// Print for people, or JSON Lines for scripts
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Format,
}

/// How to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// `tidings demo`
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Events a second, on the average
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Which day is played: the same seed plays the same one
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

/// `tidings config`
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum ConfigVerb {
    /// Print what counts, and where each value came from; passwords are not shown
    Show,
    /// Print where the config file lies
    Path,
    /// Write a config file with every key explained; never over one that is there
    Init,
}

/// Of verbs that connect.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Patience {
    /// Give up when there is no first connection after so long
    // Global, so that a verb with sub-verbs takes it before and behind them.
    #[arg(long, global = true, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(super) connect_timeout: Duration,
}

/// Of verbs that print what events hold.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Reveal {
    /// Print also what [redact] of the config masks
    #[arg(long, global = true)]
    pub(super) reveal: bool,
}

fn profile_parser() -> impl clap::builder::TypedValueParser<Value = Profile> {
    const PROFILES: [Profile; 3] = [Profile::Native, Profile::AlgaPsa, Profile::PubSub];
    PossibleValuesParser::new(PROFILES.map(Profile::name))
        .map(|name| PROFILES.into_iter().find(|profile| profile.name() == name).unwrap_or_default())
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.01..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0.01 to 1000000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_are_those_that_scripts_may_rely_on() {
        let global = [
            "url",
            "context",
            "profile",
            "channel",
            "tenant",
            "read-only",
            "write",
            "config",
            "theme",
            "color",
            "ascii",
            "log-file",
            "output",
        ];
        let command = Cli::command();
        let found: Vec<_> = command.get_arguments().filter(|arg| arg.is_global_set()).collect();
        assert_eq!(found.iter().filter_map(|arg| arg.get_long()).collect::<Vec<_>>(), global);
        assert!(found.iter().any(|arg| arg.get_short() == Some('o')));
        for arg in found.iter().filter(|arg| arg.get_id() == "url") {
            assert!(arg.is_hide_env_values_set());
        }
    }

    #[test]
    fn the_handlers_verb_takes_its_timeout_with_and_without_list() {
        for args in [
            "handlers --connect-timeout 7s",
            "handlers list --connect-timeout 7s",
            "handlers show sla --connect-timeout 7s",
            "handlers",
        ] {
            let cli = Cli::try_parse_from(std::iter::once("tidings").chain(args.split(' '))).unwrap();
            let Some(Verb::Handlers(handlers)) = cli.verb else { panic!("{args}") };
            let seconds = if args == "handlers" { 5 } else { 7 };
            assert_eq!(handlers.patience.connect_timeout, Duration::from_secs(seconds), "{args}");
        }
    }

    #[test]
    fn flags_stand_before_or_behind_the_verb() {
        for args in
            [["tidings", "--profile", "alga-psa", "stats"], ["tidings", "stats", "--profile", "alga-psa"]]
        {
            assert_eq!(Cli::try_parse_from(args).unwrap().global.profile, Some(Profile::AlgaPsa));
        }
    }
}
