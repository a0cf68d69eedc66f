//! Every request that an inventory prints, taken as a shell takes it, explained, and sent to the old side over the wire.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use crate::{
    client::{Client, Response},
    program::{Rehearsal, cutover},
};

const TRAPS: &str = "tests/cli/manifests/traps.yaml";

/// Traps that no single request shows, and why.
const WITHOUT: [(&str, &str); 11] = [
    ("T6", "the certificate is not in the answer: tests of the handshake look at it"),
    ("T7", "about the place of a Secret"),
    ("B5", "about how a size is read on the other side"),
    ("G2", "about ports that are no HTTP"),
    ("G3", "about the controller's flags"),
    ("G6", "about DNS records"),
    ("G7", "about who makes a Secret"),
    ("G8", "about who may write an Ingress"),
    ("G9", "about an address"),
    ("G10", "about a Gateway that nobody serves"),
    ("T15", "about sizes and forms of messages, which Tables do not have"),
];

/// Method, URL and headers of a printed `curl` line, by the shell's own rules.
struct Printed {
    method: String,
    url: String,
    headers: Vec<String>,
}

fn printed(line: &str) -> Printed {
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}; {line}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{line}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut words = text.lines();
    let (mut method, mut url, mut headers) = ("GET".to_owned(), String::new(), Vec::new());
    while let Some(word) = words.next() {
        match word {
            "-X" => words.next().unwrap().clone_into(&mut method),
            "-H" => headers.push(words.next().unwrap().to_owned()),
            "-i" | "-k" | "-g" | "--path-as-is" => {}
            other => other.clone_into(&mut url),
        }
    }
    Printed { method, url, headers }
}

impl Printed {
    fn send(&self, old: &Rehearsal) -> Response {
        let (scheme, rest) = self.url.split_once("://").unwrap();
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut client = match scheme {
            "https" => Client::https(&old.address("https"), host),
            _ => Client::http(&old.address("http"), host),
        };
        let headers: Vec<_> = self.headers.iter().map(|line| line.split_once(": ").unwrap()).collect();
        client.send(&self.method, if path.is_empty() { "/" } else { path }, &headers)
    }

    fn explain(&self) -> Value {
        let mut arguments = vec!["explain", "--side", "old", "-o", "json", "-f", TRAPS];
        self.headers.iter().for_each(|header| arguments.extend(["-H", header]));
        arguments.extend([self.method.as_str(), self.url.as_str()]);
        let run = cutover(&arguments);
        assert_eq!(run.code, 0, "{run:#?}");
        run.json()
    }
}

/// Why an answer is not the explained one; none when it is.
fn difference(explained: &Value, answer: &Response) -> Option<String> {
    if let Some(status) = explained["status"].as_u64() {
        let location = explained["redirect"].as_str();
        let same = u64::from(answer.status) == status
            && location.is_none_or(|to| answer.header("location") == Some(to));
        return (!same).then(|| {
            format!("{} {:?}, and not {status} {location:?}", answer.status, answer.header("location"))
        });
    }
    let backends: Vec<&Value> = explained["backends"].as_array().into_iter().flatten().collect();
    let names: Vec<&str> = backends.iter().filter_map(|one| one["name"].as_str()).collect();
    // Nobody stands there, or nobody who speaks so: the proxy says it.
    if answer.status >= 500 {
        let silent = ["gone", "far"].iter().any(|name| names.contains(name));
        return (!silent).then(|| format!("{}, and not {names:?}", answer.status));
    }
    let by = answer.json()["service"]["name"].as_str().unwrap_or_default().to_owned();
    (!names.contains(&by.as_str())).then(|| format!("{by} answered, and not {names:?}"))
}

#[test]
fn the_request_of_every_trap_gets_over_the_wire_what_explain_says() {
    let inventory = cutover(&["inventory", "-o", "json", "-f", TRAPS]).json();
    let of_ingresses = inventory["ingresses"].as_array().unwrap().iter();
    let mut requests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for trap in of_ingresses.flat_map(|one| one["traps"].as_array().unwrap()) {
        if let Some(request) = trap["request"].as_str() {
            requests.entry(trap["id"].as_str().unwrap().to_owned()).or_default().insert(request.to_owned());
        }
    }
    // Those of the settings and of other objects stand with the problems.
    for problem in inventory["problems"].as_array().unwrap() {
        let code = problem["code"].as_str().unwrap();
        let (Some(id), Some((_, request))) =
            (code.strip_prefix("trap-"), problem["message"].as_str().unwrap().split_once("; see: "))
        else {
            continue;
        };
        requests.entry(id.to_ascii_uppercase()).or_default().insert(request.to_owned());
    }
    let old = Rehearsal::start(&["--side", "old", "-f", TRAPS]);
    let mut wrong = Vec::new();
    for (id, line) in requests.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line))) {
        let request = printed(line);
        if let Some(why) = difference(&request.explain(), &request.send(&old)) {
            wrong.push(format!("{id} {line}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let without: BTreeSet<String> = WITHOUT.iter().map(|(id, _)| (*id).to_owned()).collect();
    let rows = [('M', 19), ('T', 15), ('B', 17), ('G', 12)];
    let rows = rows.iter().flat_map(|(table, rows)| (1..=*rows).map(move |row| format!("{table}{row}")));
    let missing: Vec<_> = rows.filter(|id| !requests.contains_key(id) && !without.contains(id)).collect();
    assert!(missing.is_empty(), "no request was sent for {missing:?}; sent: {:?}", requests.keys());
}

/// What the Kubernetes project warns of before a move.
const SURPRISES: [&str; 5] = ["M1", "M2", "M3", "M9", "M10"];

/// Traps of a page in the order in which they are first told, each behind one of these texts.
fn named(page: &str, behind: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for rest in page.split(behind).skip(1) {
        let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        let is_id = id.starts_with(['M', 'T', 'B', 'G']) && id[1..].parse::<u8>().is_ok();
        if is_id && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

#[test]
fn the_five_surprising_behaviours_come_first_in_every_output() {
    for (form, behind) in [("table", "\n  "), ("markdown", " | "), ("html", "<b>")] {
        let page = cutover(&["inventory", "-o", form, "-f", TRAPS]).stdout;
        let found = named(&page, behind);
        assert_eq!(found[..5], SURPRISES, "{form}: {found:?}");
        assert!(found.len() > 40, "{form}: others follow: {found:?}");
    }
    let value = cutover(&["inventory", "-o", "json", "-f", TRAPS]).json();
    let (mut both, mut all) = (0, BTreeSet::new());
    let csv = cutover(&["inventory", "-o", "csv", "-f", TRAPS]).stdout;
    let wide = cutover(&["inventory", "-o", "wide", "-f", TRAPS]).stdout;
    for one in value["ingresses"].as_array().unwrap() {
        let ids: Vec<&str> =
            one["traps"].as_array().unwrap().iter().map(|trap| trap["id"].as_str().unwrap()).collect();
        let first = ids.iter().take_while(|id| SURPRISES.contains(id)).count();
        let in_all = ids.iter().filter(|id| SURPRISES.contains(id)).count();
        assert_eq!(first, in_all, "{}: {ids:?}", one["name"]);
        all.extend(ids[..first].iter().copied());
        both += usize::from(first > 0 && first < ids.len());
        assert!(ids.is_empty() || csv.contains(&ids.join(" ")), "{}: {ids:?}: {csv}", one["name"]);
        assert!(ids.is_empty() || wide.contains(&ids.join(",")), "{}: {ids:?}: {wide}", one["name"]);
        let path = format!("{}/{}", one["namespace"].as_str().unwrap(), one["name"].as_str().unwrap());
        if first > 0 && both <= 3 {
            let page = cutover(&["inventory", &path, "-f", TRAPS]).stdout;
            let traps = page.split_once("\nTraps\n").unwrap().1.split_once("\nRules\n").unwrap().0;
            let lines = traps.lines().filter(|line| !line.starts_with("   "));
            let shown: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
            assert_eq!(shown, ids, "{path}");
        }
    }
    assert_eq!(all, BTreeSet::from(SURPRISES), "each of them is met");
    assert!(both > 3, "some Ingresses have others too");
    let check = cutover(&["check", "-o", "json", "-f", TRAPS]).json();
    for severity in ["warning", "info"] {
        let problems = check["problems"].as_array().unwrap().iter();
        let codes: Vec<&str> = problems
            .filter(|one| one["severity"] == severity)
            .filter_map(|one| one["code"].as_str()?.strip_prefix("trap-"))
            .collect();
        let is_one = |code: &&str| SURPRISES.contains(&code.to_ascii_uppercase().as_str());
        let first = codes.iter().take_while(|code| is_one(code)).count();
        assert_eq!(first, codes.iter().filter(|code| is_one(code)).count(), "{severity}: {codes:?}");
        assert!(first > 0, "{severity}: {codes:?}");
    }
}
