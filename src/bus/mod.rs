//! The ports between Tidings and a broker, and what flows through them.
//!
//! A broker implements [`Observer`], [`Publisher`] and [`Inspector`]; a [`Connector`] names contexts and opens one.
//! The dashboard and the verbs call these ports and nothing else, so that there is one pipeline, not two.

mod error;
mod inspect;
mod intake;
mod observe;
mod publish;
mod session;
mod signal;

pub use error::BusError;
pub use inspect::{Finding, GroupReport, Inspector, Lag, Level, StreamReport};
pub use intake::{Admission, Intake, Raw, TenantLock};
pub use observe::{ChannelScope, Observer, Patience, Start, Watch};
pub use publish::{Form, PublishError, Published, Publisher};
pub use session::{Connector, ContextInfo, Session};
pub use signal::{Batch, BusSignal, DiscoveryReport, Gap, Link, Origin, ServerFacts};
