//! The embedded broker: in process, for the demo, tests and documentation examples.
