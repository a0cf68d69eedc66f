//! Standard output: a reader that went away ends the command quietly (`cutover get … | head`).

use std::io::{self, Write as _};

use serde_json::Value;

use super::{args::Output, clean::clean_json, failure::Failure, yaml};

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
        Output::Yaml => print(&yaml::to_yaml(value)),
        Output::Json | Output::Table | Output::Wide => print(&pretty(value)),
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
            text.push_str(&yaml::item(&item));
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
