//! The `tidings` program: all it does is in `tidings::cli`.

fn main() {}
