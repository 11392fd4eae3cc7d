//! Opening contexts: those of the config, a bare URL, and the demo.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use super::args::Reveal;
use super::exit::{Exit, Stop, shown};
use crate::broker::memory::Clock;
use crate::broker::redis::{self, Profile};
use crate::bus::{BusError, ChannelScope, Connector, ContextInfo, Intake, Session, TenantLock};
use crate::config::{Context, DEMO, Effective, URL_CONTEXT, redact_url};
use crate::demo;
use crate::event::{Channel, Masks, TenantId, TenantLabels};
use crate::schema::{Catalogue, Registry};
use crate::store::{StoreError, schemas};

/// The contexts of a run.
pub(super) struct Contexts {
    effective: Effective,
    lock: TenantLock,
    demo: demo::Settings,
    clock: Clock,
    stop: CancellationToken,
    /// The demo goes on while other contexts are looked at.
    playing: Mutex<Option<demo::Demo>>,
}

/// How long the demo's handlers may take to join.
const JOINING: std::time::Duration = std::time::Duration::from_secs(10);
/// How long the demo's handlers may take to leave: a person waits.
const LEAVING: Duration = Duration::from_millis(800);

impl Contexts {
    /// The contexts of `effective`, each locked to the tenants of `lock`. The demo ends with `stop`.
    pub(super) fn new(
        effective: Effective,
        lock: TenantLock,
        demo: demo::Settings,
        clock: Clock,
        stop: CancellationToken,
    ) -> Self {
        Self { effective, lock, demo, clock, stop, playing: Mutex::new(None) }
    }

    /// What the run goes by.
    pub(super) fn effective(&self) -> &Effective {
        &self.effective
    }

    /// The tenants that every context is locked to.
    pub(super) fn lock(&self) -> &TenantLock {
        &self.lock
    }

    /// What to do where this run may not act on its context; `instead` works all the same where it may only not write.
    pub(super) fn what_next(&self, instead: &str) -> String {
        match self.effective.how_to_write(&self.effective.context) {
            Some(lifted) => format!("{lifted} {instead}"),
            None => "Name another context with --context, or another --profile.".to_owned(),
        }
    }

    /// The schemas that events of the context `name` are judged by.
    pub(super) fn registry(&self, name: &str) -> Result<Registry, StoreError> {
        let profile = self.effective.config.contexts.get(name).map(|context| context.redis.profile);
        let mut registry = Registry::builtin(match profile {
            Some(Profile::AlgaPsa) => Catalogue::AlgaPsa,
            Some(Profile::Native | Profile::PubSub) | None => Catalogue::Native,
        });
        if let Some(folder) = &self.effective.config.schemas.folder {
            schemas::load_folder(folder, &mut registry)?;
        }
        Ok(registry)
    }

    /// The channels that this run shows first.
    pub(super) fn channels(&self) -> Result<ChannelScope, Stop> {
        channel_scope(self.effective.chosen()).map_err(|error| misconfigured(&error))
    }

    /// Opens the context of this run. That connects to nothing, so an error lies in the arguments or the config.
    pub(super) fn open_chosen(&self) -> Result<Session, Stop> {
        self.open(&self.effective.context).map_err(|error| misconfigured(&error))
    }

    /// As [`Contexts::open_chosen`], for showing what would be sent and nothing else: also where a run may not write.
    pub(super) fn open_for_preview(&self) -> Result<Session, Stop> {
        self.open_as(&self.effective.context, None).map_err(|error| misconfigured(&error))
    }

    fn open_as(&self, name: &str, read_only: Option<&str>) -> Result<Session, BusError> {
        let registry = self.registry(name).map_err(|error| fatal(&error))?;
        let intake = Intake::new(Arc::new(registry), self.lock.clone());
        let mut session = match self.effective.config.contexts.get(name) {
            Some(context) => open_redis(name, context, intake, read_only)?,
            None if name == DEMO => self.open_demo(intake, read_only),
            None => {
                return Err(BusError::Fatal {
                    what: format!("there is no context '{name}'"),
                    next: "`tidings config show` lists them.".to_owned(),
                });
            }
        };
        let labels = self.labels(name);
        session.info.locked_to = self.lock.tenants().map(|tenant| labels.show(tenant.as_str())).collect();
        Ok(session)
    }

    /// What a verb of this run masks in what it prints.
    pub(super) fn masks(&self, reveal: Reveal) -> Masks {
        if reveal.reveal { Masks::NONE } else { self.effective.config.masks(&self.effective.context) }
    }

    /// What a list says of a context: nothing is opened for it.
    pub(super) fn about(&self, name: &str) -> ContextInfo {
        let labels = self.labels(name);
        let info = ContextInfo {
            name: name.to_owned(),
            read_only: self.effective.why_read_only(name).is_some(),
            locked_to: self.lock.tenants().map(|tenant| labels.show(tenant.as_str())).collect(),
            ..ContextInfo::default()
        };
        match self.effective.config.contexts.get(name) {
            Some(context) => ContextInfo {
                profile: context.redis.profile.name().to_owned(),
                target: redact_url(context.redis.url.expose_secret()),
                production: context.production,
                channel: match channel_scope(Some(context)) {
                    Ok(ChannelScope::Only(channel)) => Some(channel),
                    // What is wrong with it is told when it is opened.
                    Ok(ChannelScope::All) | Err(_) => None,
                },
                ..info
            },
            None => ContextInfo { profile: Profile::Native.name().to_owned(), ..info },
        }
    }

    /// Ends the demo, where one was played: its handlers leave as those of any program do.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        let playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(demo) = playing
            && tokio::time::timeout(LEAVING, demo.crew).await.is_err()
        {
            tracing::debug!("the demo's handlers did not leave in time; they end with the process");
        }
    }

    /// As [`Contexts::open_chosen`], for looking at handlers once: those of the demo join a moment after it began.
    pub(super) async fn open_with_handlers(&self) -> Result<Session, Stop> {
        Ok(self.settled(self.open_chosen()?).await)
    }

    /// As [`Contexts::open_for_preview`], for looking at handlers once, too.
    pub(super) async fn open_for_preview_with_handlers(&self) -> Result<Session, Stop> {
        Ok(self.settled(self.open_for_preview()?).await)
    }

    async fn settled(&self, session: Session) -> Session {
        let is_demo = self.playing.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if is_demo && tokio::time::timeout(JOINING, demo::are_at_work(&session)).await.is_err() {
            tracing::debug!("not all of the demo's handlers work yet");
        }
        session
    }

    fn open_demo(&self, intake: Intake, read_only: Option<&str>) -> Session {
        let mut playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        let session = playing
            .get_or_insert_with(|| demo::start(self.demo, intake, Arc::clone(&self.clock), self.stop.clone()))
            .session
            .clone();
        match read_only {
            Some(why) => session.read_only(why),
            None => session,
        }
    }
}

impl Connector for Contexts {
    fn contexts(&self) -> Vec<String> {
        // That of no context, such as the server of this machine, is none to choose where it is not the one that is open.
        let is_named = |name: &&String| *name != URL_CONTEXT || self.effective.context == URL_CONTEXT;
        let mut names: Vec<_> = self.effective.config.contexts.keys().filter(is_named).cloned().collect();
        names.push(DEMO.to_owned());
        names
    }

    fn labels(&self, context: &str) -> TenantLabels {
        labels(&self.effective, context)
    }

    fn schemas(&self, context: &str) -> Option<Arc<Registry>> {
        // A folder that cannot be read is told when the context is opened.
        self.registry(context).ok().map(Arc::new)
    }

    fn open(&self, context: &str) -> Result<Session, BusError> {
        self.open_as(context, self.effective.why_read_only(context).as_deref())
    }
}

/// The channels that a context shows first: the flag's, else the context's, else the profile's.
fn channel_scope(context: Option<&Context>) -> Result<ChannelScope, BusError> {
    let Some(context) = context else { return Ok(ChannelScope::All) };
    let alga = (context.redis.profile == Profile::AlgaPsa).then_some(context.redis.alga_psa.channel.as_str());
    match context.channel.as_deref().or(alga) {
        None | Some("all") => Ok(ChannelScope::All),
        // Verbs that look at streams would pass over it, and those that look at channels find nothing.
        Some(name) if alga.is_none() => Err(fatal(&format!(
            "the profile {} has no channels, and '{}' is asked for\n  Say --channel all, or leave out --channel, and channel in the context.",
            context.redis.profile.name(),
            shown(name)
        ))),
        Some(name) => Channel::new(name).map(ChannelScope::Only).map_err(|error| fatal(&error)),
    }
}

fn open_redis(
    name: &str,
    context: &Context,
    intake: Intake,
    read_only: Option<&str>,
) -> Result<Session, BusError> {
    let mut settings = context.redis.clone();
    let scope = channel_scope(Some(context))?;
    if let ChannelScope::Only(channel) = &scope {
        channel.as_str().clone_into(&mut settings.alga_psa.channel);
    }
    let mut session = redis::open(name, &settings, intake, context.production, read_only)?;
    session.info.channel = match scope {
        ChannelScope::Only(channel) => Some(channel),
        ChannelScope::All => None,
    };
    Ok(session)
}

fn misconfigured(error: &BusError) -> Stop {
    Stop::error(Exit::Usage, error.what(), error.next())
}

fn fatal(error: &impl ToString) -> BusError {
    let text = error.to_string();
    let (what, next) = text.split_once("\n  ").unwrap_or((&text, "Mend it, then try again."));
    BusError::Fatal { what: what.to_owned(), next: next.to_owned() }
}

fn labels(effective: &Effective, context: &str) -> TenantLabels {
    let own = &effective.config.tenants.labels;
    if context != DEMO {
        return own.clone();
    }
    let demo = demo::labels();
    let pairs = demo.all().into_iter().chain(own.all());
    TenantLabels::new(pairs.map(|(id, label)| (id.clone(), label.to_owned())))
}

/// The tenants that `--tenant` names, by id or label, and notes about names that are not known.
pub(super) fn resolve_tenants(
    names: &[String],
    effective: &Effective,
) -> Result<(BTreeSet<TenantId>, Vec<String>), String> {
    find_tenants(names, &labels(effective, &effective.context), "--tenant")
}

/// The tenants that `whose` names, by id or label, and notes about names that are not known.
pub(super) fn find_tenants(
    names: &[String],
    labels: &TenantLabels,
    whose: &str,
) -> Result<(BTreeSet<TenantId>, Vec<String>), String> {
    let mut tenants = BTreeSet::new();
    let mut notes = Vec::new();
    for name in names {
        let found = labels.find(name);
        match found.as_slice() {
            [] => {
                tenants.insert(TenantId::new(name).map_err(|error| format!("{whose}: {error}"))?);
                notes.extend(doubt(name, labels));
            }
            [tenant] => {
                tenants.insert(tenant.clone());
            }
            several => {
                let ids: Vec<_> = several.iter().map(TenantId::as_str).collect();
                return Err(format!(
                    "{whose} '{name}' is the label of {} tenants: {}",
                    ids.len(),
                    ids.join(", ")
                ));
            }
        }
    }
    Ok((tenants, notes))
}

/// Why `name`, which no label is equal to, may not be the tenant's id that it is taken for.
fn doubt(name: &str, labels: &TenantLabels) -> Option<String> {
    const WHOLE: &str =
        "it takes a tenant's whole id, as -o json prints it, or its whole label in [tenants] of the config";
    let lower = name.to_lowercase();
    let begins = |text: &str| text.to_lowercase().starts_with(&lower);
    let all = labels.all();
    if let Some((id, label)) = all.iter().find(|(id, label)| begins(id.as_str()) || begins(label)) {
        return Some(format!("'{name}' is only the beginning of '{label}' ({id}): {WHOLE}"));
    }
    let is_short = name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_short {
        return Some(format!("'{name}' looks like the beginning of an id, as lists show it: {WHOLE}"));
    }
    let is_strange = !all.is_empty() && uuid::Uuid::try_parse(name).is_err();
    is_strange.then(|| format!("'{name}' is no label in [tenants] of the config: taken as a tenant's id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_that_is_named_by_a_beginning_is_told_so() {
        let id = |text: &str| TenantId::new(text).unwrap();
        let acme = id("189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6");
        let labels = TenantLabels::new([(acme.clone(), "Acme MSP".to_owned())]);
        for (name, labels, noted) in [
            ("acme msp", &labels, None),
            (acme.as_str(), &labels, None),
            (acme.as_str(), &TenantLabels::default(), None),
            ("northwind", &TenantLabels::default(), None),
            ("northwind", &labels, Some("is no label")),
            ("acme", &labels, Some("only the beginning of 'Acme MSP' (189c996e-")),
            ("189c996e", &labels, Some("only the beginning of 'Acme MSP'")),
            ("189c996E", &TenantLabels::default(), Some("the beginning of an id, as lists show it")),
        ] {
            let (tenants, notes) = find_tenants(&[name.to_owned()], labels, "--tenant").unwrap();
            assert_eq!((tenants.len(), notes.len()), (1, usize::from(noted.is_some())), "{name}: {notes:?}");
            assert!(notes.concat().contains(noted.unwrap_or_default()), "{notes:?}");
            // Nothing else is locked to than what is written.
            let is_known = noted.is_none() && !labels.all().is_empty();
            assert_eq!(tenants.contains(&acme), is_known || name == acme.as_str(), "{name}");
        }
    }
}
