//! What lies over a view: the lists to choose from, and the help.

use chrono::TimeDelta;
use tidings::tui::app::{App, Popup};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::script::Script;
use crate::start::{events, full, on_one_channel, press, silent, with_channels};

pub(crate) const SCRIPTS: &[Script] = &[
    // Tenants.
    (silent, "t", "popup=-; told=no tenant was seen"),
    (full, "t", "popup=tenants; choice=all tenants"),
    (full, "t down", "choice=acme"),
    (full, "t down up", "choice=all tenants"),
    (full, "t pgdn", "choice=beta"),
    (full, "t pgdn pgup", "choice=all tenants"),
    (full, "t \"be\"", "choice=beta"),
    (full, "t \"be\" enter", "popup=-; tenant=beta; shown=100"),
    (full, "t \"be\" esc", "popup=-; tenant=all; shown=200"),
    (full, "t \"none\"", "choice=-"),
    (full, "t \"none\" enter", "popup=tenants; told=nothing fits"),
    // One that nothing was seen of is chosen deliberately: never by Enter alone.
    (full, "t \"none\" down", "choice=none"),
    (full, "t \"none\" down enter", "popup=-; tenant=none; shown=0"),
    (full, "t \"be\" down", "choice=be"),
    (full, "t \"beta\" down", "choice=beta"),
    (full, "t \"no\" space \"id\" down", "choice=no id"),
    (full, "t \"q\" backspace", "choice=all tenants"),
    (full, "t \"be\" enter t", "choice=beta"),
    (full, "t \"be\" enter t up up enter", "tenant=all; shown=200"),
    (full, "j t \"be\" enter", "types=-; tenant=beta"),
    (events, "p t \"be\" enter", "paused=true; shown=100"),
    (events, "j t \"be\" enter", "seq=199"),
    (events, "j t \"ac\" enter", "seq=197"),
    // Channels: one that is watched is shown at once, one beyond that is read anew.
    (full, "C", "popup=-; told=no channels"),
    (with_channels, "C", "popup=channels; choice=all channels"),
    (with_channels, "C down", "choice=global"),
    (with_channels, "C down enter", "popup=-; channel=Only(\"global\"); effects=; received=200"),
    (with_channels, "C esc", "popup=-; channel=All"),
    (on_one_channel, "C", "choice=global"),
    (on_one_channel, "C enter", "effects=; received=200"),
    (on_one_channel, "C up enter", "effects=observe prod All; channel=All; received=0; told=anew"),
    (on_one_channel, "t down enter C up enter", "tenant=acme; channel=All"),
    // A channel that was seen is not forgotten while another one is watched.
    (on_one_channel, "C up enter C down", "choice=global"),
    (on_one_channel, "C up enter C down enter", "effects=; channel=Only(\"global\")"),
    // Help.
    (full, "?", "popup=help"),
    (full, "? ?", "popup=-"),
    (full, "? q", "popup=-; effects="),
    (full, "? esc", "popup=-"),
    (events, "? j k ctrl-d ctrl-u pgdn pgup G g", "popup=help; row=-"),
    (full, "? /", "searching=true"),
    (full, "? / \"copy\"", "query=copy"),
    (full, "? / \"copy\" enter", "query=copy; searching=false; popup=help"),
    (full, "? / \"copy\" esc", "query=; searching=false; popup=help"),
    (full, "? / \"co\" enter / \"py\" esc", "query=co; popup=help"),
    (full, "? / \"q?\"", "query=q?; popup=help"),
    (full, "? / \"copy\" enter esc", "popup=-"),
    // Enter does what is under the cursor in the view below; what cannot be done says why, and the help stays.
    (full, "? / \"one\" space \"by\" space \"one\" enter enter", "popup=-; view=events"),
    (full, "? / \"background\" enter enter", "popup=-; effects=suspend"),
    (full, "? / \"moves\" enter enter", "popup=help; told=nothing is found"),
    (full, "? / \"turn\" space \"the\" space \"filter\" enter enter", "popup=help; told=there is no filter"),
    (full, "? / \"open\" space \"the\" space \"view\" down down up enter enter", "popup=-; view=events"),
    (full, "? / \"open\" space \"the\" space \"view\" enter j j enter", "popup=-; view=handlers"),
    (full, "? j / \"quit\" esc enter", "popup=help; told=nothing is under the cursor"),
];

#[test]
fn in_a_locked_run_a_tenant_outside_of_the_lock_is_not_offered_and_that_is_said() {
    let mut app = full();
    app.context.locked_to = vec!["acme".to_owned()];
    for key in ["t", "z", "z", "enter"] {
        press(&mut app, key);
    }
    let Some(Popup::Tenants(open)) = &app.popup else { panic!("it is open still") };
    assert!(open.own.is_none() && open.is_empty());
    let told = app.notices.toast.as_ref().map(|toast| toast.text.as_str()).unwrap();
    assert!(told.contains("this run is locked to tenants"), "{told}");
}

#[test]
fn tenants_are_listed_with_what_each_does_now_whatever_the_screen_is_narrowed_to() {
    let mut app = full();
    for key in ["t", "b", "e", "t", "enter", "t"] {
        press(&mut app, key);
    }
    let listed = |app: &App| app.flow.by_tenant.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(listed(&app), ["acme", "beta"], "of the other one, too");
    // Once a second, and only while they are listed.
    for (key, wanted) in [("x", 2), ("esc", 0)] {
        app.flow.by_tenant.clear();
        press(&mut app, key);
        app.clock.now += TimeDelta::seconds(1);
        update(&mut app, Message::Tick);
        assert_eq!(listed(&app).len(), wanted);
    }
}
