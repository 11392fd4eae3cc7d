//! The cases, by what they are about.

pub(crate) mod archive;
pub(crate) mod aside;
pub(crate) mod channels;
pub(crate) mod claim;
pub(crate) mod dedup;
pub(crate) mod fail;
pub(crate) mod failed;
pub(crate) mod failures;
pub(crate) mod fates;
pub(crate) mod forget;
pub(crate) mod handle;
pub(crate) mod history;
pub(crate) mod inspect;
pub(crate) mod live;
pub(crate) mod loss;
pub(crate) mod outage;
pub(crate) mod publish;
pub(crate) mod retry;
pub(crate) mod stop;
pub(crate) mod tenants;
pub(crate) mod verdicts;
