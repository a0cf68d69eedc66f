//! What stands in saved files.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::*;
use crate::tui::{Offline, keep::Saving};

fn saving(effects: Vec<Effect>) -> Saving {
    let found = effects
        .into_iter()
        .find_map(|effect| if let Effect::Save(saving) = effect { Some(*saving) } else { None });
    found.expect("something to save")
}

/// Writes into a folder and reads it back.
fn written(effects: Vec<Effect>) -> String {
    let state = tempfile::tempdir().unwrap();
    let told = saving(effects).write(Some(state.path()), None).unwrap();
    let file = told.split_once(" to ").expect("the path is told").1.to_owned();
    fs::read_to_string(file).unwrap()
}

/// `#` lines, names and rows, as a reader that knows comments sees them.
fn read(csv: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    (names, rows.collect())
}

#[test]
fn a_table_is_saved_with_every_row_of_the_filter_and_every_column() {
    let mut state = fixture::state();
    press(&mut state, "3 / s h o p enter");
    state.size.set((60, 16));
    let effects = command(&mut state, "save csv");
    let csv = written(effects);
    let (names, rows) = read(&csv);
    let all = "health route kind parents hostnames rules req_s 5xx_percent p95_ms labels file";
    assert_eq!(names.join(" "), all, "also those that 60 columns have no room for");
    assert_eq!(rows.len(), 5, "all that the filter shows");
    let first = "ok|~ shop/app|HTTP|infra/edge ▸ http  +1|app.example.com|2|300|0.5|12||shop.yaml:";
    assert!(rows[0].join("|").starts_with(first), "{:?}", rows[0]);
    assert!(rows.iter().any(|row| row[0] == "broken"), "signs are words");
    assert!(rows.iter().any(|row| row[6].is_empty()), "no number is no zero");
    let head: Vec<&str> = csv.lines().take_while(|line| line.starts_with('#')).collect();
    let expected = [
        format!("# cutover,{}", env!("CARGO_PKG_VERSION")),
        "# saved,2026-11-24T14:02:11Z".to_owned(),
        "# source,demo bookshop".to_owned(),
        "# context,rehearsal".to_owned(),
        "# screen,Routes".to_owned(),
        "# namespace,none".to_owned(),
        "# traffic_at,2026-11-24T14:02:10Z".to_owned(),
        "# filter,shop".to_owned(),
        "# only_broken,false".to_owned(),
        "# sort,none".to_owned(),
        "# shown,5".to_owned(),
        "# of,6".to_owned(),
    ];
    assert_eq!(head, expected);
}

#[test]
fn json_says_the_same_as_fields() {
    let mut state = fixture::state();
    press(&mut state, "3 / s h o p enter");
    let effects = command(&mut state, "save json");
    let json: serde_json::Value = serde_json::from_str(&written(effects)).unwrap();
    for (field, value) in [
        ("saved", serde_json::json!("2026-11-24T14:02:11Z")),
        ("source", "demo bookshop".into()),
        ("namespace", serde_json::Value::Null),
        ("filter", "shop".into()),
        ("shown", 5.into()),
        ("of", 6.into()),
    ] {
        assert_eq!(json[field], value, "{field}");
    }
    assert_eq!(json["rows"].as_array().unwrap().len(), 5);
    assert_eq!(json["rows"][0]["route"], "~ shop/app");
    assert_eq!(json["rows"][0]["req_s"], 300, "a number is a number");
    press(&mut state, "1");
    let effects = command(&mut state, "save json");
    let json: serde_json::Value = serde_json::from_str(&written(effects)).unwrap();
    assert_eq!(json["series"].as_array().unwrap().len(), 300, "the Overview's charts too");
}

#[test]
fn the_canary_saves_what_its_charts_are_drawn_from() {
    let mut state = fixture::state();
    press(&mut state, "4 enter L");
    let effects = command(&mut state, "save");
    let csv = written(effects);
    let (names, rows) = read(&csv);
    assert_eq!(names.join(" "), "until backend seconds requests errors_5xx req_s 5xx_percent p95_ms");
    assert_eq!(rows.len(), 600, "300 steps of two backends");
    assert_eq!(rows[599][0], "2026-11-24T14:02:11Z", "the last step ends now");
    assert_eq!(rows[0][0], "2026-11-24T13:52:13Z", "the first ten minutes ago");
    let times: Vec<&String> = rows.iter().map(|row| &row[0]).collect();
    assert!(times.is_sorted(), "by time");
    let weights: Vec<&str> = csv.lines().filter(|line| line.starts_with("# weights")).collect();
    let expected = "# weights,backend app-canary:8080,weight 10,wanted 15,programmed_percent 10,";
    assert!(weights.len() == 2 && weights[1].starts_with(expected), "{weights:?}");
    let effects = command(&mut state, "save json");
    let json: serde_json::Value = serde_json::from_str(&written(effects)).unwrap();
    assert_eq!(
        (json["weights"][1]["wanted"].as_i64(), json["weights"][1]["weight"].as_i64()),
        (Some(15), Some(10))
    );
    assert_eq!(json["series"].as_array().unwrap().len(), 600);
}

#[test]
fn the_picture_is_what_is_seen() {
    let mut state = fixture::state();
    press(&mut state, "3 j enter");
    state.size.set((120, 40));
    let effects = command(&mut state, "save");
    let text = written(effects);
    let (head, picture) = text.split_once("\n\n").unwrap();
    assert!(head.contains("# screen: Detail HTTPRoute shop/app\n"), "{head}");
    let mut console = Offline::new(fixture::view(), "dark", false, fixture::clock()).unwrap();
    console.keys("3 j enter");
    assert_eq!(picture, console.text(120, 40));
}

#[test]
fn no_spreadsheet_runs_what_a_name_says() {
    let mut state = hostile();
    press(&mut state, "3 / @ s u m ( 1 , 2 ) enter");
    let effects = command(&mut state, "save csv");
    let csv = written(effects);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
    let mut seen = 0;
    for cell in reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        assert!(!cell.contains(crate::resource::show::is_harmful), "{cell:?}");
        seen += usize::from(cell.starts_with("'@"));
    }
    assert_eq!(seen, 2, "the filter and the hostname\n{csv}");
}

#[test]
fn files_are_private_have_names_of_their_own_and_are_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = fixture::state();
    press(&mut state, "3");
    let mut save = |line: &str| {
        let effects = command(&mut state, line);
        saving(effects).write(Some(&folder.path().join("state")), Some(folder.path()))
    };
    let saved = |told: Result<String, String>| told.unwrap().split_once(" to ").unwrap().1.to_owned();
    let own = folder.path().join("state/saved").to_string_lossy().into_owned();
    assert_eq!(save("save csv"), Ok(format!("saved 6 rows to {own}/routes-20261124T140211Z.csv")));
    assert_eq!(saved(save("save")), format!("{own}/routes-20261124T140211Z-2.csv"), "of the same second");
    assert_eq!(saved(save("save text")), format!("{own}/routes-20261124T140211Z.txt"));
    let mode = fs::metadata(format!("{own}/routes-20261124T140211Z.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let home = folder.path().to_string_lossy().into_owned();
    assert_eq!(saved(save("save ~/a.json")), format!("{home}/a.json"), "the ending tells the format");
    assert!(fs::read_to_string(folder.path().join("a.json")).unwrap().starts_with('{'));
    let again = save("save csv ~/a.json");
    assert!(again.as_ref().is_err_and(|why| why.contains("is there already")), "{again:?}");
    assert!(fs::read_to_string(folder.path().join("a.json")).unwrap().starts_with('{'), "as it was");
    assert_eq!(
        saved(save(&format!("save json {home}"))),
        format!("{home}/routes-20261124T140211Z.json"),
        "a folder"
    );
    assert!(
        save("save csv /proc/no/such.csv").is_err_and(|why| why.starts_with("nothing was saved: /proc/no"))
    );
    assert!(!Path::new("/proc/no").exists());
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let cases = [
        ("3", "save pdf", "neither a format (csv, json, text) nor a file"),
        ("3", "save pdf x.csv", "`pdf` is no format"),
        ("3", "save csv a b", "`b` is one word too many"),
        ("3 j enter", "save csv", "there is no table here; `:save text`"),
        ("?", "save json", "there is no table here"),
    ];
    for (keys, line, words) in cases {
        let mut state = fixture::state();
        press(&mut state, keys);
        assert!(command(&mut state, line).is_empty(), "{line}");
        assert!(told(&state).contains(words), "{line}: {}", told(&state));
    }
}

#[test]
fn the_menu_offers_what_there_is() {
    let cases = [("3 ctrl-s c", true), ("3 ctrl-s enter", true), ("? ctrl-s c", false), ("? ctrl-s t", true)];
    for (keys, saves) in cases {
        let mut state = fixture::state();
        let effects = press(&mut state, keys);
        assert_eq!(effects.iter().any(|effect| matches!(effect, Effect::Save(_))), saves, "{keys}");
    }
}

#[test]
fn a_long_list_is_gathered_in_slices_as_it_was_when_it_was_asked_for() {
    let mut yaml = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: edge, namespace: b }\n\
                    spec: { gatewayClassName: c, listeners: [{ name: http, port: 80, protocol: HTTP }] }\n---\n"
        .to_owned();
    for n in 0..1200 {
        yaml.push_str(&format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{ name: r{n:04}, namespace: b }}\n\
             spec: {{ parentRefs: [{{ name: edge }}] }}\n---\n"
        ));
    }
    let view = Arc::new(fixture::view_of(yaml.leak()));
    let theme = Theme::named("dark", Depth::True).unwrap();
    let mut state = State::new(view, theme, fixture::clock(), jiff::tz::TimeZone::UTC);
    press(&mut state, "3");
    let mut effects = command(&mut state, "save csv");
    let mut slices = 1;
    while let Some(Effect::Gather(_)) = effects.first() {
        // What happens between two slices does not reach the file.
        press(&mut state, "j 1 2 3 /");
        state.update(Message::View(fixture::view()));
        let Some(Effect::Gather(gathering)) = effects.pop() else { panic!("{effects:?}") };
        effects = state.update(Message::Gather(gathering));
        slices += 1;
    }
    assert_eq!(slices, 3);
    let (_, rows) = read(&written(effects));
    assert_eq!(rows.len(), 1200);
    assert!(rows.iter().enumerate().all(|(n, row)| row[1] == format!("b/r{n:04}")), "each once, in order");
    assert!(
        rows.iter().all(|row| row[3].starts_with("b/edge")),
        "by the view of the beginning: {:?}",
        rows[1199]
    );
}
