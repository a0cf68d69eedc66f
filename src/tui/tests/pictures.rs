//! Every screen at three sizes, as text.

use crate::tui::{
    Offline,
    app::{Message, State},
    facts::Tone,
    fixture,
    theme::Letters,
};

/// Name of a picture and the keys that lead to it.
pub(super) const SCREENS: &[(&str, &str)] = &[
    ("overview", "1"),
    ("gateways", "2"),
    ("routes", "3"),
    ("routes_filtered", "3 / i m g enter"),
    ("routes_wrong_filter", "3 / / ( /"),
    ("routes_wide", "3 W o o"),
    ("command", "3 : t h"),
    ("palette", "3 ctrl-p r o u t"),
    ("rules", "4"),
    ("canary", "4 enter"),
    ("canary_moved", "4 enter L L L"),
    ("canary_requests", "4 enter v"),
    ("canary_typed", "4 enter p"),
    ("canary_presets", "4 enter s"),
    ("rehearsal", "6 tab"),
    ("requests", "7 k k"),
    ("requests_details", "7 g enter"),
    ("detail", "3 j enter"),
    ("listener", "2 j j j j j j j j j d"),
    ("service", "4 enter enter"),
    ("help", "?"),
    ("log", ": l o g enter"),
    ("objects", "9"),
    ("objects_services", "9 G k enter"),
    ("page_yaml", "3 j y j j j"),
    ("page_folded", "3 j y - j j l j j l"),
    ("page_topology", "3 j T j"),
    ("page_gateway_topology", "2 j T"),
    ("page_diff", "3 j D"),
    ("page_two", "3 j M j j j D"),
    ("page_found", "3 j y / w e i g h t enter n"),
    ("page_jump", "3 j enter G k k k k k k k k k k k k k k k enter"),
];

fn picture(keys: &str, theme: &str, no_color: bool, size: (u16, u16)) -> String {
    let mut console = Offline::new(fixture::view(), theme, no_color, fixture::clock()).unwrap();
    console.tail(fixture::tail(&fixture::view(), 41));
    console.keys(keys);
    console.text(size.0, size.1)
}

#[test]
fn every_screen_is_drawn_as_it_was_looked_at() {
    for (name, keys) in SCREENS {
        for size in [(80, 24), (120, 40), (200, 60)] {
            insta::assert_snapshot!(
                format!("{name}_{}x{}", size.0, size.1),
                picture(keys, "dark", false, size)
            );
        }
    }
}

#[test]
fn notes_stand_above_the_footer_and_are_whole() {
    for size in [(80, 24), (120, 40)] {
        let mut state = fixture::state();
        state.note(Tone::Good, "copied name: 8 bytes");
        state.note(
            Tone::Dim,
            format!("saved 13 rows to /home/somebody/.local/state/{}.csv", "routes-".repeat(8)),
        );
        state.note(
            Tone::Warn,
            "shop/app-canary:8080 gets no weight: no ready endpoint of its Service is there, and a request that is sent \
             to it would be answered with 503",
        );
        let picture = crate::tui::view::picture(&state, size.0, size.1);
        insta::assert_snapshot!(format!("notes_{}x{}", size.0, size.1), picture);
    }
}

#[test]
fn what_is_done_stays_in_sight_where_room_is_scarce() {
    let mut state = fixture::state();
    let mut view = (*state.view).clone();
    view.source = "a-cluster-with-quite-a-long-name-in-europe-west-4".into();
    state.update(Message::View(std::sync::Arc::new(view)));
    let picture = |state: &State, line: usize| {
        let all = crate::tui::view::picture(state, 80, 24);
        all.lines().nth(line).unwrap_or_default().to_owned()
    };
    let head = picture(&state, 0);
    assert!(head.contains("a-cluster-") && head.contains("…   WRITE "), "{head}");
    super::keys::press(&mut state, "4 enter l esc");
    let row = picture(&state, 5);
    assert!(row.contains("2 not applied") && row.contains("app-stable"), "{row}");
    let footers = [
        ("6 tab", " F fault  s status  ./, share  l latency  b slow  X down  z off  +/- load"),
        ("7", " Space hold  Enter open"),
        (": l o g enter", " Space hold  Enter open"),
        ("3 /", " Enter keep  Esc clear  ↑↓ former  PgUp/PgDn look"),
    ];
    for (keys, begin) in footers {
        let mut state = fixture::state();
        super::keys::press(&mut state, keys);
        let footer = picture(&state, 23);
        assert!(footer.starts_with(begin), "{keys}: {footer}");
    }
}

#[test]
fn what_is_wrong_with_a_line_is_told_whole() {
    let mut state = fixture::state();
    super::keys::press(&mut state, "3 :");
    state.update(Message::Paste("theme solarised-middle".to_owned()));
    super::keys::press(&mut state, "enter");
    let picture = crate::tui::view::picture(&state, 80, 24);
    let told: Vec<&str> = picture.lines().skip_while(|line| !line.starts_with(" ✗ theme:")).collect();
    let told = told.join(" ");
    assert!(
        told.contains("tritanopia, terminal, mono") && told.ends_with(":theme solarised-middle"),
        "{picture}"
    );
    super::keys::press(&mut state, "esc : n o p e enter");
    let picture = crate::tui::view::picture(&state, 80, 24);
    assert!(
        picture.trim_end().ends_with(":nope   ✗ no command `nope`: Tab shows all"),
        "beside it: {picture}"
    );
}

#[test]
fn every_screen_can_be_drawn_in_ascii() {
    for letters in [Letters::PlainSigns, Letters::Ascii] {
        for (name, keys) in SCREENS {
            for size in [(80, 24), (120, 40), (200, 60), (10, 5)] {
                let mut console = Offline::new(fixture::view(), "dark", false, fixture::clock()).unwrap();
                console.letters(letters);
                console.tail(fixture::tail(&fixture::view(), 41));
                console.keys(keys);
                let text = console.text(size.0, size.1);
                let other: String = text.chars().filter(|letter| !letter.is_ascii()).collect();
                assert_eq!(other, "", "{name} {size:?}\n{text}");
            }
        }
    }
}

#[test]
fn shares_since_a_change_are_told_as_such_and_too_few_requests_too() {
    let cases = [
        (12, "observed % 12 s", "10.2"),
        (2, "observed % 2 s", "10.2"),
        (1, "observed % 0 s", "? 0 requests"),
    ];
    for (ago, head, share) in cases {
        let mut view = (*fixture::view()).clone();
        let mut entry = view.journal[1].clone();
        entry.at = fixture::clock().checked_sub(jiff::SignedDuration::from_secs(ago)).unwrap();
        view.journal = std::sync::Arc::new([entry]);
        let mut console = Offline::new(std::sync::Arc::new(view), "dark", false, fixture::clock()).unwrap();
        console.keys("4 enter");
        let text = console.text(120, 40);
        assert!(text.contains(head) && text.contains(share), "{ago} s ago:\n{text}");
    }
}

#[test]
fn colours_are_those_of_the_theme_and_mono_has_none() {
    for (name, theme, no_color) in [("light", "light", false), ("mono", "dark", true)] {
        let mut console = Offline::new(fixture::view(), theme, no_color, fixture::clock()).unwrap();
        console.keys("4 enter L L L");
        insta::assert_snapshot!(format!("canary_{name}_80x24"), format!("{:?}", console.buffer(80, 24)));
    }
}

#[test]
fn hostile_names_are_drawn_harmless_and_secrets_not_at_all() {
    let yaml = "apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: shop }\ndata: { k: aHVudGVyMg== }\n---\n\
                apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
                metadata: { name: \"r\\e[2J\\u202e\", namespace: shop, annotations: { a: \"\\e]0;x\\a\" } }\n\
                spec: { parentRefs: [{ name: nowhere }], rules: [{ backendRefs: [{ name: b, port: 80 }] }] }\n";
    let view = std::sync::Arc::new(fixture::view_of(yaml));
    let key = crate::resource::Key::new(crate::resource::Kind::Secret, "shop", "s");
    let about = crate::tui::facts::describe::About::Object(key);
    let known = crate::tui::facts::Known::of(&view, fixture::clock());
    let folds = crate::tui::facts::page::Folds::default();
    let mut lines = crate::tui::facts::describe::page(&known, &about);
    lines.extend(crate::tui::facts::yaml::page(&known, &about, &folds, None));
    let text: String = lines.iter().map(|line| line.line.text()).collect();
    assert!(
        text.contains("•• 7 bytes") && !text.contains("aHVudGVyMg") && !text.contains("hunter2"),
        "{text}"
    );
    let mut console = Offline::new(view, "dark", false, fixture::clock()).unwrap();
    for keys in ["1", "3", "enter"] {
        console.keys(keys);
        let text = console.text(120, 40);
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.chars().any(harmful), "{text}");
        assert!(text.contains("\\u{1b}[2J"), "{text}");
    }
}

#[test]
fn without_colour_the_terminal_gets_no_empty_sequence_and_a_reversed_selection() {
    use ratatui::{Terminal, TerminalOptions, Viewport, layout::Rect};

    use crate::tui::{
        app::State,
        theme::{Depth, Theme},
        view,
        wire::Wire,
    };

    let theme = Theme::named("dark", Depth::Mono).unwrap();
    let state = State::new(fixture::view(), theme, fixture::clock(), jiff::tz::TimeZone::UTC);
    let mut bytes = Vec::new();
    let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
    let mut terminal = Terminal::with_options(Wire::new(&mut bytes), TerminalOptions { viewport }).unwrap();
    terminal.draw(|frame| view::draw(&state, frame)).unwrap();
    drop(terminal);
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        !text.contains("\u{1b}[;m") && !text.contains("\u{1b}[m"),
        "empty sequences undo bold and reversed"
    );
    assert!(!text.contains("\u{1b}[38;") && !text.contains("\u{1b}[48;"), "no colour");
    assert!(text.contains("\u{1b}[7m") || text.contains("\u{1b}[1;7m"), "the selection is reversed");
}

#[test]
fn what_is_old_is_told_with_its_age_and_nothing_is_no_zero() {
    let mut view = (*fixture::view()).clone();
    let mut traffic = (*view.traffic).clone();
    traffic.at = Some(fixture::NOW - 40.0);
    traffic.failure = Some("connection refused".to_owned());
    view.traffic = std::sync::Arc::new(traffic);
    let mut console = Offline::new(std::sync::Arc::new(view), "dark", false, fixture::clock()).unwrap();
    console.keys("3");
    assert!(console.text(120, 40).contains("◌ traffic is 40 s old  connection refused"));

    let empty = crate::rehearsal::View {
        traffic: std::sync::Arc::default(),
        ..fixture::view_of("kind: List\napiVersion: v1\nitems: []\n")
    };
    let mut console = Offline::new(std::sync::Arc::new(empty), "dark", false, fixture::clock()).unwrap();
    let cases = [
        ("1", "? no traffic known"),
        ("2", "no GatewayClass and no Gateway"),
        ("3", "no route in what was read"),
        ("4", "there is no weight to move"),
        ("6", "no listener: no Gateway of our class"),
    ];
    for (keys, told) in cases {
        console.keys(keys);
        let text = console.text(120, 40);
        assert!(text.contains(told), "{text}");
    }
}
