//! Reading back: 3,000 events lie on the bus, a second apart; the newest 200 came.

use std::collections::{BTreeSet, VecDeque};

use crossterm::event::KeyEvent;
use tidings::bus::{
    ArchivePage, ArchiveQuery, Batch, BusError, BusSignal, Direction, Link, Origin, ServerFacts,
};
use tidings::event::{Entry, EntryId, EventType};
use tidings::monitor::Limits;
use tidings::tui::app::{App, View};
use tidings::tui::effect::{Effect, EffectDone, ExportStep};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tidings::tui::views;

use super::script::Script;
use super::start::{blank_app, entry, full, now, press};

pub(crate) const LYING: u64 = 3_000;
pub(crate) const CAME: u64 = 200;

pub(crate) const SCRIPTS: &[Script] = &[
    (full, "2 T", "popup=-; told=Pub/Sub keeps nothing"),
    (
        full,
        "2 G j",
        "row=199; rewound=false; effects=; told=this is the oldest event here. Pub/Sub keeps nothing",
    ),
    (kept, "2 T", "popup=jump; effects="),
    (kept, "2 T esc", "popup=-; rewound=false; effects="),
    (kept, "2 T \"noon\" enter", "popup=jump; effects=; told='noon' is no time: write 14:02"),
    (kept, "2 T enter", "popup=jump; told=type a time"),
    (kept, "2 T \"now\" enter", "popup=-; following=true; effects="),
    (kept, "2 T \"14:00:00\" enter", "popup=-; effects=read newer 1795438799999-18446744073709551615 500"),
    (kept, "2 T \"oldest\" enter", "effects=read newer 0-0 500"),
    (kept, "2 T \"-1m\" enter esc", "effects=; rewound=false; told=not read back any further"),
    (kept, "2 T \"-1m\" enter 1", "view=flow; effects=; rewound=false"),
    // Only beyond the last row the list reads on.
    (kept, "2 G", "row=199; effects="),
    (kept, "2 G j", "row=199; effects=read older 1795438751000-0 500"),
    (kept, "2 G pgdn", "effects=read older 1795438751000-0 500"),
    (kept, "2 G G", "effects=read newer 0-0 500"),
    (kept, "2 G k", "row=198; effects="),
    (kept, "2 s G j", "effects=; told=sorted by time the list reads on"),
    (kept, "2 / \"none\" enter pgdn", "shown=0; effects=read older 1795438751000-0 2000"),
    (kept, "G j", "view=flow; effects="),
];

/// The newest have come, of a bus that keeps them.
pub(crate) fn kept() -> App {
    let mut app = blank_app(100_000);
    let facts = ServerFacts { replayable: true, ..ServerFacts::default() };
    update(&mut app, Message::Signals(vec![BusSignal::Link(Link::Live(facts)), BusSignal::CaughtUp]));
    come(&mut app, LYING - CAME, LYING);
    app
}

pub(crate) fn come(app: &mut App, from: u64, to: u64) {
    let entries = (from..to).map(lying).collect();
    update(app, Message::Signals(vec![BusSignal::Entries(Batch { origin: Origin::Live, entries })]));
}

pub(crate) fn id(n: u64) -> EntryId {
    EntryId::new(u64::try_from(now().timestamp_millis()).unwrap() + n * 1_000 - LYING * 1_000, 0)
}

/// Event number `n`: of every thousand, one is rare.
pub(crate) fn lying(n: u64) -> Entry {
    let entry = Entry { id: id(n), ..entry(n) };
    if n % 1_000 == 7 { Entry { event_type: EventType::new("RARE").ok(), ..entry } } else { entry }
}

/// A person, and a bus that answers at once, or when it is told to.
pub(crate) struct Person {
    pub(crate) app: App,
    pub(crate) lying: u64,
    /// How many more lie before those, one a second.
    pub(crate) before: u64,
    /// Questions that were asked, and how many are to be answered yet.
    pub(crate) asked: Vec<ArchiveQuery>,
    waiting: VecDeque<(u64, ArchiveQuery)>,
    pub(crate) is_held: bool,
    /// Why it does not answer.
    pub(crate) error: Option<BusError>,
    pub(crate) others: Vec<Effect>,
}

impl Person {
    fn new(app: App) -> Self {
        let (asked, waiting, others) = (Vec::new(), VecDeque::new(), Vec::new());
        Self { app, lying: LYING, before: 0, asked, waiting, is_held: false, error: None, others }
    }

    pub(crate) fn events() -> Self {
        let mut this = Self::new(kept());
        this.press("2");
        this
    }

    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let keys: Vec<Key> = match key.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(text) => text.chars().map(|c| c.to_string().parse().unwrap()).collect(),
                None => vec![key.parse().unwrap()],
            };
            for key in keys {
                let effects = update(&mut self.app, Message::Key(KeyEvent::from(key)));
                self.obey(effects);
            }
        }
    }

    pub(crate) fn obey(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::ReadBack { number, query } => {
                    self.asked.push(query.clone());
                    self.waiting.push_back((number, query));
                }
                other => self.others.push(other),
            }
        }
        while !self.is_held && self.answer_one() {}
        while self.app.has_work() {
            let effects = update(&mut self.app, Message::Spare);
            self.obey(effects);
        }
    }

    /// Answers the question that waits longest.
    pub(crate) fn answer_one(&mut self) -> bool {
        let Some((number, query)) = self.waiting.pop_front() else { return false };
        let answer = match &self.error {
            Some(why) => Err(why.clone()),
            None if self.before > 0 => Ok(Box::new(page_before(&query, self.before))),
            None => Ok(Box::new(page(&query, self.lying))),
        };
        let effects = update(&mut self.app, Message::Done(EffectDone::ReadBack { number, query, answer }));
        for effect in effects {
            if let Effect::ReadBack { number, query } = effect {
                self.asked.push(query.clone());
                self.waiting.push_back((number, query));
            }
        }
        true
    }

    /// Answers all that is asked as `bus` says.
    pub(crate) fn answer_all(&mut self, bus: impl Fn(&ArchiveQuery) -> ArchivePage) {
        while let Some((number, query)) = self.waiting.pop_front() {
            let answer = Ok(Box::new(bus(&query)));
            let done = EffectDone::ReadBack { number, query, answer };
            let effects = update(&mut self.app, Message::Done(done));
            self.obey(effects);
        }
    }

    /// The numbers of the events on the screen, newest first.
    pub(crate) fn seen(&self) -> Vec<u64> {
        let page = views::events::page(views::body(&self.app), &self.app);
        self.app.events.on_screen(page).map(|seq| self.number(seq)).collect()
    }

    fn number(&self, seq: u64) -> u64 {
        let id = self.app.entry(seq).unwrap().id();
        LYING + id.ms / 1_000 - u64::try_from(now().timestamp()).unwrap()
    }

    pub(crate) fn cursor(&self) -> u64 {
        self.number(self.app.events.cursor.unwrap())
    }

    pub(crate) fn told(&self) -> &str {
        self.app.notices.toast.as_ref().map_or("", |toast| &toast.text)
    }
}

pub(crate) fn page(query: &ArchiveQuery, lying_now: u64) -> ArchivePage {
    let (at_most, from) = (query.at_most as u64, query.from);
    let (low, high, is_end) = match query.direction {
        Direction::Older => {
            let high = (0..lying_now).rev().find(|n| id(*n) < from).map_or(0, |n| n + 1);
            (high.saturating_sub(at_most), high, high <= at_most)
        }
        Direction::Newer => {
            let low = (0..lying_now).find(|n| id(*n) > from).unwrap_or(lying_now);
            (low, (low + at_most).min(lying_now), lying_now - low <= at_most)
        }
    };
    let end = if query.direction == Direction::Older { low } else { high.saturating_sub(1) };
    let reached = if low < high { id(end) } else { from };
    // By the broker's clock all of it is over.
    let settled = (query.direction == Direction::Newer).then(|| id(lying_now + 1_000));
    ArchivePage {
        entries: (low..high).map(lying).collect(),
        reached,
        is_end,
        settled,
        ..ArchivePage::default()
    }
}

/// Of events that lie before all those, and are not rare.
fn page_before(query: &ArchiveQuery, before: u64) -> ArchivePage {
    let first = id(0).ms;
    let end = query.from.ms.saturating_sub(first - before * 1_000).div_ceil(1_000).min(before);
    let low = end.saturating_sub(query.at_most as u64);
    let at = |n: u64| EntryId::new(first - (before - n) * 1_000, 0);
    let entries: Vec<_> = (low..end).map(|n| Entry { id: at(n), ..entry(8) }).collect();
    let reached = entries.first().map_or(query.from, |entry| entry.id);
    ArchivePage { entries, reached, is_end: low == 0, ..ArchivePage::default() }
}

pub(crate) fn unavailable() -> BusError {
    BusError::Unavailable { what: "the connection was lost".to_owned() }
}

/// Presses a key until the event is on the screen; answers which were on it on the way, each page in order.
fn walk(person: &mut Person, key: &str, to: u64) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    for _ in 0..LYING / 10 {
        let page = person.seen();
        assert!(page.windows(2).all(|pair| pair[0] == pair[1] + 1), "{page:?}");
        // What is on one screen joins what was on the one before.
        let joins =
            |n: &u64| seen.contains(&(n + 1)) || *n > 0 && seen.contains(&(n - 1)) || seen.contains(n);
        assert!(seen.is_empty() || page.iter().any(joins), "{page:?}");
        seen.extend(page);
        if person.cursor() == to {
            break;
        }
        person.press(key);
    }
    assert_eq!(person.cursor(), to, "{}", person.told());
    seen
}

#[test]
fn every_event_is_seen_on_the_way_to_the_first_and_on_the_way_back_once_each_and_in_order() {
    let mut person = Person::events();
    person.press("j");
    assert_eq!(walk(&mut person, "pgdn", 0).len() as u64, LYING);
    assert!(person.app.is_rewound());
    person.press("j");
    assert!(person.told().contains("this is the oldest event"), "{}", person.told());
    assert_eq!(walk(&mut person, "pgup", LYING - 1).len() as u64, LYING);
    // Where it joins what came, it is that again.
    person.press("k");
    assert!(!person.app.is_rewound());
    assert_eq!((person.cursor(), person.app.events.len() as u64), (LYING - 1, CAME));
    assert_eq!(person.app.monitor.ring().len(), CAME, "what is read back is no news");
}

#[test]
fn row_by_row_no_event_is_left_out_where_one_page_ends_and_the_next_begins() {
    let mut person = Person::events();
    person.press("G");
    for n in (LYING - CAME - 700..LYING - CAME).rev() {
        person.press("j");
        assert_eq!(person.cursor(), n, "{}", person.told());
    }
    for n in LYING - CAME - 699..LYING - CAME {
        person.press("k");
        assert_eq!(person.cursor(), n, "{}", person.told());
    }
}

#[test]
fn what_comes_meanwhile_is_there_when_a_person_comes_back() {
    for back in ["f", "esc", "g"] {
        let mut person = Person::events();
        person.press("G pgdn pgdn pgdn");
        let under = person.cursor();
        assert!(person.app.is_rewound() && under < LYING - CAME);
        come(&mut person.app, LYING, LYING + 50);
        assert_eq!(person.cursor(), under, "nothing moves in the past");
        person.press(back);
        assert!(!person.app.is_rewound());
        assert_eq!(person.app.events.len() as u64, CAME + 50);
        assert_eq!(person.seen()[0], LYING + 49);
        assert_eq!(person.app.events.is_following(), back != "g", "{back}");
    }
}

#[test]
fn a_jump_leads_to_the_first_event_from_a_time_on_with_what_is_around_it() {
    for (typed, wanted) in [
        // 14:02:31 is now.
        ("14:00:00", LYING - 151),
        ("-5m", LYING - 300),
        ("-10s", LYING - 10),
        ("13:59:59.500", LYING - 151),
        ("yesterday", 0),
        ("oldest", 0),
        ("2026-11-23T13:00:00Z", LYING - 151),
        ("-500ms", LYING - 1),
    ] {
        let mut person = Person::events();
        person.press(&format!("T \"{typed}\" enter"));
        assert!(person.app.is_rewound(), "{typed}: {}", person.told());
        assert_eq!(person.cursor(), wanted, "{typed}");
        let seen = person.seen();
        assert!(seen.contains(&wanted) && seen.len() > 3, "{typed}: {seen:?}");
        if (10..LYING - 20).contains(&wanted) {
            assert!(seen[0] > wanted && seen[seen.len() - 1] < wanted, "{typed}: {seen:?}");
        }
        person.press("esc");
        assert!(person.app.events.is_following(), "{typed}");
    }
}

#[test]
fn a_second_jump_replaces_the_first_and_what_was_asked_for_that_is_not_taken() {
    let mut person = Person::events();
    person.is_held = true;
    person.press("T \"-40m\" enter T \"-5m\" enter");
    person.is_held = false;
    while person.answer_one() {}
    assert_eq!(person.cursor(), LYING - 300);
    person.press("T \"-20m\" enter");
    assert_eq!(person.cursor(), LYING - 1_200);
    person.press("f");
    assert_eq!(person.app.events.len() as u64, CAME);
}

#[test]
fn what_is_rare_is_found_however_far_apart_and_stays_on_the_list() {
    let mut person = Person::events();
    person.press("/ \"type:RARE\" enter");
    assert_eq!(person.app.events.len(), 0, "none of them came");
    person.press("j");
    assert_eq!(person.cursor(), 2_007);
    person.press("j j");
    assert_eq!((person.cursor(), person.seen()), (7, vec![2_007, 1_007, 7]));
    // Without the filter what was left out is read: the cursor stays where it is.
    person.press("/ ctrl-u enter");
    assert_eq!(person.app.filter.applied(), "", "{}", person.app.filter.live.text);
    assert_eq!(person.cursor(), 7);
    let seen = person.seen();
    assert!(seen.contains(&6) && seen.contains(&8), "{seen:?}");
    assert!(person.app.is_rewound());
}

#[test]
fn while_a_filter_is_typed_the_place_is_kept() {
    let mut person = Person::events();
    person.lying = 20_000;
    person.press("T \"-30m\" enter");
    let cursor = person.cursor();
    // On the way to the whole name nothing matches, far and wide.
    person.press("/ \"type:RAR\"");
    assert_eq!((person.app.is_rewound(), person.app.events.len()), (true, 0));
    person.press("\"E\" enter");
    assert_eq!(person.cursor(), 2_007, "the next from {cursor} on");
}

#[test]
fn where_nothing_older_matches_the_list_of_what_comes_stays() {
    let mut person = Person::events();
    person.press("/ \"type:NONE\" enter pgdn");
    assert!(!person.app.is_rewound(), "all of it was looked at");
    assert!(person.told().contains("no older event matches"), "{}", person.told());
}

#[test]
fn looking_in_vain_is_stopped_by_a_key_and_goes_on_by_one() {
    let mut person = Person::events();
    person.lying = 12_000;
    person.press("/ \"type:NONE\" enter");
    person.is_held = true;
    person.press("T \"-20m\" enter");
    while !person.app.is_rewound() {
        assert!(person.answer_one());
    }
    // Both sides are looked through while it says how far it is.
    assert!(person.app.rewind.asking.is_some());
    person.press("esc");
    assert!(person.app.is_rewound() && person.app.rewind.asking.is_none(), "it stopped, and stays there");
    while person.answer_one() {}
    let asked = person.asked.len();
    person.press("p");
    assert_eq!(person.asked.len(), asked, "nothing is asked by itself");
    person.press("pgdn");
    assert!(person.told().contains("this is the oldest event"), "{}", person.told());
    person.press("pgup");
    assert_eq!(person.asked.len(), asked + 1);
    person.is_held = false;
    while person.answer_one() {}
    assert!(person.told().contains("nothing newer was there"), "{}", person.told());
    person.press("esc");
    assert!(!person.app.is_rewound());
}

#[test]
fn a_lost_connection_leaves_what_is_there_and_is_tried_again_by_a_key() {
    let mut person = Person::events();
    person.error = Some(unavailable());
    person.press("T \"-5m\" enter");
    assert!(
        !person.app.is_rewound() && person.told().contains("the connection was lost"),
        "{}",
        person.told()
    );
    assert_eq!(person.app.events.len() as u64, CAME);
    person.error = None;
    person.press("T \"-5m\" enter");
    person.error = Some(unavailable());
    let mut before = 0;
    while person.app.rewound().unwrap().stretch.error.is_none() {
        person.press("pgdn");
        before = person.asked.len();
    }
    let cursor = person.cursor();
    update(&mut person.app, Message::Tick);
    person.press("k j");
    assert_eq!((person.asked.len(), person.cursor()), (before, cursor), "nothing is tried by itself");
    person.error = None;
    person.press("G");
    assert_eq!(person.cursor(), 0, "{}", person.told());
}

#[test]
fn a_bus_that_keeps_nothing_says_so() {
    let mut person = Person::events();
    person.error = Some(BusError::Unsupported("the profile pubsub cannot be rewound".to_owned()));
    person.press("T \"-5m\" enter");
    assert!(!person.app.is_rewound());
    assert_eq!(person.told(), "the profile pubsub cannot be rewound");
}

#[test]
fn an_event_that_was_read_back_is_copied_marked_written_and_composed_from() {
    let mut person = Person::events();
    person.press("T \"-30m\" enter y");
    assert!(matches!(person.others.last(), Some(Effect::Copy(text)) if text.contains("payload")));
    person.press("Y \"entry\" enter");
    let wanted = id(LYING - 1_800).to_string();
    assert!(matches!(person.others.last(), Some(Effect::Copy(text)) if *text == wanted));
    person.press("space space space");
    assert_eq!(person.app.events.marks.len(), 3);
    person.press("ctrl-s enter");
    let Some(Effect::ExportEvents { number, step: ExportStep::Open { .. } }) = person.others.last() else {
        panic!()
    };
    let done = EffectDone::EventsWritten { number: *number, answer: Ok(()), kept: false };
    let effects = update(&mut person.app, Message::Done(done));
    let [Effect::ExportEvents { step: ExportStep::Write(entries), .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [LYING - 1_802, LYING - 1_801, LYING - 1_800].map(id));
    person.press("c");
    assert_eq!(person.app.view, View::Compose);
    assert!(person.app.compose.text().contains("wider than a small screen"));
    person.press("alt-2");
    assert!(person.app.is_rewound(), "the place in the past is kept");
    assert_eq!(person.app.events.marks.len(), 3);
}

#[test]
fn other_views_show_what_comes_and_the_place_in_the_past_is_kept() {
    let mut person = Person::events();
    person.press("T \"-30m\" enter");
    let cursor = person.cursor();
    person.press("1");
    assert!(!person.app.is_rewound() && person.app.events.is_following());
    come(&mut person.app, LYING, LYING + 5);
    assert_eq!(person.app.events.len() as u64, CAME + 5);
    person.press("2");
    assert_eq!((person.app.is_rewound(), person.cursor()), (true, cursor));
    person.press("f");
    assert_eq!(person.app.events.len() as u64, CAME + 5);
}

#[test]
fn what_was_held_still_is_so_behind_the_past() {
    let mut person = Person::events();
    person.press("p T \"-30m\" enter");
    come(&mut person.app, LYING, LYING + 5);
    assert!(person.app.is_paused() && person.app.is_rewound());
    person.press("p p");
    assert!(!person.app.is_paused() && person.told().contains("the past stands still"), "{}", person.told());
    person.press("f");
    assert_eq!(person.app.events.len() as u64, CAME + 5);
}

#[test]
fn far_from_what_is_read_events_go_and_their_marks_and_it_is_said() {
    let mut person = Person::new({
        let mut app = blank_app(Limits::default().entries);
        press(&mut app, "2");
        app
    });
    let facts = ServerFacts { replayable: true, ..ServerFacts::default() };
    update(&mut person.app, Message::Signals(vec![BusSignal::Link(Link::Live(facts))]));
    person.lying = 12_000;
    person.press("T \"oldest\" enter space");
    assert_eq!(person.app.events.marks.len(), 1);
    for _ in 0..400 {
        person.press("pgup");
        if person.app.events.marks.is_empty() {
            break;
        }
    }
    assert!(
        person.app.events.marks.is_empty() && person.told().contains("1 marked event has"),
        "{}",
        person.told()
    );
    assert!(person.app.over().ring.len() < 6_000, "it is bounded");
}

#[test]
fn a_filter_that_changes_while_a_page_is_on_its_way_misses_nothing() {
    let mut person = Person::events();
    person.press("T \"-30m\" enter");
    person.is_held = true;
    person.press("/ \"type:RAR\"");
    // By the shorter filter everything of this page is left out, and the next is asked for.
    assert!(person.answer_one(), "it looks for some that match");
    assert!(!person.waiting.is_empty(), "it looks on");
    person.press("\"E\"");
    person.is_held = false;
    while person.answer_one() {}
    person.press("enter g G");
    let listed: BTreeSet<u64> = person.app.events.lens.rows().map(|seq| person.number(seq)).collect();
    assert_eq!(listed, BTreeSet::from([7, 1_007, 2_007]), "{}", person.told());
}

#[test]
fn a_mark_on_the_last_row_leads_nowhere_else() {
    let mut person = Person::events();
    person.press("G space");
    assert!(!person.app.is_rewound() && person.app.events.marks.len() == 1, "{}", person.told());
}
