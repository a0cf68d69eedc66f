//! Two sets of facts, field by field.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `status`, `headers.location`, `upstream.headers.x-real-ip`, `also.0.path`.
    pub field: String,
    /// What the real controller answered; none when it had no such field.
    pub expected: Option<String>,
    pub got: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: expected {} got {}", self.field, shown(&self.expected), shown(&self.got))
    }
}

/// What differs between the recorded facts and those now.
///
/// A `side` or `configuration` that was got says that the request was not asked of what it should be: the rest says
/// nothing then.
pub fn compare(expected: &Value, got: &Value) -> Vec<Difference> {
    for field in ["side", "configuration"] {
        if let Some(why) = got.get(field) {
            return vec![Difference { field: field.to_owned(), expected: None, got: Some(why.to_string()) }];
        }
    }
    let (expected, got) = (flat(expected), flat(got));
    let mut fields: Vec<_> = expected.keys().chain(got.keys()).collect();
    fields.sort();
    fields.dedup();
    let differing = fields.into_iter().filter(|field| !same(field, expected.get(*field), got.get(*field)));
    differing
        .map(|field| Difference {
            field: field.clone(),
            expected: expected.get(field).cloned(),
            got: got.get(field).cloned(),
        })
        .collect()
}

/// TLS libraries name one failure differently.
fn same(field: &str, expected: Option<&String>, got: Option<&String>) -> bool {
    let failed = |status: Option<&String>| status.is_some_and(|status| status.starts_with("\"tls: "));
    expected == got || (field == "status" && failed(expected) && failed(got))
}

/// Every field by its path. Back ends, counts and lists of names are one field each.
fn flat(facts: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (name, value) in facts.as_object().into_iter().flatten().filter(|(name, _)| *name != "name") {
        match (name.as_str(), value) {
            ("also", Value::Array(also)) => {
                let mut also: Vec<_> = also.iter().collect();
                also.sort_by_key(ToString::to_string);
                for (at, one) in also.into_iter().enumerate() {
                    put(&format!("also.{at}"), one, &mut out);
                }
            }
            ("counts", Value::Array(rows)) => {
                let mut rows: Vec<_> = rows.iter().map(row).collect();
                rows.sort();
                out.insert(name.clone(), rows.join(", "));
            }
            _ => put(name, value, &mut out),
        }
    }
    out
}

fn put(path: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) if !path.ends_with("backend") => {
            for (name, value) in members {
                put(&format!("{path}.{name}"), value, out);
            }
        }
        Value::Object(members) => {
            out.insert(path.to_owned(), place(members));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            out.insert(path.to_owned(), value.to_string());
        }
    }
}

/// `12 × 200 of shop/web:80`
fn row(row: &Value) -> String {
    let (count, unit) = match (&row["count"], &row["percent"]) {
        (Value::Null, percent) => (percent, " %"),
        (count, _) => (count, " ×"),
    };
    let backend = row["backend"].as_object().map_or_else(|| "nobody".to_owned(), place);
    format!("{count}{unit} {} of {backend}", row["status"])
}

fn place(backend: &Map<String, Value>) -> String {
    let word = |key: &str| backend.get(key).map(crate::case::text).unwrap_or_default();
    format!("{}/{}:{}", word("namespace"), word("service"), word("port"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_field_that_differs_is_named() {
        let expected = json!({
            "name": "x", "status": 200, "headers": {"location": "/a", "vary": "Origin"},
            "backend": {"namespace": "n", "service": "s", "port": 80},
            "upstream": {"path": "/", "headers": {"x-a": "1"}, "dropped": ["te"]},
            "also": [{"path": "/2"}, {"path": "/1"}],
        });
        assert_eq!(compare(&expected, &expected), [], "nothing");
        let cases = [
            ("/status", json!(404), "status: expected 200 got 404"),
            ("/headers", json!({"vary": "Origin"}), "headers.location: expected \"/a\" got nothing"),
            ("/backend", json!(null), "backend: expected n/s:80 got null"),
            ("/upstream/headers/x-a", json!("2"), "upstream.headers.x-a: expected \"1\" got \"2\""),
            ("/upstream/dropped", json!([]), "upstream.dropped: expected [\"te\"] got []"),
            ("/also/0/path", json!("/3"), "also.1.path: expected \"/2\" got \"/3\""),
        ];
        for (pointer, value, said) in cases {
            let mut got = expected.clone();
            *got.pointer_mut(pointer).unwrap() = value;
            let found: Vec<_> = compare(&expected, &got).iter().map(ToString::to_string).collect();
            assert_eq!(found, [said]);
        }
    }

    #[test]
    fn the_order_of_other_requests_and_of_counts_does_not_matter() {
        let expected = json!({"also": [{"path": "/2"}, {"path": "/1"}], "counts": [
            {"status": 503, "backend": null, "count": 2},
            {"status": 200, "backend": {"namespace": "n", "service": "s", "port": 80}, "count": 3},
        ]});
        let mut got = expected.clone();
        for list in ["also", "counts"] {
            got[list].as_array_mut().unwrap().reverse();
        }
        assert_eq!(compare(&expected, &got), []);
    }

    #[test]
    fn tls_failures_are_alike_and_closing_is_not_one() {
        let status = |status: &str| json!({ "status": status });
        let cases = [("tls: A", "tls: B", true), ("tls: A", "closed", false), ("closed", "closed", true)];
        for (expected, got, alike) in cases {
            assert_eq!(compare(&status(expected), &status(got)).is_empty(), alike, "{expected} / {got}");
        }
    }
}
