//! Steering what runs by itself: holding it, going on, ending it.

use tokio::sync::watch;

/// What is wished of something that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Go on.
    Go,
    /// Hold still.
    Hold,
    /// End, for good.
    Cancel,
    /// End, because whoever runs it leaves.
    Leave,
}

/// Tells what is wished. Dropped, nobody wishes anything any more.
#[derive(Debug)]
pub(crate) struct Steering(watch::Sender<Wish>);

impl Steering {
    /// To go on, and where it is heard.
    pub(crate) fn new() -> (Self, watch::Receiver<Wish>) {
        let (wish, wishes) = watch::channel(Wish::Go);
        (Self(wish), wishes)
    }

    /// Wishes this. What is to end cannot be taken back.
    pub(crate) fn ask(&self, wish: Wish) {
        self.0.send_if_modified(|now| {
            let may_change = matches!(now, Wish::Go | Wish::Hold) && *now != wish;
            if may_change {
                *now = wish;
            }
            may_change
        });
    }

    /// Whether it is to hold still.
    pub(crate) fn is_held(&self) -> bool {
        *self.0.borrow() == Wish::Hold
    }
}
