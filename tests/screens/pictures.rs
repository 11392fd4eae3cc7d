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

/// The words in capitals: the headings of columns and panes, which are of the program and not of the bus.
fn headings(screen: &str) -> Vec<String> {
    let is_heading = |word: &&str| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase());
    let mut words: Vec<_> = screen.split_whitespace().filter(is_heading).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
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
    for name in ["flow", "events", "detail", "failed", "compose", "health"] {
        let picture = shown(&of(name));
        let lines: Vec<_> = picture.lines().collect();
        assert_eq!(lines.len(), usize::from(SIZE.height), "{name}");
        let app = app(name).unwrap();
        let expected = screen(&app);
        let tabs = |screen: &str| {
            let line = screen.lines().nth(1).unwrap().to_owned();
            line.split_whitespace()
                .filter(|word| word.parse::<u32>().is_err())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let without_counts =
            |words: Vec<String>| words.into_iter().filter(|word| !word.contains(',')).collect::<Vec<_>>();
        assert_eq!(
            without_counts(tabs(&picture)),
            without_counts(tabs(&expected)),
            "{name}: scripts/pictures"
        );
        // What depends on how the demo goes is not asked for.
        let by_chance = ["HANDLER", "ERRORS", "ATTEMPTS", "AROUND", "ERROR", "NEXT"];
        let is_of_a_type =
            |word: &str| app.flow.flow.types.iter().any(|row| row.name.split('_').any(|part| part == word));
        let is_ours = |word: &&String| !by_chance.contains(&word.as_str()) && !is_of_a_type(word);
        for heading in headings(&expected).iter().filter(is_ours) {
            assert!(
                picture.contains(heading.as_str()),
                "{heading} is missing in {name}.svg: scripts/pictures makes it anew\n{picture}"
            );
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
