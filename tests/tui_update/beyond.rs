//! Beyond what is there: from hit to hit through the past, and exports of what lies on the bus.

use tidings::bus::{ArchivePage, ArchiveQuery, Denied, Direction};
use tidings::event::{Content, Entry, EntryId, Masks, StreamKey};
use tidings::tui::app::Redacting;
use tidings::tui::effect::{Effect, EffectDone, ExportStep};
use tidings::tui::host::NotExported;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::rewind::{LYING, Person, come, id, kept, page, unavailable};
use crate::script::Script;

pub(crate) const SCRIPTS: &[Script] = &[
    // From the oldest that is here on.
    (kept, "2 n", "rewound=false; effects=read older 1795438751000-1 2000"),
    (kept, "2 / \"type:RARE\" enter a n", "effects=read older 1795438751000-1 2000"),
    (kept, "2 / \"type:RARE\" enter n", "shown=0; effects=read older 1795438751000-1 2000"),
    (kept, "2 N", "effects=; told=no failed or invalid event further up in this list"),
    (kept, "2 s n", "effects=; told=no failed or invalid event further down in this list"),
    (kept, "2 n esc", "effects=; told=it is looked no further: 0 looked at"),
    (kept, "2 n n", "effects="),
    (kept, "2 n 1", "view=flow; effects="),
    (kept, "2 n G j", "effects=read older 1795438751000-0 500"),
    // Where nothing is listed, what the filter lets through is what is looked for.
    (kept, "2 / \"type:NONE\" enter n", "shown=0; effects=read older 1795438751000-1 2000"),
    // What is written.
    (kept, "2 ctrl-s", "popup=export events; about=200; focus=Go"),
    (kept, "2 ctrl-s enter", "effects=write events-2026-11-23.jsonl"),
    (kept, "2 / \"type:RARE\" enter ctrl-s", "popup=export events; shown=0; about=0"),
    (kept, "2 ctrl-s tab space tab tab tab tab enter", "popup=export events; focus=Since; told=type a time"),
    (
        kept,
        "2 ctrl-s tab space tab \"14:00\" enter enter tab enter",
        "popup=-; effects=write events-2026-11-23.jsonl",
    ),
    // Both are missing: one after the other has the keys.
    (kept, "2 j ctrl-s tab space space tab tab ctrl-u tab tab enter", "focus=Since; told=type a time"),
    (
        kept,
        "2 j ctrl-s tab space space tab \"-1h\" tab ctrl-u tab tab enter",
        "focus=File; popup=export events; told=name a file; effects=",
    ),
    (kept, "2 G ctrl-s tab space space tab \"-1s\" enter enter tab enter", "focus=Since; told=that is later"),
];

fn rare() -> Person {
    let mut person = Person::events();
    person.press("/ \"type:RARE\" enter a");
    person
}

#[test]
fn from_match_to_match_it_goes_on_into_the_past_and_back_up_to_what_came() {
    let mut person = rare();
    come(&mut person.app, LYING, LYING + 10);
    person.lying = LYING + 10;
    person.press("n");
    assert_eq!((person.cursor(), person.app.is_rewound()), (LYING + 7, false), "it came");
    for wanted in [2_007, 1_007, 7] {
        person.press("n");
        assert_eq!((person.cursor(), person.app.is_rewound()), (wanted, true), "{}", person.told());
        let seen = person.seen();
        assert!(seen.contains(&(wanted + 1)), "what is around it is there: {seen:?}");
    }
    person.press("n");
    assert!(person.told().contains("no match further down"), "{}", person.told());
    assert_eq!(person.cursor(), 7, "it stays where it is");
    for (wanted, is_rewound) in [(1_007, true), (2_007, true), (LYING + 7, false)] {
        person.press("N");
        assert_eq!((person.cursor(), person.app.is_rewound()), (wanted, is_rewound), "{}", person.told());
    }
    assert!(person.app.events.lens.has_context(), "what came is shown around matches as well");
    person.press("N");
    assert!(person.told().contains("no match further up in this list"), "{}", person.told());
}

#[test]
fn upwards_no_hit_comes_again_that_is_held_behind_the_place_that_is_settled() {
    let mut person = rare();
    let bus = |query: &ArchiveQuery| {
        let settled = (query.direction == Direction::Newer).then_some(id(1_000));
        ArchivePage { settled, ..page(query, LYING + 10) }
    };
    come(&mut person.app, LYING, LYING + 10);
    person.is_held = true;
    for (key, wanted) in [("n", LYING + 7), ("n", 2_007), ("N", LYING + 7)] {
        person.press(key);
        person.answer_all(bus);
        assert_eq!(person.cursor(), wanted, "{key}: {}", person.told());
    }
}

#[test]
fn where_nothing_that_is_here_matches_it_goes_to_the_next_match_all_the_same() {
    let mut person = Person::events();
    person.press("/ \"type:RARE\" enter n");
    assert_eq!((person.cursor(), person.app.is_rewound()), (2_007, true), "{}", person.told());
}

#[test]
fn where_the_filter_hides_it_goes_to_what_is_invalid_among_the_rest() {
    let mut person = Person::events();
    person.press("/ \"type:B\" enter n");
    assert_eq!(person.cursor(), 175, "{}", person.told());
    person.press("n");
    assert_eq!(person.cursor(), 155);
    person.press("n");
    assert!(person.told().contains("no failed or invalid event further down"), "{}", person.told());
    person.press("N");
    assert_eq!(person.cursor(), 175);
}

#[test]
fn it_looks_no_further_than_its_bound_and_the_same_key_looks_on() {
    let mut person = rare();
    person.before = 250_000;
    person.press("n");
    assert!(!person.app.is_rewound() && person.asked.len() == 50, "{}", person.asked.len());
    assert!(person.told().contains("no match among 100,000 further down"), "{}", person.told());
    person.press("n");
    assert!(person.told().contains("no match among 200,000 further down"), "{}", person.told());
    assert!(person.asked.windows(2).all(|pair| pair[0].from > pair[1].from), "nothing is read twice");
    person.press("n");
    assert!(person.told().contains("no match further down: all that lies on the bus"), "{}", person.told());
    assert!(person.told().contains("250,000 beyond the list"), "{}", person.told());
}

#[test]
fn a_key_ends_the_search_and_no_answer_is_taken_any_more() {
    let mut person = rare();
    person.before = 250_000;
    person.is_held = true;
    person.press("n");
    assert!(person.answer_one() && person.answer_one());
    person.press("esc");
    assert!(person.told().contains("looked no further: 4,000 looked at"), "{}", person.told());
    assert!(person.app.filter.is_on(), "the filter stays: one thing at a time");
    while person.answer_one() {}
    assert!(!person.app.is_rewound() && person.app.rewind.asking.is_none());
    // Another filter ends it as well.
    person.press("n / \"x\" enter");
    let asked = person.asked.len();
    while person.answer_one() {}
    assert_eq!((person.asked.len(), person.app.is_rewound()), (asked, false));
}

#[test]
fn a_lost_connection_ends_the_search_and_the_same_key_goes_on_from_there() {
    let mut person = rare();
    person.before = 250_000;
    person.is_held = true;
    person.press("n");
    assert!(person.answer_one());
    person.error = Some(unavailable());
    assert!(person.answer_one());
    assert!(
        person.told().contains("among 2,000; cannot look on: the connection was lost"),
        "{}",
        person.told()
    );
    assert!(!person.answer_one(), "nothing is tried by itself");
    person.error = None;
    let reached = person.asked[1].from;
    person.press("n");
    assert_eq!(person.asked.last().unwrap().from, reached);
}

/// Answers what an export asks, until nothing is asked any more; answers the entries that were written.
pub(crate) fn write(
    person: &mut Person,
    mut effects: Vec<Effect>,
    mut bus: impl FnMut(&ArchiveQuery) -> ArchivePage,
) -> Vec<Entry> {
    let mut written = Vec::new();
    while let Some(effect) = effects.pop() {
        let done = match effect {
            Effect::ExportEvents { number, step: ExportStep::Write(entries) } => {
                assert!(entries.len() <= 2_000, "a piece is small");
                written.extend(entries);
                EffectDone::EventsWritten { number, answer: Ok(()), kept: false }
            }
            Effect::ExportEvents { number, step } => {
                EffectDone::EventsWritten { number, answer: Ok(()), kept: step == ExportStep::Keep }
            }
            Effect::ReadToExport { number, query } => {
                let answer = Ok(Box::new(bus(&query)));
                EffectDone::ReadToExport { number, query, answer }
            }
            _ => continue,
        };
        effects.extend(update(&mut person.app, Message::Done(done)));
    }
    written
}

/// Begins an export of all that lies on the bus.
pub(crate) fn begin(person: &mut Person, keys: &str) -> Vec<Effect> {
    person.others.clear();
    person.press(keys);
    std::mem::take(&mut person.others)
}

pub(crate) const ALL: &str = "ctrl-s tab space space enter tab tab enter";

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| (entry.id.ms - id(0).ms) / 1_000).collect()
}

#[test]
fn all_that_lies_on_the_bus_is_written_oldest_first_up_to_what_came() {
    let mut person = Person::events();
    let effects = begin(&mut person, ALL);
    let written = write(&mut person, effects, |query| {
        assert_eq!(query.until, Some(id(LYING - 1)), "nothing up to there is read later");
        page(query, LYING + 500)
    });
    assert_eq!(numbers(&written), (0..LYING).collect::<Vec<_>>(), "{}", person.told());
    assert!(
        person.told().contains("exported 3,000 events to")
            && person.told().contains("; 3,000 looked at on the bus"),
        "{}",
        person.told()
    );
    assert!(person.app.events.exporting.is_none());
}

#[test]
fn what_matches_alone_is_written_and_it_says_among_how_many() {
    let mut person = Person::events();
    person.press("/ \"type:RARE\" enter");
    // Nothing of it is here: all is what is offered.
    let effects = begin(&mut person, "ctrl-s enter");
    let written = write(&mut person, effects, |query| page(query, LYING));
    assert_eq!(numbers(&written), [7, 1_007, 2_007], "{}", person.told());
    assert!(person.told().contains("exported 3 events"), "{}", person.told());
    assert!(person.told().contains("; 3,000 looked at on the bus"), "{}", person.told());
}

#[test]
fn from_here_back_to_a_time_is_written_and_nothing_else() {
    let mut person = Person::events();
    person.press("T \"-30m\" enter");
    assert_eq!(person.cursor(), LYING - 1_800);
    let effects = begin(&mut person, "ctrl-s tab space space tab \"-40m\" enter enter tab enter");
    let written = write(&mut person, effects, |query| page(query, LYING));
    let wanted: Vec<_> = (LYING - 2_400..=LYING - 1_800).collect();
    assert_eq!(numbers(&written), wanted, "{}", person.told());
}

#[test]
fn what_is_masked_is_masked_in_what_is_read_from_the_bus() {
    let mut person = Person::events();
    person.app.redacting = Redacting::of(Masks::new(&["payload.n".to_owned()]).unwrap());
    person.press("j V");
    let effects = begin(&mut person, "ctrl-s tab space space space enter tab tab enter");
    let written = write(&mut person, effects, |query| page(query, LYING));
    let is_clear = |entry: &&Entry| matches!(&entry.content, Content::Json { text, .. } if text.contains("even") || text.contains("odd"));
    assert_eq!(written.len() as u64, LYING, "{}", person.told());
    assert_eq!(written.iter().filter(is_clear).count(), 0, "also of the one that is revealed");
    assert!(person.told().contains("3,000 redacted"), "{}", person.told());
}

#[test]
fn a_bus_that_does_not_answer_is_asked_again_each_second_and_nothing_is_lost_by_it() {
    let mut person = Person::events();
    let mut effects = begin(&mut person, ALL);
    let Some(Effect::ExportEvents { number, .. }) = effects.pop() else { panic!("{}", person.told()) };
    let done = EffectDone::EventsWritten { number, answer: Ok(()), kept: false };
    let mut asked = update(&mut person.app, Message::Done(done));
    let is_page = |effect: &&Effect| matches!(effect, Effect::ReadToExport { .. });
    for _ in 0..3 {
        let Some(Effect::ReadToExport { number, query }) = asked.into_iter().find(|effect| is_page(&effect))
        else {
            panic!("{}", person.told())
        };
        let failed = EffectDone::ReadToExport { number, query, answer: Err(unavailable()) };
        assert!(update(&mut person.app, Message::Done(failed)).is_empty());
        let told = person.told();
        assert!(told.contains("waits after") && told.contains("the connection was lost"), "{told}");
        asked = update(&mut person.app, Message::Tick);
        assert_eq!(update(&mut person.app, Message::Tick).iter().filter(is_page).count(), 0, "one at a time");
    }
    let written = write(&mut person, asked, |query| page(query, LYING));
    assert_eq!(numbers(&written), (0..LYING).collect::<Vec<_>>(), "{}", person.told());
}

#[test]
fn an_end_says_what_is_left_on_disk_and_why() {
    // By a key.
    let mut person = Person::events();
    begin(&mut person, ALL);
    person.press("esc");
    assert!(
        person.told().contains("the export is ended after 0: no file is left of it"),
        "{}",
        person.told()
    );
    assert!(matches!(person.others.last(), Some(Effect::ExportEvents { step: ExportStep::GiveUp, .. })));
    // By the disk.
    let mut person = Person::events();
    let mut effects = begin(&mut person, ALL);
    let Some(Effect::ExportEvents { number, .. }) = effects.pop() else { panic!() };
    let answer = Err(NotExported::Failed("no space left on device".to_owned()));
    update(&mut person.app, Message::Done(EffectDone::EventsWritten { number, answer, kept: false }));
    assert_eq!(person.told(), "nothing was exported: no space left on device");
    assert!(person.app.events.exporting.is_none());
    // By a file that is there already: the same is asked again.
    let mut person = Person::events();
    let mut effects = begin(&mut person, ALL);
    let Some(Effect::ExportEvents { number, .. }) = effects.pop() else { panic!() };
    let answer = Err(NotExported::Exists);
    update(&mut person.app, Message::Done(EffectDone::EventsWritten { number, answer, kept: false }));
    let effects = begin(&mut person, "tab enter");
    assert!(
        matches!(
            effects.last(),
            Some(Effect::ExportEvents { step: ExportStep::Open { replaces: true, .. }, .. })
        ),
        "{effects:?}"
    );
    let written = write(&mut person, effects, |query| page(query, LYING));
    assert_eq!(written.len() as u64, LYING);
}

#[test]
fn a_stream_that_may_not_be_read_is_named_in_the_end() {
    let mut person = Person::events();
    let effects = begin(&mut person, ALL);
    let denied = || Denied { stream: StreamKey::new("event::SECRET").unwrap(), why: unavailable() };
    let written =
        write(&mut person, effects, |query| ArchivePage { denied: vec![denied()], ..page(query, LYING) });
    assert_eq!(written.len() as u64, LYING);
    assert!(
        person.told().contains("may not read event::SECRET: nothing of it is there"),
        "{}",
        person.told()
    );
}

#[test]
fn what_comes_late_among_what_was_read_is_shown_and_the_cursor_stays() {
    // The newest lie on the bus, and did not come yet.
    let newest = LYING + 4;
    let late = EntryId::new(id(newest).ms - 5, 0);
    let bus = |query: &ArchiveQuery, has_late: bool| {
        let mut page = page(query, newest + 1);
        page.settled = (query.direction == Direction::Newer).then_some(id(newest - 1));
        let is_asked = match query.direction {
            Direction::Newer => late > query.from,
            Direction::Older => late < query.from,
        };
        if has_late && is_asked {
            let at = page.entries.partition_point(|entry| entry.id < late);
            page.entries.insert(at, Entry { id: late, ..crate::rewind::lying(newest) });
        }
        page
    };
    let mut person = Person::events();
    person.is_held = true;
    person.press("T \"-10s\" enter");
    person.answer_all(|query| bus(query, false));
    assert_eq!((person.cursor(), person.app.over().ring.len()), (LYING - 10, 515));
    for _ in LYING - 10..newest {
        person.press("k");
        person.answer_all(|query| bus(query, false));
    }
    assert_eq!(person.cursor(), newest);
    person.press("space");
    person.answer_all(|query| bus(query, false));
    while person.cursor() < newest {
        person.press("k");
        person.answer_all(|query| bus(query, false));
    }
    person.press("k");
    person.answer_all(|query| bus(query, true));
    // Around the cursor it is read anew: a page of older ones, that one, and the late one.
    assert_eq!((person.cursor(), person.app.over().ring.len()), (newest, 502), "{}", person.told());
    let app = &person.app;
    let ids: Vec<_> = app.events.lens.rows().map(|seq| app.entry(seq).unwrap().id()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]) && ids[1] == late, "in order, each once");
    let marked: Vec<_> = app.events.marks.seqs().map(|seq| app.entry(seq).unwrap().id()).collect();
    assert_eq!(marked, [id(newest)], "the mark stays on its event");
}

#[test]
fn what_is_read_again_is_counted_once() {
    let mut person = Person::events();
    person.is_held = true;
    person.press("/ \"type:RARE\" enter T \"-1000s\" enter");
    let bus = |query: &ArchiveQuery| ArchivePage { settled: Some(id(1_000)), ..page(query, LYING) };
    person.answer_all(bus);
    let asked = person.asked.len();
    person.press("k");
    person.answer_all(bus);
    assert!(person.app.is_rewound() && person.asked.len() > asked);
    assert_eq!(person.app.rewound().unwrap().stretch.read(), LYING);
}
