//! What is remembered of a request while somebody watches, until it is over.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Head, Record};
use crate::proxy::{
    answer::Own, connection::prepare::Parts, counters::By, entry::Link, facts::Fields, target::Target,
    worker::Worker,
};

/// A request under way.
#[derive(Debug)]
pub(in crate::proxy) struct Seen {
    at: SystemTime,
    head: Head,
}

/// How it ended.
pub(in crate::proxy) struct Ended {
    pub(in crate::proxy) status: u16,
    pub(in crate::proxy) by: By,
    pub(in crate::proxy) took: Duration,
    pub(in crate::proxy) bytes: u64,
    pub(in crate::proxy) problem: Option<Cow<'static, str>>,
}

impl Seen {
    /// Remembers a request whose head was read just now.
    #[cold]
    pub(in crate::proxy) fn of(parts: &Parts<'_>, fields: &(impl Fields + ?Sized)) -> Self {
        let target = (parts.target.path, parts.target.query);
        let head = Head::of(parts.method, parts.authority.as_deref().unwrap_or_default(), target, fields);
        Self { at: SystemTime::now(), head }
    }

    /// What could not be read as a request, and began this long ago.
    pub(in crate::proxy) fn unread(took: Duration) -> Self {
        let now = SystemTime::now();
        Self { at: now.checked_sub(took).unwrap_or(now), head: Head::default() }
    }

    /// It is over.
    #[cold]
    pub(in crate::proxy) fn end(self, worker: &Worker, link: &Link, target: &Target, ended: Ended) {
        let Ended { status, by, took, bytes, problem } = ended;
        worker.tap.put(Record {
            at: self.at,
            client: link.peer,
            port: link.entry.key.clone(),
            encrypted: link.encrypted.get(),
            listener: target.listener.clone(),
            head: self.head,
            status,
            by_proxy: by == By::Proxy,
            rule: target.rule.as_ref().map(|rule| rule.id.clone()),
            backend: target.backend().map(|backend| Arc::clone(&backend.id)),
            took,
            bytes,
            problem,
        });
    }
}

impl Ended {
    /// With an answer of the proxy, which the client got or did not.
    pub(in crate::proxy) fn own(answer: &Own, to_head: bool, written: bool, took: Duration) -> Self {
        let bodiless = to_head || matches!(answer.status, 204 | 304);
        let (status, bytes, problem) = if written {
            let bytes = if bodiless { 0 } else { answer.body().len() as u64 };
            (answer.status, bytes, (!answer.text.is_empty()).then(|| answer.text.clone().into()))
        } else {
            (499, 0, Some("the client left before the answer".into()))
        };
        Self { status, by: By::Proxy, took, bytes, problem }
    }
}
