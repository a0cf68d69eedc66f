//! The head that a client gets for a backend's answer.

use smallvec::SmallVec;

use super::{
    decide::CorsFields,
    dress::Dress,
    edits::Edits,
    facts::Fields,
    http1::{
        Refused,
        field::{Known, elements, is_value, known},
        framing::Declared,
    },
    request::Sink,
    worker::Worker,
};

/// What the headers of an answer mean to a proxy.
#[derive(Debug, Default)]
pub(super) struct AnswerFacts<'a> {
    pub(super) declared: Declared,
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) upgrade: Option<&'a [u8]>,
    pub(super) named: SmallVec<[&'a str; 2]>,
    dated: bool,
}

impl<'a> AnswerFacts<'a> {
    /// Reads the headers; refuses ambiguous framing.
    pub(super) fn of(fields: &'a (impl Fields + ?Sized)) -> Result<Self, Refused> {
        let mut facts = Self::default();
        let mut refused = None;
        fields.each(|name, value| match known(name) {
            known @ (Known::ContentLength | Known::TransferEncoding) => {
                if let Err(why) = facts.declared.field(known, value) {
                    refused.get_or_insert(why);
                }
            }
            Known::Connection => {
                for option in elements(std::str::from_utf8(value).unwrap_or_default()) {
                    if option.eq_ignore_ascii_case("close") {
                        facts.close = true;
                    } else if option.eq_ignore_ascii_case("keep-alive") {
                        facts.keep_alive = true;
                    } else if !option.eq_ignore_ascii_case("upgrade") {
                        facts.named.push(option);
                    }
                }
            }
            Known::Upgrade => facts.upgrade = Some(value),
            Known::Other => facts.dated |= name.eq_ignore_ascii_case("date"),
            Known::Host
            | Known::Te
            | Known::Expect
            | Known::Hop
            | Known::ForwardedFor
            | Known::ForwardedOther => {}
        });
        refused.map_or(Ok(facts), Err)
    }
}

/// Writes the headers that travel on, but for those of framing and connection.
pub(super) fn headers(
    sink: &mut impl Sink,
    fields: &(impl Fields + ?Sized),
    facts: &AnswerFacts<'_>,
    edits: &Edits,
    cors: &CorsFields,
    dress: Option<(&Dress, u16)>,
    worker: &Worker,
) {
    fields.each(|name, value| match known(name) {
        Known::ContentLength
        | Known::TransferEncoding
        | Known::Connection
        | Known::Te
        | Known::Upgrade
        | Known::Hop => {}
        Known::Other | Known::Host | Known::Expect | Known::ForwardedFor | Known::ForwardedOther => {
            let named = facts.named.iter().any(|named| named.eq_ignore_ascii_case(name));
            // What CORS says here replaces what the backend said, but `Vary` only grows.
            let replaced = cors.iter().any(|(other, _)| *other != "vary" && other.eq_ignore_ascii_case(name));
            if named || replaced || edits.drops(name) {
                return;
            }
            match dress {
                None => sink.pass(name, value),
                Some((dress, status)) if !dress.hides(name) && !dress.drops(name, status) => {
                    sink.pass(name, &dress.changed(name, value));
                }
                Some(_) => {}
            }
        }
    });
    if !facts.dated && !edits.drops("date") {
        worker.with_date(|date| sink.put("date", date.as_bytes()));
    }
    // Texts of manifests may hold anything; what would end the line is left out.
    for (name, value) in cors.iter().filter(|(_, value)| is_value(value.as_bytes())) {
        sink.put(name, value.as_bytes());
    }
    if let Some((dress, status)) = dress {
        for (name, value) in dress.lines(status, false) {
            sink.pass(name, value.as_bytes());
        }
    }
    sink.edits(edits);
}

/// Writes the headers of a 1xx answer: as they came, but for those of one hop.
pub(super) fn interim(sink: &mut impl Sink, fields: &(impl Fields + ?Sized), facts: &AnswerFacts<'_>) {
    fields.each(|name, value| {
        let named = facts.named.iter().any(|named| named.eq_ignore_ascii_case(name));
        if known(name) == Known::Other && !named {
            sink.pass(name, value);
        }
    });
}
