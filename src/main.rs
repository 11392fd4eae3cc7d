//! The `tidings` program: all it does is in `tidings::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tidings::cli::main()
}
