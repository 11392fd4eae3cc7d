//! The command palette, and what is reached by name: actions, types, tenants, contexts, themes, filters.

use crate::composed::kinds;
use crate::script::Script;
use crate::start::{down, events, full, silent};

pub(crate) const SCRIPTS: &[Script] = &[
    (full, ":", "popup=palette; refused=-"),
    (full, "ctrl-p", "popup=palette"),
    (full, ": esc", "popup=-"),
    (full, ": : esc", "popup=-"),
    // What lies below it stays, and comes back.
    (full, "t ctrl-p esc", "popup=tenants"),
    (full, "/ \"type:A\" ctrl-p esc", "popup=-; field=type:A"),
    (full, "? ctrl-p esc esc", "popup=-"),
    // Actions: by name, by help text, with letters left out.
    (full, ": \"show-events\" enter", "popup=-; view=events"),
    (full, ": \"EVENTS\" enter", "view=events"),
    (full, ": \"shev\"", "choice=show-events"),
    (full, ": \"background\" enter", "popup=-; effects=suspend"),
    (events, ": \"pause\" enter", "paused=true"),
    (full, ": \"quit\" enter", "effects=quit Quit"),
    (full, ": \"interrupt\"", "choice=interrupt"),
    (full, ": ctrl-c", "effects=quit Interrupted"),
    (full, ": \"help\" enter", "popup=help"),
    (full, ": down down up", "popup=palette"),
    (full, ": ctrl-n ctrl-p pgdn pgup", "popup=palette"),
    (full, ": \"zzzz\"", "choice=filter zzzz; fits=1"),
    // What cannot be done says why, and the palette stays.
    (full, ": \"follow\"", "choice=follow; refused=following already"),
    (full, ": \"follow\" enter", "popup=palette; told=following already"),
    (full, ": \"retry\"", "choice=retry; refused=it works in the Failed view"),
    (full, ": \"retry\" enter", "popup=palette; told=it works in the Failed view; effects="),
    (full, ": \"accept\"", "refused=it works"),
    // In a field of the view everything of every view can be asked for; what the field needs for itself cannot.
    (full, "/ ctrl-p \"show-events\" enter", "popup=-; view=events"),
    (full, "/ ctrl-p \"accept\" enter", "field=-; popup=-"),
    (full, "/ ctrl-p \"back\"", "refused=a field is open"),
    (full, "/ ctrl-p \"type\" space \"A\"", "refused=a filter is being typed"),
    (kinds, "tab ctrl-p \"show-events\" enter", "view=events; popup=-"),
    (kinds, "tab ctrl-p \"start-anew\"", "choice=start-anew; refused=-"),
    (kinds, "tab ctrl-p \"toggle\"", "refused=it works in the Compose view"),
    // Over a list only what works in that list, and what works everywhere.
    (full, "t ctrl-p \"show-events\"", "refused=something is asked"),
    (full, "t down ctrl-p \"choose\" enter", "popup=-; tenant=acme"),
    (full, "t ctrl-p \"tenant\" space \"beta\"", "refused=something is asked"),
    // Types, tenants.
    (full, ": \"type\"", "choice=type NAME"),
    (full, ": \"filter\"", "choice=filter"),
    (full, ": \"type\" enter", "popup=palette; choice=type A"),
    (full, ": \"typ\" tab down enter", "popup=-; view=events; filter=type:B; shown=100"),
    (full, ": \"type\" space \"B\" enter esc", "view=flow; filter="),
    (full, ": \"tenant\" space \"be\" enter", "popup=-; tenant=beta; shown=100"),
    (full, ": \"beta\" enter", "tenant=beta"),
    (full, ": \"tenant\" space \"acme\" enter : \"tenant\" space \"all\" enter", "tenant=all; shown=200"),
    (silent, ": \"tenant\" space \"x\"", "fits=0"),
    (silent, ": \"tenant\" space \"x\" enter", "popup=palette; told=nothing fits"),
    (silent, ": \"tenant\" space \"x\" tab", "told=nothing fits"),
    // Filters: as they stand.
    (full, ": \"filter\" space \"type:A\" enter", "popup=-; filter=type:A; view=flow"),
    (full, "3 : \"filter\" space \"type:A\" enter", "filter=type:A; view=events"),
    (full, ": \"type:A\" space \"and\"", "choice=filter type:A and; refused=needs a term"),
    (full, ": \"filter\" space \"(\" enter", "popup=palette; filter="),
    (full, ": \"tenant:acme\" enter", "filter=tenant:acme"),
    // Themes: tried while the cursor is on one, kept by Enter, put back by Esc.
    (full, ": \"theme\" space \"light\"", "theme=dark light"),
    (full, ": \"theme\" space \"light\" esc", "theme=dark dark; effects=theme dark"),
    (full, ": \"theme\" space \"light\" enter", "theme=light light; effects=; popup=-"),
    (full, ": \"theme\" space down", "theme=dark light"),
    (full, ": \"theme\" space down up", "theme=dark dark"),
    // The one that is looked at stands first: to ask for themes changes nothing.
    (full, ": \"theme\" space \"light\" enter : \"theme\" space", "theme=light light; choice=theme light"),
    (full, ": \"theme\" space \"light\" enter : \"theme\" space down", "theme=light dark"),
    (full, ": \"theme\" space \"broken\"", "theme=dark dark; refused=themes/broken.toml, line 1"),
    (
        full,
        ": \"theme\" space \"light\" enter : \"theme\" space \"dark\" esc",
        "theme=light light; effects=theme light",
    ),
    (full, "t ctrl-p \"theme\" space \"light\" enter", "theme=light light; popup=tenants"),
    // Contexts: nothing of the one that is left stays.
    (full, "K", "popup=contexts; choice=prod"),
    (full, "K esc", "popup=-; bus=prod"),
    (full, "K enter", "popup=-; bus=prod; effects=; told=prod is open already; received=200"),
    (full, "K down enter", "popup=-; bus=staging; effects=observe staging All; received=0"),
    (full, "K \"dem\" enter", "bus=demo; effects=observe demo All; received=0"),
    (full, ": \"context\" space \"staging\" enter", "bus=staging; effects=observe staging All; received=0"),
    (full, ": \"contexts\" enter", "popup=contexts"),
    (full, ": \"context\" space \"prod\"", "refused=it is open already"),
    (full, "t \"be\" enter K down enter", "tenant=all"),
    // A filter is about its bus: it comes back with that.
    (
        full,
        "2 / \"type:A\" enter K down enter",
        "bus=staging; view=events; filter=; shown=0; told=about prod",
    ),
    (full, "2 / \"type:A\" K", "popup=-"),
    (full, "2 / \"type:A\" enter K down enter K up enter", "bus=prod; filter=type:A"),
    (
        full,
        "2 / \"type:A\" enter alt-k down enter / \"x\" enter K up enter K down enter",
        "bus=staging; filter=x",
    ),
    (full, "5 alt-k", "popup=contexts"),
    (down, "K down enter", "bus=staging; production=true"),
    // What is composed stays with its context.
    (kinds, "K", "popup=-"),
    (kinds, ": \"context\" space \"staging\" enter", "bus=staging; view=compose; type=-"),
    (
        kinds,
        ": \"context\" space \"staging\" enter : \"context\" space \"prod\" enter",
        "bus=prod; type=KINDS",
    ),
];

#[test]
fn no_two_commands_have_the_same_name() {
    for start in [full as fn() -> tidings::tui::app::App, events, kinds] {
        let mut app = start();
        crate::start::press(&mut app, "ctrl-p");
        let Some(tidings::tui::app::Popup::Palette(open)) = &app.popup else { panic!("it is open") };
        let mut names: Vec<_> = open.commands.iter().map(|command| command.name.as_str()).collect();
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
