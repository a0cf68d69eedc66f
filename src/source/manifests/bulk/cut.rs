//! Where the items of a JSON list begin and end, found without reading what is in them.
//!
//! Braces are counted outside of strings, and nothing else is looked at: whether an item is JSON is for its reader to
//! say. The text comes in pieces; a scan goes on where the last one ended.
//!
//! JSON has no line end inside a string. So lines without a brace are skipped unread, which are most of what kubectl
//! prints; where a text breaks that rule, an item is cut wrong, and its reader refuses it.

use memchr::{memchr2, memchr3, memrchr};

/// Begin and end of an item in the text at hand.
pub(super) type Span = (u32, u32);

/// A scan that is under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Cutter {
    /// The next byte to look at; behind the text when that ended with a backslash.
    at: usize,
    /// Where the item that is open begins.
    start: usize,
    depth: u32,
    in_string: bool,
    /// Where the last whole item ends.
    done: usize,
}

/// What a scan came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The text's end: more is to come.
    More,
    /// The list's end; the byte behind its bracket.
    End(usize),
    /// A byte that begins no object stands where one should.
    Stray(usize),
}

impl Cutter {
    /// Goes on through `text`, which begins where the one before did, or where [`Self::forget`] said.
    pub(super) fn scan(&mut self, text: &[u8], items: &mut Vec<Span>) -> Cut {
        // The first brace that is not behind us, in a string or not.
        let mut brace = 0;
        loop {
            let Some(rest) = text.get(self.at..).filter(|rest| !rest.is_empty()) else { return Cut::More };
            if self.depth == 0 {
                let Some(step) = rest.iter().position(|byte| !b" \n\r\t,".contains(byte)) else {
                    self.at = text.len();
                    return Cut::More;
                };
                let here = self.at + step;
                match text.get(here) {
                    Some(b'{') => (self.start, self.depth, self.at) = (here, 1, here + 1),
                    Some(b']') => return Cut::End(here + 1),
                    Some(_) | None => return Cut::Stray(here),
                }
            } else if self.in_string {
                let Some(step) = memchr2(b'"', b'\\', rest) else {
                    self.at = text.len();
                    return Cut::More;
                };
                let escape = rest.get(step) == Some(&b'\\');
                self.in_string = escape;
                self.at += step + 1 + usize::from(escape);
            } else {
                if brace < self.at || brace == 0 {
                    brace = self.at + memchr2(b'{', b'}', rest).unwrap_or(rest.len());
                    let before = text.get(self.at..brace).unwrap_or_default();
                    self.at += memrchr(b'\n', before).map_or(0, |line| line + 1);
                }
                let rest = text.get(self.at..).unwrap_or_default();
                let Some(step) = memchr3(b'"', b'{', b'}', rest) else {
                    self.at = text.len();
                    return Cut::More;
                };
                self.at += step + 1;
                match rest.get(step) {
                    Some(b'"') => self.in_string = true,
                    Some(b'{') => self.depth += 1,
                    Some(_) | None => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            items.push((self.start as u32, self.at as u32));
                            self.done = self.at;
                        }
                    }
                }
            }
        }
    }

    /// Where the last whole item ends; 0 before the first.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Whether an item is open.
    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// The first `bytes` of the text, whole items only, were taken away.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.at = self.at.saturating_sub(bytes);
        self.start = self.start.saturating_sub(bytes);
        self.done = self.done.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Items and end of a list whose bracket is open, read in pieces of so many bytes.
    fn cut(text: &str, piece: usize) -> (Vec<String>, Cut) {
        let (mut cutter, mut held, mut found) = (Cutter::default(), Vec::new(), Vec::new());
        for part in text.as_bytes().chunks(piece) {
            held.extend_from_slice(part);
            let mut items = Vec::new();
            let result = cutter.scan(&held, &mut items);
            found.extend(
                items.iter().map(|(from, to)| {
                    String::from_utf8_lossy(&held[*from as usize..*to as usize]).into_owned()
                }),
            );
            if result != Cut::More {
                return (found, result);
            }
            let done = cutter.done();
            held.drain(..done);
            cutter.forget(done);
        }
        (found, Cut::More)
    }

    #[test]
    fn items_are_cut_whatever_stands_in_their_strings() {
        let cases: &[(&str, &[&str], &str)] = &[
            (r#"{"a":1}, {"b":{}}] }"#, &[r#"{"a":1}"#, r#"{"b":{}}"#], "two"),
            ("]", &[], "none"),
            (r#"{"a":"}{"},{}]"#, &[r#"{"a":"}{"}"#, "{}"], "braces in a string"),
            (r#"{"a":"\"}"},{}]"#, &[r#"{"a":"\"}"}"#, "{}"], "a quote that is escaped"),
            (r#"{"a":"\\"},{}]"#, &[r#"{"a":"\\"}"#, "{}"], "a backslash that is escaped"),
            (r#"{"a":["]"]},{}]"#, &[r#"{"a":["]"]}"#, "{}"], "brackets inside"),
            ("{\n\"a\": \"}\",\n\"b\": 1\n},\n{}]", &["{\n\"a\": \"}\",\n\"b\": 1\n}", "{}"], "lines"),
        ];
        for (text, items, why) in cases {
            for piece in 1..=text.len() {
                let (found, end) = cut(text, piece);
                assert_eq!(found, *items, "{why}, in pieces of {piece}");
                assert!(matches!(end, Cut::End(_)), "{why}: {end:?}");
            }
        }
    }

    #[test]
    fn what_is_no_object_is_told_apart_from_an_end_too_early() {
        assert_eq!(cut(r#"{"a":1}, 7]"#, 99).1, Cut::Stray(9));
        assert_eq!(cut(r#"{"a":1}, "x"]"#, 99).1, Cut::Stray(9));
        assert_eq!(cut(r#"{"a":1}, {"b":"#, 99), (vec![r#"{"a":1}"#.to_owned()], Cut::More));
    }

    proptest! {
        #[test]
        fn any_values_are_cut_as_they_were_joined(
            texts in prop::collection::vec(prop::collection::vec(any::<String>(), 0..4), 0..6),
            piece in 1_usize..40,
            pretty: bool,
        ) {
            let items: Vec<String> = texts.iter().map(|texts| {
                let value = serde_json::json!({"{": texts, "n": {"}": texts.len()}});
                if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
            }).collect();
            let (found, end) = cut(&format!("{}]", items.join(",\n")), piece);
            prop_assert_eq!(found, items);
            prop_assert!(matches!(end, Cut::End(_)));
        }
    }
}
