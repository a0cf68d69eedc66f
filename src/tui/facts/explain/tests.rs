use super::*;
use crate::{
    routing::{explain, near_misses, way},
    tui::fixture,
};

fn path(words: &str) -> Path {
    let view = fixture::view();
    let words: Vec<&str> = words.split_whitespace().collect();
    let ask = Form::of_words(&words).unwrap().read().unwrap().ask();
    let backends = Backends { world: &view.world, stand_ins: &view.stand_ins };
    let table = &view.compiled.table;
    let found = with_endpoints(explain(table, &ask), backends);
    let path = Path::of(&ask, &found, backends);
    let late = Path::of(&ask, &with_endpoints(way(table, &ask), backends), backends);
    assert_eq!(late.with_misses(ask.side, &near_misses(table, &ask)), path, "in one go or in two");
    path
}

fn lines(path: &Path) -> Vec<String> {
    let line = |step: &Step| {
        let cells = [step.sign.sign(), &step.label, &step.name, &step.detail, &step.note];
        cells.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" | ")
    };
    path.steps.iter().map(line).collect()
}

#[test]
fn the_path_goes_from_the_listener_to_the_backends() {
    let path = path("GET https://app.example.com/x");
    insta::assert_snapshot!(lines(&path).join("\n"));
    let about: Vec<_> = path.steps.iter().filter_map(|step| step.about.as_ref()).map(About::name).collect();
    assert_eq!(
        about,
        [
            "Gateway infra/edge ▸ https",
            "HTTPRoute shop/app",
            "HTTPRoute shop/app",
            "HTTPRoute shop/app",
            "Service shop/app-stable",
            "Service shop/app-canary",
        ],
        "each step leads to its object"
    );
}

#[test]
fn a_path_that_ends_early_says_where_and_what_was_nearest() {
    let nobody = path("GET https://nobody.example.com/");
    insta::assert_snapshot!(format!(
        "{}\n\n{}",
        lines(&nobody).join("\n"),
        lines(&path("GET http://a:99/")).join("\n")
    ));
    assert!(nobody.over.is_empty(), "nothing took it");
    assert!(nobody.misses.iter().all(|near| near.by.is_none() && near.why.contains("host is nobody")));
}

#[test]
fn a_share_has_its_unit() {
    for (share, text) in [(0.9, "90 %"), (1.0 / 3.0, "33.3 %"), (0.0, "0 %"), (1.0, "100 %")] {
        assert_eq!(percent(share), text);
    }
}
