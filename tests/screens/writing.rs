//! Text in all kinds of writing: each column begins where its heading does, whatever stands in the one before.

use ratatui::layout::Size;
use tidings::event::{EntryId, TenantId, TenantLabels};
use tidings::tui::app::{App, View};

use super::hostile::check;
use super::stage::{
    MIDDLE, SMALL, ascii, draw, entry, fresh, go_live, intake, now, put_cursor, screen, take, theme,
};

/// A tenant, and the title of its ticket: wide, right to left, with marks, of pictures, of parts that join.
const WRITINGS: [(&str, &str); 8] = [
    ("Acme MSP", "Printer on fire"),
    ("東京サポート", "プリンターが動かない"),
    ("שירות תל אביב", "המדפסת לא עובדת 123 (דחוף)"),
    ("دعم القاهرة", "الطابعة لا تعمل · 42"),
    ("Café re\u{301}seau", "n\u{303}o\u{308} e\u{301}\u{302}\u{303} fixed"),
    ("🚀 Rocket 🇩🇪", "👩\u{200d}🔧 fixed ✅ ⚠\u{fe0f} 👍🏽 ok"),
    ("ไทย กำลัง", "เครื่องพิมพ์ไม่ทำงาน"),
    ("क्षि हिन्दी", "प्रिंटर काम नहीं कर रहा"),
];

fn written(size: Size) -> App {
    let mut app = fresh(size);
    let id = |at: usize| format!("189c996e-43d3-4c53-9f4e-dbe5c1c5e9{at:02x}");
    let labels = WRITINGS.iter().enumerate();
    app.setup.labels = TenantLabels::new(
        labels.map(|(at, (label, _))| (TenantId::new(&id(at)).unwrap(), (*label).to_owned())),
    );
    app.forget_bus();
    go_live(&mut app);
    let mut intake = intake();
    let base = u64::try_from(now().timestamp_millis()).unwrap() - 10_000;
    let entries = WRITINGS.iter().enumerate().map(|(at, (_, title))| {
        let tenant = id(at);
        let text = serde_json::json!({
            "id": format!("57f7e9a7-7e13-452d-81b7-9892c8fdd9{at:02x}"),
            "eventType": "TICKET_CREATED",
            "timestamp": "2026-11-23T13:02:21Z",
            "payload": {"tenantId": tenant, "title": title, "ticketId": tenant, "userId": tenant},
        });
        let fields = vec![(b"event".to_vec(), text.to_string().into_bytes())];
        entry(&mut intake, EntryId::new(base + at as u64, 0), "TICKET_CREATED", None, fields)
    });
    let entries = entries.collect();
    take(&mut app, entries);
    app.view = View::Events;
    app
}

#[test]
fn columns_stay_where_they_are_in_every_writing() {
    for size in [SMALL, MIDDLE] {
        let mut app = written(size);
        if size == MIDDLE {
            put_cursor(&mut app, 2);
        }
        let buffer = draw(&app, &theme());
        check(&buffer, false);
        let line = |y: u16| (0..size.width).map(move |x| (x, y));
        let heading: String = line(3).map(|at| buffer[at].symbol()).collect();
        for name in ["TYPE", "TENANT", "ABOUT"] {
            let at = u16::try_from(heading.split(name).next().unwrap().chars().count()).unwrap();
            for row in 4..4 + u16::try_from(WRITINGS.len()).unwrap() {
                assert_eq!(buffer[(at - 1, row)].symbol(), " ", "{name} in row {row}");
                assert_ne!(buffer[(at, row)].symbol(), " ", "{name} in row {row}");
            }
        }
        check(&draw(&app, &ascii()), true);
        insta::assert_snapshot!(format!("writing-{size}"), screen(&app));
    }
}
