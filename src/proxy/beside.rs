//! What is said beside a request: the question to the service that decides about it, the one for an error's page, copies
//! of another form, and how its endpoint is chosen.
//!
//! All is written out when the request is decided, while its headers lie in the buffer; who needs none of it has none.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::SystemTime,
};

use super::{
    answer::{Own, field},
    balance::Choice,
    buffer::Buffer,
    connection::prepare::{Parts, Plan},
    dress::Dress,
    entry::Link,
    facts::{Facts, Fields},
    http1::{
        field::{Known, is_disguised, is_token, is_value, known},
        framing::Framing,
    },
    target::Target,
};
use crate::routing::{
    Action, Balance, ErrorPages, ExternalAuth, PathMatch, Policy, Request, Speech, Template, Variables,
};

mod errors;
mod question;

pub(super) use errors::page;
pub(super) use question::{Asked, ask};

/// What is said beside one request.
pub(super) struct Beside {
    /// The head of the question to the service that decides; nothing is asked without.
    pub(super) question: Option<Question>,
    /// The head of the question for a page, without its code and its end.
    pub(super) page: Option<Buffer>,
    /// What becomes of that page's headers.
    pub(super) page_dress: Option<Rc<Dress>>,
    /// The rule's second backend gives that page.
    pub(super) page_of_other: bool,
    /// Heads of copies, by the position of the mirror; none: as the backend gets it.
    pub(super) copies: Box<[Option<Buffer>]>,
    pub(super) choice: Choice,
    /// The proxy's own answer, which needs no backend.
    pub(super) instead: Cell<Option<Own>>,
    /// That answer stands in a backend's place: what goes beside a backend's goes beside it.
    pub(super) late: bool,
    /// Cookies of the service that decided, and whether they come with every answer.
    pub(super) cookies: RefCell<Vec<(String, bool)>>,
    /// The body lies whole beside its head, so that it can be sent again.
    pub(super) whole: Cell<bool>,
}

/// A question to the service that decides.
pub(super) struct Question {
    pub(super) head: Buffer,
    /// Where a client is sent who has to sign in.
    pub(super) sign_in: Option<String>,
    /// A variable put a blank into its target, which no service takes.
    pub(super) is_broken: bool,
}

/// A request that was decided.
pub(super) struct Place<'d, 'f, F: ?Sized, R, V> {
    pub(super) target: &'d Rc<Target>,
    pub(super) link: &'d Link,
    pub(super) parts: &'d Parts<'d>,
    pub(super) fields: &'d F,
    pub(super) facts: &'d Facts<'f>,
    pub(super) request: &'d R,
    pub(super) variables: &'d V,
    pub(super) matched: Option<&'d PathMatch>,
    /// The service that decides has to be asked.
    pub(super) asks: bool,
    /// An answer of the proxy stands in a backend's place.
    pub(super) late: bool,
}

impl<F: Fields + ?Sized, R: Request, V: Variables> Place<'_, '_, F, R, V> {
    /// What is said beside this request; and what is done with it, which is to be forwarded, if only to whom gives the
    /// page of an error.
    pub(super) fn beside(&self, plan: Plan) -> (Option<Box<Beside>>, Plan) {
        let policy = self.target.policy();
        let errors = policy.and_then(|policy| policy.errors.as_ref());
        let (plan, instead) = match plan {
            Plan::Answer(mut own)
                if self.late || errors.is_some_and(|pages| pages.codes.contains(&own.status)) =>
            {
                // They come with whatever is answered.
                let cors = std::mem::take(&mut own.cors);
                (Plan::Forward { head: Buffer::default(), cors }, Some(own))
            }
            plan @ Plan::Answer(_) => return (None, plan),
            plan @ Plan::Forward { .. } => (plan, None),
        };
        let external = policy.and_then(|policy| policy.access.external.as_ref());
        let beside = Beside {
            question: external.filter(|_| self.asks).map(|external| self.question(policy, external)),
            page: errors.map(|pages| self.page(policy, pages)),
            page_dress: errors
                .map(|pages| Rc::new(Dress::new(&pages.dress, self.link.encrypted.get(), self.variables))),
            page_of_other: errors.is_some_and(|pages| pages.by_split) && self.is_for_other(),
            copies: self.target.mirrors.iter().map(|(mirror, _)| self.copy(mirror)).collect(),
            choice: self.choice(),
            late: self.late && instead.is_some(),
            instead: Cell::new(instead),
            cookies: RefCell::default(),
            whole: Cell::new(true),
        };
        (Some(Box::new(beside)), plan)
    }

    /// Whether the rule's second backend would get the request, if it were asked once more.
    fn is_for_other(&self) -> bool {
        let Some(Action::Forward(split)) = self.target.rule.as_ref().map(|rule| &rule.action) else {
            return false;
        };
        let steered = split.steer(self.request).map(|(backend, _)| backend);
        steered.or_else(|| split.pick(fastrand::u64(..))).is_some_and(|backend| backend.index == 1)
    }

    fn choice(&self) -> Choice {
        let Some(backend) = self.target.backend() else { return Choice::Turns };
        let location = match self.matched {
            Some(PathMatch::Exact(path) | PathMatch::RawPrefix(path)) => &**path,
            Some(PathMatch::Prefix(path)) if !path.is_empty() => path,
            Some(PathMatch::Pattern(pattern)) => &pattern.written,
            Some(PathMatch::Prefix(_)) | None => "/",
        };
        let hashed = || match &backend.balance {
            Balance::Hash { by, .. } => by.render(self.variables).into_owned(),
            Balance::Turns | Balance::Service | Balance::Sticky(_) => String::new(),
        };
        Choice::of(&backend.balance, self.request, location, self.link.encrypted.get(), hashed)
    }

    fn question(&self, policy: Option<&Policy>, external: &ExternalAuth) -> Question {
        let method = external.method.as_deref().unwrap_or("GET");
        let target = external.target.render(self.variables);
        let host = external.host.render(self.variables);
        let mut head = self.head(policy, method, &target, &host, &external.request, external.speech);
        head.extend(b"\r\n");
        let sign_in = external.sign_in.as_ref().map(|to| to.render(self.variables).into_owned());
        Question { head, sign_in, is_broken: target.contains(' ') }
    }

    /// nginx turns the path into `/` and keeps query, method and host.
    fn page(&self, policy: Option<&Policy>, pages: &ErrorPages) -> Buffer {
        let target = match self.parts.target.query.filter(|query| !query.is_empty()) {
            Some(query) => format!("/?{query}"),
            None => "/".to_owned(),
        };
        let host = self.parts.authority.as_deref().unwrap_or_default();
        self.head(policy, self.parts.method, &target, host, &pages.request, self.speech(pages.speech))
    }

    /// Copies with a target of their own have the client's headers, not those that its backend gets.
    fn copy(&self, mirror: &crate::routing::Mirror) -> Option<Buffer> {
        if is_plain_copy(mirror) {
            return None;
        }
        let asked = &self.parts.target;
        let received = || match asked.query {
            Some(query) => [asked.path, "?", query].concat(),
            None => asked.path.to_owned(),
        };
        let target = mirror.target.as_ref().map(|target| target.render(self.variables).into_owned());
        let target = target.unwrap_or_else(received);
        let host = match &mirror.host {
            Some(host) => host.render(self.variables),
            None => self.parts.authority.as_deref().unwrap_or_default().into(),
        };
        let policy = self.target.policy();
        Some(self.head(policy, self.parts.method, &target, &host, &[], self.speech(mirror.speech)))
    }

    /// How a request with this one's body is said.
    fn speech(&self, wanted: Speech) -> Speech {
        match (wanted, self.facts.declared.of_request(true)) {
            (Speech::Old, Ok(Framing::Chunked)) => Speech::Single,
            (wanted, _) => wanted,
        }
    }

    /// A head without framing and end: the client's headers, but for those of its connection and those that are replaced.
    fn head(
        &self,
        policy: Option<&Policy>,
        method: &str,
        target: &str,
        host: &str,
        replaced: &[(std::sync::Arc<str>, Template)],
        speech: Speech,
    ) -> Buffer {
        let mut out = Buffer::default();
        // What a template makes of a request may be anything: a target that would end the line is none.
        let valid = target.starts_with('/') && target.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        let target = if valid { target } else { "/" };
        let (version, closes) = match speech {
            Speech::Lasting => (" HTTP/1.1\r\n", false),
            Speech::Single => (" HTTP/1.1\r\n", true),
            Speech::Old => (" HTTP/1.0\r\n", true),
        };
        out.extend_all(&[method, " ", target, version].map(str::as_bytes));
        if closes {
            field(&mut out, "connection", b"close");
        }
        let said = |name: &str| replaced.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        let host = match said("host") {
            Some((_, host)) => host.render(self.variables),
            None => host.into(),
        };
        if is_value(host.as_bytes()) {
            field(&mut out, "host", host.as_bytes());
        }
        self.fields.each(|name, value| match known(name) {
            Known::Other | Known::ForwardedFor | Known::ForwardedOther => {
                let taken = self.facts.names(name) || is_disguised(name) || said(name).is_some();
                if !taken && policy.is_none_or(|policy| policy.names.take(name)) {
                    field(&mut out, name, value);
                }
            }
            Known::Host
            | Known::ContentLength
            | Known::TransferEncoding
            | Known::Connection
            | Known::Te
            | Known::Upgrade
            | Known::Expect
            | Known::Hop => {}
        });
        for (name, value) in replaced {
            let value = value.render(self.variables);
            let may = is_token(name.as_bytes())
                && matches!(known(name), Known::Other | Known::ForwardedFor | Known::ForwardedOther);
            if may && !value.is_empty() && is_value(value.as_bytes()) {
                field(&mut out, name, value.as_bytes());
            }
        }
        out
    }
}

/// Whether a copy is what the backend gets, but for a target that is always the same.
pub(super) fn is_plain_copy(mirror: &crate::routing::Mirror) -> bool {
    let changed = mirror.target.as_ref().is_some_and(|target| target.as_literal().is_none());
    !changed && mirror.host.is_none() && !mirror.without_body
}

impl Beside {
    /// The cookies of the service that decided, for an answer of this status. They stand behind the backend's own.
    pub(super) fn cookies(&self, status: u16) -> Vec<String> {
        let said = self.cookies.borrow();
        let taken = said.iter().filter(|(_, always)| *always || crate::routing::Statuses::Good.take(status));
        taken.map(|(cookie, _)| cookie.clone()).collect()
    }

    /// The cookie of the endpoint that was picked. It stands before the backend's own.
    pub(super) fn sticky(&self) -> Option<String> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        self.choice.cookie(now).map(std::borrow::Cow::into_owned)
    }
}
