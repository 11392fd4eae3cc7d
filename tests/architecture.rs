//! Holds the house to ARCHITECTURE.md: imports point one way, and files stay small.

#![expect(clippy::unwrap_used, reason = "a failing test must say where")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The line of ARCHITECTURE.md, leftmost first: a module may import anything to its right.
const LINE: [&str; 13] = [
    "main", "cli", "config", "tui", "plan", "compose", "monitor", "bus", "filter", "schema", "event", "text",
    "",
];

/// Beside the line: what each may import. `bus` stands for `bus` and all that is right of it.
const BESIDE: [(&str, &[&str]); 5] = [
    ("broker::memory", &["bus"]),
    ("broker::redis", &["bus"]),
    ("handlers", &["bus"]),
    ("store", &["bus"]),
    ("demo", &["bus", "broker::memory"]),
];

/// What the line may import of what lies beside it.
const WIRING: [(&str, &str, &[&str]); 8] = [
    ("config", "broker::redis", &["Settings", "Profile", "AlgaSettings", "NativeSettings", "PubSubSettings"]),
    ("config", "demo", &["Settings"]),
    ("config", "handlers", &["ExecSettings", "WebhookSettings"]),
    ("cli", "broker::memory", &["*"]),
    ("cli", "broker::redis", &["*"]),
    ("cli", "handlers", &["*"]),
    ("cli", "store", &["*"]),
    ("cli", "demo", &["*"]),
];

/// A file wants to be two at about this many lines; tests at its end do not count.
const MAX_LINES: usize = 400;

/// Files that may be longer, with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The module a source file belongs to: its first folder, or the first two below `broker`.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let parts: Vec<_> = inside.iter().map(|part| part.to_str().unwrap().trim_end_matches(".rs")).collect();
    match parts.as_slice() {
        [] | ["lib"] | ["broker", "mod"] => None,
        ["broker", kind, ..] => Some(format!("broker::{kind}")),
        [module, ..] => Some((*module).to_owned()),
    }
}

/// The code of a file without comments and string literals: what is left names only what is imported.
fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut in_string = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if in_string => {
                    chars.next();
                }
                '"' => in_string = !in_string,
                '/' if !in_string && chars.peek() == Some(&'/') => break,
                _ if !in_string => out.push(c),
                _ => {}
            }
        }
        out.push('\n');
    }
    out
}

/// Every `crate::..` path of a file, with groups taken apart: `crate::bus::Link`, `crate::event::EntryId` ...
fn imports_of(text: &str) -> Vec<Vec<String>> {
    let code: String = code_of(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paths = Vec::new();
    for root in ["crate::", "tidings::"] {
        let mut rest = code.as_str();
        while let Some(at) = rest.find(root) {
            let before = rest[..at].chars().next_back();
            rest = &rest[at + root.len()..];
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                expand(rest, &mut Vec::new(), &mut paths);
            }
        }
    }
    paths
}

/// Reads one use tree at the start of `text`; returns what is left behind it.
fn expand<'a>(text: &'a str, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = expand(rest, prefix, paths).trim_start();
            match rest.strip_prefix(',') {
                Some(next) if !next.trim_start().starts_with('}') => rest = next,
                Some(next) => return next.trim_start().strip_prefix('}').unwrap_or(next),
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    prefix.push(name.to_owned());
    if let Some(deeper) = rest.strip_prefix("::") {
        rest = expand(deeper, prefix, paths);
    } else {
        paths.push(prefix.clone());
        if let Some(renamed) = rest.trim_start().strip_prefix("as ") {
            let end = renamed.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(renamed.len());
            rest = &renamed[end..];
        }
    }
    prefix.pop();
    rest
}

fn rank(module: &str) -> Option<usize> {
    LINE.iter().position(|name| *name == module)
}

/// Why `from` may not import `path`, if it may not.
fn objection(from: &str, path: &[String]) -> Option<String> {
    let (target, item) = match path {
        [first, second, rest @ ..] if first == "broker" => (format!("broker::{second}"), rest.first()),
        [first, rest @ ..] => (first.clone(), rest.first()),
        [] => return None,
    };
    if target == from {
        return None;
    }
    let forbidden = || Some(format!("{from} imports {}", path.join("::")));
    let bus = rank("bus").unwrap();
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == from) {
        let right = rank(&target).is_some_and(|target| target >= bus) && allowed.contains(&"bus");
        return if right || allowed.contains(&target.as_str()) { None } else { forbidden() };
    }
    match (rank(from), rank(&target)) {
        (Some(from), Some(target)) if target > from => None,
        (Some(_), None) => {
            let wired = WIRING.iter().find(|(who, what, _)| *who == from && *what == target);
            let item = item.map_or("*", String::as_str);
            match wired {
                Some((_, _, items)) if items.contains(&"*") || items.contains(&item) => None,
                _ => forbidden(),
            }
        }
        _ => forbidden(),
    }
}

#[test]
fn imports_point_one_way() {
    let mut objections = Vec::new();
    for path in sources(&root().join("src")) {
        let Some(module) = module_of(&path) else { continue };
        assert!(
            rank(&module).is_some() || BESIDE.iter().any(|(name, _)| *name == module),
            "{}: the module '{module}' has no place in ARCHITECTURE.md",
            path.display()
        );
        for import in imports_of(&fs::read_to_string(&path).unwrap()) {
            if let Some(why) = objection(&module, &import) {
                objections.push(format!("{}: {why}", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(objections.is_empty(), "imports against the table:\n{}", objections.join("\n"));
}

#[test]
fn the_table_itself_objects() {
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    for (from, import, allowed) in [
        ("bus", "event::Entry", true),
        ("event", "bus::Link", false),
        ("tui", "broker::redis::Settings", false),
        ("config", "broker::redis::Settings", true),
        ("config", "broker::redis::open", false),
        ("cli", "broker::redis::open", true),
        ("broker::redis", "monitor::Ring", false),
        ("broker::redis", "bus::Observer", true),
        ("broker::memory", "broker::redis::Settings", false),
        ("demo", "broker::memory::MemoryBroker", true),
        ("monitor", "tui::App", false),
    ] {
        assert_eq!(objection(from, &path(import)).is_none(), allowed, "{from} -> {import}");
    }
}

#[test]
fn use_trees_are_taken_apart() {
    let text = "use crate::{bus::{Link, self as b}, event::*};\n// crate::tui::x\nlet s = \"crate::cli\"; crate::text::count(1);";
    let found: Vec<_> = imports_of(text).into_iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["bus::Link", "bus::self", "event::*", "text::count"]);
}

#[test]
fn files_stay_small() {
    let mut long = BTreeMap::new();
    for folder in ["src", "tests", "benches"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("").lines().count();
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            let limit = if folder == "src" { MAX_LINES } else { 2 * MAX_LINES };
            if lines > limit && !LONG_FILES.iter().any(|(known, _)| *known == name) {
                long.insert(name, lines);
            }
        }
    }
    assert!(long.is_empty(), "files that want to be two: {long:#?}");
}

#[test]
fn terminals_and_redis_stay_in_their_rooms() {
    // The words may stand in a comment, so look at code only.
    for (name, rooms) in [
        ("redis::aio", &["broker::redis"][..]),
        ("ratatui::", &["tui"][..]),
        ("crossterm::", &["tui"][..]),
        ("std::fs", &["store", "config", "cli", "broker::redis"][..]),
    ] {
        for path in sources(&root().join("src")) {
            let Some(module) = module_of(&path) else { continue };
            let code = code_of(&fs::read_to_string(&path).unwrap());
            let code = code.split("#[cfg(test)]").next().unwrap_or("").to_owned();
            assert!(
                rooms.contains(&module.as_str()) || !code.contains(name),
                "{}: {name} has its room in {rooms:?}",
                path.display()
            );
        }
    }
}
