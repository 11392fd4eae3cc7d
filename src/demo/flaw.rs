//! What goes wrong with events: the faults that an old integration or a careless script makes.

use super::desk::Happening;
use super::random::Random;

/// A way to break an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The number that people see, where its UUID belongs.
    NumberAsId,
    /// Nobody did it.
    NoUser,
    /// Cut off in the middle.
    CutOff,
    /// The entry's field has another name.
    WrongField,
}

impl Flaw {
    pub(super) fn any(random: &mut Random) -> Self {
        random.pick(&[
            Self::NumberAsId,
            Self::NumberAsId,
            Self::NoUser,
            Self::NoUser,
            Self::CutOff,
            Self::WrongField,
        ])
    }

    /// Breaks the payload, where the flaw lies there.
    pub(super) fn spoil(self, happening: &mut Happening, random: &mut Random) {
        let payload = &mut happening.payload;
        match self {
            Self::NumberAsId => {
                payload.insert("ticketId".into(), format!("T-{}", 10_000 + random.below(30_000)).into());
            }
            Self::NoUser => {
                // Not `swap_remove`: the order of the others stays.
                payload.shift_remove("userId");
            }
            Self::CutOff | Self::WrongField => {}
        }
    }

    /// Breaks the text, where the flaw lies there.
    pub(super) fn cut(self, text: &mut String) {
        if self == Self::CutOff {
            text.truncate(text.floor_char_boundary(text.len() * 2 / 3));
        }
    }

    /// The name of the entry's field.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::WrongField => "data",
            _ => "event",
        }
    }
}
