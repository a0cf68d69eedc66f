//! The beginning of a JSON list, up to the bracket of its items.

use memchr::memchr2;

/// What a text begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// A list, whose items begin at this byte.
    List {
        /// Behind the bracket.
        items: usize,
        /// `apiVersion` and `kind` of the list, where they stand before its items.
        version: Option<String>,
        kind: Option<String>,
    },
    /// Something else, or the text is too short to tell.
    Other,
}

/// Looks at the beginning of a text.
pub(super) fn begin(text: &[u8]) -> Begin {
    list(text).unwrap_or(Begin::Other)
}

fn list(text: &[u8]) -> Option<Begin> {
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    at = expect(text, at, b'{')?;
    let (mut version, mut kind) = (None, None);
    loop {
        let key_end = string(text, blank(text, at))?;
        let key = text.get(blank(text, at) + 1..key_end - 1)?;
        let value = blank(text, expect(text, key_end, b':')?);
        if key == b"items" && text.get(value) == Some(&b'[') {
            return Some(Begin::List { items: value + 1, version, kind });
        }
        let end = skip(text, value)?;
        let word = || serde_json::from_slice::<String>(text.get(value..end).unwrap_or_default()).ok();
        match key {
            b"apiVersion" => version = word(),
            b"kind" => kind = word(),
            _ => {}
        }
        at = expect(text, end, b',')?;
    }
}

/// The first byte from here that is no blank.
fn blank(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !b" \t\r\n".contains(byte)).unwrap_or(rest.len())
}

/// Behind this byte, which must be the next that is no blank.
fn expect(text: &[u8], from: usize, byte: u8) -> Option<usize> {
    let at = blank(text, from);
    (text.get(at) == Some(&byte)).then_some(at + 1)
}

/// Behind the string that begins here.
fn string(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    text.get(from).filter(|byte| **byte == b'"')?;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        match text.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Behind the value that begins here.
fn skip(text: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut depth) = (from, 0_u32);
    loop {
        match text.get(at)? {
            b'"' => at = string(text, at)?,
            b'{' | b'[' => (depth, at) = (depth + 1, at + 1),
            b'}' | b']' => (depth, at) = (depth.checked_sub(1)?, at + 1),
            b',' if depth == 0 => return None,
            _ => at += 1,
        }
        if depth == 0 && matches!(text.get(blank(text, at)), Some(b',' | b'}') | None) {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_known_by_its_items() {
        let words = |word: &str| Some(word.to_owned());
        let list = |items, version, kind| Begin::List { items, version, kind };
        let cases = [
            (r#"{"items":[]}"#, list(10, None, None), "nothing before"),
            ("\u{feff} {\n \"items\" : [", list(18, None, None), "blanks and a mark"),
            (r#"{"apiVersion":"v1","items":[{"#, list(28, words("v1"), None), "as kubectl sorts"),
            (
                r#"{"kind":"IngressList","metadata":{"a":"]\"},","b":[1]},"items":["#,
                list(64, None, words("IngressList")),
                "as an API server sorts",
            ),
            (r#"{"a":1.5,"b":null , "items":["#, list(29, None, None), "numbers and words"),
            (r#"{"kind":"Ingress","spec":{"items":[]}}"#, Begin::Other, "items of something inside"),
            (r#"{"items":{}}"#, Begin::Other, "items that are no list"),
            (r#"{"apiVersion":"v1","it"#, Begin::Other, "too short"),
            ("kind: List", Begin::Other, "YAML"),
            ("[{}]", Begin::Other, "a bare list"),
            (r#"{"a":,"items":["#, Begin::Other, "no JSON"),
            ("", Begin::Other, "nothing"),
        ];
        for (text, expected, why) in cases {
            assert_eq!(begin(text.as_bytes()), expected, "{why}: {text}");
        }
    }
}
