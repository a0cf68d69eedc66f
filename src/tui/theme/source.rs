//! What one works on, said in the header's first words and in a colour of its own, so that nobody takes production
//! for the demo.

use super::{ink::Ink, slot::Slot};

/// What one works on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceKind {
    /// The bundled bookshop.
    Demo,
    /// Manifests.
    #[default]
    Files,
    /// A cluster.
    Cluster,
    /// A cluster that people depend on.
    Production,
}

impl SourceKind {
    /// The meaning that gives it its colour.
    pub fn slot(self) -> Slot {
        match self {
            Self::Demo => Slot::Demo,
            Self::Files => Slot::Files,
            Self::Cluster => Slot::Cluster,
            Self::Production => Slot::Production,
        }
    }

    /// The word in the header; empty where none is needed.
    pub fn word(self) -> &'static str {
        match self {
            // The source's name says it.
            Self::Demo | Self::Files | Self::Cluster => "",
            Self::Production => "PRODUCTION",
        }
    }
}

/// How a user wants some sources to look: `[[source]]` of the config file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLook {
    /// What the source's name must be like: `*` stands for any letters, all else for itself.
    pub matches: String,
    /// The word in the header; none: that of what it is.
    pub word: Option<String>,
    /// The block's colour; none: that of the theme.
    pub accent: Option<Ink>,
    /// Whether people depend on it: the theme's colour for production.
    pub production: bool,
}

/// What one works on, and what says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// The word in the header; may be empty.
    pub word: String,
    /// The block's colour, when a user chose one.
    pub accent: Option<Ink>,
}

impl Source {
    /// What is said of a source of this name: the first of the user's looks that fits it decides.
    pub fn of(kind: SourceKind, name: &str, looks: &[SourceLook]) -> Self {
        let look = looks.iter().find(|look| fits(&look.matches, name));
        let kind = if look.is_some_and(|look| look.production) { SourceKind::Production } else { kind };
        let word = look.and_then(|look| look.word.clone()).unwrap_or_else(|| kind.word().to_owned());
        Self { kind, word, accent: look.and_then(|look| look.accent) }
    }
}

/// Whether a name is like a pattern.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = left.get(at + part.len()..).unwrap_or_default();
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_as_its_stars_say() {
        let cases = [
            ("prod", "prod", true),
            ("prod", "prod-1", false),
            ("prod*", "prod-1", true),
            ("*prod*", "eu-prod-1", true),
            ("*prod", "eu-prod", true),
            ("*prod", "eu-prod-1", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("aa*aa", "aaa", false),
            ("*", "", true),
        ];
        for (pattern, name, is) in cases {
            assert_eq!(fits(pattern, name), is, "{pattern} and {name}");
        }
    }

    #[test]
    fn the_first_look_that_fits_decides_what_is_said() {
        let looks = [
            SourceLook { matches: "*prod*".to_owned(), production: true, ..SourceLook::default() },
            SourceLook {
                matches: "./shop".to_owned(),
                word: Some("SHOP".to_owned()),
                accent: "cyan".parse().ok(),
                production: false,
            },
            SourceLook { matches: "*".to_owned(), word: Some("ANY".to_owned()), ..SourceLook::default() },
        ];
        let of = |name: &str, looks: &[SourceLook]| {
            let source = Source::of(SourceKind::Files, name, looks);
            (source.kind, source.word, source.accent.is_some())
        };
        assert_eq!(of("./a-prod", &looks), (SourceKind::Production, "PRODUCTION".to_owned(), false));
        assert_eq!(of("./shop", &looks), (SourceKind::Files, "SHOP".to_owned(), true));
        assert_eq!(of("./b", &looks), (SourceKind::Files, "ANY".to_owned(), false));
        assert_eq!(of("./b", &[]), (SourceKind::Files, String::new(), false), "nobody said anything");
    }
}
