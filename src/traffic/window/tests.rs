use proptest::prelude::*;

use super::*;
use crate::traffic::exposition::parse;

const TARGET: &str = "127.0.0.1:9";

fn page(text: &str) -> Page {
    parse(text, Window::wants)
}

/// A line of the counter for a backend of rule 0 of shop/web.
fn requests(backend: &str, code: u16, by: &str, value: u64) -> String {
    format!(
        "cutover_requests_total{{side=\"new\",gateway=\"infra/edge\",listener=\"https\",kind=\"HTTPRoute\",\
         route=\"shop/web\",rule=\"0\",backend=\"shop/{backend}\",port=\"8080\",code=\"{code}\",by=\"{by}\"}} {value}\n"
    )
}

/// A histogram of the same, from what fell into each bucket.
fn durations(backend: &str, buckets: &[(&str, u64)]) -> String {
    let mut text = String::new();
    let mut sum = 0;
    for (le, count) in buckets {
        sum += count;
        text.push_str(&format!(
            "cutover_request_duration_seconds_bucket{{side=\"new\",gateway=\"infra/edge\",listener=\"https\",\
             kind=\"HTTPRoute\",route=\"shop/web\",rule=\"0\",backend=\"shop/{backend}\",port=\"8080\",\
             le=\"{le}\"}} {sum}\n"
        ));
    }
    text
}

fn backend(name: &str) -> Scope {
    Scope::Backend {
        kind: "HTTPRoute".into(),
        route: "shop/web".into(),
        rule: 0,
        backend: format!("shop/{name}").into(),
        port: 8080,
    }
}

fn service(name: &str) -> Scope {
    Scope::Service { side: None, backend: format!("shop/{name}").into(), port: 8080 }
}

fn rule() -> Scope {
    Scope::Rule { kind: "HTTPRoute".into(), route: "shop/web".into(), rule: 0 }
}

fn route() -> Scope {
    Scope::Route { kind: "HTTPRoute".into(), route: "shop/web".into() }
}

/// A window fed with one page a second from 0 on.
fn fed(pages: &[&str]) -> Window {
    let mut window = Window::default();
    for (second, text) in pages.iter().enumerate() {
        window.ingest(second as f64, TARGET, &page(text));
    }
    window
}

/// Requests of all scopes over the last minute.
fn all(window: &Window, now: Moment) -> Option<u64> {
    window
        .traffic(now)
        .scopes
        .get(&Scope::All)
        .and_then(|series| series.long)
        .map(|measured| measured.requests)
}

#[test]
fn before_the_second_page_there_is_no_data_and_not_zero() {
    let empty = Window::default().traffic(0.0);
    assert_eq!((empty.at, empty.failure, empty.scopes.len()), (None, None, 0));
    let window = fed(&[&requests("a", 200, "backend", 1000)]);
    let traffic = window.traffic(0.0);
    assert_eq!(traffic.at, Some(0.0));
    let series = traffic.scopes.get(&backend("a")).expect("the series is there");
    assert_eq!(**series, Series::default(), "a baseline measures nothing");
    assert_eq!(window.since(&backend("a"), 0.0), None);
}

#[test]
fn a_scope_without_requests_has_zero_of_them_and_no_percentiles() {
    let text = requests("a", 200, "backend", 1000);
    let window = fed(&[&text, &text]);
    let traffic = window.traffic(1.0);
    let measured = traffic.scopes[&backend("a")].short.expect("a second was watched");
    assert_eq!(measured, Measured::default());
    assert_eq!(measured.error_share(), None, "0 of 0 is no share");
    assert!(!traffic.scopes.contains_key(&backend("b")), "what no series tells of is unknown");
    assert_eq!(window.since(&backend("b"), 0.0), None);
}

#[test]
fn a_window_without_a_step_is_no_data() {
    let text = requests("a", 200, "backend", 7);
    let window = fed(&["", &text]);
    assert_eq!(all(&window, 1.0), Some(7));
    let later = window.traffic(30.0);
    let series = &later.scopes[&Scope::All];
    assert_eq!(series.short, None, "nothing was scraped for 10 s");
    assert_eq!(series.long.map(|one| one.requests), Some(7), "something was within the minute");
    assert_eq!(window.traffic(90.0).scopes[&Scope::All].long, None);
}

#[test]
fn counters_become_rises() {
    let a = |value| requests("a", 200, "backend", value);
    let cases: &[(&[&str], Option<u64>, &str)] = &[
        (&[&a(100), &a(103), &a(110)], Some(10), "rises of one series"),
        (&["", &a(3), &a(4)], Some(4), "newborn: from zero"),
        (
            &[&a(3), &a(3), &format!("{}{}", a(3), requests("b", 503, "proxy", 4))],
            Some(4),
            "newborn beside another",
        ),
        (&[&a(100), &a(5)], Some(5), "reset: what it shows"),
        (&[&a(100), "", &a(7)], Some(7), "gone and back: from zero"),
        (&[&a(100)], None, "the first page is a baseline"),
        (&["", ""], None, "no series, nothing known"),
        (&[&a(1), "cutover_requests_total{code=\"200\"} NaN\n"], Some(0), "no number"),
        (&["", "cutover_requests_total{code=\"200\"} -1\n"], None, "less than nothing"),
        (&["", &format!("{}{}", a(2), a(9))], Some(2), "twice on a page: the first"),
        (&["", "cutover_requests_total{code=\"200\"} 3.0\n"], Some(3), "counters may be written as floats"),
        (&["", "other_total{code=\"200\"} 3\n"], None, "another family"),
    ];
    for (pages, wanted, why) in cases {
        let window = fed(pages);
        assert_eq!(all(&window, pages.len() as f64 - 1.0), *wanted, "{why}");
    }
}

#[test]
fn what_can_not_be_used_is_counted() {
    let window = fed(&[
        "",
        "cutover_requests_total{code=\"200\"} NaN\n<html>\ncutover_requests_total{code=\"x\"} 1\n",
    ]);
    assert_eq!(window.traffic(1.0).rejected, 3);
}

#[test]
fn labels_in_another_order_are_the_same_series() {
    let window = fed(&[
        "cutover_requests_total{code=\"200\",gateway=\"a/b\"} 5\n",
        "cutover_requests_total{gateway=\"a/b\",code=\"200\"} 6\n",
    ]);
    assert_eq!(all(&window, 1.0), Some(1));
}

#[test]
fn errors_are_those_of_500_to_599_and_the_proxys_own_are_told_apart() {
    let text: String = [
        (200, "backend", 10),
        (404, "proxy", 20),
        (500, "proxy", 3),
        (503, "backend", 4),
        (600, "backend", 5),
    ]
    .map(|(code, by, value)| requests("a", code, by, value))
    .concat();
    let measured = fed(&["", &text]).since(&backend("a"), 0.0).expect("a second");
    assert_eq!((measured.requests, measured.errors, measured.errors_by_proxy), (42, 7, 3));
    assert_eq!(measured.error_share(), Some(7.0 / 42.0));
    assert_eq!(measured.rate, 42.0);
}

fn service_by(side: &str, name: &str) -> Scope {
    Scope::Service { side: Some(side.into()), backend: format!("shop/{name}").into(), port: 8080 }
}

#[test]
fn the_two_sides_are_never_added_together_but_in_the_whole() {
    let new = requests("a", 200, "backend", 3);
    let old = new.replace("side=\"new\"", "side=\"old\"").replace("} 3", "} 4");
    assert_ne!(old, new, "the labels say the side");
    let traffic = fed(&["", &[new, old].concat()]).traffic(1.0);
    let of =
        |scope: &Scope| traffic.scopes.get(scope).and_then(|series| series.short).map(|one| one.requests);
    let side = |side: &str| Scope::Side { side: side.into() };
    assert_eq!((of(&side("old")), of(&side("new"))), (Some(4), Some(3)));
    assert_eq!((of(&service_by("old", "a")), of(&service_by("new", "a"))), (Some(4), Some(3)));
    assert_eq!((of(&Scope::All), of(&service("a"))), (Some(7), Some(7)));
}

#[test]
fn each_request_counts_for_every_scope_that_its_labels_name() {
    let unmatched = "cutover_requests_total{side=\"new\",gateway=\"infra/edge\",listener=\"http\",kind=\"\",route=\"\",\
                     rule=\"\",backend=\"\",port=\"\",code=\"404\",by=\"proxy\"} 5\n";
    let text =
        [requests("a", 200, "backend", 1), requests("b", 200, "backend", 2), unmatched.to_owned()].concat();
    let traffic = fed(&["", &text]).traffic(1.0);
    let gateway: Arc<str> = "infra/edge".into();
    let wanted = [
        (Scope::All, 8),
        (Scope::Gateway { gateway: gateway.clone() }, 8),
        (Scope::Listener { gateway: gateway.clone(), listener: "https".into() }, 3),
        (Scope::Listener { gateway, listener: "http".into() }, 5),
        (route(), 3),
        (rule(), 3),
        (backend("a"), 1),
        (backend("b"), 2),
        (service("a"), 1),
        (service("b"), 2),
        (Scope::Side { side: "new".into() }, 8),
        (service_by("new", "a"), 1),
        (service_by("new", "b"), 2),
    ];
    for (scope, requests) in &wanted {
        let measured = traffic.scopes.get(scope).and_then(|series| series.short);
        assert_eq!(measured.map(|one| one.requests), Some(*requests), "{scope:?}");
    }
    assert_eq!(traffic.scopes.len(), wanted.len(), "and for no other");
}

/// What fell into each bucket; p50, p95, p99; why.
type Buckets = (&'static [(&'static str, u64)], [Option<f64>; 3], &'static str);

#[test]
fn percentiles_lie_within_their_bucket() {
    let cases: &[Buckets] = &[
        (&[("0.001", 100), ("+Inf", 0)], [Some(0.5), Some(0.95), Some(0.99)], "linear from zero"),
        (
            &[("0.001", 0), ("0.002", 100), ("+Inf", 0)],
            [Some(1.5), Some(1.95), Some(1.99)],
            "from the end before",
        ),
        (
            &[("0.001", 90), ("0.01", 10), ("+Inf", 0)],
            [Some(0.556), Some(5.5), Some(9.1)],
            "over two buckets",
        ),
        (
            &[("0.001", 50), ("60", 0), ("+Inf", 50)],
            [Some(1.0), Some(60_000.0), Some(60_000.0)],
            "beyond the last end",
        ),
        (&[("+Inf", 0), ("0.001", 0)], [None, None, None], "no requests"),
        (
            &[("0.001", 0), ("0.004", 0), ("0.008", 4), ("+Inf", 0)],
            [Some(6.0), Some(7.8), Some(7.96)],
            "empty ones before it",
        ),
    ];
    for (buckets, wanted, why) in cases {
        let count = buckets.iter().map(|(_, count)| count).sum();
        let text = [requests("a", 200, "backend", count), durations("a", buckets)].concat();
        let window = fed(&[&requests("a", 200, "backend", 0), &text]);
        let measured = window.since(&backend("a"), 0.0).expect("a second");
        for (got, wanted) in [measured.p50, measured.p95, measured.p99].into_iter().zip(wanted) {
            match (got, wanted) {
                (None, None) => {}
                (Some(got), Some(wanted)) => assert!((got - wanted).abs() < 0.001, "{why}: {got} {wanted}"),
                _ => panic!("{why}: {got:?} {wanted:?}"),
            }
        }
        let history = &window.traffic(1.0).scopes[&backend("a")].history;
        assert_eq!(history.last().and_then(|flow| flow.p95).is_some(), wanted[1].is_some(), "{why}");
    }
}

#[test]
fn a_failed_scrape_is_told_and_leaves_a_gap_that_the_next_page_fills() {
    let mut window = fed(&[&requests("a", 200, "backend", 10), &requests("a", 200, "backend", 12)]);
    window.failed(2.0, TARGET, "connection refused".into());
    let traffic = window.traffic(2.0);
    assert_eq!((traffic.at, traffic.failure.as_deref()), (Some(1.0), Some("connection refused")));
    window.ingest(5.0, TARGET, &page(&requests("a", 200, "backend", 20)));
    let traffic = window.traffic(5.0);
    assert_eq!((traffic.at, traffic.failure), (Some(5.0), None), "a good one ends it");
    let flows: Vec<_> =
        traffic.scopes[&Scope::All].history.iter().map(|one| (one.at, one.seconds, one.requests)).collect();
    assert_eq!(flows, [(1.0, 1.0, 2), (5.0, 4.0, 8)]);
    assert_eq!(traffic.scopes[&Scope::All].short.map(|one| one.rate), Some(2.0), "10 in 5 s");
}

#[test]
fn targets_are_told_apart_and_added() {
    let mut window = Window::default();
    let a = |value| page(&requests("a", 200, "backend", value));
    window.ingest(0.0, "one", &a(100));
    window.ingest(0.0, "two", &a(5));
    window.ingest(1.0, "one", &a(110));
    window.ingest(1.0, "two", &a(7));
    let traffic = window.traffic(1.0);
    let series = &traffic.scopes[&Scope::All];
    assert_eq!(
        series.short.map(|one| (one.requests, one.rate)),
        Some((12, 12.0)),
        "no false reset, one second"
    );
    assert_eq!(series.history.len(), 1, "one round is one step");
    window.failed(2.0, "two", "gone".into());
    assert_eq!(window.traffic(2.0).failure.as_deref(), Some("two: gone"));
    window.gone("two");
    assert_eq!(window.traffic(2.0).failure, None);
    window.ingest(3.0, "two", &a(9));
    assert_eq!(all(&window, 3.0), Some(12), "back again it is a new baseline; what it counted stays");
}

#[test]
fn since_counts_whole_steps_after_the_moment_and_knows_what_it_does_not_know() {
    let a = |value| requests("a", 200, "backend", value);
    let window = fed(&[&a(0), &a(1), &a(3), &a(6)]);
    let since = |moment| window.since(&backend("a"), moment).map(|one| one.requests);
    let cases = [
        (0.0, Some(6), "from the baseline on"),
        (1.0, Some(5), "from a scrape on"),
        (1.5, Some(3), "a step that began before does not count"),
        (2.5, None, "no whole step yet"),
        (9.0, None, "the future"),
        (-1.0, None, "before the first scrape"),
    ];
    for (moment, wanted, why) in cases {
        assert_eq!(since(moment), wanted, "{why}");
    }
}

#[test]
fn ten_minutes_are_kept_and_idle_scopes_go() {
    let mut window = Window::default();
    for second in 0..=2000_u64 {
        let b = requests("b", 200, "backend", second);
        let text = if second < 100 {
            [requests("a", 200, "backend", second), b].concat()
        } else {
            [requests("a", 200, "backend", 99), b].concat()
        };
        window.ingest(second as f64, TARGET, &page(&text));
        assert!(window.ticks.len() <= 602);
    }
    let traffic = window.traffic(2000.0);
    assert_eq!(traffic.scopes[&backend("b")].history.len(), 600);
    assert!(!traffic.scopes.contains_key(&backend("a")), "idle since second 99");
    assert_eq!(window.since(&backend("b"), 1500.0).map(|one| one.requests), Some(500));
    assert_eq!(window.since(&backend("b"), 1300.0), None, "older than what is kept");
    window.ingest(2001.0, TARGET, &page(&requests("a", 200, "backend", 101)));
    let back = window.traffic(2001.0).scopes[&backend("a")].short.map(|one| one.requests);
    assert_eq!(back, Some(2), "a request brings it back");
}

#[test]
fn scrapes_that_come_too_fast_do_not_fill_the_memory() {
    let mut window = Window::default();
    for step in 0..5000_u64 {
        window.ingest(step as f64 / 100.0, TARGET, &page(&requests("a", 200, "backend", step)));
    }
    assert!(window.ticks.len() <= STEPS);
    assert_eq!(window.traffic(50.0).scopes[&Scope::All].history.len(), HISTORY);
}

#[test]
fn a_clock_that_goes_back_makes_no_negative_time() {
    let mut window = fed(&[&requests("a", 200, "backend", 0)]);
    window.ingest(10.0, TARGET, &page(&requests("a", 200, "backend", 5)));
    window.ingest(3.0, TARGET, &page(&requests("a", 200, "backend", 8)));
    let measured = window.traffic(10.0).scopes[&Scope::All].long.expect("ten seconds");
    assert_eq!((measured.requests, measured.rate), (8, 0.8));
}

#[test]
fn a_target_that_was_away_for_long_begins_again() {
    let mut window = fed(&[&requests("a", 200, "backend", 0)]);
    window.ingest(1000.0, TARGET, &page(&requests("a", 200, "backend", 500)));
    assert_eq!(all(&window, 1000.0), None, "nobody can say when these were");
    window.ingest(1001.0, TARGET, &page(&requests("a", 200, "backend", 501)));
    assert_eq!(all(&window, 1001.0), Some(1));
}

#[test]
fn more_scopes_than_there_is_room_for_are_counted_and_the_broad_ones_stay() {
    let line = |n: usize| {
        format!(
            "cutover_requests_total{{gateway=\"infra/g{}\",listener=\"l\",kind=\"HTTPRoute\",route=\"shop/r{n}\",\
             rule=\"0\",backend=\"shop/b\",port=\"80\",code=\"200\",by=\"backend\"}} 1\n",
            n / 100
        )
    };
    let text: String = (0..1000).map(line).collect();
    let traffic = fed(&["", &text]).traffic(1.0);
    assert_eq!(traffic.scopes.len() + traffic.dropped, 1 + 10 + 10 + 3 * 1000 + 1, "kept or counted");
    assert!(traffic.scopes.len() <= SCOPES + BROAD);
    assert_eq!(traffic.scopes[&Scope::All].short.map(|one| one.requests), Some(1000));
    let gateways = traffic.scopes.keys().filter(|scope| matches!(scope, Scope::Gateway { .. })).count();
    assert_eq!(gateways, 10);
}

#[test]
fn ends_of_buckets_without_number_are_bounded() {
    let line = |n: usize| format!("cutover_request_duration_seconds_bucket{{le=\"{n}\"}} 1");
    let text = (0..200).map(line).collect::<Vec<_>>().join(
        "
",
    );
    let window = fed(&["", &text]);
    assert_eq!(window.bounds.len(), 64);
    assert_eq!(window.traffic(1.0).rejected, 136);
}

/// What one backend does in a second: requests by code, whether its proxy starts anew before.
#[derive(Clone, Debug)]
struct Second {
    counts: [u64; 6],
    restart: bool,
    failed: bool,
}

fn second() -> impl Strategy<Value = Second> {
    (prop::array::uniform6(0..5_u64), prop::bool::weighted(0.1), prop::bool::weighted(0.1))
        .prop_map(|(counts, restart, failed)| Second { counts, restart, failed })
}

const SERIES: [(&str, u16, &str); 6] = [
    ("a", 200, "backend"),
    ("a", 503, "proxy"),
    ("b", 200, "backend"),
    ("b", 500, "backend"),
    ("c", 200, "backend"),
    ("c", 404, "backend"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rises_sum_up_to_what_happened_whatever_is_reset(
        start in prop::array::uniform6(0..50_u64),
        seconds in prop::collection::vec(second(), 1..50),
    ) {
        let write = |counters: &[u64; 6]| -> Page {
            // A counter that never counted is not on the page.
            let counted = SERIES.iter().zip(counters).filter(|(_, value)| **value > 0);
            page(&counted.map(|((name, code, by), value)| requests(name, *code, by, *value)).collect::<String>())
        };
        let (mut window, mut counters, mut seen, mut total) = (Window::default(), start, start, [0_u64; 6]);
        window.ingest(0.0, TARGET, &write(&counters));
        let mut pending = [0_u64; 6];
        for (at, second) in seconds.iter().enumerate() {
            // A reset that is already overtaken can not be seen by anyone; neither can what a restart took away unread.
            let visible = (0..6).all(|one| second.counts[one] < seen[one] || seen[one] == 0) && pending == [0; 6];
            if second.restart && !second.failed && visible {
                counters = [0; 6];
            }
            for one in 0..6 {
                counters[one] += second.counts[one];
                pending[one] += second.counts[one];
            }
            if second.failed {
                window.failed(at as f64 + 1.0, TARGET, "no".into());
                continue;
            }
            window.ingest(at as f64 + 1.0, TARGET, &write(&counters));
            for one in 0..6 {
                total[one] += std::mem::take(&mut pending[one]);
            }
            seen = counters;
        }
        let got = |scope: &Scope| window.since(scope, 0.0).map_or((0, 0), |one| (one.requests, one.errors));
        for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
            let errors: u64 = (0..2).filter(|one| SERIES[at * 2 + one].1 >= 500).map(|one| total[at * 2 + one]).sum();
            prop_assert_eq!(got(&backend(name)), (total[at * 2] + total[at * 2 + 1], errors));
            prop_assert_eq!(got(&service(name)), got(&backend(name)));
        }
        let sum = ["a", "b", "c"].map(|name| got(&backend(name))).iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        prop_assert_eq!(got(&route()), sum, "the backends make up the route");
        prop_assert_eq!(got(&rule()), sum);
        prop_assert_eq!(got(&Scope::All), sum);
        let traffic = window.traffic(seconds.len() as f64);
        if let Some(series) = traffic.scopes.get(&Scope::All) {
            let history = series.history.iter().map(|flow| u64::from(flow.requests)).sum::<u64>();
            prop_assert_eq!(history, sum.0, "and so do the steps");
        }
    }
}
