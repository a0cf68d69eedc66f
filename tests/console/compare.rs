//! Compare on the real binary: a difference is found, read, asked, accepted with a reason, and gone when the manifest is mended.

use std::{fs, path::Path};

use crate::terminal::Console;

#[test]
fn a_difference_is_read_accepted_and_gone_when_the_manifest_is_mended() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("m");
    fs::create_dir(&folder).unwrap();
    let article = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/article");
    for file in ["ingress.yaml", "my-app.yaml", "gateway.yaml"] {
        fs::copy(article.join(file), folder.join(file)).unwrap();
    }
    // The file of what is accepted is in the working folder.
    let mut console = Console::shell(home.path());
    console.press("cd $HOME; $CUTOVER rehearse --side both --load 0 -f m; exit\r");
    console.sees("Overview");
    console.press("C");
    let list = console.until("the differences", |text| text.contains("annotation rewrite-target"));
    assert!(list.contains("Ingresses ▸ Compare") && list.contains("requests asked of both sides"), "{list}");
    console.press("/rewrite\r");
    console.sees("1 of ");

    // Both answers, the request and what would make them equal.
    console.press("\r");
    let open = console.until("the difference", |text| text.contains("to make them equal"));
    for words in ["curl -ik 'https://app.example.com/apix'", "old side", "new side", "~* \"^/api\""] {
        assert!(open.contains(words), "`{words}` is not in:\n{open}");
    }
    console.press("\x1b");
    console.until("the list again", |text| text.contains("1 of ") && !text.contains("old side"));

    // The request in Explain, asked of both.
    console.press("e");
    console.until("both ways", |text| text.contains("/apix") && text.contains("OLD side"));
    console.press("\x1b");
    console.sees("1 of ");

    // Accepted with a reason, after the diff of the file.
    console.press("a");
    console.sees("why annotation rewrite-target is accepted:");
    console.press("known to the team\r");
    console.until("the diff", |text| {
        text.contains("+reason = \"known to the team\"") && text.contains("write it")
    });
    assert!(!home.path().join("cutover-accepted.toml").exists(), "not before it is agreed to");
    console.press("\r");
    console.until("accepted", |text| text.contains("1 accepted") && text.contains("✓ accepted on"));
    let written = fs::read_to_string(home.path().join("cutover-accepted.toml")).unwrap();
    assert!(written.contains("known to the team"), "{written}");

    // The manifest is mended while one looks.
    let route = folder.join("my-app.yaml");
    let text = fs::read_to_string(&route).unwrap();
    let text = text
        .replace("type: ReplacePrefixMatch", "type: ReplaceFullPath")
        .replace("replacePrefixMatch:", "replaceFullPath:")
        .replace(
            "type: PathPrefix\n            value: /api",
            "type: RegularExpression\n            value: (?i)/api.*",
        );
    fs::write(&route, text).unwrap();
    console.until("gone", |text| {
        text.contains("nothing is found") && text.contains("1 acceptances match nothing")
    });
    console.press("q");
    console.ends();
}
