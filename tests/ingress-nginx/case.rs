//! A case: objects, requests and what the real controller answered, read from its folder.

use std::{fmt, fs, path::Path};

use cutover::source::yaml::{Child, Data, Reader, Style, Tree, write_text};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

/// Prefix of the annotations, unless a flag says otherwise.
const PREFIX: &str = "nginx.ingress.kubernetes.io";

/// One folder.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    /// As written, in their order.
    pub objects: Vec<Value>,
    pub settings: Settings,
    pub requests: Vec<Request>,
    /// Why the controller's nginx refused the configuration; the answers come from the one before.
    pub rejected: Option<String>,
    /// One for each request.
    pub answers: Vec<Value>,
}

/// `settings.yaml`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Data of the controller's ConfigMap, added to what the kit always sets.
    pub config: Map<String, Value>,
    /// Flags of the controller, added likewise.
    pub flags: Vec<String>,
}

/// One request of `requests.yaml`; the kit's README says what each field means.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Request {
    pub name: String,
    pub scheme: String,
    pub method: String,
    pub path: String,
    pub host: Option<String>,
    pub headers: Headers,
    pub body: String,
    pub body_bytes: usize,
    #[serde(deserialize_with = "name")]
    pub sni: ServerName,
    pub http2: bool,
    #[serde(deserialize_with = "version")]
    pub version: String,
    pub repeat: usize,
    pub concurrent: bool,
    pub random: bool,
    pub cookies_from: Option<String>,
    /// A Secret.
    pub client_certificate: Option<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            name: String::new(),
            scheme: "http".to_owned(),
            method: "GET".to_owned(),
            path: "/".to_owned(),
            host: None,
            headers: Headers::default(),
            body: String::new(),
            body_bytes: 0,
            sni: ServerName::Host,
            http2: false,
            version: "1.1".to_owned(),
            repeat: 1,
            concurrent: false,
            random: false,
            cookies_from: None,
            client_certificate: None,
        }
    }
}

impl Request {
    pub fn body(&self) -> Vec<u8> {
        let mut body = self.body.clone().into_bytes();
        body.resize(body.len() + self.body_bytes, b'x');
        body
    }
}

/// The name in a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerName {
    /// The host's, as a browser does.
    Host,
    Other(String),
    /// `null`: none is sent.
    None,
}

/// Header lines in their order, names as written.
#[derive(Clone, Debug, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lines;
        impl<'de> de::Visitor<'de> for Lines {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and values")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut lines = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    let values = if let Value::Array(values) = value { values } else { vec![value] };
                    lines.extend(values.iter().map(|value| (name.clone(), text(value))));
                }
                Ok(Headers(lines))
            }
        }
        deserializer.deserialize_map(Lines)
    }
}

fn name<'de, D: de::Deserializer<'de>>(deserializer: D) -> Result<ServerName, D::Error> {
    let given = Option::deserialize(deserializer)?;
    Ok(given.map_or(ServerName::None, ServerName::Other))
}

fn version<'de, D: de::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => format!("{:.1}", number.as_f64().unwrap_or_default()),
        other => text(&other),
    })
}

/// A scalar as the kit would send it.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

impl Case {
    /// Reads a folder.
    ///
    /// # Panics
    /// With what is wrong: a case that can not be read says nothing.
    pub fn read(folder: &Path) -> Self {
        let objects = documents(&folder.join("objects.yaml"));
        let one = |file: &str| documents(&folder.join(file)).pop();
        let settings = if folder.join("settings.yaml").exists() { one("settings.yaml") } else { None };
        let parsed =
            |what: &str, error: serde_json::Error| -> ! { panic!("{}/{what}: {error}", folder.display()) };
        let settings = settings
            .map(|text| serde_json::from_str(&text).unwrap_or_else(|error| parsed("settings.yaml", error)));
        let requests = one("requests.yaml").unwrap_or_default();
        let requests: Vec<Request> =
            serde_json::from_str(&requests).unwrap_or_else(|error| parsed("requests.yaml", error));
        let answers = one("answers.yaml").unwrap_or_default();
        let mut answers: Vec<Value> =
            serde_json::from_str(&answers).unwrap_or_else(|error| parsed("answers.yaml", error));
        let rejected = answers.first().and_then(|first| first.get("configuration")).map(text);
        if rejected.is_some() {
            answers.remove(0);
        }
        assert_eq!(answers.len(), requests.len(), "{}: one answer for each request", folder.display());
        let objects = objects
            .iter()
            .map(|text| serde_json::from_str(text).unwrap_or_else(|error| parsed("objects.yaml", error)));
        Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            objects: objects.collect(),
            settings: settings.unwrap_or_default(),
            requests,
            rejected,
            answers,
        }
    }

    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| object.get("kind").and_then(Value::as_str) == Some(kind))
    }

    /// Key and certificate of a Secret, in PEM.
    pub fn client_pem(&self, secret: &str) -> Option<String> {
        let object = self.of("Secret").find(|object| object["metadata"]["name"] == secret)?;
        Some(text(&object["stringData"]["tls.key"]) + &text(&object["stringData"]["tls.crt"]))
    }

    /// The controller's annotations that the case's Ingresses have, without their prefix.
    pub fn annotations(&self) -> Vec<String> {
        let flag = self.settings.flags.iter().find_map(|flag| flag.strip_prefix("--annotations-prefix="));
        let prefix = format!("{}/", flag.unwrap_or(PREFIX));
        let annotations =
            self.of("Ingress").filter_map(|object| object["metadata"]["annotations"].as_object());
        let keys = annotations.flat_map(|annotations| annotations.keys());
        let mut found: Vec<_> =
            keys.filter_map(|key| key.strip_prefix(&prefix)).map(ToOwned::to_owned).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// The documents of a file as JSON, in their order, nulls included.
fn documents(file: &Path) -> Vec<String> {
    let place = file.display();
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{place}: {error}"));
    let mut found = Vec::new();
    for document in Reader::new(&text, 0, 1) {
        let document = document.unwrap_or_else(|fault| panic!("{place}:{}: {}", fault.line, fault.message));
        let Some(root) = document.root else { continue };
        let mut out = Vec::new();
        json(&text, &document.tree, root, &mut out);
        found.push(String::from_utf8(out).expect("JSON is UTF-8"));
    }
    found
}

/// Writes a node with all that it has: nulls, and words that only some readers of YAML take for a truth or a number
/// (the kit's does not).
fn json(text: &str, tree: &Tree<'_>, child: Child, out: &mut Vec<u8>) {
    let node = tree.node(child).expect("a node of this tree");
    let written = text.get(node.place.range()).unwrap_or_default();
    let is_word = ["y", "Y", "n", "N"].contains(&written)
        || (written.starts_with(|first: char| first.is_ascii_digit())
            && (written.contains(['e', 'E', 'o']) && !written.contains(['.', 'x'])));
    match &node.data {
        Data::Bool(_) | Data::Number(_) if is_word && node.style == Style::Plain => write_text(written, out),
        Data::Null => out.extend_from_slice(b"null"),
        Data::Bool(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        Data::Number(number) => out.extend_from_slice(number.as_bytes()),
        Data::Text(text) => write_text(text, out),
        Data::Sequence(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                json(text, tree, *item, out);
            }
            out.push(b']');
        }
        Data::Mapping(members) => {
            out.push(b'{');
            for (at, member) in members.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_text(&member.key, out);
                out.push(b':');
                json(text, tree, member.value, out);
            }
            out.push(b'}');
        }
    }
}

#[test]
fn words_are_read_as_the_kit_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    fs::write(&file, "{a: n, b: no, c: 1e3, d: 0o7, e: 'n', f: 12, g: null, h: 1.5}").unwrap();
    let read: Value = serde_json::from_str(&documents(&file)[0]).unwrap();
    let expected = serde_json::json!({
        "a": "n", "b": false, "c": "1e3", "d": "0o7", "e": "n", "f": 12, "g": null, "h": 1.5
    });
    assert_eq!(read, expected);
}
