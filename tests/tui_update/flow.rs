//! The Flow view.

use crate::script::Script;
use crate::start::{full, silent};

pub(crate) const SCRIPTS: &[Script] = &[
    // Panes.
    (full, "tab", "pane=tenants"),
    (full, "tab tab tab", "pane=strip"),
    (full, "tab tab tab tab", "pane=types"),
    (full, "shift-tab", "pane=strip"),
    (full, "tab shift-tab", "pane=types"),
    // Rows: the first step enters the table.
    (full, "j", "types=0; row=-"),
    (full, "j j", "types=1"),
    (full, "j j j", "types=1"),
    (full, "down k", "types=0"),
    (full, "G", "types=1"),
    (full, "G g", "types=0"),
    (full, "j pgdn", "types=1"),
    (full, "G pgup", "types=0"),
    (full, "j ctrl-d", "types=1"),
    (full, "G ctrl-u", "types=0"),
    (full, "tab j", "types=-; tenants=0"),
    (silent, "j", "types=-; told=no rows here"),
    // Columns of the matrix.
    (full, "l", "column=0; told=nothing beside"),
    (full, "tab tab j l", "matrix=0; column=1"),
    (full, "tab tab j l l", "column=1"),
    (full, "tab tab j l h", "column=0"),
    (full, "tab tab j right left", "column=0"),
    // Opening narrows, and Esc comes back to what was.
    (full, "enter", "view=flow; told=nothing is under the cursor"),
    (full, "j enter", "view=events; filter=type:A; shown=100; row=-"),
    (full, "j j enter", "filter=type:B"),
    (full, "tab j enter", "filter=tenant=acme; shown=100"),
    (full, "tab tab j l enter", "filter=type:B tenant=acme; view=events"),
    (full, "j enter esc", "view=flow; filter=; types=0; pane=types"),
    (full, "tab j j enter esc", "view=flow; filter=; tenants=1; pane=tenants"),
    (full, "tab tab j j l enter esc", "view=flow; filter=; matrix=1; column=1; pane=matrix"),
    (full, "j enter j j enter esc", "view=events; pane=list; filter=type:A; row=1"),
    (full, "j enter j j enter esc esc", "view=flow; filter=; row=-; following=true"),
    (full, "/ \"even\" enter j enter", "filter=even type:A; view=events"),
    (full, "/ \"even\" enter j enter esc", "filter=even; view=flow"),
    (full, "/ \"even\" enter j enter esc esc", "filter=; view=flow; types=0"),
    // One's own filter is not the way back any more: it goes first.
    (full, "j enter / backspace \"B\" enter esc", "view=events; filter="),
    (full, "j enter 1 esc", "view=flow; filter="),
    // The strip shares its cursor with the Events view.
    (full, "shift-tab j", "row=0; seq=199; following=false"),
    (full, "shift-tab j j", "row=1; seq=198"),
    (full, "shift-tab j G", "row=199"),
    (full, "shift-tab enter", "view=events; row=0; pane=list; filter="),
    (full, "shift-tab j j enter", "view=events; seq=198"),
    (full, "shift-tab j j enter j j esc", "view=flow; pane=strip; seq=198"),
    (full, "shift-tab enter esc", "view=flow; row=-; following=true"),
    (silent, "shift-tab enter", "view=flow; told=nothing is under the cursor"),
    // Where nothing came yet there are no panes to see, and nothing to hold still.
    (silent, "tab", "pane=types; told=nothing came yet"),
    (silent, "p", "paused=false; told=nothing came yet"),
    // Esc closes the cursor, and then nothing.
    (full, "j esc", "types=-; view=flow"),
    (full, "shift-tab j esc", "row=-; following=true"),
    (full, "esc", "view=flow; told=q quits; effects="),
];
