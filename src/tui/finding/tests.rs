use std::cmp::Ordering;

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::resource::{Key, Kind, Meta, Object};

fn found(query: &str, cells: &[&str], labels: &[(&str, &str)]) -> bool {
    let object = Object {
        key: Key::new(Kind::HttpRoute, "shop", "app-canary"),
        api_version: "gateway.networking.k8s.io/v1".into(),
        meta: Meta {
            labels: labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
            ..Meta::default()
        },
        text: "{}".into(),
        origin: None,
        assumed: false,
    };
    let text = fields(cells.iter().copied());
    Query::parse(query).unwrap().matches(&Haystack { text: &text, object: Some(&object) })
}

/// The cell with what is marked in brackets.
fn shown(query: &str, cell: &str) -> String {
    let mut out = cell.to_owned();
    for mark in Query::parse(query).unwrap().marks(cell).into_iter().rev() {
        out.insert(mark.end, ']');
        out.insert(mark.start, '[');
    }
    out
}

#[test]
fn each_form_finds_what_it_says() {
    let fields = ["shop/app-canary", "HTTPRoute", "Shop.example.com", "/cart/items"];
    let labels = [("app", "web"), ("track", "canary")];
    let cases = [
        ("", true, "nothing asked"),
        ("canary", true, "a part"),
        ("CANARY", true, "case does not matter"),
        ("httproute", true, "case does not matter in the row either"),
        ("canaryhttp", false, "fields are apart"),
        ("  canary ", true, "space around is not meant"),
        ("/cart", true, "a path, or a regex that is not closed yet"),
        ("/cart/", true, "a regex"),
        ("/^app/", false, "the beginning of a field"),
        ("/^shop/", true, "the beginning of a field, escaped or not"),
        ("/CANARY$/", true, "the end of a field; case does not matter"),
        ("/app|web/", true, "one of two"),
        ("/^\\/cart\\//", true, "an escaped slash is a slash"),
        ("/cart\\/", false, "and does not close: a text with a backslash"),
        ("//", true, "a regex that asks nothing"),
        ("!canary", false, "the inverse of a part"),
        ("!stable", true, "the inverse of a part"),
        ("!/^shop/", false, "the inverse of a regex"),
        ("!-l app=web", false, "the inverse of labels"),
        ("!-f sacn", false, "the inverse of fuzzy"),
        ("!!canary", true, "twice is not at all"),
        ("!", true, "nothing asked yet"),
        ("!-l", true, "nothing asked yet"),
        ("-l app=web", true, "a label"),
        ("-l app=web,track!=stable", true, "labels"),
        ("-l track in (stable, canary),!team", true, "a set, and a label that is not there"),
        ("-l app=shop", false, "another value"),
        ("-l", true, "nothing asked yet"),
        ("-lapp", false, "no flag without a space: a text"),
        ("-f spcnry", true, "letters in order"),
        ("-f yrnc", false, "letters in another order"),
        ("-f cnry httprt", true, "each word in a field of its own"),
        ("-f cnry httprtz", false, "one word in no field"),
        ("-f appcart", false, "one word over two fields"),
        ("-f", true, "nothing asked yet"),
    ];
    for (query, expected, why) in cases {
        assert_eq!(found(query, &fields, &labels), expected, "{query}: {why}");
    }
}

#[test]
fn a_query_that_can_not_be_read_says_why_in_one_line() {
    let long = "x".repeat(2000);
    let cases = [
        ("/(foo/", "unclosed group"),
        ("!/a{2,1}/", "invalid repetition count range, the start must be <= the end"),
        ("/\\w{100}{100}{100}/", "the regex is too large: repeat less"),
        ("-l =x", "`` is no label"),
        ("-l app in web", "values of `in` and `notin` stand in brackets: `team in (web,shop)`"),
        (&*long, "a filter has at most 1024 bytes"),
    ];
    for (query, expected) in cases {
        assert_eq!(Query::parse(query).unwrap_err().to_string(), expected, "{query}");
    }
}

#[test]
fn marks_fall_on_the_letters_that_were_found() {
    let cases = [
        ("app", "app/app-v2", "[app]/[app]-v2", "each place"),
        ("APP", "my-App", "my-[App]", "case does not matter"),
        ("aa", "aaaa", "[aaaa]", "places that touch are one"),
        ("x", "app", "app", "none"),
        ("!app", "app", "app", "what is not wanted is not there"),
        ("-l app", "app", "app", "labels are not in cells"),
        ("/a.|^b/", "bab-ax", "[bab]-[ax]", "a regex"),
        ("/x*/", "abc", "abc", "a match of nothing marks nothing"),
        ("-f apc", "app-canary", "[ap]p-[c]anary", "fuzzy: its letters"),
        ("-f app", "staging/app", "staging/[app]", "fuzzy: the best place"),
        ("bul", "İstanbul", "İstan[bul]", "what becomes longer in lower case stands before"),
        ("i", "İx", "[İ]x", "a part of what one letter becomes is that letter"),
        ("ße", "STRAẞE", "STRA[ẞE]", "what becomes shorter"),
        ("οδος", "ΟΔΟΣ", "[ΟΔΟΣ]", "a sigma at the end"),
        ("e", "cafe\u{301}s", "caf[e\u{301}]s", "an accent goes with its letter"),
        ("京", "東京都", "東[京]都", "wide letters"),
        ("👨", "a👨\u{200d}👩\u{200d}👧b", "a[👨\u{200d}👩\u{200d}👧]b", "a family is one letter"),
        ("/都$/", "東京都", "東京[都]", "a regex by letters"),
        ("-f ae", "a\u{308}x\u{301}e\u{301}", "[a\u{308}]x\u{301}[e\u{301}]", "fuzzy, all with accents"),
        ("-f 東都", "東京都", "[東]京[都]", "fuzzy by letters"),
    ];
    for (query, cell, expected, why) in cases {
        assert_eq!(shown(query, cell), expected, "{query} in {cell}: {why}");
    }
}

#[test]
fn whole_words_rank_before_scattered_letters() {
    let score = |query: &str, name: &str| Query::parse(query).unwrap().score(&Haystack::of(&fields([name])));
    let best = ["shop/app", "my-a-p-p", "xx"].map(|name| score("-f app", name));
    assert!(best[0] > best[1] && best[1] > best[2] && best[2].is_none(), "{best:?}");
    assert!(Query::parse("-f app").unwrap().ranks());
    for query in ["app", "/app/", "-l app", "!-f app", "-f"] {
        assert!(!Query::parse(query).unwrap().ranks(), "{query}: rows stay in their order");
    }
}

#[test]
fn columns_are_in_the_order_that_people_expect() {
    let (text, number) = (SortKey::text, SortKey::number);
    let cases = [
        (text("a2"), text("a10"), Ordering::Less, "by value"),
        (text("a002"), text("a10"), Ordering::Less, "zeros in front count nothing"),
        (text("a2"), text("a02"), Ordering::Greater, "the same value: as written"),
        (text("v1.9"), text("v1.10"), Ordering::Less, "each number by itself"),
        (text("9999999999999999999998"), text("9999999999999999999999"), Ordering::Less, "any length"),
        (text("ä2"), text("ä10"), Ordering::Less, "by value behind other letters"),
        (text("a"), text("a1"), Ordering::Less, "the shorter first"),
        (text("B"), text("a"), Ordering::Greater, "case does not count"),
        (text("App"), text("app"), Ordering::Less, "until nothing else does"),
        (text("shop/a"), text("shop-b/a"), Ordering::Greater, "letter by letter"),
        (number(2.0), number(10.0), Ordering::Less, "numbers"),
        (number(-0.0), number(0.0), Ordering::Equal, "one zero"),
        (number(10.0), text("a"), Ordering::Less, "numbers before texts"),
        (SortKey::Missing, number(10.0), Ordering::Greater, "missing last"),
        (text(""), text("z"), Ordering::Greater, "an empty text is missing"),
        (number(f64::NAN), SortKey::Missing, Ordering::Equal, "no number is missing"),
    ];
    for (a, b, order, why) in cases {
        assert_eq!(a.order(&b, false), order, "{why}");
        assert_eq!(b.order(&a, false), order.reverse(), "{why}, the other way");
        let missing = a == SortKey::Missing || b == SortKey::Missing;
        let down = if missing { order } else { order.reverse() };
        assert_eq!(a.order(&b, true), down, "{why}, turned round");
    }
}

proptest! {
    #[test]
    fn what_is_found_in_a_cell_is_marked_on_whole_letters(
        cell in "[a-cA-CİẞΣς東e\u{301}\u{200d}👨 1-3/]{0,12}",
        needle in "[a-cİßσe\u{301}東13]{1,3}",
    ) {
        for typed in [needle.clone(), format!("-f {needle}"), format!("/{needle}/")] {
            let query = Query::parse(&typed).unwrap();
            let marks = query.marks(&cell);
            let edges: Vec<usize> = cell.grapheme_indices(true).map(|(at, _)| at).chain([cell.len()]).collect();
            let mut end = None;
            for mark in &marks {
                prop_assert!(mark.start < mark.end);
                prop_assert!(end.is_none_or(|end| end < mark.start), "apart and in order: {marks:?}");
                prop_assert!(edges.contains(&mark.start) && edges.contains(&mark.end), "{marks:?} in {cell:?}");
                end = Some(mark.end);
            }
            let text = fields([&*cell]);
            let regex = typed.starts_with('/');
            prop_assert!(regex || query.ranks() || query.matches(&Haystack::of(&text)) != marks.is_empty());
        }
    }

    #[test]
    fn the_order_of_names_is_total(mut names in proptest::collection::vec("[aAbÄäİ0-2/-]{0,5}", 0..8)) {
        let natural = |a: &str, b: &str| SortKey::text(a).order(&SortKey::text(b), false);
        names.sort_by(|a, b| natural(a, b));
        for (at, a) in names.iter().enumerate() {
            for b in &names[at..] {
                prop_assert_ne!(natural(a, b), Ordering::Greater, "{} {}", a, b);
                prop_assert_eq!(natural(a, b) == Ordering::Equal, a == b);
            }
        }
    }
}
