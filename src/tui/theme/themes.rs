//! All themes there are: those that come with the program, and those of the user's folder.

use super::error::{ThemeError, no_such, shown};
use super::sheet::{Mistake, Sheet};
use super::styles::Styles;

/// The themes that come with the program.
const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("tide", include_str!("../../../themes/tide.toml")),
];
/// Other names of themes that come with the program.
const ALSO: [(&str, &str); 1] = [("monochrome", "mono")];

/// A theme file of the user's, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeFile {
    /// Its name: that of the file, without `.toml`.
    pub name: String,
    /// Where it lies, for people.
    pub path: String,
    /// What it holds, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Where a theme comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'t> {
    /// It comes with the program.
    BuiltIn,
    /// It is a file of the user's.
    File {
        /// The file.
        path: &'t str,
        /// Whether it stands in place of a theme that comes with the program.
        replaces: bool,
    },
}

/// Those that come with the program, and those of the user, which come first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Themes {
    files: Vec<ThemeFile>,
    trouble: Option<String>,
}

/// A theme of these.
#[derive(Clone, Copy)]
struct Found<'t> {
    name: &'t str,
    text: Result<&'t str, &'t str>,
    is_file: bool,
}

impl Themes {
    /// The names of the themes that come with the program.
    pub fn built_in() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Those that come with the program, with the user's `files`. `trouble` says why there may be more of those that
    /// cannot be found.
    pub fn new(files: Vec<ThemeFile>, trouble: Option<String>) -> Self {
        Self { files, trouble }
    }

    /// Why some of the user's cannot be found, if so.
    pub fn trouble(&self) -> Option<ThemeError> {
        self.trouble.as_deref().map(ThemeError::new)
    }

    /// Every name there is, in order, with where its theme comes from.
    pub fn list(&self) -> Vec<(&str, Origin<'_>)> {
        let files = self.files.iter().map(|file| {
            let replaces = built_in(&file.name).is_some();
            (file.name.as_str(), Origin::File { path: &file.path, replaces })
        });
        let others = Self::built_in().filter(|name| self.file(name).is_none());
        let mut all: Vec<_> = files.chain(others.map(|name| (name, Origin::BuiltIn))).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }

    /// The names of the themes that `name` inherits from, nearest first.
    ///
    /// # Errors
    ///
    /// As of [`super::Theme::of`].
    pub fn ancestors(&self, name: &str) -> Result<Vec<String>, ThemeError> {
        Ok(self.chain(name)?.into_iter().skip(1).map(|(found, _)| found.name.to_owned()).collect())
    }

    /// The style of every meaning.
    pub(super) fn resolve(&self, name: &str) -> Result<Styles, ThemeError> {
        let chain = self.chain(name)?;
        let sheets: Vec<_> = chain.iter().map(|(_, sheet)| sheet).collect();
        Styles::of(&sheets).map_err(|(at, mistake)| chain[at].0.wrong(mistake))
    }

    /// The theme and all that it inherits from, nearest first.
    fn chain(&self, name: &str) -> Result<Vec<(Found<'_>, Sheet)>, ThemeError> {
        let mut found = self.find(name).ok_or_else(|| {
            let what = no_such(name, &self.names());
            ThemeError::new(&format!("{what}\n{}", self.trouble.as_deref().unwrap_or_default()))
        })?;
        let mut chain: Vec<(Found<'_>, Sheet)> = Vec::new();
        loop {
            let text = found.text.map_err(|why| found.unreadable(why))?;
            let sheet = Sheet::read(text).map_err(|mistake| found.wrong(mistake))?;
            let inherits = sheet.inherits.clone();
            chain.push((found, sheet));
            let Some(parent) = inherits else { return Ok(chain) };
            // A file may build on the theme that it stands in place of.
            let next = if found.is_file && parent.text == found.name {
                built_in(&parent.text)
            } else {
                self.find(&parent.text)
            };
            let wrong = |what: String| found.wrong((parent.line, format!("inherits: {what}")));
            let Some(next) = next else {
                let is_itself = parent.text == found.name;
                let no_such = || no_such(&parent.text, &self.names());
                let itself = || "a theme cannot inherit from itself".to_owned();
                return Err(wrong(if is_itself { itself() } else { no_such() }));
            };
            if chain.iter().any(|(known, _)| (known.name, known.is_file) == (next.name, next.is_file)) {
                let names: Vec<_> =
                    chain.iter().map(|(known, _)| known.name).chain([next.name]).map(shown).collect();
                return Err(wrong(format!("this goes round: {}", names.join(" -> "))));
            }
            found = next;
        }
    }

    fn names(&self) -> Vec<&str> {
        self.list().into_iter().map(|(name, _)| name).collect()
    }

    fn file(&self, name: &str) -> Option<&ThemeFile> {
        self.files.iter().find(|file| file.name == name)
    }

    fn find(&self, name: &str) -> Option<Found<'_>> {
        let found = self.file(name).map(|file| Found {
            name: &file.name,
            text: file.text.as_deref().map_err(String::as_str),
            is_file: true,
        });
        let other_name = || ALSO.iter().find(|(also, _)| *also == name).map(|(_, name)| *name);
        found.or_else(|| built_in(name)).or_else(|| self.find(other_name()?))
    }
}

fn built_in(name: &str) -> Option<Found<'static>> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(name, text)| Found {
        name,
        text: Ok(text),
        is_file: false,
    })
}

impl Found<'_> {
    fn called(&self) -> String {
        if self.is_file {
            format!("themes/{}.toml", shown(self.name))
        } else {
            format!("theme '{}'", self.name)
        }
    }

    fn wrong(&self, (line, what): Mistake) -> ThemeError {
        ThemeError::new(&format!("{}, line {line}: {what}", self.called()))
    }

    fn unreadable(&self, why: &str) -> ThemeError {
        ThemeError::new(&format!("{} cannot be read: {why}", self.called()))
    }
}
