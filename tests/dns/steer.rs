//! `cutover switch` against a running rehearsal, `dig` against its names, and who may not steer it.

use std::{
    io::{Read as _, Write as _},
    net::{TcpStream, UdpSocket},
    process::Command,
};

use hickory_proto::rr::RecordType;

use crate::{
    BOTH, has,
    program::{Rehearsal, cutover},
    rehearse,
    resolver::{ask, question, told},
};

fn switch(rehearsal: &Rehearsal, arguments: &[&str]) -> crate::program::Run {
    cutover(&[&["switch", "--admin", &rehearsal.admin][..], arguments].concat())
}

/// The address of a side, as its listeners say.
fn side(rehearsal: &Rehearsal, side: &str) -> String {
    let one = rehearsal.listeners.iter().find(|one| one["side"] == side && one["event"] == "listening");
    one.unwrap()["address"].as_str().unwrap().to_owned()
}

/// Where a name leads now.
fn leads(rehearsal: &Rehearsal, name: &str) -> Vec<String> {
    told(&ask(rehearsal.name_server(), &question(name, RecordType::A))).1
}

#[test]
fn a_name_is_switched_from_outside_and_both_sides_have_one_port() {
    let rehearsal = rehearse(&[]);
    let (old, new) = (side(&rehearsal, "old"), side(&rehearsal, "new"));
    assert_ne!(old, new);
    let port = |side: &str, name: &str| {
        let one = rehearsal.listeners.iter().find(|one| one["side"] == side && one["listener"] == name);
        one.unwrap()["port"].clone()
    };
    assert_eq!(port("old", "http"), port("new", "web"), "who follows the name keeps the port");
    assert_eq!(leads(&rehearsal, "app.dns.example."), [&*old]);
    let run = switch(&rehearsal, &["app.dns.example", "*.wild.dns.example", "--to", "new"]);
    assert_eq!(run.code, 0, "{run:?}");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with("app.dns.example   old ▸ new: all that obey the TTL have moved by "),
        "{run:?}"
    );
    assert!(
        lines[0].ends_with("(in 60 s)") && lines[1].starts_with("*.wild.dns.example   old ▸ new: "),
        "{run:?}"
    );
    assert_eq!(leads(&rehearsal, "app.dns.example."), [&*new]);
    assert_eq!(leads(&rehearsal, "a.b.wild.dns.example."), [&*new]);
    assert_eq!(leads(&rehearsal, "shop.dns.example."), [&*old]);
    for hostname in ["app.dns.example", "*.wild.dns.example"] {
        let event = rehearsal.event();
        assert_eq!(
            (&event["event"], &event["hostname"], &event["to"]),
            (&"switched".into(), &hostname.into(), &"new".into())
        );
        assert!(event["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    }
    let run = switch(&rehearsal, &["app.dns.example", "--to", "25%", "-o", "json"]);
    let json = run.json();
    let done = &json["switched"][0];
    assert_eq!(
        (&done["done"], &done["from"], &done["to"], &done["ttl"]),
        (&"switched".into(), &"new".into(), &"25".into(), &60.into())
    );
    let time = |key: &str| done[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("moved_by").duration_since(time("at")).as_secs(), 60);
    let back = switch(&rehearsal, &["app.dns.example", "--to", "old"]);
    assert!(
        back.stdout.contains("25 % new ▸ old") && back.stdout.contains("the way back is as slow as the TTL"),
        "{back:?}"
    );
    let again = switch(&rehearsal, &["app.dns.example", "--to", "old"]);
    assert!(
        again.stdout.starts_with("app.dns.example   old already, TTL 60 s; all that obey have moved by "),
        "{again:?}"
    );
    let listed = switch(&rehearsal, &[]);
    let shown: Vec<Vec<&str>> = listed.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let of = |name: &str| shown.iter().find(|line| line[0] == name).unwrap();
    assert_eq!(
        (of("app.dns.example")[1], of("fresh.dns.example")[1], of("*.wild.dns.example")[1]),
        ("old", "new", "new")
    );
    assert!(
        of("left.dns.example").ends_with(&["old", "alone"]) && of("shop.dns.example").ends_with(&["both"])
    );
}

#[test]
fn a_ttl_is_lowered_and_counts_once_the_longer_one_has_run_out() {
    let rehearsal = rehearse(&["--ttl", "300"]);
    let run = switch(&rehearsal, &["--all", "--ttl", "5"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("app.dns.example   TTL 5 s: it counts from ")
            && run.stdout.contains("(in 300 s)"),
        "{run:?}"
    );
    let answer = ask(rehearsal.name_server(), &question("app.dns.example.", RecordType::A));
    assert_eq!(answer.answers[0].ttl, 5);
    let nothing = ask(rehearsal.name_server(), &question("app.dns.example.", RecordType::AAAA));
    assert_eq!(nothing.authorities[0].ttl, 5);
    assert!(nothing.authorities[0].to_string().ends_with(" 5"), "what is not there is not kept for longer");
    let run = switch(&rehearsal, &["app.dns.example", "--to", "new", "-o", "json"]).json();
    let time = |key: &str| run["switched"][0][key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let wait = time("moved_by").duration_since(time("at")).as_secs();
    assert!((290..=300).contains(&wait), "{wait} s, and not 5");
}

#[test]
fn what_can_not_be_switched_says_why_and_how() {
    let rehearsal = rehearse(&[]);
    let plain = Rehearsal::start(&["--side", "both", "-f", BOTH]);
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let admin = |of: &Rehearsal| of.admin.clone();
    let cases: &[(String, &[&str], i32, &str)] = &[
        (
            admin(&rehearsal),
            &["gone.dns.example", "--to", "new"],
            1,
            "error: gone.dns.example: no Ingress and no route has this hostname",
        ),
        (
            admin(&rehearsal),
            &["left.dns.example", "--to", "new"],
            1,
            "only the old side serves it; at the new side it would not be found\n  fix: add it there, or use --force",
        ),
        (
            admin(&rehearsal),
            &["fresh.dns.example", "app.dns.example", "--to", "10"],
            1,
            "only the new side serves it",
        ),
        (admin(&rehearsal), &["a_b.example", "--to", "new"], 2, "label `a_b` of hostname `a_b.example`"),
        (admin(&rehearsal), &["127.0.0.1", "--to", "new"], 2, "is an IP address"),
        (admin(&rehearsal), &["--to", "new"], 2, "no hostname to switch"),
        (
            admin(&rehearsal),
            &["gone.dns.example"],
            1,
            "no Ingress and no route has the hostname `gone.dns.example`",
        ),
        (admin(&rehearsal), &["-f", BOTH], 2, "have no effect here"),
        (
            admin(&plain),
            &["app.dns.example", "--to", "new"],
            1,
            "this rehearsal has no DNS\n  fix: start it with `--side both --dns`",
        ),
        (
            nobody.clone(),
            &["app.dns.example", "--to", "new"],
            1,
            &format!("no rehearsal answers at {nobody}: "),
        ),
        (plain.address("http"), &[], 1, "is no rehearsal of cutover"),
    ];
    for (admin, arguments, code, expected) in cases {
        let run = cutover(&[&["switch", "--admin", admin][..], arguments].concat());
        assert_eq!(run.code, *code, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {run:?}");
    }
    assert_eq!(
        leads(&rehearsal, "app.dns.example."),
        [side(&rehearsal, "old")],
        "one of two that can not: none is switched"
    );
    let all = switch(&rehearsal, &["--all", "--to", "new"]);
    assert_eq!(all.code, 0);
    assert!(all.stderr.contains("note: left.dns.example was left: only the old side serves it"), "{all:?}");
    let forced = switch(&rehearsal, &["left.dns.example", "--to", "new", "--force"]);
    assert_eq!(forced.code, 0, "{forced:?}");
    assert_eq!(leads(&rehearsal, "left.dns.example."), [side(&rehearsal, "new")], "as it would be");
}

#[test]
fn a_start_that_can_not_be_says_why_and_how() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--side", "both", "--dns", &address], 1, "can not be bound over UDP: it is in use"),
        (&["--side", "both", "--dns", "192.0.2.1:5300"], 1, "no interface of this machine has that address"),
        (
            &["--side", "both", "--dns", "127.0.0.1:5300", "--dns-forward", "127.0.0.1:5300"],
            1,
            "DNS would forward to itself",
        ),
        (&["--dns", "127.0.0.1:0"], 2, "--dns switches names between both sides\n  fix: add --side both"),
        (&["--side", "old", "--dns"], 2, "--dns switches names between both sides"),
        (&["--side", "both", "--ttl", "5"], 2, "--dns"),
        (&["--side", "both", "--dns", "127.0.0.1:0", "--ttl", "604801"], 2, "604800"),
    ];
    for (arguments, code, expected) in cases {
        let run = cutover(&[&["rehearse", "--no-tui", "-f", BOTH][..], arguments].concat());
        assert_eq!(run.code, *code, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {run:?}");
    }
}

/// Sends an HTTP request as written; status and body of the answer.
fn http(admin: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(admin).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[test]
fn a_page_in_a_browser_switches_nothing() {
    let rehearsal = rehearse(&[]);
    let body = r#"{"hostnames":["app.dns.example"],"to":"new"}"#;
    let good = [("host", &*rehearsal.admin), ("content-type", "application/json"), ("x-cutover", "1")];
    let post = |headers: &[(&str, &str)], body: &str| {
        let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let lines = lines.concat();
        let request = format!(
            "POST /dns HTTP/1.1\r\n{lines}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        http(&rehearsal.admin, &request)
    };
    type Case<'c> = (Vec<(&'c str, &'c str)>, &'c str, u16, &'c str);
    let cases: &[Case<'_>] = &[
        (
            [&good[..2], &[("origin", "http://evil.example"), ("x-cutover", "1")]].concat(),
            body,
            403,
            "a page",
        ),
        (vec![good[0], ("content-type", "text/plain")], body, 403, "what a form can send"),
        (vec![good[0], good[1]], body, 403, "without the header"),
        (vec![("host", "evil.example"), good[1], good[2]], body, 403, "a name that leads here"),
        (good.to_vec(), r#"{"hostnames":["app.dns.example"],"too":"new"}"#, 400, "a key that is not known"),
        (good.to_vec(), "", 400, "nothing"),
    ];
    for (headers, body, status, why) in cases {
        let (got, text) = post(headers, body);
        assert_eq!(got, *status, "{why}: {text}");
        assert_eq!(leads(&rehearsal, "app.dns.example."), [side(&rehearsal, "old")], "{why}");
    }
    let host = &rehearsal.admin;
    let asked_first = format!(
        "OPTIONS /dns HTTP/1.1\r\nhost: {host}\r\norigin: http://evil.example\r\nconnection: close\r\naccess-control-request-method: POST\r\naccess-control-request-headers: x-cutover\r\n\r\n"
    );
    assert_eq!(http(host, &asked_first).0, 405, "a browser that asks whether it may gets no leave");
    assert_eq!(post(&good, body).0, 200, "and the same without what gave it away is done");
    assert_eq!(leads(&rehearsal, "app.dns.example."), [side(&rehearsal, "new")]);
    assert_eq!(
        http(host, &format!("GET /nothing HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).0,
        404
    );
}

#[test]
fn dig_sees_the_switch() {
    if !has("dig") {
        return;
    }
    let rehearsal = rehearse(&["--ttl", "7"]);
    let server = rehearsal.name_server();
    let dig = |arguments: &[&str]| {
        let at = [format!("@{}", server.ip()), "-p".to_owned(), server.port().to_string()];
        let run =
            Command::new("dig").args(at).args(["+tries=1", "+time=5"]).args(arguments).output().unwrap();
        String::from_utf8(run.stdout).unwrap()
    };
    let (old, new) = (side(&rehearsal, "old"), side(&rehearsal, "new"));
    assert_eq!(dig(&["+short", "app.dns.example"]), format!("{old}\n"));
    assert_eq!(dig(&["+short", "+tcp", "app.dns.example"]), format!("{old}\n"));
    assert_eq!(switch(&rehearsal, &["app.dns.example", "--to", "new"]).code, 0);
    assert_eq!(dig(&["+short", "app.dns.example"]), format!("{new}\n"));
    let whole = dig(&["app.dns.example"]);
    for part in [
        "status: NOERROR",
        "flags: qr aa rd;",
        "EDNS: version: 0",
        "udp: 1232",
        "app.dns.example.\t7\tIN\tA\t",
    ] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
    let https = dig(&["app.dns.example", "HTTPS"]);
    assert!(https.contains("status: NOERROR") && https.contains("ANSWER: 0, AUTHORITY: 1"), "{https}");
    assert!(https.contains("app.dns.example.\t7\tIN\tSOA\tns.cutover.invalid."), "{https}");
    assert!(dig(&["nothing.app.dns.example"]).contains("status: NXDOMAIN"));
    assert!(dig(&["other.example"]).contains("status: REFUSED"));
    assert!(dig(&["app.dns.example", "ANY"]).contains("RFC8482"));
    assert!(dig(&["app.dns.example", "AXFR"]).contains("Transfer failed"));
    assert!(dig(&["+edns=1", "+noednsnegotiation", "app.dns.example"]).contains("status: BADVERS"));
    assert!(dig(&["aPP.dns.EXAMPLE"]).contains("aPP.dns.EXAMPLE.\t7\tIN\tA\t"), "letter for letter");
}

#[test]
fn metrics_tell_both_sides_apart() {
    let rehearsal = rehearse(&["--load", "100"]);
    leads(&rehearsal, "app.dns.example.");
    let host = &rehearsal.admin;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let found = |text: &str, has: &[&str]| {
        let mut lines = text.lines().filter(|line| has.iter().all(|part| line.contains(part)));
        lines.any(|line| !line.ends_with(" 0"))
    };
    let wanted: &[&[&str]] = &[
        &["cutover_requests_total{side=\"old\"", "code=\"200\""],
        &["cutover_requests_total{side=\"new\"", "code=\"200\""],
        &["cutover_request_duration_seconds_bucket{side=\"old\""],
        &["cutover_request_duration_seconds_bucket{side=\"new\""],
        &["cutover_connections{side=\"old\"}"],
        &["cutover_connections{side=\"new\"}"],
        &["cutover_dns_answers_total{hostname=\"app.dns.example\",answer=\"old\"} 1"],
    ];
    let mut last = String::new();
    for _ in 0..100 {
        last = http(host, &request).1;
        if wanted.iter().all(|has| found(&last, has)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{wanted:?} are not all in\n{last}");
}
