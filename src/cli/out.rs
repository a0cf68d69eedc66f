//! Standard output: a reader that went away ends the command quietly (`cutover get … | head`).

use std::io::{self, Write as _};

use serde_json::Value;

use super::{args::Output, failure::Failure};
use crate::resource::show::{clean_json, to_yaml, yaml_item};

/// Writes and flushes.
///
/// # Errors
/// A silent success code when the reader is gone; what went wrong in any other case.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::silent(0)),
        Err(error) => Err(Failure::failed(format!("failed to write to standard output: {error}"), "")),
    }
}

/// Writes a value as YAML when that was asked for, else as JSON.
///
/// # Errors
/// Those of [`print`].
pub fn value(value: &Value, output: Output) -> Result<(), Failure> {
    match output {
        Output::Yaml => print(&to_yaml(value)),
        Output::Json | Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            print(&pretty(value))
        }
    }
}

/// Writes a `List` item by item, so that many objects are never held as values at once.
///
/// # Errors
/// Those of [`print`].
pub fn list(items: impl Iterator<Item = Value>, output: Output) -> Result<(), Failure> {
    let json = output != Output::Yaml;
    let mut first = true;
    for item in items {
        let mut text = match (json, first) {
            (true, true) => {
                "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [\n".to_owned()
            }
            (true, false) => ",\n".to_owned(),
            (false, true) => "apiVersion: v1\nkind: List\nitems:\n".to_owned(),
            (false, false) => String::new(),
        };
        if json {
            let item = pretty(&item);
            text.push_str("    ");
            text.push_str(&item.trim_end().replace('\n', "\n    "));
        } else {
            text.push_str(&yaml_item(&item));
        }
        print(&text)?;
        first = false;
    }
    match (json, first) {
        (true, false) => print("\n  ]\n}\n"),
        (true, true) => print("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": []\n}\n"),
        (false, false) => Ok(()),
        (false, true) => print("apiVersion: v1\nkind: List\nitems: []\n"),
    }
}

/// JSON for people and scripts, with a final line end.
pub fn pretty(value: &impl serde::Serialize) -> String {
    let mut text = clean_json(serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

/// JSON on one line, with a final line end.
pub fn line(value: &impl serde::Serialize) -> String {
    let mut text = clean_json(serde_json::to_string(value).unwrap_or_default());
    text.push('\n');
    text
}

/// Writes to standard error. Nobody is left to tell when that fails.
pub fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::yaml::{Budget, Reader, Trim, write};

    /// What our reader of manifests, which reads as kubectl does, makes of a text.
    fn read(text: &str) -> Option<Value> {
        let mut documents = Reader::new(text, 0, 1);
        let document = documents.next()?.ok()?;
        let mut json = Vec::new();
        let mut budget = Budget::new(text.len(), document.tree.nodes.len());
        write(&document.tree, document.root?, Trim::Nothing, &mut budget, &mut json)?;
        documents.next().is_none().then(|| serde_json::from_slice(&json).ok())?
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[-+.0-9_:exXoObBaTZ ]{0,12}",
            "[-?:,#&*!|>'\"%@`{}\\[\\]<=~ a\n]{0,8}",
            "([ab \n\t]{0,4}\n?){0,5}",
            "(?i)yes|no|on|off|y|n|true|false|null|~|<<|=|\\.inf|-\\.inf|\\.nan|---|\\.\\.\\.",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?",
            "[\u{7f}-\u{a1}\u{ad}\u{2028}-\u{202f}\u{3000}\u{feff}\u{fffd}-\u{10001}]{0,4}",
        ]
    }

    /// Null members are left out: an API server drops them, and so does the reader.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            text().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 48, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text(), inner, 0..5)
                    .prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn yaml_is_read_back_as_the_value_it_was_written_from(value in value()) {
            let text = to_yaml(&value);
            prop_assert_eq!(read(&text), Some(value.clone()), "{}", text);
            let listed = format!("items:\n{}", yaml_item(&value));
            prop_assert_eq!(read(&listed), Some(serde_json::json!({"items": [value]})), "{}", listed);
        }

        #[test]
        fn nothing_in_yaml_or_json_harms_a_terminal(value in value()) {
            let harmful = |c: char| c != '\n' && crate::resource::show::is_harmful(c);
            prop_assert!(!to_yaml(&value).contains(harmful));
            prop_assert!(!pretty(&value).contains(harmful));
        }
    }

    #[test]
    fn keys_of_every_length_are_read_back() {
        let held =
            [serde_json::json!("x"), serde_json::json!({"a": [1]}), serde_json::json!([[1], {"b": "\n"}])];
        for (length, held) in
            [127, 129, 1025, 70_000].iter().flat_map(|length| held.iter().map(move |held| (*length, held)))
        {
            let value = serde_json::json!({"k".repeat(length): held, "ö ".repeat(length): [held], "z": held});
            assert_eq!(read(&to_yaml(&value)), Some(value), "{length}");
        }
    }

    #[test]
    fn every_sort_of_number_is_read_back() {
        for number in ["0", "-1", "18446744073709551615", "1.5", "-2.5e-7", "1e21", "1.7976931348623157e308"]
        {
            let value: Value = serde_json::from_str(number).unwrap();
            let found = read(&format!("a: {}", to_yaml(&value))).unwrap();
            assert_eq!(found["a"].as_f64(), value.as_f64(), "{number}");
        }
    }
}
