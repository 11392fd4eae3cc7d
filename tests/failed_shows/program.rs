//! A program that runs beside the test.

use std::fs::File;
use std::process::Child;

use crate::house::House;

/// Killed when dropped.
pub(crate) struct Program(pub(crate) Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `tidings ARGUMENTS` as the user `who`; what it says goes into the files `WHO.out` and `WHO.notes`.
pub(crate) fn start(house: &House, who: &str, arguments: &[&str]) -> Program {
    let file = |what: &str| File::create(house.path(&format!("{who}.{what}"))).unwrap();
    let mut command = house.command(arguments);
    Program(command.env("USER", who).stdout(file("out")).stderr(file("notes")).spawn().unwrap())
}
