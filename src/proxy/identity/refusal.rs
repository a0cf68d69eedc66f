//! Whether a client may go on by the certificate that it showed. Asked before all else.

use crate::{
    proxy::{answer::Own, entry::Link},
    routing::{Policy, Shown, Variables},
};

/// The answer to a client that may not go on.
pub(in crate::proxy) fn refusal(
    policy: &Policy,
    link: &Link,
    host: &str,
    variables: &impl Variables,
) -> Option<Own> {
    let wanted = policy.client_certificate.as_ref()?;
    let encrypted = link.encrypted.get();
    let name = link.name.borrow();
    if encrypted && name.as_deref().is_some_and(|name| name != host) {
        // The name in the handshake was another, so nobody asked for the certificate that this host wants.
        return Some(Own::new(
            421,
            "this host wants another certificate than the name in the TLS handshake did",
        ));
    }
    let identity = link.identity.borrow();
    let shown = || identity.as_ref().map_or(Shown::Nothing, |identity| identity.shown());
    let refused = wanted.refuses(encrypted.then(shown))?;
    Some(match &wanted.error_page {
        Some(page) if refused.status == 400 => {
            let location = Some(page.render(variables).into_owned());
            Own { status: 302, location, bare: true, ..Own::default() }
        }
        Some(_) | None => Own {
            bare: true,
            // nginx says 403 in words, and has a page for 400.
            said: (refused.status == 403).then(|| refused.text.to_owned()),
            ..Own::new(refused.status, refused.text)
        },
    })
}
