//! What a rule's policy makes of the headers of an answer: a backend's, and the proxy's own.
//!
//! Made while the request is there; texts that depend on nothing are not copied. Sets and removals go by lower and upper
//! case alike; what was set replaces what a backend says.

use std::{borrow::Cow, sync::Arc};

use smallvec::SmallVec;

use super::http1::field::is_value;
use crate::routing::{CookieEdit, How, LocationEdit, Policy, Template, Variable, Variables};

/// What could not be read: nothing is known of it.
pub(super) struct NoRequest;

impl Variables for NoRequest {
    fn value(&self, _: &Variable) -> Cow<'_, str> {
        Cow::Borrowed("")
    }
}

/// What the answer to one request gets.
#[derive(Debug)]
pub(super) struct Dress {
    pub(super) policy: Arc<Policy>,
    encrypted: bool,
    /// Scheme and host, for a location that was changed to a path.
    origin: Option<String>,
    /// Texts that depend on the request: which, and what they came to.
    rendered: SmallVec<[(Text, String); 1]>,
}

/// A text of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    /// Of the answer's header at this place.
    Header(usize),
    LocationFrom,
    LocationTo,
    Domain,
    Path,
}

impl Dress {
    /// Renders what depends on the request.
    pub(super) fn new(policy: &Arc<Policy>, encrypted: bool, request: &impl Variables) -> Self {
        let mut rendered = SmallVec::new();
        let mut add = |text: Text, template: &Template, later: bool| {
            if template.as_literal().is_none() {
                let later = later.then_some(Later(request));
                let value = match &later {
                    Some(later) => template.render(later),
                    None => template.render(request),
                };
                rendered.push((text, value.into_owned()));
            }
        };
        for (at, header) in policy.answer.iter().enumerate() {
            add(Text::Header(at), &header.value, false);
        }
        match &policy.location {
            LocationEdit::Off => {}
            LocationEdit::Front(from, to) => {
                add(Text::LocationFrom, from, false);
                add(Text::LocationTo, to, false);
            }
            LocationEdit::Pattern(_, to) => add(Text::LocationTo, to, true),
        }
        for (text, edit) in [(Text::Domain, &policy.cookie_domain), (Text::Path, &policy.cookie_path)] {
            match edit {
                Some(CookieEdit::Text(_, to)) => add(text, to, false),
                Some(CookieEdit::Pattern(_, to)) => add(text, to, true),
                None => {}
            }
        }
        let changes = policy.location != LocationEdit::Off;
        let origin = || format!("{}://{}", request.value(&Variable::Scheme), request.value(&Variable::Host));
        Self { policy: Arc::clone(policy), encrypted, origin: changes.then(origin), rendered }
    }

    fn text<'d>(&'d self, text: Text, template: &'d Template) -> &'d str {
        match template.as_literal() {
            Some(literal) => literal,
            None => self.rendered.iter().find(|(one, _)| *one == text).map_or("", |(_, value)| value),
        }
    }

    /// Whether a header of an answer with this status is replaced, or taken out.
    pub(super) fn drops(&self, name: &str, status: u16) -> bool {
        self.policy.answer.iter().any(|header| {
            header.how == How::Set
                && !header.own_only
                && header.is_for(status, self.encrypted)
                && match header.name.strip_suffix('*') {
                    Some(front) => {
                        name.get(..front.len()).is_some_and(|start| start.eq_ignore_ascii_case(front))
                    }
                    None => header.name.eq_ignore_ascii_case(name),
                }
        })
    }

    /// Whether a backend's header is not for clients.
    pub(super) fn hides(&self, name: &str) -> bool {
        self.policy.hides.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    /// Headers that an answer with this status gets, be it the proxy's `own` or a backend's; no line can be ended by their values.
    pub(super) fn lines(&self, status: u16, own: bool) -> impl Iterator<Item = (&str, &str)> {
        let all = self.policy.answer.iter().enumerate();
        all.filter(move |(_, header)| header.is_for(status, self.encrypted) && (own || !header.own_only))
            .filter_map(|(at, header)| {
                let value = self.text(Text::Header(at), &header.value);
                (!value.is_empty() && is_value(value.as_bytes())).then_some((&*header.name, value))
            })
    }

    /// A backend's header as the client gets it.
    pub(super) fn changed<'v>(&self, name: &str, value: &'v [u8]) -> Cow<'v, [u8]> {
        let policy = &*self.policy;
        let kind = match name.len() {
            7 if name.eq_ignore_ascii_case("refresh") => 1,
            8 if name.eq_ignore_ascii_case("location") => 0,
            10 if name.eq_ignore_ascii_case("set-cookie") => 2,
            _ => return Cow::Borrowed(value),
        };
        let Ok(text) = std::str::from_utf8(value) else { return Cow::Borrowed(value) };
        let changed = match kind {
            // As in nginx a path that came of a change becomes a URL.
            0 => self.location(text).map(|to| match &self.origin {
                Some(origin) if to.starts_with('/') => origin.clone() + &to,
                Some(_) | None => to,
            }),
            1 => refresh(text).and_then(|(front, target)| Some(front.to_owned() + &self.location(target)?)),
            _ => {
                let mut cookie = Cow::Borrowed(text);
                for (which, attribute, edit) in [
                    (Text::Domain, "domain", &policy.cookie_domain),
                    (Text::Path, "path", &policy.cookie_path),
                ] {
                    let Some(edit) = edit else { continue };
                    let render = |template: &Template| self.text(which, template).to_owned();
                    if let Cow::Owned(new) = edit.apply(attribute, &cookie, render) {
                        cookie = Cow::Owned(new);
                    }
                }
                match cookie {
                    Cow::Borrowed(_) => None,
                    Cow::Owned(new) => Some(new),
                }
            }
        };
        match changed.filter(|changed| is_value(changed.as_bytes())) {
            Some(changed) => Cow::Owned(changed.into_bytes()),
            None => Cow::Borrowed(value),
        }
    }

    fn location(&self, target: &str) -> Option<String> {
        match &self.policy.location {
            LocationEdit::Off => None,
            LocationEdit::Front(from, to) => {
                let from = self.text(Text::LocationFrom, from);
                let rest = target.strip_prefix(from).filter(|_| !from.is_empty())?;
                Some([self.text(Text::LocationTo, to), rest].concat())
            }
            // As in nginx all of it is replaced, not only what matched.
            LocationEdit::Pattern(expression, to) => {
                Some(expression.groups(target)?.fill(self.text(Text::LocationTo, to)))
            }
        }
    }
}

/// `5; url=http://a/` ▸ `5; url=` and `http://a/`
fn refresh(value: &str) -> Option<(&str, &str)> {
    let at = value.to_ascii_lowercase().find("url=")?;
    value.split_at_checked(at + 4)
}

/// A request whose groups are not asked yet: `$1` is of another expression.
struct Later<'a, V>(&'a V);

impl<V: Variables> Variables for Later<'_, V> {
    fn value(&self, variable: &Variable) -> Cow<'_, str> {
        match variable {
            Variable::Group(number) => Cow::Owned(format!("${number}")),
            other => self.0.value(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{AnswerHeader, Expression, Statuses};

    struct Fixed;

    impl Variables for Fixed {
        fn value(&self, variable: &Variable) -> Cow<'_, str> {
            Cow::Owned(format!("<{}>", variable.name()))
        }
    }

    fn dress(policy: Policy) -> Dress {
        Dress::new(&Arc::new(policy), true, &Fixed)
    }

    #[test]
    fn headers_are_set_or_added_for_their_statuses() {
        let with = |how, statuses| AnswerHeader {
            how,
            statuses,
            ..AnswerHeader::set("X-A", Template::parse("$host"))
        };
        let dress = dress(Policy {
            answer: [
                with(How::Set, Statuses::Only([404].into())),
                with(How::Add, Statuses::Good),
                AnswerHeader::set("X-Gone", Template::default()),
                AnswerHeader::set("X-Evil", Template::literal("a\r\nb: c")),
            ]
            .into(),
            hides: ["server".into()].into(),
            ..Policy::default()
        });
        let lines = |status| dress.lines(status, true).map(|(n, v)| format!("{n}: {v}")).collect::<Vec<_>>();
        assert_eq!(lines(404), ["X-A: <host>"]);
        assert_eq!(lines(200), ["X-A: <host>"]);
        assert!(lines(500).is_empty());
        assert!(dress.drops("x-a", 404) && !dress.drops("x-a", 200) && dress.drops("x-gone", 200));
        assert!(dress.hides("Server") && !dress.hides("x-a"));
    }

    #[test]
    fn locations_and_cookies_of_backends_are_changed() {
        let front = dress(Policy {
            location: LocationEdit::Front(
                Template::literal("http://web/"),
                Template::parse("$scheme://shop/"),
            ),
            cookie_domain: Some(CookieEdit::Text("a.internal".into(), Template::parse("$host"))),
            cookie_path: Some(CookieEdit::Pattern(
                Expression::pcre("^/app/(.*)$", 1 << 20).unwrap(),
                Template::parse("/$1;$scheme"),
            )),
            ..Policy::default()
        });
        let pattern = dress(Policy {
            location: LocationEdit::Pattern(
                Expression::pcre("web/(.*)", 1 << 20).unwrap(),
                Template::parse("https://$host/$1"),
            ),
            ..Policy::default()
        });
        let cases = [
            (&front, "Location", "http://web/a?b", "<scheme>://shop/a?b"),
            (&front, "location", "https://web/a", "https://web/a"),
            (&front, "Refresh", "5; URL=http://web/a", "5; URL=<scheme>://shop/a"),
            (&front, "Refresh", "5", "5"),
            (
                &front,
                "Set-Cookie",
                "a=b; Domain=a.internal; Path=/app/x",
                "a=b; Domain=<host>; Path=/x;<scheme>",
            ),
            (&front, "Set-Cookie", "a=b", "a=b"),
            (&front, "X-Location", "http://web/a", "http://web/a"),
            (&pattern, "Location", "http://web/a", "https://<host>/a"),
        ];
        for (dress, name, value, wanted) in cases {
            let changed = dress.changed(name, value.as_bytes());
            assert_eq!(std::str::from_utf8(&changed).unwrap(), wanted, "{name}: {value}");
        }
    }
}
