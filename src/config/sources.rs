//! `[[source]]`: what holds for some sources only, so that production never looks like the demo.

use super::section::{At, Desk, Section, Value};

/// What holds for sources of some names: files, folders, `demo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// A name, in which `*` stands for any text and `?` for one letter.
    pub pattern: At<String>,
    /// Colour of its block in the header.
    pub accent: Option<At<String>>,
    /// The word in that block.
    pub word: Option<At<String>>,
    /// People depend on it.
    pub production: Option<bool>,
    /// Nothing may be changed.
    pub read_only: Option<bool>,
}

impl Source {
    /// Whether it holds for a source of this name. A pattern without `/` is held against the last part of a path too.
    pub fn matches(&self, name: &str) -> bool {
        let pattern = self.pattern.value.as_str();
        let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
        glob(pattern, name) || (!pattern.contains('/') && glob(pattern, last))
    }
}

/// Every `[[source]]` of the file.
pub(super) fn sources(desk: &mut Desk<'_>, value: &Value<'_>) -> Vec<Source> {
    let Some(items) = value.get_ref().as_array() else {
        desk.wrong(&value.span(), "`source` is one table", "write `[[source]]` for each");
        return Vec::new();
    };
    let mut all = Vec::new();
    for item in items {
        let Some(mut section) = Section::of(desk, "source", item) else { continue };
        let pattern = section.take("match").map(|value| desk.text("source.match", value));
        let accent = section.take("accent").and_then(|value| desk.text("source.accent", value));
        let word = section.take("word").and_then(|value| desk.text("source.word", value));
        let production = section.take("production").and_then(|value| desk.flag("source.production", value));
        let read_only = section.take("read_only").and_then(|value| desk.flag("source.read_only", value));
        section.end(desk);
        match pattern {
            Some(Some(pattern)) => all.push(Source { pattern, accent, word, production, read_only }),
            Some(None) => {}
            None => {
                desk.wrong(&item.span(), "a `[[source]]` without `match`", "say which: match = \"*prod*\"");
            }
        }
    }
    all
}

/// `*` stands for any text, `?` for one letter; no other letter is special. Case matters.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                p += 1;
                t += 1;
            }
            Some(_) | None => {
                // The last star takes one letter more.
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|letter| *letter == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_held_against_the_whole_name_or_its_last_part() {
        let cases = [
            ("demo", "demo", true, "the name itself"),
            ("demo", "demo2", false, "not its beginning"),
            ("*prod*", "clusters/eu-prod-1/gateway.yaml", true, "anywhere"),
            ("prod?", "/srv/prod1/", true, "the last part of a path"),
            ("prod", "prod/shop", false, "the last part only"),
            ("/srv/*/prod", "/srv/a/b/prod", true, "a star takes slashes too"),
            ("a*b*c", "a-b-b-c", true, "the last star gives way"),
            ("*", "", true, "any text is also none"),
            ("?", "ö", true, "letters, not bytes"),
            ("**a", "a", true, "two stars are one"),
            ("a.c", "abc", false, "a dot is a dot"),
        ];
        for (pattern, name, matches, why) in cases {
            let pattern = At { value: pattern.to_owned(), line: 1 };
            let source = Source { pattern, accent: None, word: None, production: None, read_only: None };
            assert_eq!(source.matches(name), matches, "{why}");
        }
    }
}
