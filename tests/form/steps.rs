//! The form and its text stay in step, whatever is done to either.

use std::sync::LazyLock;

use proptest::prelude::*;
use tidings::event::json::{self, Pointer, Shape, read};
use tidings::schema::form::{
    Entry, FieldKind, FormError, FormModel, NumberRules, Opened, Origin, Row, State, generate, parse_entry,
};

use super::{Case, cases, generating, parsed, places};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);

/// Something that a person does at a row, or in the text.
#[derive(Debug, Clone)]
enum Step {
    Open,
    Close,
    /// Sets what is made for the kind.
    Generate,
    /// Types something.
    Type(String),
    Clear,
    Null,
    AddItem,
    MoveTo(usize),
    AddEntry(String),
    Rename(String),
    Choose(usize),
    /// Puts any JSON in place of a value, by hand.
    Raw(String),
    /// Breaks the text in an editor at a byte, and mends it.
    Break(usize, String),
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("8d4c722f-17c2-4e4f-95b3-cb7824659b21".to_owned()),
        Just("2026-11-28T21:00:00Z".to_owned()),
        Just("2026-11-28".to_owned()),
        Just("true".to_owned()),
        Just("{\"kind\": \"rect\", \"n\":1e3}".to_owned()),
        Just("[1, \"a\"]".to_owned()),
        Just("cat".to_owned()),
        Just("a@example.com".to_owned()),
        "-?[0-9]{1,18}(\\.[0-9]{1,4})?",
        "[a-zA-Z\"\\\\é\n😀]{0,8}",
    ]
}

fn raw() -> impl Strategy<Value = String> {
    prop_oneof![
        typed().prop_map(|text| json::quoted(&text)),
        Just("null".to_owned()),
        Just("{ }".to_owned()),
        Just("[[], {\"a\": {\"b\": 1.10}}]".to_owned()),
        Just("{\"x\":1,\"x\":2, \"own\" :[\n1 ]}".to_owned()),
        Just("12345678901234567890123".to_owned()),
        Just("1e999".to_owned()),
        Just("false".to_owned()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let name = "[a-z/~]{0,3}";
    prop_oneof![
        4 => Just(Step::Open),
        1 => Just(Step::Close),
        4 => Just(Step::Generate),
        4 => typed().prop_map(Step::Type),
        2 => Just(Step::Clear),
        1 => Just(Step::Null),
        3 => Just(Step::AddItem),
        1 => (0..4_usize).prop_map(Step::MoveTo),
        2 => name.prop_map(Step::AddEntry),
        1 => name.prop_map(Step::Rename),
        3 => (0..4_usize).prop_map(Step::Choose),
        2 => raw().prop_map(Step::Raw),
        1 => (any::<usize>(), "[\\[\\]{}\",:x0 ]{1,3}").prop_map(|(at, text)| Step::Break(at, text)),
    ]
}

/// A form as a person has it before them.
struct Desk<'c> {
    case: &'c Case,
    text: String,
    opened: Opened,
    last: u128,
}

impl Desk<'_> {
    fn take(&mut self, row: &Row, step: &Step) {
        let form = &self.case.form;
        let (at, before) = (&row.pointer, self.text.clone());
        let (above, name) = at.split().unwrap_or((Pointer::root(), ""));
        let in_list =
            matches!(read(&before).expect("JSON").get(&above).map(|it| &it.shape), Some(Shape::List(_)));
        match step {
            Step::Open => self.opened.open(at.clone()),
            Step::Close => self.opened.close(at),
            Step::Generate => {
                let made = generating(&mut self.last, |generator| generate(&row.editor, generator));
                if let Some(entry) = made {
                    self.set(row, &entry);
                }
            }
            Step::Type(text) => {
                if let Ok(entry) = parse_entry(&row.editor, text) {
                    self.set(row, &entry);
                }
            }
            Step::Null => {
                let changed = form.set_null(&before, at, &self.opened);
                self.keep(changed, at, &before);
            }
            Step::Clear => {
                let changed = form.clear(&before, at, &mut self.opened);
                assert_eq!(changed.is_err(), at.is_root());
                let was = read(&before).expect("JSON").get(at).is_some();
                self.keep(changed, if in_list { &above } else { at }, &before);
                let gone = read(&self.text).expect("JSON").get(at).is_none();
                assert!(gone || in_list || at.is_root(), "{at}\n{before}\n{}", self.text);
                assert!(was || self.text == before, "what is not there is not taken out");
            }
            Step::AddItem => {
                let items = row.state == State::Set && matches!(row.editor, FieldKind::List(_));
                let count = |text: &str| match read(text).expect("JSON").get(at).map(|it| it.shape.clone()) {
                    Some(Shape::List(items)) => items.len(),
                    _ => 0,
                };
                let changed = generating(&mut self.last, |it| form.add_item(&before, at, it, &self.opened));
                assert!(changed.is_ok() || !items, "{changed:?}");
                if self.keep(changed, at, &before) {
                    assert_eq!(count(&self.text), count(&before) + 1, "{before}\n{}", self.text);
                }
            }
            Step::MoveTo(to) => {
                let from = name.parse().unwrap_or_default();
                let changed = form.move_item(&before, &above, from, *to, &mut self.opened);
                if self.keep(changed, &above, &before) && !at.is_root() {
                    let (was, is) = (read(&before).expect("JSON"), read(&self.text).expect("JSON"));
                    let moved = above.join(to.to_string());
                    assert_eq!(
                        was.get(at).map(|it| it.text(&before)),
                        is.get(&moved).map(|it| it.text(&self.text))
                    );
                }
            }
            Step::AddEntry(name) => {
                let changed =
                    generating(&mut self.last, |it| form.add_entry(&before, at, name, it, &self.opened));
                let is_object = matches!(
                    read(&before).expect("JSON").get(at).map(|it| &it.shape),
                    Some(Shape::Object(_))
                );
                assert!(!is_object || matches!(changed, Ok(_) | Err(FormError::Taken { .. })), "{changed:?}");
                self.keep(changed, at, &before);
            }
            Step::Rename(name) => {
                let changed = form.rename_entry(&before, at, name);
                self.keep(changed, &above, &before);
            }
            Step::Choose(nth) => {
                let changed = generating(&mut self.last, |it| {
                    form.choose_variant(&before, at, *nth, it, &mut self.opened)
                });
                if self.keep(changed, at, &before)
                    && let FieldKind::Union(_) = row.field.kind
                    && let Some(after) =
                        form.rows(&self.text, &self.opened).iter().find(|it| it.pointer == *at)
                {
                    assert_eq!(after.variant, Some(*nth), "{at}\n{before}\n{}", self.text);
                }
            }
            Step::Raw(value) => {
                if let Ok(changed) = json::set(&before, at, value) {
                    self.keep(Ok(changed), at, &before);
                }
            }
            Step::Break(byte, noise) => self.broken(*byte, noise),
        }
    }

    /// Sets an entry: what was set is there, and its row shows it.
    fn set(&mut self, row: &Row, entry: &Entry) {
        let (at, before) = (&row.pointer, self.text.clone());
        let changed = self.case.form.set(&before, at, entry, &self.opened);
        if !self.keep(changed, at, &before) {
            assert_ne!(row.origin, Origin::Whole);
            return;
        }
        let root = read(&self.text).expect("JSON");
        let found = root.get(at).map(|node| node.text(&self.text)).expect("what was set is there");
        assert!(same(found, entry.json()), "{at}: {found}, not {}", entry.json());
        let rows = self.case.form.rows(&self.text, &self.opened);
        // What is set may tell that what it lies in is of another kind; then the field is another one, too.
        let same_field = |it: &&Row| it.pointer == *at && it.editor == row.editor;
        if let Some(row) = rows.iter().find(same_field) {
            assert!(matches!(row.state, State::Set | State::Null), "{row:?}\n{}", self.text);
            let shown = match &root.get(at).expect("there").shape {
                Shape::Text(text) => text.clone(),
                Shape::List(_) | Shape::Object(_) => return,
                _ => found.to_owned(),
            };
            assert_eq!(row.shown.as_deref(), Some(shown.as_str()));
        }
    }

    /// Takes a new text over: it is JSON, and outside `at` every value has the bytes that it had.
    fn keep(&mut self, changed: Result<String, FormError>, at: &Pointer, before: &str) -> bool {
        let Ok(changed) = changed else { return false };
        let (was, is) =
            (read(before).expect("JSON"), read(&changed).unwrap_or_else(|it| panic!("{it}\n{changed}")));
        let mut untouched = Vec::new();
        places(&was, &Pointer::root(), &mut untouched);
        for (place, node) in untouched {
            if !place.is_within(at) && !at.is_within(&place) {
                let after = is.get(&place).map(|node| node.text(&changed));
                assert_eq!(after, Some(node.text(before)), "{place} was touched\n{before}\n{changed}");
            }
        }
        self.text = changed;
        true
    }

    /// A text that is broken is one row, nothing can be done to it, and nothing is lost.
    fn broken(&self, byte: usize, noise: &str) {
        let mut at = byte % (self.text.len() + 1);
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let text = format!("{}{noise}{}", &self.text[..at], &self.text[at..]);
        let (form, whole) = (&self.case.form, Pointer::root());
        let rows = form.rows(&text, &self.opened);
        match read(&text) {
            Ok(_) => assert!(!matches!(rows[0].state, State::Broken(_))),
            Err(broken) => {
                assert_eq!((rows.len(), &rows[0].state), (1, &State::Broken(broken.clone())));
                assert_eq!(rows[0].faults.len(), 1);
                assert!(broken.at <= text.len());
                let name = Pointer::of(["tenantId"]);
                assert!(form.set(&text, &name, &Entry::null(), &self.opened).is_err());
                assert!(form.clear(&text, &name, &mut self.opened.clone()).is_err());
                let added =
                    generating(&mut 0, |generator| form.add_item(&text, &whole, generator, &self.opened));
                assert!(added.is_err());
            }
        }
    }

    /// Nothing of the text, and nothing that is wrong with it, is hidden; what the form calls valid is valid.
    fn check(&self) {
        let form = &self.case.form;
        let root = read(&self.text).expect("JSON");
        let mut all = Vec::new();
        places(&root, &Pointer::root(), &mut all);
        let mut open = self.opened.clone();
        for (at, _) in &all {
            open.open(at.clone());
        }
        let (some, every) = (form.rows(&self.text, &self.opened), form.rows(&self.text, &open));
        for (at, _) in &all {
            let rows = every.iter().filter(|row| row.pointer == *at).count();
            assert_eq!(rows, 1, "{at} has {rows} rows\n{}", self.text);
        }
        for row in &every {
            assert_eq!(row.state == State::Absent, root.get(&row.pointer).is_none(), "{}", row.pointer);
        }
        let faults = form.faults(&self.text);
        for rows in [&some, &every] {
            assert_eq!(rows.iter().map(|row| row.faults.len()).sum::<usize>(), faults.len());
        }
        if let Ok(value) = serde_json::from_str(&self.text) {
            assert_eq!(faults.is_empty(), self.case.validator.is_valid(&value), "{faults:?}\n{}", self.text);
        }
    }
}

/// Whether two texts hold the same values, written alike.
fn same(one: &str, other: &str) -> bool {
    let (Ok(first), Ok(second)) = (read(one), read(other)) else { return false };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    places(&first, &Pointer::root(), &mut left);
    places(&second, &Pointer::root(), &mut right);
    let leaves = |all: &[(Pointer, &json::Node)], text: &str| -> Vec<(Pointer, String)> {
        let plain = all.iter().filter(|(_, node)| !matches!(node.shape, Shape::List(_) | Shape::Object(_)));
        plain.map(|(at, node)| (at.clone(), node.text(text).to_owned())).collect()
    };
    left.len() == right.len() && leaves(&left, one) == leaves(&right, other)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn form_and_text_stay_in_step(
        nth in any::<prop::sample::Index>(),
        from_nothing in any::<bool>(),
        steps in prop::collection::vec((any::<prop::sample::Index>(), step()), 1..25),
    ) {
        let case = &CASES[nth.index(CASES.len())];
        let text = if from_nothing {
            "{}".to_owned()
        } else {
            generating(&mut 1_000, |generator| case.form.skeleton(generator))
        };
        let mut desk = Desk { case, text, opened: Opened::default(), last: 0 };
        for (row, step) in &steps {
            let rows = case.form.rows(&desk.text, &desk.opened);
            let row = rows[row.index(rows.len())].clone();
            desk.take(&row, step);
            desk.check();
        }
    }

    /// Whatever the text and the place, there is an answer.
    #[test]
    fn any_text_has_rows(nth in any::<prop::sample::Index>(), text in "[\\[\\]{}\", :0-9.eE+\\\\nutrlfas\n-]{0,20}|\\PC{0,20}", at in "(/[a-z0-9]{0,2}){0,3}") {
        let case = &CASES[nth.index(CASES.len())];
        let (form, at) = (&case.form, Pointer::read(&at).expect("a pointer"));
        let mut opened = Opened::default();
        opened.open(at.clone());
        prop_assert!(!form.rows(&text, &opened).is_empty());
        for changed in [
            form.set(&text, &at, &Entry::null(), &opened),
            form.clear(&text, &at, &mut opened.clone()),
            form.move_item(&text, &at, 0, 1, &mut opened.clone()),
            form.rename_entry(&text, &at, "x"),
            generating(&mut 0, |generator| form.add_item(&text, &at, generator, &opened)),
            generating(&mut 0, |generator| form.add_entry(&text, &at, "x", generator, &opened)),
            generating(&mut 0, |generator| form.choose_variant(&text, &at, 0, generator, &mut opened)),
        ].into_iter().flatten() {
            prop_assert!(read(&changed).is_ok(), "{}", changed);
        }
    }

    /// What a field takes is not refused by its schema.
    #[test]
    fn what_a_field_takes_is_valid_there(nth in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(), text in typed()) {
        let case = &CASES[nth.index(CASES.len())];
        let skeleton = generating(&mut 0, |generator| case.form.skeleton(generator));
        let mut opened = Opened::default();
        for row in case.form.rows(&skeleton, &opened.clone()) {
            opened.open(row.pointer);
        }
        let rows = case.form.rows(&skeleton, &opened);
        let row = &rows[which.index(rows.len())];
        let plain = !row.editor.is_container() && !matches!(row.field.kind, FieldKind::Union(_) | FieldKind::Any);
        if let Ok(entry) = parse_entry(&row.editor, &text) && plain {
            let after = case.form.set(&skeleton, &row.pointer, &entry, &opened).expect("set");
            let path = format!("/payload{}", row.pointer);
            let faults = case.form.faults(&after);
            prop_assert!(faults.iter().all(|fault| fault.path != path), "{:?}\n{}", faults, after);
        }
    }
}

#[test]
fn a_repeated_key_is_told_and_set_where_it_counts() {
    let form = FormModel::of_schema(r#"{"properties": {"a": {"type": "integer"}}}"#).expect("a schema");
    let (text, opened) = (r#"{"a":1,"b":0,"a":2}"#, Opened::default());
    let row = form.rows(text, &opened).into_iter().find(|row| row.field.label == "a").expect("a row");
    assert_eq!((row.shown.as_deref(), row.repeats), (Some("2"), 1));
    let entry = parse_entry(&row.editor, "3").expect("a number");
    assert_eq!(form.set(text, &row.pointer, &entry, &opened).as_deref(), Ok(r#"{"a":1,"b":0,"a":3}"#));
    assert_eq!(form.clear(text, &row.pointer, &mut Opened::default()).as_deref(), Ok(r#"{"b":0}"#));
    assert_eq!(parsed(text)["a"], 2);
}

#[test]
fn another_kind_keeps_what_was_typed() {
    let case = CASES.iter().find(|case| case.name == "zod4-notification").expect("the file");
    let (at, mut opened) = (Pointer::of(["via"]), Opened::default());
    let text = "{\"via\": {\"channel\": \"sms\", \"to\": \"+4912345678\"}}";
    let changed = generating(&mut 0, |it| case.form.choose_variant(text, &at, 2, it, &mut opened));
    assert_eq!(
        changed.as_deref(),
        Ok("{\"via\": {\"channel\": \"push\", \"to\": \"+4912345678\", \"device\": \"\"}}")
    );
    // The choice is remembered while there is nothing: what is made then is of that kind.
    let entry = parse_entry(&FieldKind::Number(NumberRules::default()), "3").expect("a number");
    assert_eq!(
        case.form.set("{\n}", &at.join("badge"), &entry, &opened).as_deref(),
        Ok("{\n  \"via\": {\n    \"channel\": \"push\",\n    \"badge\": 3\n  }\n}")
    );
    let missing = generating(&mut 0, |it| case.form.choose_variant(text, &at, 3, it, &mut opened));
    assert_eq!(missing.expect_err("three").to_string(), "there are 3 kinds to choose from, and no number 4");
}
