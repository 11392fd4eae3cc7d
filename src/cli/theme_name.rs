//! `--theme`: any name, since a user has themes of their own; shells complete those that come with the program.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::tui::theme::Themes;

/// Takes any name, and offers those of the themes that come with the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThemeName;

impl TypedValueParser for ThemeName {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Themes::built_in().map(PossibleValue::new)))
    }
}
