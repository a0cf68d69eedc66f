//! A switch played by keys on the bookshop: looked at, agreed to, seen, broken, and rolled back.

use crate::terminal::Console;

/// The line of a hostname in the list.
fn line<'t>(text: &'t str, hostname: &str) -> &'t str {
    text.lines()
        .find(|line| line.contains(hostname) && !line.contains("DNS ▸") && !line.contains(" hostnames"))
        .unwrap_or_default()
}

/// Requests a second of both sides, as the detail has them.
fn rates(text: &str) -> Option<(f64, f64)> {
    let line = text.lines().find(|line| line.contains("requests/s"))?;
    let mut numbers =
        line.split_once("requests/s")?.1.split_whitespace().filter_map(|word| word.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[test]
fn the_switch_is_played_from_preflight_to_the_way_back() {
    const HOST: &str = "app.bookshop.example";
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(home.path(), &["--demo", "--load", "40"]);
    console.sees("Overview");
    console.press("0");
    console.sees("DNS POINTS AT");
    console.press(&format!("/{HOST}\r"));
    console.until("the hostname alone", |text| text.contains("1 of 12 hostnames"));
    console.until("clients at the old side", |text| {
        line(text, HOST).contains("old") && rates(text).is_some_and(|(old, new)| old > 0.0 && new == 0.0)
    });

    // Preflight is red: both sides differ, and nobody said that this is meant.
    console.press("p");
    console.until("a preflight that asked both sides", |text| {
        text.contains("✓ probe") && text.contains("✗ differences")
    });

    // The differences are accepted with a reason, and it is not red any more.
    console.press("C");
    console.sees("are good:");
    console.press("known, and meant\r");
    console.until("differences accepted", |text| text.contains("✓ differences"));

    // The switch says what it will do, and how slow the way back is.
    console.press("s");
    let asked = console.sees(&format!("Switch {HOST} to new"));
    for words in ["old ▸ new", "all that obey have moved by", "Rolling back is as slow as the TTL"] {
        assert!(asked.contains(words), "`{words}` is not in:\n{asked}");
    }
    console.press("\r");
    console.until("DNS at new", |text| {
        text.contains("DNS ▸ new") && text.contains("all that obey have moved by")
    });
    console.until("clients at the new side", |text| rates(text).is_some_and(|(_, new)| new > 0.0));
    console.until("who is left", |text| text.contains("still at old") && text.contains("browser"));

    // Something goes wrong at the new side only, and is seen there.
    console.press("F");
    console.sees("goes wrong at the new side");
    console.press("u");
    console.sees("rehearsed fault  backend-unreachable at the new side");
    console.until("5xx at the new side", |text| {
        let line =
            text.lines().find(|line| line.contains("5xx %  ") && !line.contains("REQ/S")).unwrap_or_default();
        line.split_whitespace()
            .last()
            .and_then(|word| word.parse::<f64>().ok())
            .is_some_and(|share| share > 0.0)
    });

    // The way back is as slow as the TTL, and that is said before and during.
    console.press("b");
    console.sees("Rolling back is as slow as the TTL: whoever asked before stays at new until then.");
    console.press("\r");
    let back = console.sees("under way: as slow as the TTL");
    assert!(back.contains("DNS ▸ old"), "{back}");
    console.press("q");
    assert_eq!(console.ends().code, 0);
}
