//! Where the config file lies, and what it holds.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::{Config, ConfigError, Source, Sources};

/// The example file: every key, explained, at its default.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// Where the config file is, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPath {
    /// The file.
    pub path: PathBuf,
    /// `--config`, `TIDINGS_CONFIG`, or the default place.
    pub source: Source,
}

impl ConfigPath {
    /// The file that was named, or the one at the default place. `None`: this system has no place for it.
    pub fn find(named: Option<(PathBuf, Source)>) -> Option<Self> {
        match named {
            Some((path, source)) => Some(Self { path, source }),
            None => ProjectDirs::from("", "", "tidings")
                .map(|dirs| Self { path: dirs.config_dir().join("config.toml"), source: Source::Default }),
        }
    }

    /// The folder of the user's themes: `themes` beside the file.
    pub fn themes(&self) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join("themes")
    }

    /// Whether the file is there.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Reads the file. One that is not there is empty, unless it was named.
    pub fn read(&self) -> Result<(Config, Sources), ConfigError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Config::parse(&text, &self.path),
            Err(error) if error.kind() == ErrorKind::NotFound && self.source == Source::Default => {
                Ok((Config::default(), Sources::default()))
            }
            Err(error) => Err(ConfigError::new(
                &format!("config file '{}' ({}): {error}", self.path.display(), self.source),
                "Name another file, or write one with `tidings config init`.",
            )),
        }
    }

    /// Writes the example file there. A file that is there is left alone.
    pub fn init(&self) -> Result<(), ConfigError> {
        write_new(&self.path).map_err(|error| {
            let next = match error.kind() {
                ErrorKind::AlreadyExists => "It was left as it is; move it away, or edit it.",
                _ => "Name another place with --config FILE.",
            };
            ConfigError::new(&format!("config file '{}' was not written: {error}", self.path.display()), next)
        })
    }
}

fn write_new(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // It is a place for passwords.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(EXAMPLE.as_bytes())
}
