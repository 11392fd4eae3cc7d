//! The program, the connection and the notices.

use crate::script::Script;
use crate::start::{down, events, full, with_gap};

pub(crate) const SCRIPTS: &[Script] = &[
    // The end.
    (full, "q", "effects=quit Quit"),
    (events, "j q", "effects=quit Quit"),
    (full, "? ctrl-c", "effects=quit Interrupted"),
    (full, "/ ctrl-c", "effects=quit Interrupted"),
    (full, "t ctrl-c", "effects=quit Interrupted"),
    (full, "? / ctrl-c", "effects=quit Interrupted"),
    (full, "ctrl-z", "effects=suspend"),
    (full, "ctrl-l", "effects=redraw"),
    (full, "? / ctrl-l", "effects=redraw; searching=true"),
    (full, "/ ctrl-z", "effects=suspend"),
    // The connection.
    (full, "ctrl-r", "effects=; told=connected already"),
    (down, "ctrl-r", "effects=reconnect; told=trying"),
    (full, "d", "effects=; told=demo is offered"),
    (down, "d", "effects=observe demo All; bus=demo"),
    // Notices.
    (full, "x", "told=no notice"),
    (with_gap, "j", "banner=true"),
    (with_gap, "x", "banner=false; told="),
    // Keys that are not bound say so; what was told is gone with the next key.
    (full, "z", "told=z does nothing here"),
    (full, "z j", "told="),
];
