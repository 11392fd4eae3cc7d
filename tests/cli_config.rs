//! The configuration files: the example, and files that are right and wrong.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a failing test must say where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tidings::config::{Config, EXAMPLE};

/// The passwords in the test files.
const SECRET: &str = "s3cret";

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The example with its example lines put to use.
fn example_in_full() -> String {
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(example) if !example.is_empty() && !example.starts_with(' ') => example.to_owned(),
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(uncommented).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_equals_the_defaults() {
    let (config, _) = Config::parse(EXAMPLE, Path::new("config.example.toml")).unwrap();
    assert_eq!(config.settings(), Config::default().settings());
}

#[test]
fn the_example_shows_every_key_and_no_other() {
    let (config, _) = Config::parse(&example_in_full(), Path::new("config.example.toml")).unwrap();
    let written: toml::Table = example_in_full().parse().unwrap();
    let mut keys = BTreeSet::new();
    keys_of("", &written, &mut keys);
    // Of handlers each key is shown once, and not with each of them.
    let known: BTreeSet<String> = config.settings().into_iter().map(|setting| setting.key).collect();
    let strangers: Vec<_> = keys.difference(&known).collect();
    assert!(strangers.is_empty(), "not known: {strangers:?}");
    let last = |key: &String| key.rsplit('.').next().unwrap().to_owned();
    let shown: BTreeSet<_> = keys.iter().filter(|key| key.starts_with("handlers.")).map(last).collect();
    let hidden: Vec<_> = known
        .difference(&keys)
        .filter(|key| !key.starts_with("handlers.") || !shown.contains(&last(key)))
        .collect();
    assert!(hidden.is_empty(), "not shown: {hidden:?}");
    let unset: Vec<_> = config
        .settings()
        .into_iter()
        .filter(|setting| setting.value == tidings::config::Value::Unset)
        .filter(|setting| !setting.key.starts_with("handlers.") || !shown.contains(&last(&setting.key)))
        .collect();
    assert!(unset.is_empty(), "the example shows a value for each: {unset:?}");
}

fn keys_of(prefix: &str, table: &toml::Table, keys: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => keys_of(&path, inner, keys),
            // Tables of a list go by their names.
            toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
                for inner in items.iter().filter_map(toml::Value::as_table) {
                    let mut inner = inner.clone();
                    let name = inner.remove("name").unwrap();
                    keys_of(&format!("{path}.{}", name.as_str().unwrap()), &inner, keys);
                }
            }
            _ => assert!(keys.insert(path)),
        }
    }
}

#[test]
fn the_examples_settings_of_a_context_are_the_defaults() {
    let (example, _) = Config::parse(&example_in_full(), Path::new("config.example.toml")).unwrap();
    let (bare, _) = Config::parse("[contexts.prod]\n", Path::new("x.toml")).unwrap();
    let only_an_example = ["contexts.prod.channel", "contexts.prod.production", "contexts.prod.ca_file"];
    let of_context = |config: &Config| -> Vec<_> {
        config
            .settings()
            .into_iter()
            .filter(|setting| setting.key.starts_with("contexts."))
            .filter(|setting| !only_an_example.contains(&setting.key.as_str()))
            .collect()
    };
    assert_eq!(of_context(&example), of_context(&bare));
}

#[test]
fn files_that_are_right_are_read() {
    for file in files("valid") {
        let (config, _) = Config::parse(&fs::read_to_string(&file).unwrap(), &file).unwrap();
        let shown = format!("{:?} {config:?}", config.settings());
        assert!(!shown.contains(SECRET), "{}", file.display());
    }
}

#[test]
fn files_that_are_wrong_are_refused_with_their_phrase() {
    for file in files("invalid") {
        let text = fs::read_to_string(&file).unwrap();
        let phrases = text.lines().next().unwrap().strip_prefix("# expect: ").unwrap();
        let error = Config::parse(&text, &file).map(|_| file.clone()).unwrap_err();
        let shown = error.to_string();
        for phrase in phrases.split('|') {
            assert!(shown.contains(phrase), "{}:\n{shown}\nhas no\n{phrase}", file.display());
        }
        assert!(shown.contains(&format!("config file '{}', line ", file.display())), "{shown}");
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(!shown.contains('\x1b') && !shown.contains('\u{202e}'), "{shown:?}");
        assert_eq!(shown.lines().count(), 2, "what, and what to do: {shown}");
    }
}

#[test]
fn paths_count_from_the_folder_of_the_file() {
    let text = "[schemas]\nfolder = 's'\n[log]\nfile = '/l'\n[contexts.a]\nca_file = 'ca.pem'\n";
    let (config, _) = Config::parse(text, Path::new("/etc/tidings/config.toml")).unwrap();
    assert_eq!(config.schemas.folder.as_deref(), Some(Path::new("/etc/tidings/s")));
    assert_eq!(config.log.file.as_deref(), Some(Path::new("/l")));
    assert_eq!(config.contexts["a"].redis.ca_file.as_deref(), Some(Path::new("/etc/tidings/ca.pem")));
}
