//! An answer as the facts of `answers.yaml`: what is random is named, what never matters is left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use fancy_regex::Regex;
use serde_json::{Map, Value, json};

use crate::{case::Request, echo::Hit, wire::Answer};

/// A sticky cookie, a request id, a UID.
static RANDOM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?<==)[0-9a-f.]+\|[0-9a-f]{32}|\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    )
});
/// The headers of an answer that are kept.
static KEPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^(?:location|set-cookie|access-control-.*|strict-transport-security|www-authenticate|content-type\
         |content-encoding|vary|cache-control|server|link|refresh|(?:x|grpc)-.*)$",
    )
});
static EXPIRES: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)(expires=)[^;]*"));
static VERSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\d.]+"));
/// The foot of nginx's own pages, whose text is not kept.
static PAGE: LazyLock<Regex> = LazyLock::new(|| pattern(r"<center>nginx(?:/[\d.]+)?</center>"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a good pattern")
}

fn calm(text: &str) -> String {
    RANDOM.replace_all(text, "<random>").into_owned()
}

/// What of the answer itself is kept.
fn of_answer(answer: &Answer) -> Map<String, Value> {
    let mut kept: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        if name == "x-echo-hit" || !KEPT.is_match(name).unwrap_or(false) {
            continue;
        }
        let value = match name.as_str() {
            "server" => VERSION.replace_all(value, "<version>").into_owned(),
            "set-cookie" => calm(&EXPIRES.replace_all(value, "${1}<date>")),
            _ => calm(value),
        };
        kept.entry(name).or_default().push(value);
    }
    let headers: Map<String, Value> = kept
        .into_iter()
        .map(|(name, mut values)| {
            let one = if values.len() == 1 { values.pop() } else { None };
            (name.to_owned(), one.map_or_else(|| values.into(), Value::String))
        })
        .collect();
    let mut facts = Map::new();
    facts.insert("status".to_owned(), answer.status.clone());
    facts.insert("headers".to_owned(), headers.into());
    facts.extend(answer.certificate.clone().map(|name| ("certificate".to_owned(), name.into())));
    let by_echo = answer.header("x-echo-hit").is_some();
    let text = String::from_utf8_lossy(&answer.body);
    if !answer.body.is_empty() && !by_echo && !PAGE.is_match(&*text).unwrap_or(false) {
        let start = &answer.body[..answer.body.len().min(300)];
        facts.insert("body".to_owned(), String::from_utf8_lossy(start).into());
    }
    facts
}

/// What a back end got: the line, and the headers that are not just the client's.
fn received(hit: &Hit, request: &Request) -> Map<String, Value> {
    let mut sent: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in &request.headers.0 {
        sent.entry(name.to_lowercase()).or_default().push(value);
    }
    let changed = |(name, values): &(&String, &Vec<String>)| {
        *name != "content-length" && sent.get(*name).is_none_or(|sent| sent != *values)
    };
    let headers: Map<String, Value> = hit
        .headers
        .iter()
        .filter(changed)
        .map(|(name, values)| (name.clone(), calm(&values.join(", ")).into()))
        .collect();
    let dropped: Vec<_> = sent
        .keys()
        .filter(|name| !hit.headers.contains_key(*name) && *name != "content-length" && *name != "host")
        .collect();
    let mut out = Map::new();
    out.insert("method".to_owned(), hit.method.clone().into());
    out.insert("path".to_owned(), calm(&hit.path).into());
    out.insert("host".to_owned(), hit.host.clone().into());
    if hit.protocol != "HTTP/1.1" {
        out.insert("protocol".to_owned(), hit.protocol.into());
    }
    if let Some(sni) = &hit.sni {
        out.insert("tls".to_owned(), if sni.is_empty() { "no SNI" } else { sni }.into());
    }
    out.insert("headers".to_owned(), headers.into());
    if !dropped.is_empty() {
        out.insert("dropped".to_owned(), json!(dropped));
    }
    if hit.body_bytes > 0 {
        out.insert("body_bytes".to_owned(), hit.body_bytes.into());
    }
    out
}

/// The back end's view of the answer that the client got, and the other requests it caused.
fn split<'a>(answer: &Answer, hits: &'a [Hit]) -> (Option<&'a Hit>, Vec<&'a Hit>) {
    let number = answer.header("x-echo-hit").and_then(|number| number.parse().ok()).unwrap_or(0);
    let main = hits.iter().find(|hit| hit.number == number);
    (main, hits.iter().filter(|hit| hit.number != number).collect())
}

/// The facts of all sendings of one request, each with what the back ends got of it.
pub fn facts(request: &Request, sent: &[(Answer, Vec<Hit>)]) -> Value {
    if let [(answer, hits)] = sent {
        let (main, others) = split(answer, hits);
        let mut out = of_answer(answer);
        out.insert("backend".to_owned(), main.map_or(Value::Null, |hit| Value::clone(&hit.owner)));
        if let Some(hit) = main {
            out.insert("upstream".to_owned(), received(hit, request).into());
        }
        if !others.is_empty() {
            let also = others.iter().map(|hit| {
                let mut also = received(hit, request);
                also.insert("backend".to_owned(), Value::clone(&hit.owner));
                Value::Object(also)
            });
            out.insert("also".to_owned(), also.collect());
        }
        return out.into();
    }
    let mut counts: BTreeMap<String, (Value, Value, usize)> = BTreeMap::new();
    let mut endpoints = BTreeSet::new();
    for (answer, hits) in sent {
        let (main, _) = split(answer, hits);
        let owner = main.map_or(Value::Null, |hit| Value::clone(&hit.owner));
        let row = counts.entry(format!("{} {owner}", answer.status));
        row.or_insert((answer.status.clone(), owner, 0)).2 += 1;
        endpoints.extend(main.map(|hit| hit.address));
    }
    let rows = counts.into_values().filter_map(|(status, backend, count)| {
        if !request.random {
            return Some(json!({"status": status, "backend": backend, "count": count}));
        }
        // To 10 %, a half upwards.
        let percent = (count * 20 + sent.len()) / (sent.len() * 2) * 10;
        (percent > 0).then(|| json!({"status": status, "backend": backend, "percent": percent}))
    });
    json!({"counts": rows.collect::<Vec<_>>(), "endpoints": endpoints.len()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_random_is_named_as_the_kit_names_it() {
        let cases = [
            ("0123456789abcdef0123456789abcdef", "<random>", "a request id"),
            (
                "INGRESSCOOKIE=1732.5.32.1|0123456789abcdef0123456789abcdef; Path=/",
                "INGRESSCOOKIE=<random>; Path=/",
                "a sticky cookie",
            ),
            ("x0123456789abcdef0123456789abcdef", "x0123456789abcdef0123456789abcdef", "part of a word"),
            ("01234567-89ab-cdef-0123-456789abcdef", "<random>", "a UID"),
        ];
        for (text, expected, why) in cases {
            assert_eq!(calm(text), expected, "{why}");
        }
    }

    #[test]
    fn shares_are_rounded_to_ten_percent() {
        let answer =
            |status: u16| Answer { status: status.into(), headers: vec![], body: vec![], certificate: None };
        let request = Request { random: true, ..Request::default() };
        let cases = [(34, 30), (35, 40), (5, 10), (4, 0)];
        for (of_hundred, percent) in cases {
            let sent: Vec<_> =
                (0..100).map(|n| (answer(if n < of_hundred { 500 } else { 200 }), Vec::new())).collect();
            let found = facts(&request, &sent);
            let row = found["counts"].as_array().unwrap().iter().find(|row| row["status"] == 500);
            assert_eq!(row.map_or(0, |row| row["percent"].as_u64().unwrap()), percent, "{of_hundred} of 100");
        }
    }
}
