//! The head that a backend gets where a policy says what it is told: the policy's headers in place of the client's of
//! their names, and no `X-Forwarded-*` of ours beside them.

use super::{
    UpstreamProtocol,
    facts::{Facts, Fields},
    http1::field::{Known, is_disguised, is_value, known},
    request::Sink,
    target::Target,
    variables::Values,
};
use crate::routing::{Policy, Request};

/// Writes the headers that travel on, but for those of framing, connection and host.
pub(super) fn headers<R: Request>(
    sink: &mut impl Sink,
    fields: &(impl Fields + ?Sized),
    facts: &Facts<'_>,
    target: &Target,
    policy: &Policy,
    values: &Values<'_, R>,
) {
    let edits = &target.request;
    let replaced = |name: &str| policy.request.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    fields.each(|name, value| match known(name) {
        Known::Other | Known::ForwardedFor | Known::ForwardedOther => {
            let goes = facts.names(name) || edits.drops(name) || is_disguised(name);
            if !goes && policy.names.take(name) && !replaced(name) {
                sink.pass(name, value);
            }
        }
        Known::Hop
            if facts.passes_hops && !name.eq_ignore_ascii_case("keep-alive") && policy.names.take(name) =>
        {
            sink.pass(name, value);
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
    let modern = target.endpoints.as_ref().is_some_and(|it| it.way.protocol == UpstreamProtocol::H2c);
    if facts.trailers && modern {
        sink.put("te", b"trailers");
    }
    for (name, template) in &policy.request {
        if name.eq_ignore_ascii_case("host") || edits.drops(name) {
            continue;
        }
        let value = template.render(values);
        // A group of the path may hold anything, decoded: what would end the line is left out.
        if !value.is_empty() && is_value(value.as_bytes()) {
            sink.pass(name, value.as_bytes());
        }
    }
    sink.edits(edits);
}
