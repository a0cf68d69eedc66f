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
