//! The pictures of the README: `scripts/pictures` makes them. They are of the views as they are now.

use std::path::Path;

use ratatui::layout::Size;
use tidings::tui::app::App;

use super::stage::screen;
use super::views::{flow, following, whole};
use super::{compose, health, queue};

/// As large as the pictures are.
const SIZE: Size = Size { width: 132, height: 38 };

fn of(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(format!("{name}.svg"));
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}; scripts/pictures makes it"))
}

/// The screen that a picture shows, as its description has it.
fn shown(picture: &str) -> String {
    let text = picture.split("<desc>\n").nth(1).unwrap().split("\n</desc>").next().unwrap();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The headings of the columns: the words in capitals of the line that begins with `first`.
fn headings(screen: &str, first: &str) -> Vec<String> {
    let line = screen.lines().find(|line| line.trim_start_matches([' ', '▌']).starts_with(first));
    let is_heading = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
    line.unwrap_or_default().split_whitespace().filter(is_heading).map(str::to_owned).collect()
}

/// The views as their tabs name them, without what is counted.
fn tabs(screen: &str) -> Vec<&str> {
    let line = screen.lines().nth(1).unwrap();
    line.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect()
}

fn app(name: &str) -> Option<App> {
    Some(match name {
        "flow" => flow(SIZE),
        "events" => following(SIZE),
        "detail" => whole(SIZE),
        "failed" => queue::after(SIZE, "j"),
        "compose" => compose::keys(SIZE, compose::TICKET),
        "health" => health::chosen(SIZE, "handlers"),
        _ => return None,
    })
}

#[test]
fn pictures_are_of_the_views_as_they_are_now() {
    // With words that are in each of them, whatever happens on the bus.
    let views: [(&str, &str, &[&str]); 6] = [
        ("flow", "TYPE", &["events/s, 5 min", "TENANT × TYPE", "TIME ▾", "following"]),
        ("events", "TIME", &["TENANT", "ABOUT"]),
        ("detail", "verdict", &["id", "tenant", "time", "stream", "entry", "Enter fold", "\"payload\": {"]),
        ("failed", "STATE", &["newest first", "Enter open", "r retry"]),
        ("compose", "TYPE", &["TENANT", "ID", "payload", "fits its schema", "Alt-Enter send"]),
        ("health", "LEVEL", &["seen", "evidence", "next", "Enter go there"]),
    ];
    for (name, first, words) in views {
        let picture = shown(&of(name));
        assert_eq!(picture.lines().count(), usize::from(SIZE.height), "{name}");
        let now = screen(&app(name).unwrap());
        assert_eq!(tabs(&picture), tabs(&now), "{name}.svg: scripts/pictures makes it anew");
        assert_eq!(
            headings(&picture, first),
            headings(&now, first),
            "{name}.svg: scripts/pictures makes it anew"
        );
        for word in words {
            assert!(now.contains(word), "{name}: this is no longer there: {word}\n{now}");
            assert!(picture.contains(word), "{word} is not in {name}.svg: scripts/pictures makes it anew");
        }
    }
}

#[test]
fn pictures_are_small_harmless_and_shown() {
    let readme = include_str!("../../README.md");
    for name in ["flow", "events", "detail", "failed", "retry", "compose", "health"] {
        let picture = of(name);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{name}");
        assert!(picture.len() < 120_000, "{name} has {} bytes", picture.len());
        assert!(!picture.contains("<script") && !picture.contains("href"), "{name}");
        // Each thing that is opened is closed: nothing that is shown was taken for markup.
        for tag in ["text", "desc", "title", "style"] {
            let count = |part: String| picture.matches(&part).count();
            assert_eq!(count(format!("<{tag}")), count(format!("</{tag}>")), "{name}: {tag}");
        }
        assert!(readme.contains(&format!("(assets/{name}.svg)")), "{name} is not in the README");
    }
}
