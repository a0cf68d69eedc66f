//! Reading in the real program: from reference to reference and back, a text searched, a topology that counts.

use crate::terminal::Console;

/// Presses a key until the line that one is on has this text.
#[track_caller]
fn down_to(console: &mut Console, words: &str) {
    for _ in 0..80 {
        let text = console.text();
        let here = text.lines().find(|line| line.starts_with('▎'));
        if here.is_some_and(|line| line.contains(words)) {
            return;
        }
        console.press("j");
        let before = here.map(str::to_owned);
        console.until("the next line", |text| {
            text.lines().find(|line| line.starts_with('▎')) != before.as_deref()
        });
    }
    panic!("no line `{words}`:\n{}", console.text());
}

/// The line that one is on.
fn here(text: &str) -> &str {
    text.lines().find(|line| line.starts_with('▎')).unwrap_or_default()
}

#[test]
fn references_are_walked_there_and_back_a_text_is_searched_and_the_topology_counts() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(home.path(), &["--demo"]);
    console.sees("Overview");

    // A route, its listener, the Secret that is missing there; and back to the same rows.
    console.press("3");
    console.sees("ops/dash");
    console.press("/ops/dash\r\r");
    console.sees("Name:          dash");
    down_to(&mut console, "parent infra/edge ▸ admin");
    console.press("\r");
    console.sees("Listener:   admin");
    down_to(&mut console, "certificate   Secret infra/admin-tls");
    console.press("\r");
    let secret = console.sees("✗ does not exist");
    assert!(secret.contains("▸ Secret infra/admin-tls") && secret.contains("Gateway infra/edge"), "{secret}");
    console.press("\x1b");
    console
        .until("the certificate's line", |text| here(text).contains("certificate   Secret infra/admin-tls"));
    console.press("\x1b");
    console.until("the parent's line", |text| here(text).contains("parent infra/edge ▸ admin"));
    console.press("\x1b");
    console.until("the list of routes", |text| here(text).contains("ops/dash") && text.contains("1 of "));

    // Its text, with the lines of the file, and what is looked for in it.
    console.press("\x1b");
    console.until("no filter", |text| text.contains("13 routes") && !text.contains("of 13"));
    console.press("/shop/app\ry");
    let yaml = console.sees("  6 kind: HTTPRoute");
    assert!(yaml.contains("cutover:  # "), "what cutover says is folded: {yaml}");
    console.press("/weight\r");
    console.until("the first", |text| text.contains("/weight  1 of 2") && here(text).contains("weight: "));
    console.press("n");
    console.until("the second", |text| text.contains("/weight  2 of 2"));
    console.press("N");
    console.until("the first again", |text| text.contains("/weight  1 of 2"));

    // Both ways, with what really goes through.
    console.press("T");
    let counted = |line: &str| {
        line.split_whitespace().any(|word| {
            word.strip_suffix("/s").and_then(|rate| rate.parse::<f64>().ok()).is_some_and(|rate| rate > 0.0)
        })
    };
    let tree = console.until("requests through the canary", |text| {
        text.lines().any(|line| line.contains("Service shop/app-canary:8080") && counted(line))
    });
    for words in ["who sends to it", "listener infra/edge ▸ https", "what it sends to", "weight 10  10 %"] {
        assert!(tree.contains(words), "`{words}` is not in:\n{tree}");
    }
    console.press("q");
    assert_eq!(console.ends().code, 0);
}
