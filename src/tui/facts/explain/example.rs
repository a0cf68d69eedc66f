//! A text that a regular expression takes, found by walking through it.
//!
//! No search: each choice is made the way a person would make it, and what comes out is tried. None comes of
//! expressions whose parts depend on each other.

use regex_syntax::hir::{Class, ClassBytesRange, ClassUnicodeRange, Hir, HirKind};

/// Bytes at most; who repeats more wants no example.
const LONGEST: usize = 512;
/// What stands for a class of characters, the first that belongs to it.
const NICE: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~@!$&'()*+,;=:/";

/// Texts that the whole of an expression may take, the shortest way first; whoever asks has to try them.
pub fn examples(written: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(written) else { return Vec::new() };
    // Once with what may be left out left out, once with it: `/v[0-9]*` is nicer as `/v0`.
    [1, 0].into_iter().filter_map(|least| text(&hir, least)).collect()
}

fn text(hir: &Hir, least: u32) -> Option<String> {
    let mut out = String::new();
    walk(hir, least, &mut out).then_some(out)
}

/// Writes one text that this part takes; false when there is none to be found.
fn walk(hir: &Hir, least: u32, out: &mut String) -> bool {
    let done = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match str::from_utf8(&literal.0) {
            Ok(text) => {
                out.push_str(text);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(class) => {
            let one = one_of(class);
            out.extend(one);
            one.is_some()
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = repetition.min.max(least.min(most));
            times as usize <= LONGEST && (0..times).all(|_| walk(&repetition.sub, least, out))
        }
        HirKind::Capture(capture) => walk(&capture.sub, least, out),
        HirKind::Concat(parts) => parts.iter().all(|part| walk(part, least, out)),
        HirKind::Alternation(parts) => parts.iter().any(|part| {
            let start = out.len();
            let done = walk(part, least, out);
            if !done {
                out.truncate(start);
            }
            done
        }),
    };
    done && out.len() <= LONGEST
}

fn one_of(class: &Class) -> Option<char> {
    let holds = |c: char| match class {
        Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&c)),
        Class::Bytes(class) => {
            c.is_ascii() && class.iter().any(|range| (range.start()..=range.end()).contains(&(c as u8)))
        }
    };
    let first = || match class {
        Class::Unicode(class) => class.iter().map(ClassUnicodeRange::start).find(|c| !c.is_control()),
        Class::Bytes(class) => {
            class.iter().map(ClassBytesRange::start).map(char::from).find(char::is_ascii_graphic)
        }
    };
    NICE.chars().find(|c| holds(*c)).or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{PathMatch, PathPattern};

    #[test]
    fn an_example_is_what_a_person_would_type_and_the_expression_takes_it() {
        let cases = [
            ("/v[0-9]+/users", "/v0/users", "a class"),
            ("/(api|app)/.*", "/api/a", "the first alternative; something for what may be nothing"),
            ("/a?b{2,}", "/abb", "repetitions"),
            (r"/[\w-]{3}/\d\.css", "/aaa/0.css", "classes with names"),
            ("(?i)/Shop", "/shop", "any case"),
            ("^/x$", "/x", "anchors take nothing"),
            (r"/[^/]+/b", "/a/b", "what is not"),
        ];
        for (written, example, why) in cases {
            assert_eq!(examples(written).first().map(String::as_str), Some(example), "{why}");
            let pattern = PathMatch::Pattern(std::sync::Arc::new(PathPattern::whole(written).unwrap()));
            assert!(pattern.takes(example), "{why}");
        }
        assert_eq!(examples("/a{5000}"), Vec::<String>::new(), "too long to be typed");
        assert_eq!(examples("/a("), Vec::<String>::new(), "no expression");
        assert_eq!(examples("/a*"), ["/a", "/"], "with and without");
    }
}
