//! Events that a template makes: its placeholders are filled anew for each.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal as _};

use chrono::{DateTime, Utc};
use clap::Args;

use super::payload::{PayloadArgs, with_tenant};
use super::{Plan, PublishArgs, What, the_channel, the_tenant};
use crate::bus::Connector as _;
use crate::cli::connect::{Contexts, find_tenants};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop, shown};
use crate::cli::store::store;
use crate::cli::templates;
use crate::compose::{FillError, FillFault, Filling, Template, fill};
use crate::config::Tenants;
use crate::event::{EventId, EventType, NewEvent, TenantId, json, pick};
use crate::schema::Registry;
use crate::text::display_safe;

/// What is said of a template.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct TemplateArgs {
    /// Publish what a template makes, instead of a payload: `tidings templates` lists them. TYPE may be left out
    #[arg(long, value_name = "NAME", conflicts_with_all = ["payload", "payload_file", "events"])]
    pub(super) template: Option<String>,
    /// Say what the template's {{prompt:LABEL}} is; on a terminal you are asked for what is missing. May be repeated
    #[arg(long, value_name = "LABEL=VALUE", requires = "template")]
    prompt: Vec<String>,
}

/// Events of a template, one after the other.
pub(super) struct Filled {
    template: Template,
    id: Option<EventId>,
    tenant: Option<TenantId>,
    prompts: BTreeMap<String, String>,
    /// What is set in each.
    set: PayloadArgs,
    registry: Registry,
    tenants: Tenants,
    /// How many there were.
    made: u64,
}

/// What is to be published of the template `name`. Nothing of it is wrong that can be seen before it is sent.
pub(super) async fn plan(
    name: &str,
    args: &PublishArgs,
    contexts: &Contexts,
    desk: &mut Desk<'_>,
) -> Result<Plan, Stop> {
    let template = templates::named(name, store(contexts.effective()).as_ref()).await?;
    if let Some(event_type) = args.event_type.as_ref().filter(|it| **it != template.event_type) {
        return Err(Stop::usage(
            format!("the template '{name}' makes events of {}, not of {event_type}", template.event_type),
            "Leave out TYPE, or name another template.",
        ));
    }
    if args.id.is_some() && args.count > 1 {
        return Err(super::id_and_count());
    }
    let channel = match (the_channel(contexts)?, &template.channel) {
        (None, of_template) => of_template.clone(),
        (flag, _) => flag,
    };
    let tenant = tenant(&template, contexts, desk)?;
    let stdin = std::io::stdin();
    let is_terminal = stdin.is_terminal();
    let prompts = answers(&template, &args.template.prompt, (&mut stdin.lock(), is_terminal), desk)?;
    let effective = contexts.effective();
    let registry =
        contexts.registry(&effective.context).map_err(|error| Stop::error(Exit::Usage, error, None))?;
    if registry.info(&template.event_type).is_none() {
        desk.notes.say(&format!("{} has no schema: its payload is not checked", template.event_type));
    }
    let set = PayloadArgs { set: args.payload.set.clone(), ..PayloadArgs::default() };
    let tenants = effective.config.tenants.clone();
    let mut filled = Filled { template, id: args.id, tenant, prompts, set, registry, tenants, made: 0 };
    // What is wrong with one is told before anything is connected to.
    filled.event(desk.now())?;
    filled.made = 0;
    Ok(Plan {
        what: What::Filled(Box::new(filled)),
        left: args.count,
        channel,
        workflow_copy: args.workflow_copy,
    })
}

/// Whose events they are: the one that this run is locked to, else the template's.
fn tenant(template: &Template, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Option<TenantId>, Stop> {
    let name = match &template.tenant {
        _ if contexts.lock().tenants().next().is_some() => return the_tenant(contexts).map(Some),
        None => return Ok(None),
        Some(name) => name,
    };
    let labels = contexts.labels(&contexts.effective().context);
    let whose = format!("the tenant of the template '{}'", template.name);
    let (found, notes) = find_tenants(std::slice::from_ref(name), &labels, &whose)
        .map_err(|error| Stop::usage(error, "Name it by its id in the template, or say --tenant."))?;
    for note in &notes {
        desk.notes.say(note);
    }
    Ok(found.into_iter().next())
}

/// What each prompt of the template is: as it was said, or as a person answers who is asked.
fn answers(
    template: &Template,
    said: &[String],
    (from, is_terminal): (&mut dyn BufRead, bool),
    desk: &mut Desk<'_>,
) -> Result<BTreeMap<String, String>, Stop> {
    let labels = template.labels();
    let mut answers = BTreeMap::new();
    for answer in said {
        let Some((label, value)) = answer.split_once('=') else {
            let next = "Write --prompt LABEL=VALUE, such as --prompt ticket=7b9d493c.";
            return Err(Stop::usage(format!("--prompt '{}': there is no '='", shown(answer)), next));
        };
        let label = label.trim();
        if !labels.iter().any(|known| known == label) {
            let next = match labels.as_slice() {
                [] => "It asks for nothing: leave out --prompt.".to_owned(),
                labels => format!("It asks for: {}.", shown(&labels.join(", "))),
            };
            return Err(Stop::usage(
                format!("the template '{}' does not ask for '{}'", template.name, shown(label)),
                &next,
            ));
        }
        if answers.insert(label.to_owned(), value.to_owned()).is_some() {
            return Err(Stop::usage(
                format!("--prompt says '{}' more than once", shown(label)),
                "Say it once.",
            ));
        }
    }
    let missing: Vec<_> = labels.into_iter().filter(|label| !answers.contains_key(label)).collect();
    if !missing.is_empty() && !is_terminal {
        let flags: Vec<_> =
            missing.iter().map(|label| format!("--prompt '{}=VALUE'", shown(label))).collect();
        return Err(Stop::usage(
            format!("the template '{}' asks for: {}", template.name, shown(&missing.join(", "))),
            &format!("Say {}.", flags.join(" ")),
        ));
    }
    for label in missing {
        desk.out.flush()?;
        desk.notes.say(&format!("{}:", shown(&label)));
        let mut answer = String::new();
        let read = from.read_line(&mut answer);
        if !matches!(read, Ok(1..)) {
            return Err(Stop::usage(
                format!("nothing was answered for '{}': nothing was sent", shown(&label)),
                &format!("Answer it, or say --prompt '{}=VALUE'.", shown(&label)),
            ));
        }
        answers.insert(label, answer.trim_end_matches(['\r', '\n']).to_owned());
    }
    Ok(answers)
}

impl Filled {
    /// The next one.
    pub(super) fn event(&mut self, now: DateTime<Utc>) -> Result<NewEvent, Stop> {
        self.made += 1;
        let mut filling = Filling::new(now, self.tenant.clone());
        filling.number = self.made;
        filling.prompts.clone_from(&self.prompts);
        let name = &self.template.name;
        let payload = fill(&self.template.payload, &mut filling).map_err(|error| self.unfilled(&error))?;
        if let Err(broken) = json::read(&payload) {
            return Err(Stop::failed(
                format!("the payload of the template '{name}' is {broken}"),
                &format!("Mend it: tidings templates edit '{name}'."),
            ));
        }
        let payload = self.set.text(&payload, self.event_type(), &self.registry, &mut std::io::empty())?;
        let payload = match &self.tenant {
            Some(tenant) => with_tenant(payload, tenant)?,
            None if matches!(pick(&payload, &["tenantId"]), Ok([Some(_)])) => payload,
            None => return Err(no_tenant(name)),
        };
        let id = self.id.unwrap_or_else(EventId::random);
        let event = NewEvent::compose(id, self.event_type(), now, &payload).map_err(|fault| {
            Stop::usage(
                format!("the template '{name}' makes no event: {}", fault.summary()),
                &format!("Mend it: tidings templates edit '{name}'."),
            )
        })?;
        match self.tenants.refusal(event.tenant()) {
            None => Ok(event),
            Some(why) => Err(Stop::failed(
                format!("tenant '{}' is refused: {why}", event.tenant()),
                "Check the id, or add it to [tenants].",
            )),
        }
    }

    pub(super) fn event_type(&self) -> &EventType {
        &self.template.event_type
    }

    fn unfilled(&self, error: &FillError) -> Stop {
        let name = &self.template.name;
        match &error.fault {
            FillFault::NoTenant => no_tenant(name),
            FillFault::NotJson { label, .. } => Stop::usage(
                format!("--prompt '{}': {}", display_safe(label), error.fault),
                &format!("Or put the placeholder in quotes: tidings templates edit '{name}'."),
            ),
            _ => Stop::failed(
                format!("the template '{name}' cannot be filled: {error}"),
                &format!("Mend it: tidings templates edit '{name}'."),
            ),
        }
    }
}

fn no_tenant(name: &str) -> Stop {
    Stop::usage(
        format!("--tenant is missing: the template '{name}' names none"),
        "Say whose event it is: --tenant ID, or a label of [tenants].",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;

    fn template(payload: &str) -> Template {
        Template {
            name: "t".to_owned(),
            event_type: EventType::new("ANY").unwrap(),
            channel: None,
            tenant: None,
            note: None,
            payload: payload.to_owned(),
        }
    }

    fn filled(payload: &str, tenant: Option<&str>, set: &[&str]) -> Filled {
        Filled {
            template: template(payload),
            id: None,
            tenant: tenant.map(|it| TenantId::new(it).unwrap()),
            prompts: [("qty".to_owned(), "x".to_owned())].into(),
            set: PayloadArgs {
                set: set.iter().map(|it| (*it).to_owned()).collect(),
                ..PayloadArgs::default()
            },
            registry: Registry::default(),
            tenants: Tenants::default(),
            made: 0,
        }
    }

    fn told(stop: &Stop) -> String {
        let Stop::Error(complaint) = stop else { panic!() };
        complaint.to_string()
    }

    #[test]
    fn each_event_is_filled_anew() {
        let payload = r#"{"id": "{{uuid}}", "n": {{number}}, "at": "{{now}}", "whose": "{{tenant}}"}"#;
        let mut filled = filled(payload, Some("acme"), &["more=yes"]);
        let events: Vec<_> = (0..2).map(|_| filled.event(TestDesk::now()).unwrap()).collect();
        let payloads: Vec<serde_json::Value> =
            events.iter().map(|it| serde_json::from_str(it.payload()).unwrap()).collect();
        assert_ne!(payloads[0]["id"], payloads[1]["id"]);
        assert_ne!(events[0].id(), events[1].id());
        for (nth, payload) in payloads.iter().enumerate() {
            assert_eq!(payload["n"], nth + 1);
            assert_eq!(payload["at"], "2026-11-23T12:02:31.000Z");
            let [whose, more, tenant] =
                ["whose", "more", "tenantId"].map(|name| payload[name].as_str().unwrap());
            assert_eq!((whose, more, tenant), ("acme", "yes", "acme"));
        }
    }

    #[test]
    fn what_makes_no_event_says_why_and_what_to_do() {
        for (payload, tenant, phrase) in [
            ("{\"a\": 1", Some("acme"), "the payload of the template 't' is not JSON at line 1"),
            ("[]", Some("acme"), "the payload is not a JSON object"),
            (r#"{"a": "{{tenant}}"}"#, None, "--tenant is missing: the template 't' names none"),
            ("{}", None, "--tenant is missing"),
            (r#"{"tenantId": ""}"#, None, "the template 't' makes no event: /payload/tenantId"),
            (r#"{"tenantId": "other"}"#, Some("acme"), "the payload's tenantId is \"other\""),
            (r#"{"n": {{prompt:qty}}}"#, Some("acme"), "--prompt 'qty': 'x' is no JSON value"),
            (r#"{"n": "{{guid}}"}"#, Some("acme"), "cannot be filled: line 1, column 8: there is no"),
        ] {
            let stop = filled(payload, tenant, &[]).event(TestDesk::now()).unwrap_err();
            assert!(told(&stop).contains(phrase), "{payload}: {stop:?}");
        }
        let event = filled(r#"{"tenantId": "its own"}"#, None, &[]).event(TestDesk::now()).unwrap();
        assert_eq!(event.tenant().as_str(), "its own");
    }

    fn ask(said: &[&str], typed: Option<&str>) -> (Result<BTreeMap<String, String>, Stop>, String) {
        let template = template(r#"{"a": "{{prompt:who}}", "b": {{prompt:how many}}}"#);
        let said: Vec<_> = said.iter().map(|it| (*it).to_owned()).collect();
        let mut test = TestDesk::text();
        let mut from = typed.unwrap_or_default().as_bytes();
        let answers = test.run(|desk| answers(&template, &said, (&mut from, typed.is_some()), desk));
        (answers, test.notes())
    }

    #[test]
    fn what_is_missing_is_asked_for_on_a_terminal() {
        let expected = |who: &str, many: &str| {
            BTreeMap::from([("who".to_owned(), who.to_owned()), ("how many".to_owned(), many.to_owned())])
        };
        assert_eq!(ask(&["how many=3"], Some("Ada \r\n")), (Ok(expected("Ada ", "3")), "who:\n".to_owned()));
        assert_eq!(ask(&["how many=3", "who=a=b"], None), (Ok(expected("a=b", "3")), String::new()));
        let (answers, asked) = ask(&[], Some("\n"));
        assert_eq!(asked, "who:\nhow many:\n");
        assert!(told(&answers.unwrap_err()).contains("nothing was answered for 'how many'"));
    }

    #[test]
    fn what_is_missing_is_named_where_nobody_can_be_asked() {
        for (said, phrases) in [
            (&[][..], ["asks for: who, how many", "Say --prompt 'who=VALUE' --prompt 'how many=VALUE'."]),
            (&["who=x"], ["asks for: how many", "Say --prompt 'how many=VALUE'."]),
            (&["whom=x"], ["does not ask for 'whom'", "It asks for: who, how many."]),
            (&["who"], ["--prompt 'who': there is no '='", "LABEL=VALUE"]),
            (&["who=x", "who=y"], ["says 'who' more than once", "Say it once."]),
        ] {
            let stop = ask(said, None).0.unwrap_err();
            assert!(phrases.iter().all(|it| told(&stop).contains(it)), "{stop:?}");
            let Stop::Error(complaint) = stop else { panic!() };
            assert_eq!(complaint.exit, Exit::Usage);
        }
    }
}
