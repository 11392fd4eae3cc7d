//! Themes of the user: what they inherit, what they stand in place of, and what is wrong with them.

use ratatui::style::{Color, Modifier, Style};

use super::super::*;
use super::load;

fn file(name: &str, text: &str) -> ThemeFile {
    ThemeFile { name: name.into(), path: format!("/home/jo/{name}.toml"), text: Ok(text.into()) }
}

fn mistake(files: &[(&str, &str)], name: &str) -> String {
    let files = files.iter().map(|(name, text)| file(name, text)).collect();
    Theme::of(&Themes::new(files, None), name).unwrap_err().to_string()
}

#[test]
fn a_theme_of_ones_own_without_colours_stays_where_no_colours_are_wanted() {
    let themes = Themes::new(vec![file("bare", "[styles]\nfailed = { reversed = true }")], None);
    let look = Look { theme: "bare".into(), depth: Depth::None, themes, ..Look::default() };
    let style = Theme::load(&look).0.style(Meaning::Failed);
    assert_eq!(style, Style::new().add_modifier(Modifier::REVERSED));
}

#[test]
fn what_is_left_out_looks_like_its_fallback() {
    let theme = Theme::parse("t", "[styles]\nfailed = \"red\"").unwrap();
    assert_eq!(theme.style(Meaning::Dead), Style::new().fg(Color::Red));
    assert_eq!(theme.style(Meaning::Ok), Style::new());
    for meaning in Meaning::ALL {
        let chain = std::iter::successors(Some(*meaning), |meaning| meaning.fallback());
        assert!(chain.take(20).count() < 20, "{meaning:?} goes round in circles");
    }
}

#[test]
fn a_theme_inherits_styles_and_gives_names_other_colours() {
    let files = vec![
        file("night", "inherits = \"tide\"\n[palette]\ncoral = 203\n[styles]\nok = \"coral\"\ndim = {}"),
        file("deep-night", "inherits = \"night\"\n[styles]\nok = { fg = \"#00ff00\", italic = true }"),
    ];
    let themes = Themes::new(files, None);
    let (tide, night) = (load("tide", Depth::True), Theme::of(&themes, "night").unwrap());
    assert_eq!(night.style(Meaning::Ok).fg, Some(Color::Indexed(203)));
    assert_eq!(night.style(Meaning::Failed), tide.style(Meaning::Failed).fg(Color::Indexed(203)));
    assert_eq!(night.style(Meaning::Tenant), tide.style(Meaning::Tenant));
    assert_eq!(night.style(Meaning::Dim), Style::new(), "an empty style is a style");
    let deep = Theme::of(&themes, "deep-night").unwrap();
    assert_eq!(
        deep.style(Meaning::Ok),
        Style::new().fg(Color::Rgb(0, 255, 0)).add_modifier(Modifier::ITALIC)
    );
    assert_eq!(themes.ancestors("deep-night").unwrap(), ["night", "tide"]);
}

#[test]
fn a_file_stands_in_place_of_a_built_in_theme_and_may_build_on_it() {
    let themes = Themes::new(vec![file("dark", "inherits = \"dark\"\n[styles]\nok = \"blue\"")], None);
    let theme = Theme::of(&themes, "dark").unwrap();
    assert_eq!(theme.style(Meaning::Ok).fg, Some(Color::Blue));
    assert_eq!(theme.style(Meaning::Failed), load("dark", Depth::True).style(Meaning::Failed));
    let origins = themes.list();
    assert_eq!(origins[0], ("dark", Origin::File { path: "/home/jo/dark.toml", replaces: true }));
    assert_eq!(origins[1], ("high-contrast", Origin::BuiltIn));
    assert_eq!(load("monochrome", Depth::True), load("mono", Depth::True), "it goes by both names");
}

#[test]
fn mistakes_say_which_file_which_line_and_what_may_stand_there() {
    for (text, phrase) in [
        (
            "[styles]\nfaild = \"red\"",
            "themes/t.toml, line 2: 'faild' is not a meaning: did you mean 'failed'?",
        ),
        (
            "[styles]\nwarmth = \"red\"",
            "line 2: 'warmth' is not a meaning: `tidings themes show dark` lists them",
        ),
        (
            "[styles]\n\nok = \"#12\"",
            "line 3: ok: '#12' is not a colour: use a name, a number from 0 to 255, or #rrggbb",
        ),
        ("[styles]\nok = 256", "line 2: ok: '256' is not a colour"),
        ("[styles]\nok = { fg = \"grean\" }", "line 2: ok: 'grean' is not a colour: did you mean 'green'?"),
        ("[palette]\nsea = \"blu\"\n[styles]", "line 2: 'blu' is not a colour: did you mean 'blue'?"),
        (
            "[palette]\nsea = 1\n[styles]\nok = { bg = \"seas\" }",
            "line 4: ok: 'seas' is not a colour: did you mean 'sea'?",
        ),
        (
            "[styles]\nok = { blink = true }",
            "line 2: ok: 'blink' is not known here: what may stand here: fg, bg, bold, dim",
        ),
        ("[styles]\nok = { bald = true }", "line 2: ok: 'bald' is not known here: did you mean 'bold'?"),
        ("[styles]\nok = { bold = 1 }", "line 2: ok: bold is true or false"),
        ("[styles]\nok = [1]", "line 2: ok: a style is \"a colour\" or { fg"),
        ("[styles]\nok = { fg = true }", "line 2: ok: fg: write a colour in \"quotes\""),
        ("styles = 1", "line 1: styles is a table: [styles]"),
        ("[style]", "line 1: 'style' is not known here: did you mean 'styles'?"),
        ("inherits = 1", "line 1: inherits: write the name of a theme in \"quotes\""),
        ("\n[styles", "line 2: this is no TOML: "),
        ("inherits = \"tid\"", "line 1: inherits: there is no theme 'tid': did you mean 'tide'?"),
        ("inherits = \"t\"", "line 1: inherits: a theme cannot inherit from itself"),
        ("[styles]\n\"\\u001b[2J\" = 1", "line 2: '\\x1b[2J' is not a meaning"),
    ] {
        let error = mistake(&[("t", text)], "t");
        assert!(error.starts_with("themes/t.toml, line ") && error.contains(phrase), "{text:?}: {error}");
    }
}

#[test]
fn a_chain_that_goes_round_or_breaks_is_told_where_it_does() {
    let round = [("a", "inherits = \"b\""), ("b", "[styles]\n"), ("c", "\ninherits = \"a\"")];
    assert_eq!(themes_of(&round).ancestors("c").unwrap(), ["a", "b"]);
    let round = [round[0], ("b", "\ninherits = \"c\""), round[2]];
    assert_eq!(mistake(&round, "a"), "themes/c.toml, line 2: inherits: this goes round: a -> b -> c -> a");
    let through = [("dark", "inherits = \"tide\""), ("tide", "inherits = \"dark\"")];
    assert_eq!(
        mistake(&through, "dark"),
        "themes/tide.toml, line 1: inherits: this goes round: dark -> tide -> dark"
    );
    let broken = [("a", "inherits = \"b\""), ("b", "[styles]\nok = \"?\"")];
    assert!(mistake(&broken, "a").starts_with("themes/b.toml, line 2: ok: '?' is not a colour"));
}

fn themes_of(files: &[(&str, &str)]) -> Themes {
    Themes::new(files.iter().map(|(name, text)| file(name, text)).collect(), None)
}

#[test]
fn a_mistake_is_a_message_and_the_default_theme() {
    let unreadable = ThemeFile { text: Err("it is not UTF-8".into()), ..file("bytes", "") };
    let files = vec![file("dark", "[styles]\nok = \"?\""), file("night", "[styles]\nno = 1"), unreadable];
    let themes = Themes::new(files, None);
    for (name, phrase) in [
        ("dark", "themes/dark.toml, line 2: ok: "),
        ("night", "themes/night.toml, line 2: 'no' is not a meaning"),
        ("bytes", "themes/bytes.toml cannot be read: it is not UTF-8"),
        ("sunny", "there is no theme 'sunny': choose bytes, dark, high-contrast, light, mono, night or tide"),
        ("lihgt", "there is no theme 'lihgt': did you mean 'light'?"),
    ] {
        let look = Look { theme: name.into(), themes: themes.clone(), ..Look::default() };
        let (theme, mistake) = Theme::load(&look);
        assert_eq!(theme, load("dark", Depth::True), "{name}");
        assert!(mistake.unwrap().to_string().contains(phrase), "{name}");
    }
}

#[test]
fn a_folder_that_cannot_be_read_is_told_of_and_built_in_themes_work() {
    let themes = Themes::new(Vec::new(), Some("the folder cannot be read: no\n  mend it".into()));
    for (name, whole) in [
        ("tide", "the folder cannot be read: no; mend it"),
        ("tidy", "there is no theme 'tidy': did you mean 'tide'?; the folder cannot be read: no; mend it"),
    ] {
        let look = Look { theme: name.into(), themes: themes.clone(), ..Look::default() };
        let (theme, mistake) = Theme::load(&look);
        assert_eq!(mistake.unwrap().to_string(), whole);
        assert_eq!(theme, load(if name == "tide" { "tide" } else { "dark" }, Depth::True));
    }
}
