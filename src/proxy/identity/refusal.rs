//! Whether a client may go on by the certificate that it showed. Asked before all else.

use std::sync::Arc;

use crate::{
    proxy::{answer::Own, entry::Link},
    routing::{ErrorPage, Policy, Shown, Variables, Verify},
};

/// What becomes of a client that may not go on.
pub(in crate::proxy) enum Refused {
    /// This answer.
    Answered(Box<Own>),
    /// The answer of another path, by GET.
    Instead(Arc<str>),
}

/// What becomes of a client that may not go on; `again`: it was sent here for want of a good certificate.
pub(in crate::proxy) fn refusal(
    policy: &Policy,
    link: &Link,
    host: &str,
    variables: &impl Variables,
    again: bool,
) -> Option<Refused> {
    let wanted = policy.client_certificate.as_ref()?;
    let encrypted = link.encrypted.get();
    let name = link.name.borrow();
    let asks = wanted.mode != Verify::Off;
    if asks && encrypted && name.as_deref().is_some_and(|name| name != host) {
        // The name in the handshake was another, so nobody asked for the certificate that this host wants.
        let why = "this host wants another certificate than the name in the TLS handshake did";
        return Some(Refused::Answered(Box::new(Own { bare: true, ..Own::new(421, why) })));
    }
    let identity = link.identity.borrow();
    let shown = || identity.as_ref().map_or(Shown::Nothing, |identity| identity.shown());
    let shown = encrypted.then(shown);
    let refused = if again { wanted.refuses_subject(shown) } else { wanted.refuses(shown) }?;
    Some(Refused::Answered(Box::new(match &wanted.error_page {
        Some(ErrorPage::Path(path)) if refused.status == 400 => {
            return Some(Refused::Instead(Arc::clone(path)));
        }
        Some(ErrorPage::Nowhere) if refused.status == 400 => {
            Own { bare: true, ..Own::new(500, "auth-tls-error-page names a location that is not there") }
        }
        Some(ErrorPage::Url(page)) if refused.status == 400 => {
            let location = Some(page.render(variables).into_owned());
            Own { status: 302, location, bare: true, ..Own::default() }
        }
        Some(_) | None => Own {
            bare: true,
            // nginx says 403 in words, and has a page for 400.
            said: (refused.status == 403).then(|| refused.text.to_owned()),
            ..Own::new(refused.status, refused.text)
        },
    })))
}
