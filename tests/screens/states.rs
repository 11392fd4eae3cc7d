//! States that a person meets seldom, and must understand at once.

use chrono::TimeDelta;
use tidings::bus::{BusSignal, ChannelScope, DiscoveryReport, Gap, Link, WritesRefused};
use tidings::event::{Channel, EntryId, StreamKey, TenantId};
use tidings::tui::app::{App, Choice, Editing, Field, Picker, Popup, View};

use super::stage::{self, MIDDLE, SMALL, apply, busy, fresh, go_live, local, now, put_cursor, set_filter};
use ratatui::layout::Size;

const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";

pub(crate) fn no_redis(size: Size) -> App {
    let mut app = local(size);
    apply(
        &mut app,
        BusSignal::Link(Link::Down {
            since: now() - TimeDelta::seconds(9),
            why: "connecting to redis://127.0.0.1:6379/0: connection refused".into(),
            retry_at: now() + TimeDelta::seconds(3),
            attempt: 4,
        }),
    );
    app
}

pub(crate) fn fatal(size: Size) -> App {
    let mut app = local(size);
    apply(
        &mut app,
        BusSignal::Link(Link::Fatal {
            why: "signing in at redis://127.0.0.1:6379/0: the user name or password is wrong (WRONGPASS)"
                .into(),
            next: "correct them in the url: redis://USER:PASSWORD@HOST:PORT".into(),
            retry_at: now() + TimeDelta::seconds(30),
        }),
    );
    app
}

pub(crate) fn connecting(size: Size) -> App {
    let mut app = local(size);
    let target = "redis://127.0.0.1:6379/0".into();
    apply(&mut app, BusSignal::Link(Link::Connecting { target }));
    app
}

pub(crate) fn no_streams(size: Size) -> App {
    let mut app = local(size);
    go_live(&mut app);
    apply(&mut app, BusSignal::Discovered(DiscoveryReport::default()));
    app
}

pub(crate) fn no_events(size: Size) -> App {
    let mut app = local(size);
    go_live(&mut app);
    app
}

pub(crate) fn lost(size: Size) -> App {
    let mut app = busy(size);
    app.clock.now += TimeDelta::seconds(20);
    apply(
        &mut app,
        BusSignal::Link(Link::Down {
            since: now(),
            why: "reading at redis://127.0.0.1:6379/0: the connection was reset".into(),
            retry_at: now() + TimeDelta::seconds(24),
            attempt: 2,
        }),
    );
    app
}

pub(crate) fn refusing(size: Size) -> App {
    let mut app = busy(size);
    apply(&mut app, BusSignal::Writes(Some(WritesRefused::Memory)));
    app
}

pub(crate) fn production(size: Size) -> App {
    let mut app = fresh(size);
    app.context.name = "prod".into();
    app.context.production = true;
    app.context.read_only = true;
    app.context.locked_to = vec!["Acme MSP".into(), "Globex".into()];
    go_live(&mut app);
    apply(
        &mut app,
        BusSignal::Gap(Gap {
            stream: StreamKey::new("alga-psa:event:stream:global:TICKET_UPDATED").unwrap(),
            after: EntryId::new(1, 0),
            before: EntryId::new(9, 0),
            lost: Some(1_204),
            why: "trimmed before it could be read",
        }),
    );
    apply(&mut app, BusSignal::Restarted);
    apply(&mut app, BusSignal::Withheld { other_tenants: 31_204, unattributed: 3 });
    stage::take(&mut app, stage::day(12.0, 6, Some("global")));
    app
}

pub(crate) fn paused(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Events;
    app.events.lens.freeze(&app.monitor);
    put_cursor(&mut app, 2);
    stage::take(&mut app, stage::day(12.0, 1, None));
    app
}

pub(crate) fn filtered(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Events;
    set_filter(&mut app, "type:INVOICE_*");
    app
}

pub(crate) fn all_hidden(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Events;
    set_filter(&mut app, "type:PAYMENT_* is:invalid");
    app
}

pub(crate) fn scoped(size: Size) -> App {
    let mut app = busy(size);
    app.scope.tenant = Some(TenantId::new("0f6b3c92-0000-0000-0000-000000000000").unwrap());
    app.scope.channel = ChannelScope::Only(Channel::new("emailservice::v7").unwrap());
    set_filter(&mut app, "");
    app
}

/// Nothing came for hours, and what came before is still there.
pub(crate) fn night(size: Size) -> App {
    let mut app = busy(size);
    app.clock.now += TimeDelta::minutes(187);
    stage::look(&mut app);
    app
}

pub(crate) fn acme(size: Size) -> App {
    let mut app = busy(size);
    app.scope.tenant = Some(TenantId::new(ACME).unwrap());
    set_filter(&mut app, "");
    app
}

pub(crate) fn typing(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Events;
    let text = "type:TICKET_* is:invald";
    app.filter.editing = Some(Editing {
        field: Field::new(text),
        before: String::new(),
        narrows: tidings::tui::app::Narrows::Events,
    });
    set_filter(&mut app, "type:TICKET_*");
    app.filter.live.set(text);
    app
}

pub(crate) fn help(size: Size) -> App {
    let mut app = paused(size);
    stage::press(&mut app, "?");
    app
}

pub(crate) fn searching_help(size: Size) -> App {
    let mut app = busy(size);
    stage::press(&mut app, "? / p a n e");
    app
}

pub(crate) fn tenants(size: Size) -> App {
    let mut app = busy(size);
    let all = Choice { value: None, name: "all tenants".into(), note: String::new(), count: Some(4_430) };
    let seen = app.monitor.tenants();
    let choices = std::iter::once(all)
        .chain(seen.into_iter().map(|seen| Choice {
            name: app.monitor.labels().show(seen.tenant.as_str()),
            note: seen.tenant.to_string(),
            count: Some(seen.received),
            value: Some(seen.tenant),
        }))
        .collect();
    let mut picker = Picker::new(choices, Option::is_none);
    picker.field = Field::new("o");
    picker.narrow();
    app.popup = Some(Popup::Tenants(picker));
    app
}

pub(crate) fn channels(size: Size) -> App {
    let mut app = production(size);
    let choice = |name: &str, value: Option<&str>| Choice {
        value: value.map(|name| Channel::new(name).unwrap()),
        name: name.into(),
        note: String::new(),
        count: None,
    };
    let choices = vec![choice("all channels", None), choice("global", Some("global"))];
    app.popup = Some(Popup::Channels(Picker::new(choices, Option::is_none)));
    app
}

pub(crate) fn toast(size: Size) -> App {
    let mut app = busy(size);
    app.tell("no event with JSON is under the cursor");
    app
}

pub(crate) type State = fn(Size) -> App;

/// Every state, by name.
pub(crate) const ALL: [(&str, State); 20] = [
    ("no-redis", no_redis),
    ("fatal", fatal),
    ("connecting", connecting),
    ("no-streams", no_streams),
    ("no-events", no_events),
    ("lost", lost),
    ("refusing", refusing),
    ("production", production),
    ("paused", paused),
    ("filtered", filtered),
    ("all-hidden", all_hidden),
    ("scoped", scoped),
    ("night", night),
    ("acme", acme),
    ("typing", typing),
    ("help", help),
    ("help-search", searching_help),
    ("tenants", tenants),
    ("channels", channels),
    ("toast", toast),
];

#[test]
fn every_state_has_its_screen() {
    for (name, state) in ALL {
        for (size, cells) in [(SMALL, "80x24"), (MIDDLE, "140x40")] {
            insta::assert_snapshot!(format!("{name}-{cells}"), stage::screen(&state(size)));
        }
    }
}

#[test]
fn paused_says_how_much_is_new_only_where_something_is() {
    let mut app = busy(MIDDLE);
    stage::press(&mut app, "2 p");
    let shown = stage::screen(&app);
    assert!(shown.contains("\n paused ") && !shown.contains(" new"), "{shown}");
    assert!(stage::screen(&paused(MIDDLE)).contains(" paused +"));
}

/// Whether numbers are of the last minutes or of all that is retained, their headings say.
#[test]
fn headings_of_flow_say_of_when_the_numbers_are() {
    let heading = |app: &App| {
        let shown = stage::screen(app);
        shown.lines().find(|line| line.contains(" TENANT ")).unwrap().to_owned()
    };
    let (busy, night) = (heading(&busy(MIDDLE)), heading(&night(MIDDLE)));
    assert!(busy.contains("last 5 min:") && busy.contains(" events"), "{busy}");
    assert!(night.contains("last came") && night.contains(" retained"), "{night}");
    assert!(!night.contains("5 min"), "{night}");
}

/// Of yesterday the heading names the day, and each row has its seconds.
#[test]
fn events_of_yesterday_tell_their_seconds() {
    for size in [SMALL, MIDDLE] {
        let mut app = busy(size);
        app.view = View::Events;
        app.clock.now += TimeDelta::days(1);
        let shown = stage::screen(&app);
        assert!(shown.contains(" 23 NOV"), "{shown}");
        assert!(shown.contains(" 14:02:31.2"), "{shown}");
    }
}
