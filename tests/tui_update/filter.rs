//! The filter and its field.

use crate::script::Script;
use crate::start::{events, full};

pub(crate) const SCRIPTS: &[Script] = &[
    // It applies while it is typed.
    (events, "/", "field="),
    (events, "/ \"even\"", "field=even; filter=even; shown=100"),
    (events, "/ \"even\" enter", "field=-; filter=even; shown=100"),
    (events, "/ \"even\" esc", "field=-; filter=; shown=200"),
    (events, "/ \"even\" enter / \"x\" esc", "filter=even; field=-"),
    (events, "/ \"even\" enter /", "field=even; filter=even"),
    (events, "/ \"even\" enter / backspace", "field=eve; filter=eve"),
    // Every printable key is text.
    (events, "/ \"q?pj\"", "field=q?pj; paused=false; popup=-"),
    // One that is not whole keeps the last that was.
    (events, "/ \"even(\"", "filter=even; shown=100"),
    (events, "/ \"even(\" enter", "field=even(; told=not complete"),
    (events, "/ \"even(\" esc", "filter=; field=-"),
    // Tabs while it is typed.
    (events, "/ \"ev\" alt-1", "view=flow; field=ev"),
    (full, "/ \"ev\" alt-2 \"en\"", "view=events; field=even; filter=even"),
    // Esc takes it away, before the cursor.
    (events, "/ \"even\" enter j esc", "filter=; row=1; seq=198"),
    (events, "/ \"even\" enter esc esc", "view=flow"),
    // An event that the filter hides gives the cursor to the nearest.
    (events, "j / \"even\" enter", "seq=198; row=0"),
    // Turned round.
    (events, "!", "told=no filter to turn round"),
    (events, "/ \"even\" enter !", "filter=not (even)"),
    (events, "/ \"even\" enter ! !", "filter=even; shown=100"),
    (full, "j enter ! esc", "filter=; view=events"),
];
