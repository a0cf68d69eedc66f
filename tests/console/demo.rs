//! The bookshop, as a newcomer walks through it.

use std::time::{Duration, Instant};

use crate::terminal::{Console, cell};

/// What was measured before a change leaves the window of 60 s only then; a quarter more for a slow machine.
const MEASURED: Duration = Duration::from_secs(75);

/// `requests/s` of the Overview, once it is a number.
fn rate(text: &str) -> Option<f64> {
    text.lines().find_map(|line| line.split_once("requests/s")?.1.split_whitespace().next()?.parse().ok())
}

/// Over how many seconds is observed: `observed % 12 s`.
fn window(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.contains("observed"))?;
    let head = line.split_once("observed")?.1.split("  ").next()?;
    head.split_whitespace().find_map(|word| word.parse().ok())
}

#[test]
fn a_weight_is_moved_seen_to_work_and_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(home.path(), &["--demo"]);
    console.sees("Overview");
    console.sees("demo bookshop");
    assert!(console.is_taken());
    assert_eq!(console.titles(), ["cutover ▸ demo bookshop"]);
    console.until("a rate of requests", |text| rate(text).is_some_and(|rate| rate > 1.0));

    console.press("3");
    console.until("all routes", |text| text.contains("ops/") && text.contains("web/"));
    console.press("/img\r");
    let routes = console.until("some routes", |text| text.contains("media/img") && !text.contains("web/"));
    assert!(routes.contains("/img"), "{routes}");
    console.press("\r");
    let detail = console.sees("HTTPRoute media/img");
    for words in ["Accepted", "True", "ResolvedRefs", "infra/edge", "gateway.networking.k8s.io/v1"] {
        assert!(detail.contains(words), "`{words}` is not in:\n{detail}");
    }

    console.press("4");
    console.sees("shop/app");
    console.press("/shop/app\r\r");
    console.until("the weights of shop/app", |text| {
        text.contains("shop/app ▸ rule 1") && cell(text, "app-canary", "programmed") == Some(10.0)
    });
    console.until("a share", |text| cell(text, "app-canary", "observed").is_some());
    console.press("GLLLLLLLL");
    console.sees("10 ▸ 50");
    console.press("a");
    let dialog = console.sees("Enter write it");
    for words in ["-          weight: 10", "+          weight: 50", "-          weight: 90", "demo/shop.yaml"]
    {
        assert!(dialog.contains(words), "`{words}` is not in:\n{dialog}");
    }
    let changed = Instant::now();
    console.press("\r");
    console.until("50 %", |text| cell(text, "app-canary", "programmed") == Some(50.0));
    // Of the few requests of the first seconds chance alone makes more or less than that.
    let shares = console.within(MEASURED, "a share about 50 %", |text| {
        cell(text, "app-canary", "observed").is_some_and(|share| (40.0..60.0).contains(&share))
    });

    // The window is as long as the new weights are old, where it tells its length.
    let most = changed.elapsed().as_secs_f64() + 2.0;
    assert!(window(&shares).is_none_or(|seconds| seconds <= most), "{most} s after the change: {shares}");

    take_back(&mut console, "weight: 50", |text| cell(text, "app-canary", "programmed") == Some(10.0));
    console.press("q");
    let ended = console.ends();
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert_eq!(ended.text.trim(), "", "nothing is left on the screen");
    for (sequence, what) in [
        ("\x1b[?1049h", "takes a screen of its own"),
        ("\x1b[?1049l", "gives it back"),
        ("\x1b[?25h", "cursor"),
    ] {
        assert!(ended.raw.contains(sequence), "{what}");
    }
}

/// `u` shows what it will write, and writes it on consent.
pub fn take_back(console: &mut Console, removed: &str, done: impl Fn(&str) -> bool) {
    console.press("u");
    let text = console.sees("Enter write it");
    assert!(text.contains("Take back the last change"), "{text}");
    assert!(text.lines().any(|line| line.contains('-') && line.contains(removed)), "{text}");
    console.press("\r");
    console.until("the weights of before", |text| done(text) && !text.contains("Enter write it"));
}
