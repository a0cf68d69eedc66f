//! What a request in the proxy knows of itself: [`RequestValues`] over its connection.

use super::{entry::Link, identity::Identity};
use crate::routing::{Arrival, Request, RequestValues};

/// A request and what is found for it.
pub(super) type Values<'a, R> = RequestValues<'a, R>;

/// The values of a request. `authority` and `host`: as received, and as the table is asked; `path` and what follows the
/// query: as received.
pub(super) fn values<'a, R: Request>(
    request: &'a R,
    link: &'a Link,
    identity: Option<&'a Identity>,
    (authority, host): (&'a str, &'a str),
    (path, fragment): (&'a str, &'a str),
    protocol: &'static str,
) -> Values<'a, R> {
    let arrival = Arrival {
        encrypted: link.encrypted.get(),
        authority,
        host,
        path,
        fragment,
        protocol,
        port: &link.entry.port_text,
        peer: Some(link.peer.ip()),
        peer_text: &link.client,
        certificate: identity.map(Identity::certificate).unwrap_or_default(),
        new_id: || format!("{:032x}", fastrand::u128(..)),
    };
    RequestValues::new(request, arrival)
}
