//! A request is explained while it is typed, sent through the real gateway, and held against what was predicted.

use crate::terminal::Console;

#[test]
fn a_request_is_explained_as_it_is_typed_and_comes_back_as_predicted() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(home.path(), &["rehearse", "--demo", "--side", "new", "--load", "0"]);
    console.sees("Overview");
    console.press("3/shop/api\r");
    console.until("the route", |text| text.contains("shop/api") && !text.contains("media/img"));

    // Filled from the route that is selected.
    console.press("e");
    let filled = console.until("the form, filled", |text| text.contains("✓ backend"));
    for words in
        ["GET", "https://api.bookshop.example", "/books", "HTTPRoute shop/api", "shop/catalogue:8080"]
    {
        assert!(filled.contains(words), "`{words}` is not in:\n{filled}");
    }

    // One header flips the winner, while it is typed; one letter less and it is a near miss.
    console.press("\x0eX-API-Version: v2");
    console
        .until("another rule", |text| text.contains("books-v2") && text.contains("shop/catalogue-v2:8080"));
    console.press("\x7f3");
    let missed = console.until("a near miss", |text| text.contains("header x-api-version is v3, wants v2"));
    assert!(missed.contains("near misses") && !missed.contains("catalogue-v2"), "{missed}");
    console.press("\x7f2");
    console.until("that rule again", |text| text.contains("shop/catalogue-v2:8080"));
    let over = console.text();
    assert!(over.contains("it goes before") && over.contains("more headers: 1 go before 0"), "{over}");

    // Sent through the real gateway: what comes back stands beside what was predicted.
    console.press("\r");
    let answered = console.until("an answer", |text| text.contains("✓ as predicted"));
    assert!(
        answered.contains("200 in") && answered.contains("answered by shop/catalogue-v2:8080"),
        "{answered}"
    );
    assert!(!answered.contains("DIFFERS"), "{answered}");
    console.press("x");
    console.sees("as predicted for the request before");
    console.press("\x7f");
    console.sees("✓ as predicted   sent");

    // A step leads to its object, and back; so does Esc to the route.
    console.press("\x1b");
    console.sees("edit request");
    console.press("jj\r");
    console.sees("ResolvedRefs");
    console.press("\x1b");
    console.sees("✓ as predicted");
    console.press("\x1b");
    console.until("the routes", |text| text.contains("/shop/api") && !text.contains("as predicted"));
    console.press("q");
    assert_eq!(console.ends().code, 0);

    // The next run knows what was asked.
    let mut console = Console::start(home.path(), &["rehearse", "--demo", "--side", "new", "--load", "0"]);
    console.sees("Overview");
    console.press("8");
    console.sees("Type a request");
    console.press("\x1b[A");
    console.sees("X-API-Version: v2");
    console.press("\x03");
    assert_eq!(console.ends().code, 0);
}
