//! The read model: what the dashboard and the verbs know of a bus.
