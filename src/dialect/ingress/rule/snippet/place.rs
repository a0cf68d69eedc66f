//! Where a snippet stands, and the locations that one of a server brings.

use std::sync::Arc;

use regex::escape;

use super::{super::returned, Conditional};
use crate::{
    dialect::ingress::annotation::snippet::{Directive, Line, Snippet},
    routing::{Conditions, PathMatch, PathPattern, Why},
};

/// Where a snippet stands.
#[derive(Default)]
pub(super) enum Level {
    #[default]
    Server,
    /// One that matches by the front of the path.
    Prefix {
        /// Its path.
        path: String,
        /// Paths of the host that go before it: longer ones.
        others: Vec<String>,
    },
    /// An exact one, or one by regular expression: what its snippets look for in the path can not be asked beside it.
    Other,
}

impl Level {
    /// A look for something in paths that come here.
    pub(super) fn pattern(&self, text: &str) -> Option<PathMatch> {
        let pattern = match self {
            Self::Server => PathPattern::search(text).ok()?,
            Self::Other => return None,
            Self::Prefix { path, others } => {
                let own = Some(path).filter(|path| *path != "/").map(|path| format!("(?={})", escape(path)));
                let others = others.iter().map(|other| format!("(?!{})", escape(other)));
                let front: String = own.into_iter().chain(others).collect();
                let whole =
                    if front.is_empty() { text.to_owned() } else { format!("^{front}(?s:.*?)(?:{text})") };
                // It is asked before all locations.
                PathPattern { order: usize::MAX, ..PathPattern::search(&whole).ok()? }
            }
        };
        Some(PathMatch::Pattern(Arc::new(pattern)))
    }

    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Server)
    }

    /// Whether a path that was rewritten is looked for once, and found in the same location: the new front is not one of
    /// another location, and not one that the expression takes again.
    pub(super) fn stays(&self, pattern: &str, replacement: &str) -> bool {
        let Self::Prefix { path, others } = self else { return false };
        let front = |text: &str, ends: &[char]| text.split(ends).next().unwrap_or_default().to_owned();
        let new = front(replacement, &['$', '?']);
        let old = front(
            pattern.strip_prefix('^').unwrap_or_default(),
            &['\\', '.', '(', '[', '{', '*', '+', '?', '|', '$'],
        );
        let apart = |one: &str, other: &str| !one.starts_with(other) && !other.starts_with(one);
        old.len() > 1
            && apart(&old, &new)
            && new.starts_with(path)
            && others.iter().all(|other| apart(other, &new))
    }
}

/// `location PATH { … }` of a server's snippet, which answers without a backend.
pub(super) fn location(text: &str, known: &impl Fn(&str) -> Option<String>) -> Option<Conditional> {
    let (head, body) = text.strip_prefix("location")?.split_once('{')?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let pattern = |text: &str, order: usize| {
        let pattern = PathPattern { order, ..PathPattern::search(text).ok()? };
        Some(PathMatch::Pattern(Arc::new(pattern)))
    };
    let path = match words.as_slice() {
        ["=", path] => PathMatch::exact(path),
        ["^~", path] if path.starts_with('/') => pattern(&format!("^{}", escape(path)), usize::MAX)?,
        [path] if path.starts_with('/') => PathMatch::raw_prefix(path),
        ["~", text] => pattern(text, usize::MAX - 1)?,
        ["~*", text] => pattern(&format!("(?i:{text})"), usize::MAX - 1)?,
        _ => return None,
    };
    let inner = Snippet::read(body.trim_end().strip_suffix('}')?);
    let why = Why::Said("a location of a snippet answers".to_owned());
    // `return` comes before `deny`, wherever it stands.
    let given = inner.directives.iter().find_map(|line| match &line.directive {
        Directive::Return(given) => Some(given),
        _ => None,
    });
    let plain = |line: &Line| match &line.directive {
        Directive::Return(_) => true,
        Directive::Deny(who) => who == "all",
        _ => false,
    };
    if inner.directives.is_empty() || !inner.directives.iter().all(plain) {
        return None;
    }
    let said = match given {
        Some(given) => returned(given.code, given.text.as_deref(), why, known),
        None => returned(403, None, why, known),
    };
    Some(Conditional::returns(Conditions::default(), Some(path), said))
}
