//! What a stand-in says: who it is, and the request as it came, byte for byte.
//!
//! `{"service":{"namespace","name","port"},"request":{"method","path","query","host","protocol","headers","body_bytes"}}`.
//! `query` is null when the target has no `?`. Header names stand as received; values of one name in their order.
//!
//! JSON can not hold bytes that are not UTF-8. Each such byte `0xNN` becomes the character `U+EFNN`; the
//! characters `U+EF80` to `U+EFFF` themselves are written as their three bytes in that form. So every text can be
//! taken back exactly, and every JSON reader takes it.

use std::fmt::Write;

use crate::routing::BackendId;

/// A request as it came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) method: String,
    /// The target up to the first `?`.
    pub(super) path: Vec<u8>,
    /// The target after the first `?`.
    pub(super) query: Option<Vec<u8>>,
    pub(super) host: Vec<u8>,
    /// `HTTP/1.1`, `HTTP/2.0`
    pub(super) protocol: &'static str,
    /// In the order received.
    pub(super) headers: Vec<(String, Vec<u8>)>,
}

impl Received {
    /// Splits a request target.
    pub(super) fn target(&mut self, target: &[u8]) {
        let mut parts = target.splitn(2, |byte| *byte == b'?');
        self.path = parts.next().unwrap_or_default().to_vec();
        self.query = parts.next().map(<[u8]>::to_vec);
    }

    /// The first header of a name, whatever its case.
    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Whether a header with a list of tokens holds one, whatever its case.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).any(|(_, value)| {
            value
                .split(|byte| *byte == b',')
                .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
        })
    }
}

/// The answer's body.
pub(super) fn body(backend: &BackendId, request: &Received, body_bytes: u64) -> String {
    let mut out = String::with_capacity(512);
    out.push_str("{\"service\":{\"namespace\":");
    text(&mut out, backend.service.namespace.as_bytes());
    out.push_str(",\"name\":");
    text(&mut out, backend.service.name.as_bytes());
    let _ = write!(out, ",\"port\":{}}},\"request\":{{\"method\":", backend.port);
    text(&mut out, request.method.as_bytes());
    out.push_str(",\"path\":");
    text(&mut out, &request.path);
    out.push_str(",\"query\":");
    match &request.query {
        Some(query) => text(&mut out, query),
        None => out.push_str("null"),
    }
    out.push_str(",\"host\":");
    text(&mut out, &request.host);
    out.push_str(",\"protocol\":");
    text(&mut out, request.protocol.as_bytes());
    out.push_str(",\"headers\":{");
    headers(&mut out, &request.headers);
    let _ = write!(out, "}},\"body_bytes\":{body_bytes}}}}}");
    out.push('\n');
    out
}

fn headers(out: &mut String, headers: &[(String, Vec<u8>)]) {
    let mut first = true;
    for (at, (name, _)) in headers.iter().enumerate() {
        let seen = headers.iter().take(at).any(|(earlier, _)| earlier == name);
        if seen {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        text(out, name.as_bytes());
        out.push_str(":[");
        for (nth, (_, value)) in headers.iter().filter(|(other, _)| other == name).enumerate() {
            if nth > 0 {
                out.push(',');
            }
            text(out, value);
        }
        out.push(']');
    }
}

fn text(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\u{0}'..='\u{1f}' | '\u{7f}' => {
                    let _ = write!(out, "\\u{:04x}", u32::from(character));
                }
                '\u{ef80}'..='\u{efff}' => {
                    let mut held = [0; 4];
                    character.encode_utf8(&mut held).bytes().for_each(|byte| raw(out, byte));
                }
                other => out.push(other),
            }
        }
        chunk.invalid().iter().for_each(|byte| raw(out, *byte));
    }
    out.push('"');
}

fn raw(out: &mut String, byte: u8) {
    out.extend(char::from_u32(0xef00 + u32::from(byte)));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::routing::Origin;

    fn taken_back(shown: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for character in shown.chars() {
            match u32::from(character) {
                code @ 0xef80..=0xefff => bytes.push((code - 0xef00) as u8),
                _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_taken_back_from_the_json(bytes: Vec<u8>) {
            let mut out = String::new();
            text(&mut out, &bytes);
            let shown: String = serde_json::from_str(&out).unwrap();
            prop_assert_eq!(taken_back(&shown), bytes);
        }
    }

    #[test]
    fn characters_of_the_escape_range_are_escaped_themselves() {
        let mut out = String::new();
        text(&mut out, "\u{ef80}".as_bytes());
        let shown: String = serde_json::from_str(&out).unwrap();
        assert_eq!(taken_back(&shown), "\u{ef80}".as_bytes());
    }

    #[test]
    fn an_answer_has_the_fields_of_the_contract_in_their_order() {
        let backend = BackendId {
            service: Origin { kind: "Service".into(), namespace: "shop".into(), name: "cart".into() },
            port: 80,
        };
        let mut request = Received {
            method: "GET".into(),
            host: b"shop.test".to_vec(),
            protocol: "HTTP/1.1",
            headers: vec![
                ("X-A".into(), b"1".to_vec()),
                ("Host".into(), b"shop.test".to_vec()),
                ("X-A".into(), b"2".to_vec()),
                ("x-a".into(), b"\"\\".to_vec()),
            ],
            ..Received::default()
        };
        request.target(b"/a%2Fb//c?x=?&y");
        assert_eq!(
            body(&Arc::new(backend), &request, 7),
            "{\"service\":{\"namespace\":\"shop\",\"name\":\"cart\",\"port\":80},\"request\":{\"method\":\"GET\",\
             \"path\":\"/a%2Fb//c\",\"query\":\"x=?&y\",\"host\":\"shop.test\",\"protocol\":\"HTTP/1.1\",\
             \"headers\":{\"X-A\":[\"1\",\"2\"],\"Host\":[\"shop.test\"],\"x-a\":[\"\\\"\\\\\"]},\"body_bytes\":7}}\n"
        );
    }
}
