use super::*;
use crate::config::{InventoryRule, RuleComplexity};

fn parse(text: &str) -> Result<Config, Vec<String>> {
    Config::parse(text, Path::new("config.toml"))
        .map_err(|mistakes| mistakes.iter().map(Mistake::to_string).collect())
}

fn at<T>(value: T, line: u32) -> At<T> {
    At { value, line }
}

#[test]
fn a_whole_file_is_read_with_the_lines_of_its_names() {
    let text = "\
theme = \"nord\"
color = 256
ascii = true
reduced_motion = false
mouse = true
refresh = 0.5
favourites = [\"shop\", \"payments\"]

[keys]
quit = [\"q\", \"ctrl-q\"]
help = \"f1\"
mouse = []

[aliases]
canary = \":weights shop/app\"

[columns]
routes = [
  \"name\",
  \"hostnames\",
]

[[source]]
match = \"*prod*\"
accent = \"#ff0000\"
read_only = true

[[source]]
match = \"demo\"
";
    let config = parse(text).unwrap();
    assert_eq!(config.theme, Some(at("nord".to_owned(), 1)));
    assert_eq!(config.color, Some(at("256".to_owned(), 2)));
    assert_eq!((config.ascii, config.reduced_motion, config.mouse), (Some(true), Some(false), Some(true)));
    assert_eq!(config.refresh, Some(Duration::from_millis(500)));
    assert_eq!(config.favourites, [at("shop".to_owned(), 7), at("payments".to_owned(), 7)]);
    assert_eq!(config.keys["quit"], at(vec![at("q".to_owned(), 10), at("ctrl-q".to_owned(), 10)], 10));
    assert_eq!(config.keys["help"], at(vec![at("f1".to_owned(), 11)], 11), "one key needs no list");
    assert_eq!(config.keys["mouse"], at(Vec::new(), 12), "an empty list unbinds");
    assert_eq!(config.aliases["canary"], at("weights shop/app".to_owned(), 15), "the sign is left out");
    let columns = vec![at("name".to_owned(), 19), at("hostnames".to_owned(), 20)];
    assert_eq!(config.columns["routes"], at(columns, 18));
    let prod = config.source(["/srv/eu-prod/all.yaml"]).unwrap();
    assert_eq!((prod.read_only, prod.accent.clone()), (Some(true), Some(at("#ff0000".to_owned(), 25))));
    assert_eq!(config.source(["x", "demo"]).unwrap().pattern.line, 29);
    assert_eq!(config.source(["x"]), None);
}

#[test]
fn rules_of_the_inventory_are_kept_in_their_order() {
    let text = "\
[[inventory.rules]]
annotation = \"example.com/team-*\"
complexity = \"simple\"
reason = \"a label of ours\"

[[inventory.rules]]
annotation = \"*\"
complexity = \"complex\"
";
    let rules = parse(text).unwrap().inventory_rules;
    let expected = [
        InventoryRule {
            annotation: at("example.com/team-*".to_owned(), 2),
            complexity: RuleComplexity::Simple,
            reason: Some("a label of ours".to_owned()),
        },
        InventoryRule {
            annotation: at("*".to_owned(), 7),
            complexity: RuleComplexity::Complex,
            reason: None,
        },
    ];
    assert_eq!(rules, expected);
}

#[test]
fn an_empty_file_changes_nothing() {
    let expected = Config { file: "config.toml".into(), ..Config::default() };
    assert_eq!(parse("").unwrap(), expected);
    assert_eq!(parse("# theme = \"x\"\n").unwrap(), expected);
}

#[test]
fn every_mistake_is_told_with_its_line_and_what_would_be_right() {
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "theem = \"dark\"\n\n[kyes]\n",
            &[
                "config.toml:1: unknown key `theem`; did you mean `theme`?",
                "config.toml:3: unknown key `kyes`; did you mean `keys`?",
            ],
            "all of them, not the first",
        ),
        (
            "theme = 1\nascii = \"yes\"\nfavourites = \"shop\"\nrefresh = \"1s\"\n",
            &[
                "config.toml:1: `theme` is of type integer; write a text in quotes",
                "config.toml:2: `ascii` is of type string; write `true` or `false`, without quotes",
                "config.toml:3: `favourites` is of type string; write a list of texts: [\"…\", \"…\"]",
                "config.toml:4: `refresh` is of type string; write a number from 0.25 to 4",
            ],
            "types",
        ),
        ("refresh = 0.1", &["config.toml:1: `refresh` is 0.1; write a number from 0.25 to 4"], "too often"),
        ("refresh = 5", &["config.toml:1: `refresh` is 5; write a number from 0.25 to 4"], "too rarely"),
        ("refresh = nan", &["config.toml:1: `refresh` is nan; write a number from 0.25 to 4"], "no number"),
        (
            "theme = \"\"\n[aliases]\nx = \" : \"\n\"a b\" = \"q\"\ny = \"a\\nb\"\n",
            &[
                "config.toml:1: `theme` is empty; write a text or leave it out",
                "config.toml:3: alias `x` stands for nothing; write a command",
                "config.toml:4: `a b` can not be an alias; use letters, digits, `-` and `_`",
                "config.toml:5: alias `y` has several lines; write one command",
            ],
            "texts that can not be",
        ),
        (
            "favourites = [\"Shop\", \"shop\", \"shop\", \"-x\"]",
            &[
                "config.toml:1: `shop` stands twice in `favourites`; leave one out",
                "config.toml:1: `Shop` is no name of a namespace; 1 to 63 of a-z, 0-9 and inner `-`",
                "config.toml:1: `-x` is no name of a namespace; 1 to 63 of a-z, 0-9 and inner `-`",
            ],
            "namespaces",
        ),
        (
            "favourites = [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]",
            &["config.toml:1: 10 favourites, for 9 number keys; leave some out"],
            "more than number keys",
        ),
        (
            "keys = 3\ncolumns.routes = []\n",
            &[
                "config.toml:1: `keys` is of type integer; write a table: `[keys]` and a line for each",
                "config.toml:2: `columns.routes` shows no column; name one at least, or leave it out",
            ],
            "tables",
        ),
        (
            "[[source]]\naccent = 3\nreadonly = true\n\n[[source]]\nmatch = \"a\"\n",
            &[
                "config.toml:1: a `[[source]]` without `match`; say which: match = \"*prod*\"",
                "config.toml:2: `source.accent` is of type integer; write a text in quotes",
                "config.toml:3: unknown key `readonly` in `source`; did you mean `read_only`?",
            ],
            "sources",
        ),
        (
            "[inventory]\nrule = 1\n\n[[inventory.rules]]\nannotation = \"a/*\"\ncomplexity = \"hard\"\n\n\
             [[inventory.rules]]\nannotation = 3\nreson = \"x\"\n",
            &[
                "config.toml:2: unknown key `rule` in `inventory`; did you mean `rules`?",
                "config.toml:6: `inventory.rules.complexity` can not be `hard`; write simple, medium or complex",
                "config.toml:8: a `[[inventory.rules]]` without `complexity`; say how hard: complexity = \"simple\", \
                 \"medium\" or \"complex\"",
                "config.toml:9: `inventory.rules.annotation` is of type integer; write a text in quotes",
                "config.toml:10: unknown key `reson` in `inventory.rules`; did you mean `reason`?",
            ],
            "rules of the inventory",
        ),
        (
            "inventory = 1\n",
            &[
                "config.toml:1: `inventory` is of type integer; write a table: `[inventory]` and a line for each",
            ],
            "no table of the inventory",
        ),
        (
            "[inventory.rules]\n",
            &["config.toml:1: `inventory.rules` is no list; write `[[inventory.rules]]` for each"],
            "one bracket too few",
        ),
        ("[source]\n", &["config.toml:1: `source` is one table; write `[[source]]` for each"], "one bracket"),
    ];
    for (text, expected, why) in cases {
        assert_eq!(parse(text).unwrap_err(), *expected, "{why}");
    }
}

#[test]
fn what_is_no_toml_is_told_with_each_line() {
    let mistakes = parse("theme = dark\nascii = true\nascii = false\nkeys = [\n").unwrap_err();
    assert!(mistakes.len() >= 3, "{mistakes:#?}");
    assert!(mistakes.iter().all(|mistake| mistake.contains(": this is no TOML: ")), "{mistakes:#?}");
    for line in [1, 3, 4] {
        assert!(
            mistakes.iter().any(|m| m.starts_with(&format!("config.toml:{line}:"))),
            "{line}: {mistakes:#?}"
        );
    }
}

#[test]
fn what_is_no_config_file_is_told() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    let told = |file: &Path| {
        let mistakes = Config::read(file).unwrap_err();
        assert_eq!(mistakes.len(), 1);
        mistakes[0].to_string()
    };
    assert!(told(&file).contains("can not be read: "), "none there");
    assert!(told(home.path()).contains("can not be read: "), "a folder");
    fs::write(&file, b"# x\n\xff = 1\n").unwrap();
    assert!(told(&file).ends_with("config.toml:2: this is no UTF-8; save it as UTF-8"));
    fs::write(&file, " ".repeat(LARGEST as usize + 1)).unwrap();
    assert!(told(&file).contains("larger than 1 MiB"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-z\\[\\]=\" .,#\n0-9{}*?ö]{0,80}") {
        let _ = parse(&text);
    }
}
