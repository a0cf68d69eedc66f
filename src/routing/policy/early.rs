//! What answers before limits, access and backend are asked.

use super::{Policy, ToHttps};
use crate::routing::{Request, Variable, Variables};

/// An answer that comes before all that asks somebody.
#[derive(Clone, Debug, PartialEq)]
pub enum Early {
    /// 204 to a question across origins; the headers come from [`super::Origins::headers`].
    Preflight,
    /// To https.
    ToHttps(u16, String),
}

/// What is known of a body before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many bytes, by `Content-Length`.
    Known(u64),
    /// It ends when it ends.
    Unknown,
}

impl Policy {
    /// Whether a body is refused before it is read: 413.
    pub fn refuses(&self, body: Size) -> bool {
        match (self.max_body, body) {
            (Some(most), Size::Known(length)) => length > most,
            (Some(_) | None, Size::Unknown | Size::Known(_)) => false,
        }
    }

    /// A question across origins that is answered here.
    pub fn preflight(&self, request: &impl Request) -> bool {
        let origin = request.header("origin");
        request.method() == "OPTIONS"
            && self.origins.as_ref().is_some_and(|origins| origins.allows(origin.as_deref()).is_some())
    }

    /// A plain request that is sent to https.
    pub fn to_https(&self, variables: &impl Variables) -> Option<Early> {
        let to = self.https.as_ref()?;
        if to.nameless && variables.value(&Variable::Host) != "_" {
            return None;
        }
        if variables.value(&Variable::AccessScheme) != "http" {
            return None;
        }
        Some(Early::ToHttps(to.status, to.location(variables)))
    }
}

impl ToHttps {
    fn location(&self, variables: &impl Variables) -> String {
        let host = variables.value(&Variable::BestHost);
        let host = host.split(':').next().unwrap_or_default();
        let target = variables.value(&Variable::RequestUri);
        let target = match target.strip_suffix('/') {
            Some(cut) if !self.keeps_slash => cut,
            Some(_) | None => &*target,
        };
        match self.port {
            Some(port) => format!("https://{host}:{port}{target}"),
            None => format!("https://{host}{target}"),
        }
    }
}

impl super::Origins {
    /// What `Access-Control-Allow-Origin` says to a request of this origin; none: it is not allowed.
    pub fn allows<'o>(&self, origin: Option<&'o str>) -> Option<&'o str> {
        if let [only] = &*self.allowed
            && **only == *"*"
        {
            return Some("*");
        }
        let origin = origin?;
        self.allowed.iter().any(|allowed| takes(allowed, origin)).then_some(origin)
    }

    /// The headers of an answer to a request of this origin; they replace the backend's. None when it is not allowed.
    pub fn headers(&self, origin: Option<&str>) -> Option<Vec<(&'static str, String)>> {
        let allowed = self.allows(origin)?;
        let mut headers = vec![("access-control-allow-origin", allowed.to_owned())];
        if self.credentials {
            headers.push(("access-control-allow-credentials", "true".to_owned()));
        }
        headers.push(("access-control-allow-methods", self.methods.to_string()));
        headers.push(("access-control-allow-headers", self.headers.to_string()));
        if !self.expose.is_empty() {
            headers.push(("access-control-expose-headers", self.expose.to_string()));
        }
        headers.push(("access-control-max-age", self.max_age.to_string()));
        Some(headers)
    }
}

/// nginx's expression for an allowed origin: case-insensitive, only its end anchored, the first `*` one label or part of it.
fn takes(allowed: &str, origin: &str) -> bool {
    let (allowed, origin) = (allowed.to_ascii_lowercase(), origin.to_ascii_lowercase());
    let Some((before, after)) = allowed.split_once('*') else { return origin.ends_with(&allowed) };
    let Some(front) = origin.strip_suffix(after) else { return false };
    let star = front.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(0, |at| at + 1);
    // The star takes one character or more, and what stands before it may begin anywhere.
    (star..=front.len().saturating_sub(1))
        .any(|at| front.get(..at).is_some_and(|head| head.ends_with(before)))
}
