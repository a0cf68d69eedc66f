//! What becomes of an answer on its way back.

use std::{borrow::Cow, sync::Arc};

use crate::routing::{Expression, Template};

/// A header of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerHeader {
    /// Name as written.
    pub name: Arc<str>,
    /// Value; an empty one takes the header out when it is set, and adds nothing.
    pub value: Template,
    /// In place of what is there, or beside it.
    pub how: How,
    /// Which answers.
    pub statuses: Statuses,
    /// Only over TLS.
    pub encrypted_only: bool,
    /// Only on answers of the proxy's own, not on those of backends.
    pub own_only: bool,
}

/// In place of what is there, or beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// All of the name go (`more_set_headers`).
    Set,
    /// It stands beside the others (`add_header`).
    Add,
}

/// Which answers have a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statuses {
    /// All.
    All,
    /// 200, 201, 204, 206, 301, 302, 303, 304, 307 and 308: what `add_header` without `always` takes.
    Good,
    /// These.
    Only(Box<[u16]>),
}

impl Statuses {
    /// Whether an answer of this status is one.
    pub fn take(&self, status: u16) -> bool {
        match self {
            Self::All => true,
            Self::Good => matches!(status, 200 | 201 | 204 | 206 | 301..=304 | 307 | 308),
            Self::Only(list) => list.contains(&status),
        }
    }
}

/// What becomes of `Location` and `Refresh` of a backend's answer (nginx `proxy_redirect`).
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LocationEdit {
    /// Nothing.
    #[default]
    Off,
    /// A text at its front becomes another.
    Front(Template, Template),
    /// What an expression matches becomes a text with `$1` and so on.
    Pattern(Expression, Template),
}

/// What becomes of an attribute of a backend's cookies (nginx `proxy_cookie_domain`, `proxy_cookie_path`).
#[derive(Clone, Debug, PartialEq)]
pub enum CookieEdit {
    /// A whole domain, or the front of a path, becomes another.
    Text(Arc<str>, Template),
    /// What an expression matches becomes a text with `$1` and so on.
    Pattern(Expression, Template),
}

impl AnswerHeader {
    /// Set on every answer.
    pub fn set(name: &str, value: Template) -> Self {
        let (how, statuses) = (How::Set, Statuses::All);
        Self { name: name.into(), value, how, statuses, encrypted_only: false, own_only: false }
    }

    /// Whether an answer gets it.
    pub fn is_for(&self, status: u16, encrypted: bool) -> bool {
        self.statuses.take(status) && (encrypted || !self.encrypted_only)
    }
}

impl CookieEdit {
    /// A `Set-Cookie` value with its `attribute` (`Domain` or `Path`) changed; borrowed when it is not.
    pub fn apply<'c>(
        &self,
        attribute: &str,
        cookie: &'c str,
        render: impl Fn(&Template) -> String,
    ) -> Cow<'c, str> {
        let mut changed = false;
        let pieces: Vec<Cow<'_, str>> = cookie
            .split(';')
            .enumerate()
            .map(|(at, piece)| {
                let Some((name, value)) = piece
                    .split_once('=')
                    .filter(|(name, _)| at > 0 && name.trim().eq_ignore_ascii_case(attribute))
                else {
                    return Cow::Borrowed(piece);
                };
                match self.value(attribute, value.trim(), &render) {
                    Some(value) => {
                        changed = true;
                        Cow::Owned(format!("{name}={value}"))
                    }
                    None => Cow::Borrowed(piece),
                }
            })
            .collect();
        if changed { Cow::Owned(pieces.join(";")) } else { Cow::Borrowed(cookie) }
    }

    fn value(&self, attribute: &str, value: &str, render: impl Fn(&Template) -> String) -> Option<String> {
        match self {
            Self::Text(from, to) if attribute.eq_ignore_ascii_case("domain") => {
                let bare = |text: &str| text.strip_prefix('.').unwrap_or(text).to_ascii_lowercase();
                (bare(value) == bare(from)).then(|| render(to))
            }
            Self::Text(from, to) => value.strip_prefix(&**from).map(|rest| render(to) + rest),
            Self::Pattern(expression, to) => {
                let groups = expression.groups(value)?;
                Some(groups.fill(&render(to)))
            }
        }
    }
}
