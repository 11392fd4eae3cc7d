//! Exports of what lies on the bus: nothing is missed that came late, and a bus that is silent is not tried for ever.

use chrono::TimeDelta;
use tidings::bus::{ArchivePage, ArchiveQuery, BusError, Denied};
use tidings::event::{Entry, EntryId, StreamKey};
use tidings::tui::effect::{Effect, EffectDone, ExportStep};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::beyond::{ALL, begin, write};
use crate::rewind::{LYING, Person, id, lying, page, unavailable};

/// The question among these effects.
fn question(effects: Vec<Effect>) -> Option<(u64, ArchiveQuery)> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::ReadToExport { number, query } => Some((number, query)),
        _ => None,
    })
}

fn answer(person: &mut Person, (number, query): (u64, ArchiveQuery), page: ArchivePage) -> Vec<Effect> {
    let done = EffectDone::ReadToExport { number, query, answer: Ok(Box::new(page)) };
    update(&mut person.app, Message::Done(done))
}

/// A second later.
fn tick(person: &mut Person) -> Vec<Effect> {
    person.app.clock.now += TimeDelta::seconds(1);
    update(&mut person.app, Message::Tick)
}

/// Just before event `n`, in the stream of another type.
fn late(n: u64) -> Entry {
    Entry { id: EntryId::new(id(n).ms - 5, 0), ..lying(n) }
}

/// The same page with `late` where it belongs.
fn with(mut page: ArchivePage, late: Entry, query: &ArchiveQuery) -> ArchivePage {
    if late.id > query.from {
        let at = page.entries.partition_point(|entry| entry.id < late.id);
        page.entries.insert(at, late);
    }
    page
}

#[test]
fn what_comes_late_is_written_where_it_belongs_as_only_what_is_settled_is_written() {
    let mut person = Person::events();
    let effects = begin(&mut person, ALL);
    let late = late(LYING - 1);
    // The last two entries are not settled when they are read first.
    let mut looks = 0;
    let written = write(&mut person, effects, |query| {
        let page = page(query, LYING);
        looks += u32::from(page.is_end);
        if looks < 2 {
            ArchivePage { settled: Some(id(LYING - 3)), ..page }
        } else {
            with(ArchivePage { settled: Some(id(LYING + 9)), ..page }, late.clone(), query)
        }
    });
    let ids: Vec<_> = written.iter().map(|entry| entry.id).collect();
    assert!(ids.is_sorted() && ids.contains(&late.id), "in order, with the late one");
    assert_eq!(written.len() as u64, LYING + 1, "each once: {}", person.told());
    assert!(person.told().contains("; 3,001 looked at on the bus"), "{}", person.told());
}

#[test]
fn streams_are_looked_for_anew_by_the_first_question_alone() {
    let mut person = Person::events();
    let effects = begin(&mut person, ALL);
    let mut asked = Vec::new();
    write(&mut person, effects, |query| {
        asked.push(query.looks_anew);
        page(query, LYING)
    });
    assert!(asked.len() > 1 && asked[0] && !asked[1..].iter().any(|anew| *anew), "{asked:?}");
}

/// Writes all up to what is not settled; answers the question that is asked then.
fn up_to_the_tail(person: &mut Person, settled: Option<EntryId>) -> Vec<Entry> {
    let mut effects = begin(person, ALL);
    let mut written = Vec::new();
    while let Some(effect) = effects.pop() {
        let kept = matches!(&effect, Effect::ExportEvents { step: ExportStep::Keep, .. });
        assert!(!kept, "it is not all settled");
        let done = match effect {
            Effect::ExportEvents { number, step } => {
                if let ExportStep::Write(entries) = step {
                    written.extend(entries);
                }
                EffectDone::EventsWritten { number, answer: Ok(()), kept: false }
            }
            Effect::ReadToExport { number, query } => {
                let answer = Ok(Box::new(ArchivePage { settled, ..page(&query, LYING) }));
                EffectDone::ReadToExport { number, query, answer }
            }
            _ => continue,
        };
        effects.extend(update(&mut person.app, Message::Done(done)));
    }
    written
}

#[test]
fn what_lies_ahead_of_the_brokers_clock_or_without_one_in_the_last_millisecond_is_waited_for_a_moment() {
    for (settled, held) in [(Some(id(LYING - 11)), 10), (None, 1)] {
        let mut person = Person::events();
        let mut written = up_to_the_tail(&mut person, settled);
        assert_eq!(written.len() as u64, LYING - held, "{}", person.told());
        // It is asked once a second, and then taken as it lies, with what came meanwhile into another stream.
        let stream = StreamKey::new("event::OTHER").unwrap();
        let mut asked = question_of_next_second(&mut person);
        while let Some(question) = asked.take() {
            let mut page = ArchivePage { settled, ..page(&question.1, LYING) };
            page.entries.push(Entry { stream: stream.clone(), ..lying(LYING - 1) });
            let effects = answer(&mut person, question, page);
            if effects.is_empty() {
                asked = question_of_next_second(&mut person);
            } else {
                written.extend(write(&mut person, effects, |_| panic!("all was read")));
            }
        }
        assert_eq!(written.len() as u64, LYING + 1, "{settled:?}: {}", person.told());
        assert!(person.told().starts_with("exported 3,001 events"), "{}", person.told());
    }
}

/// The question of the next second.
fn question_of_next_second(person: &mut Person) -> Option<(u64, ArchiveQuery)> {
    question(tick(person))
}

#[test]
fn what_is_withheld_where_nothing_is_settled_is_counted_once() {
    let mut person = Person::events();
    let effects = begin(&mut person, ALL);
    let mut looks = 0;
    write(&mut person, effects, |query| {
        let page = page(query, LYING);
        looks += u32::from(page.is_end);
        let other_tenants = u64::from(query.counted < id(LYING - 1) && page.is_end);
        let settled = if looks < 2 { id(LYING - 3) } else { id(LYING + 9) };
        ArchivePage { settled: Some(settled), other_tenants, ..page }
    });
    assert!(person.told().contains("; 3,001 looked at on the bus"), "{}", person.told());
}

fn begun(person: &mut Person) -> (u64, ArchiveQuery) {
    let mut effects = begin(person, ALL);
    let Some(Effect::ExportEvents { number, .. }) = effects.pop() else { panic!("{}", person.told()) };
    let done = EffectDone::EventsWritten { number, answer: Ok(()), kept: false };
    question(update(&mut person.app, Message::Done(done))).unwrap()
}

#[test]
fn a_silent_bus_is_tried_for_two_minutes_however_long_each_answer_takes() {
    for (takes, tries) in [(0, 120), (10, 11)] {
        let mut person = Person::events();
        let (mut asked, mut tried) = (begun(&mut person), 0);
        let ended = loop {
            person.app.clock.now += TimeDelta::seconds(takes);
            let (number, query) = asked;
            let failed = EffectDone::ReadToExport { number, query, answer: Err(unavailable()) };
            let effects = update(&mut person.app, Message::Done(failed));
            if !effects.is_empty() {
                break effects;
            }
            tried += 1;
            let told = person.told().to_owned();
            // It is 14:02:31 when it begins.
            let until = if takes == 0 { "14:04:31" } else { "14:04:41" };
            assert!(
                told.contains(&format!("waits after 0, tried until {until}, Esc ends it: the conn")),
                "{told}"
            );
            asked = question(tick(&mut person)).unwrap();
        };
        assert!(matches!(ended[..], [Effect::ExportEvents { step: ExportStep::GiveUp, .. }]), "{ended:?}");
        assert_eq!(tried, tries, "a second between two, and {takes} s for each");
        assert_eq!(
            person.told(),
            "the export is ended after 0: no file is left of it; the connection was lost"
        );
        assert!(person.app.events.exporting.is_none());
    }
}

#[test]
fn an_answer_begins_the_time_anew_and_what_is_no_lost_connection_ends_it_at_once() {
    let mut person = Person::events();
    let (number, query) = begun(&mut person);
    let failed = EffectDone::ReadToExport { number, query, answer: Err(unavailable()) };
    update(&mut person.app, Message::Done(failed));
    // A page that leads nowhere is no answer, and no end of the range.
    let asked = question(tick(&mut person)).unwrap();
    let reached = asked.1.from;
    assert_eq!(answer(&mut person, asked, ArchivePage { reached, ..ArchivePage::default() }), []);
    assert!(person.told().contains("it gets no further than 0-0"), "{}", person.told());
    let asked = question(tick(&mut person)).unwrap();
    let settled = Some(id(LYING + 9));
    let first = ArchivePage { settled, ..page(&asked.1, LYING) };
    assert!(!answer(&mut person, asked, first).is_empty());
    let done = EffectDone::EventsWritten { number, answer: Ok(()), kept: false };
    let (number, query) = question(update(&mut person.app, Message::Done(done))).unwrap();
    let since = person.app.clock.now;
    let failed = EffectDone::ReadToExport { number, query, answer: Err(unavailable()) };
    update(&mut person.app, Message::Done(failed));
    let until = person.app.clock.time(since + TimeDelta::minutes(2));
    assert!(person.told().contains(&format!("after 2,000, tried until {until}")), "{}", person.told());
    let (number, query) = question(tick(&mut person)).unwrap();
    let why = BusError::Unsupported("WRONGTYPE".to_owned());
    let ended =
        update(&mut person.app, Message::Done(EffectDone::ReadToExport { number, query, answer: Err(why) }));
    assert!(matches!(ended[..], [Effect::ExportEvents { step: ExportStep::GiveUp, .. }]), "{ended:?}");
}

#[test]
fn each_way_of_reading_the_past_says_in_the_same_words_what_may_not_be_read() {
    let denied = |n: usize| {
        let names = ["event::SECRET", "event::OTHER", "event::THIRD"];
        let of = |name: &&str| Denied { stream: StreamKey::new(name).unwrap(), why: unavailable() };
        names[..n].iter().map(of).collect::<Vec<_>>()
    };
    for (n, who) in [
        (1, "the user may not read event::SECRET: nothing of it is "),
        (2, "the user may not read event::SECRET and 1 more stream: nothing of them is "),
        (3, "the user may not read event::SECRET and 2 more streams: nothing of them is "),
    ] {
        let bus = |query: &ArchiveQuery| ArchivePage { denied: denied(n), ..page(query, LYING) };
        let mut person = Person::events();
        person.is_held = true;
        person.press("T \"-30m\" enter");
        person.answer_all(bus);
        assert!(person.told().contains(&format!("{who}here")), "{}", person.told());
        let mut person = Person::events();
        person.is_held = true;
        person.press("/ \"type:NONE\" enter n");
        person.answer_all(bus);
        assert!(person.told().contains(&format!("{who}among it")), "{}", person.told());
        let mut person = Person::events();
        let effects = begin(&mut person, ALL);
        write(&mut person, effects, bus);
        assert!(person.told().contains(&format!("{who}there")), "{}", person.told());
    }
}
