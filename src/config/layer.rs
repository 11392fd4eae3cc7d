//! The layers: a flag beats the environment, the environment beats the file, the file beats the default.

use std::path::PathBuf;

use secrecy::SecretString;

use super::source::join;
use super::{ColourChoice, Config, ConfigError, Context, Source, Sources};
use crate::broker::redis::Profile;

/// The name of the context that a bare URL makes.
pub const URL_CONTEXT: &str = "url";
/// The name of the demo's context.
pub const DEMO: &str = "demo";

/// What flags and the environment say.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--url` or `REDIS_URL`, and which of them.
    pub url: Option<(SecretString, Source)>,
    /// `--context`
    pub context: Option<String>,
    /// `--profile`
    pub profile: Option<Profile>,
    /// `--channel`
    pub channel: Option<String>,
    /// `--read-only`
    pub read_only: bool,
    /// `--write`
    pub write: bool,
    /// `--theme`
    pub theme: Option<String>,
    /// `--color`
    pub color: Option<ColourChoice>,
    /// `--log-file`
    pub log_file: Option<PathBuf>,
}

/// What a run goes by, and where each value came from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The file and the defaults, with what flags and the environment put over them.
    pub config: Config,
    /// The context of this run: a key of [`Config::contexts`], or [`DEMO`].
    pub context: String,
    /// The layer of each value; the choice of the context is under `context`.
    pub sources: Sources,
    read_only: bool,
    write: bool,
}

impl Effective {
    /// Lays `overrides` over what the file says.
    pub fn new(config: Config, sources: Sources, overrides: Overrides) -> Result<Self, ConfigError> {
        let mut this = Self {
            config,
            context: String::new(),
            sources,
            read_only: overrides.read_only,
            write: overrides.write,
        };
        this.choose_context(overrides.url, overrides.context)?;
        if let Some(theme) = overrides.theme {
            this.config.theme = theme;
            this.sources.set("theme", Source::Flag("--theme"));
        }
        if let Some(color) = overrides.color {
            this.config.color = color;
            this.sources.set("color", Source::Flag("--color"));
        }
        if let Some(file) = overrides.log_file {
            this.config.log.file = Some(file);
            this.sources.set("log.file", Source::Flag("--log-file"));
        }
        let prefix = join("contexts", &this.context);
        if let Some(context) = this.config.contexts.get_mut(&this.context) {
            if let Some(profile) = overrides.profile {
                context.redis.profile = profile;
                this.sources.set(join(&prefix, "profile"), Source::Flag("--profile"));
            }
            if let Some(channel) = overrides.channel {
                context.channel = Some(channel);
                this.sources.set(join(&prefix, "channel"), Source::Flag("--channel"));
            }
        }
        Ok(this)
    }

    fn choose_context(
        &mut self,
        url: Option<(SecretString, Source)>,
        named: Option<String>,
    ) -> Result<(), ConfigError> {
        if let (Some((_, Source::Flag(_))), Some(_)) = (&url, &named) {
            return Err(ConfigError::new(
                "--url and --context both say where to connect",
                "Give one of them.",
            ));
        }
        let (name, source) = if let Some(name) = named {
            if name != DEMO && !self.config.contexts.contains_key(&name) {
                let what = format!("--context: there is no context '{name}'");
                return Err(ConfigError::new(&what, &self.config.known_contexts()));
            }
            (name, Source::Flag("--context"))
        } else if let Some((url, source)) = url {
            self.add_url_context(|context| context.redis.url = url);
            self.sources.set(join("contexts", URL_CONTEXT) + ".url", source);
            (URL_CONTEXT.to_owned(), source)
        } else if let Some(name) = self.config.default_context.clone() {
            (name, self.sources.of("default_context"))
        } else {
            self.add_url_context(|_| {});
            (URL_CONTEXT.to_owned(), Source::Default)
        };
        self.sources.set("context", source);
        self.context = name;
        Ok(())
    }

    fn add_url_context(&mut self, change: impl FnOnce(&mut Context)) {
        let mut context = Context::default();
        change(&mut context);
        self.config.contexts.insert(URL_CONTEXT.to_owned(), context);
    }

    /// The context of this run; `None` in the demo.
    pub fn chosen(&self) -> Option<&Context> {
        self.config.contexts.get(&self.context)
    }

    /// Whether `--channel` names the channel, and not the context or the profile.
    pub fn names_channel(&self) -> bool {
        let key = join(&join("contexts", &self.context), "channel");
        matches!(self.sources.of(&key), Source::Flag(_))
    }

    /// Why a run may not write to the context `name`, if so. `--read-only` always wins; a context's own
    /// `read_only = true` is for good; production is lifted by `--write`, for the context that the run begins with: whoever
    /// said it of one has not said it of another, which the dashboard can open.
    pub fn why_read_only(&self, name: &str) -> Option<String> {
        let context = self.config.contexts.get(name);
        if self.read_only {
            Some("this run has --read-only".to_owned())
        } else if context.is_some_and(|context| context.read_only) {
            Some(format!("the context '{name}' has read_only = true in the config"))
        } else if context.is_some_and(|context| context.production) && !(self.write && name == self.context) {
            Some(if self.write {
                format!("the context '{name}' is production, and --write was said of '{}'", self.context)
            } else {
                format!("the context '{name}' is production; --write lifts that for a run")
            })
        } else {
            None
        }
    }

    /// What lifts that, where [`Effective::why_read_only`] has a reason.
    pub fn how_to_write(&self, name: &str) -> Option<&'static str> {
        self.why_read_only(name)?;
        let context = self.config.contexts.get(name);
        Some(if context.is_some_and(|context| context.read_only) {
            "Name another context with --context, or take `read_only` out of this one in the config."
        } else if self.read_only {
            "Leave out --read-only."
        } else {
            "Say --write, if you mean to write to production."
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret as _;

    use super::*;

    const FILE: &str = r#"
default_context = "lab"
[contexts.lab]
url = "redis://lab"
[contexts.prod]
url = "redis://prod"
profile = "alga-psa"
production = true
[contexts.vault]
read_only = true
"#;

    fn layered(file: &str, overrides: Overrides) -> Result<Effective, ConfigError> {
        let (config, sources) = Config::parse(file, Path::new("test.toml")).unwrap();
        Effective::new(config, sources, overrides)
    }

    fn url(source: Source) -> (SecretString, Source) {
        (SecretString::from("redis://given"), source)
    }

    #[test]
    fn the_strongest_layer_says_where_to_connect() {
        let environment = Source::Environment("REDIS_URL");
        let flag = Source::Flag("--url");
        let named = |name: &str| Some(name.to_owned());
        for (file, given, context, chosen, target) in [
            (FILE, Some(url(flag)), None, "url", "redis://given"),
            (FILE, Some(url(environment)), named("prod"), "prod", "redis://prod"),
            (FILE, Some(url(environment)), None, "url", "redis://given"),
            (FILE, None, None, "lab", "redis://lab"),
            ("", None, None, "url", "redis://127.0.0.1:6379/0"),
        ] {
            let run = layered(file, Overrides { url: given, context, ..Overrides::default() }).unwrap();
            assert_eq!(run.context, chosen);
            assert_eq!(run.config.contexts[chosen].redis.url.expose_secret(), target);
        }
        let both = Overrides { url: Some(url(flag)), context: named("prod"), ..Overrides::default() };
        assert!(layered(FILE, both).unwrap_err().what.contains("--url and --context"));
        let none = Overrides { context: named("prd"), ..Overrides::default() };
        let error = layered(FILE, none).unwrap_err();
        assert!(error.what.contains("'prd'") && error.next.contains("lab, prod"), "{error}");
    }

    #[test]
    fn flags_change_the_context_of_the_run_and_no_other() {
        let overrides = Overrides {
            profile: Some(Profile::PubSub),
            channel: Some("all".to_owned()),
            theme: Some("mono".to_owned()),
            color: Some(ColourChoice::Indexed),
            ..Overrides::default()
        };
        let run = layered(FILE, overrides).unwrap();
        assert_eq!(run.config.contexts["lab"].redis.profile, Profile::PubSub);
        assert_eq!(run.config.contexts["prod"].redis.profile, Profile::AlgaPsa);
        assert_eq!(run.sources.of("contexts.lab.profile"), Source::Flag("--profile"));
        assert_eq!(run.sources.of("contexts.lab.channel"), Source::Flag("--channel"));
        assert_eq!((run.config.theme.as_str(), run.sources.of("theme")), ("mono", Source::Flag("--theme")));
        assert_eq!(
            (run.config.color, run.sources.of("color")),
            (ColourChoice::Indexed, Source::Flag("--color"))
        );
    }

    #[test]
    fn who_may_write() {
        for (read_only, write, context, refused) in [
            (false, false, "lab", None),
            (true, true, "lab", Some("--read-only")),
            (false, false, "prod", Some("--write")),
            (false, true, "prod", None),
            (true, true, "prod", Some("--read-only")),
            (false, true, "vault", Some("read_only = true")),
        ] {
            let named = Some(context.to_owned());
            let run = layered(FILE, Overrides { context: named, read_only, write, ..Overrides::default() })
                .unwrap();
            let why = run.why_read_only(context);
            assert_eq!(why.is_some(), refused.is_some(), "{context}: {why:?}");
            assert!(why.unwrap_or_default().contains(refused.unwrap_or_default()));
            let lifted = match (refused, context) {
                (None, _) => None,
                (_, "vault") => Some("another context"),
                (Some(_), _) if read_only => Some("Leave out --read-only"),
                (Some(_), _) => Some("--write"),
            };
            let how = run.how_to_write(context);
            assert_eq!(how.is_some(), lifted.is_some(), "{context}: {how:?}");
            assert!(how.unwrap_or_default().contains(lifted.unwrap_or_default()), "{context}: {how:?}");
        }
        // Said of one context, it is not said of another one that is opened later.
        let named = Overrides { context: Some("lab".to_owned()), write: true, ..Overrides::default() };
        let why = layered(FILE, named).unwrap().why_read_only("prod").unwrap();
        assert!(why.contains("--write was said of 'lab'"), "{why}");
    }
}
