//! The Events view.

use crate::script::Script;
use crate::start::{events, full, silent};

pub(crate) const SCRIPTS: &[Script] = &[
    // Newest first; moving down from following puts the cursor on the newest.
    (events, "j", "row=0; seq=199; following=false"),
    (events, "k", "row=0"),
    (events, "j j", "row=1; seq=198"),
    (events, "down down up", "row=0"),
    (events, "G", "row=199; seq=0"),
    (events, "G g", "row=0"),
    (events, "end home", "row=0"),
    (events, "ctrl-d", "row=0"),
    (events, "j ctrl-d", "row={half}"),
    (events, "j ctrl-d ctrl-u", "row=0"),
    (events, "j pgdn", "row={page}"),
    (events, "j pgdn pgup", "row=0"),
    (events, "G j", "row=199"),
    (silent, "2 j", "row=-; told=no event is shown"),
    // Whole, and back.
    (events, "enter", "pane=whole; row=0"),
    (events, "j j enter", "pane=whole; row=1"),
    (events, "j enter enter", "pane=whole; told=it is open already"),
    (events, "j j enter esc", "pane=list; row=1; view=events"),
    (events, "j j enter esc esc", "row=-; following=true; view=events"),
    (events, "j esc esc", "view=flow"),
    (events, "enter q", "effects=quit Quit"),
    (silent, "2 enter", "pane=list; told=nothing is under the cursor"),
    // The detail.
    (events, "tab", "pane=list; told=one pane here"),
    (events, "j tab", "pane=detail"),
    (events, "j tab tab", "pane=list"),
    (events, "j shift-tab", "pane=detail"),
    (events, "j tab j k g", "row=0; detail=0,0"),
    (events, "j tab G ctrl-d pgdn ctrl-u pgup g", "row=0; detail=0,0"),
    (events, "j tab esc", "row=-; pane=list"),
    (events, "w", "wrap=true; told=no event is open"),
    (events, "j w", "wrap=false"),
    (events, "j w w", "wrap=true"),
    (events, "j l", "told=l does nothing here"),
    (events, "j tab l", "told=nothing beside; detail=0,0"),
    (events, "j w tab l h", "detail=0,0; told="),
    (events, "j w tab right left", "detail=0,0; told="),
    // Invalid ones.
    (events, "n", "seq=175; told="),
    (events, "n n", "seq=155"),
    (events, "n n n", "seq=155; told=no invalid event further down"),
    (events, "n n N", "seq=175"),
    (events, "n N", "seq=175; told=no invalid event further up"),
    (events, "N", "row=-; told=no invalid event further up"),
    (events, "n enter n", "seq=155; pane=whole"),
    (silent, "2 n", "told=no invalid event was received"),
    // Copying.
    (events, "y", "effects=; told=no event with JSON"),
    (events, "j y", "effects=copy 78 bytes"),
    // Following and pausing.
    (events, "j j f", "row=-; following=true; pane=list"),
    (events, "j enter f", "pane=list; following=true"),
    (events, "f", "told=following already"),
    (events, "p", "paused=true; following=false"),
    (events, "p p", "paused=false; following=true"),
    (events, "p f", "paused=false; following=true"),
    (events, "p j p", "paused=false; row=0"),
    (full, "p", "paused=true; view=flow"),
    // Tabs.
    (full, "2", "view=events"),
    (full, "2 2", "view=events; told=this is Events"),
    (events, "1", "view=flow"),
    (events, "esc", "view=flow"),
    (events, "alt-1", "view=flow"),
    (full, "alt-2", "view=events"),
];
