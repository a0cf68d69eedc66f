//! Finding and commanding as an operator who comes from k9s does it.

use crate::terminal::{Console, WIDE, cell};

/// Whether these names stand in rows below the heads of the routes.
fn lists(text: &str, there: &[&str], gone: &[&str]) -> bool {
    there.iter().all(|name| text.contains(name)) && !gone.iter().any(|name| text.contains(name))
}

#[test]
fn rows_are_found_ordered_and_everything_runs_by_its_name() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start_with(home.path(), &["--demo"], WIDE, &[("COLORTERM", "truecolor")]);
    console.sees("Overview");
    console.press(":routes\r");
    console.until("all routes", |text| lists(text, &["shop/app", "web/", "ops/"], &[]));

    // Each form of a filter, as it is typed.
    let forms: [(&str, &[&str], &[&str]); 5] = [
        ("img", &["media/img"], &["shop/app", "web/"]),
        ("/^shop.app$/", &["shop/app"], &["media/img", "shop/api"]),
        ("!/^shop/", &["media/img"], &["shop/app"]),
        ("-f mdimg", &["media/img"], &["shop/app", "ops/"]),
        ("-l nobody=has", &["nothing is found"], &["shop/app", "media/img"]),
    ];
    for (typed, there, gone) in forms {
        console.press(&format!("/\x15{typed}"));
        console.until(&format!("rows with {typed}"), |text| lists(text, there, gone));
        console.press("\x1b");
        console.until("all routes", |text| lists(text, &["shop/app", "media/img"], &[]));
    }
    console.press("//(x/");
    console.until("what is wrong, in place", |text| lists(text, &["unclosed group", "shop/app"], &[]));
    console.press("\x1b");
    console.until("nothing typed", |text| !text.contains("unclosed group"));

    // The head of the column says that it orders, and which way.
    console.press("oo");
    console.sees("ROUTE▲");
    console.press("O");
    console.sees("ROUTE▼");
    console.press(":sort\r");
    console.until("the order in which they came", |text| !text.contains('▼') && !text.contains('▲'));

    console.press(":ns media\r");
    console.until("one namespace", |text| lists(text, &["media/img", "ns media"], &["shop/app"]));
    console.press("\x1b0");
    console.until("all namespaces", |text| lists(text, &["shop/app", "media/img"], &[]));

    console.press(":rotues\r");
    console.sees("no command `rotues`: did you mean `routes`?");
    console.press("\x15theme nord\r");
    console.until("the end of the line", |text| !text.contains("rotues"));
    assert!(console.raw().contains("48;2;46;52;64"), "the background of nord");

    // A wish, not yet a change: the rule opens with it.
    console.press(":weight app-canary 25\r");
    console.sees("10 ▸ 25");
    console.press("u");
    console.until("the wish taken back", |text| {
        cell(text, "app-canary", "programmed") == Some(10.0) && !text.contains("▸ 25")
    });

    // The palette says the key of what it finds, and does it.
    console.press("\x10gatew");
    console.until("the screen with its key", |text| {
        text.lines()
            .any(|line| line.contains("gateways") && line.contains("listeners, routes") && line.contains('2'))
    });
    console.press("\r");
    console.until("the tree", |text| text.contains("infra/edge") && !text.contains("shop/app ▸ rule 1"));
    console.press(":q\r");
    assert_eq!(console.ends().code, 0);

    // The next run knows the lines of this one.
    let mut console = Console::start(home.path(), &["--demo"]);
    console.sees("Overview");
    console.press(":we");
    console.sees(":weight app-canary 25");
    console.press("\x1b");
    console.until("the end of the line", |text| !text.contains(":weight"));
    console.press(":\x1b[A\x1b[A");
    console.sees(":gateways");
    console.press("\x1b");
    console.until("the end of the line", |text| !text.contains(":gateways"));
    console.press(":q!\r");
    assert_eq!(console.ends().code, 0);
}
