use crate::{
    rehearsal::{Fault, Mix},
    tui::{
        action::named,
        app::{Effect, Message, State},
        fixture,
        keymap::Chord,
    },
};

fn on_stand_ins() -> State {
    let mut state = fixture::state();
    press(&mut state, "6 tab");
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let chords = keys.split_ascii_whitespace().map(|key| Chord::parse(key).unwrap());
    chords.flat_map(|chord| state.update(Message::Key(chord.event()))).collect()
}

/// What a command asks for, in words, or what is said of it.
fn command(state: &mut State, text: &str) -> Result<Vec<String>, String> {
    let mut words = text.split_ascii_whitespace().map(str::to_owned);
    let row = named(&words.next().unwrap()).unwrap();
    let effects = (row.run)(state, &words.collect::<Vec<_>>())?;
    Ok(effects.iter().map(told).collect())
}

fn told(effect: &Effect) -> String {
    match effect {
        Effect::Fault(backend, fault) => format!("{} {fault}", backend.service),
        Effect::Load(setting) => format!("{} over {}", setting.rate, setting.concurrency),
        Effect::Mix(Mix::Routes) => "routes".to_owned(),
        Effect::LoadFrom(path) => path.display().to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_tell_stand_ins_and_load_what_was_typed() {
    let cases: &[(&str, Result<&[&str], &str>)] = &[
        ("fault app-canary 503 20%", Ok(&["shop/app-canary 503 20%"])),
        ("fault shop/app-canary +500ms slow 10kB/s", Ok(&["shop/app-canary +500ms slow 10kB/s"])),
        ("fault shop/app-canary:8080 off", Ok(&["shop/app-canary off"])),
        ("fault down", Ok(&["media/img down"])),
        ("fault app-canry 503", Err("there is no stand-in `app-canry`; did you mean `shop/app-canary`?")),
        (
            "fault shop/app-canry 503",
            Err("there is no stand-in `shop/app-canry`; did you mean `shop/app-canary`?"),
        ),
        ("fault app-canary 20%", Err("share `20%` has no status before it; write `503 20%`")),
        ("fault 99 20%", Err("a status is a number from 200 to 599, not `99`")),
        ("fault app-stable down", Err("shop/app-stable:8080 is not answered by a stand-in of ours")),
        ("load 200", Ok(&["200 over 16"])),
        ("load 0.5/s 64", Ok(&["0.5 over 64"])),
        ("load off", Ok(&["0 over 16"])),
        ("load", Err("say how many requests a second: `load 200`, or `load off`")),
        ("load many", Err("a load is a number of requests a second up to 1000000, not `many`")),
        ("load 1 0", Err("connections are a number from 1 to 4096, not `0`")),
        ("load 1 2 3", Err("`3` is one word too many: `load RATE CONNECTIONS`")),
        ("load-from routes", Ok(&["routes"])),
        ("load-from /var/log/nginx/my access.log", Ok(&["/var/log/nginx/my access.log"])),
    ];
    for (text, wanted) in cases {
        let got = command(&mut on_stand_ins(), text);
        let got = got.as_ref().map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
        let wanted = wanted.map(<[&str]>::to_vec);
        assert_eq!(got.map_err(String::as_str), wanted, "{text}");
    }
}

#[test]
fn keys_change_one_part_of_a_fault_each() {
    let fault = |asked: Vec<Effect>| match &asked[..] {
        [Effect::Fault(_, fault)] => *fault,
        other => panic!("{other:?}"),
    };
    let now = on_stand_ins().screens.rehearsal.stand_ins.selected().unwrap().fault;
    let with = |text: &str| text.parse::<Fault>().unwrap();
    assert_eq!(now, with("+500ms"), "the fixture's");
    let cases = [
        ("s", "503 10% +500ms"),
        (".", "503 1% +500ms"),
        ("l", "+1s"),
        ("b", "+500ms slow 100kB/s"),
        ("X", "+500ms down"),
        ("z", "off"),
    ];
    for (key, wanted) in cases {
        assert_eq!(fault(press(&mut on_stand_ins(), key)), with(wanted), "{key}");
    }
}

#[test]
fn keys_pressed_quickly_build_on_each_other_though_the_view_is_not_newer() {
    let mut state = on_stand_ins();
    let asked: Vec<_> = press(&mut state, "s s . . b X z .").iter().map(told).collect();
    let wanted = [
        "503 10% +500ms",
        "500 10% +500ms",
        "500 20% +500ms",
        "500 50% +500ms",
        "500 50% +500ms slow 100kB/s",
        "500 50% +500ms slow 100kB/s down",
        "off",
        "503 1%",
    ];
    assert_eq!(asked, wanted.map(|fault| format!("media/img {fault}")));
    let later = state.clock + jiff::SignedDuration::from_secs(2);
    state.update(Message::Tick(later));
    let asked: Vec<_> = press(&mut state, ".").iter().map(told).collect();
    assert_eq!(asked, ["media/img 503 1% +500ms"], "what was never done is not built on");
}

#[test]
fn a_fault_is_chosen_from_a_menu_or_typed_and_mended() {
    let mut state = on_stand_ins();
    assert!(press(&mut state, "F").is_empty());
    assert_eq!(press(&mut state, "d").iter().map(told).collect::<Vec<_>>(), ["media/img down"]);
    press(&mut state, "F t");
    for letter in [" ", "s", "l", "o", "w"] {
        state.update(Message::Paste(letter.to_owned()));
    }
    assert!(press(&mut state, "enter").is_empty(), "a pace is missing");
    let note = &state.notes.last().unwrap().text;
    assert!(note.contains("a pace is"), "{note}");
    state.update(Message::Paste(" 1kB/s".to_owned()));
    let asked = press(&mut state, "enter");
    assert_eq!(asked.iter().map(told).collect::<Vec<_>>(), ["media/img +500ms slow 1kB/s"]);
}

#[test]
fn load_keys_change_rate_connections_and_what_is_sent() {
    let mut state = fixture::state();
    press(&mut state, "6");
    let asked = press(&mut state, "+ - 0 > <");
    let told_all: Vec<_> = asked.iter().map(told).collect();
    assert_eq!(told_all, ["500 over 16", "200 over 16", "0 over 16", "0 over 32", "0 over 16"]);
    press(&mut state, "r");
    state.update(Message::Paste("shop.har".to_owned()));
    assert_eq!(press(&mut state, "enter").iter().map(told).collect::<Vec<_>>(), ["shop.har"]);
}
