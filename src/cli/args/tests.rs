use super::*;
use clap::CommandFactory;

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn flags_of_every_command_may_stand_before_and_behind_it() {
    for line in [
        ["cutover", "-f", "a.yaml", "-n", "shop", "get", "all"],
        ["cutover", "get", "all", "-f", "a.yaml", "-n", "shop"],
    ] {
        let cli = Cli::try_parse_from(line).unwrap();
        assert_eq!(cli.global.inputs(), [Input::Path("a.yaml".into())]);
        assert_eq!(cli.global.namespace.as_deref(), Some("shop"));
    }
}

#[test]
fn what_can_not_be_meant_is_refused() {
    let cases = [
        (vec!["--demo", "-f", "x"], "two sources"),
        (vec!["get", "all", "-A", "-n", "shop"], "all namespaces and one"),
        (vec!["explain", "GET", "app.example.com/"], "no scheme"),
        (vec!["weights", "shop/app"], "no weight"),
        (vec!["weights", "shop/app", "canary=-1"], "a negative weight"),
        (vec!["rehearse", "--workers", "0"], "no thread"),
        (vec!["rehearse", "--fault", "shop/app=5%"], "a share without a status"),
        (vec!["rehearse", "--load-connections", "0"], "a load without a connection"),
        (vec!["rehearse", "--load-host", "a.example.com"], "a host for no recording"),
        (vec!["rehearse", "--load-from", "a.har", "--load-host", "a b"], "a host with a blank"),
        (vec!["rehearse", "--ttl", "5"], "a TTL of no DNS"),
        (vec!["rehearse", "--dns", "--ttl", "-1"], "a TTL below nothing"),
        (vec!["rehearse", "--dns", "somewhere"], "no address"),
        (vec!["switch", "a.example", "--to", "new"], "no rehearsal named"),
        (vec!["switch", "a.example", "--to", "newer", "--admin", "127.0.0.1:9"], "no side"),
        (vec!["switch", "a.example", "--to", "101", "--admin", "127.0.0.1:9"], "more than all"),
        (vec!["switch", "a.example", "--all", "--to", "new", "--admin", "127.0.0.1:9"], "one and all"),
        (
            vec!["switch", "--all", "--to", "new", "--ttl", "5", "--admin", "127.0.0.1:9"],
            "two things at once",
        ),
        (vec!["get", "all", "-l", "a in b"], "a set without brackets"),
        (vec!["--color", "sometimes"], "no word for colour"),
    ];
    for (line, why) in cases {
        let error = Cli::try_parse_from([&["cutover"], line.as_slice()].concat()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{why}");
    }
}
