//! What a rule's policy says to a request before its backend is asked, in nginx's order.
//!
//! 413, 204 to a question across origins, what the rule returns, https, 503 without an endpoint, limits, access. An answer
//! in a backend's place (404 of nobody's path) comes after all of them.

use std::{
    collections::HashSet,
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use sha1::{Digest as _, Sha1};

use super::{
    answer::Own,
    http1::{field::is_value, framing::Framing},
    limits::{Held, Limits},
    variables::Values,
};
use crate::routing::{
    Admission, Early, ExternalAuth, Policy, Request, Return, Scheme, Size, Template, verify_password,
};

/// What all workers share for their guards.
pub(super) struct Guards {
    limits: Arc<Limits>,
    /// Passwords that were right, hashed with what nobody knows.
    known: Mutex<HashSet<[u8; 20]>>,
    secret: [u64; 4],
}

/// Most passwords that are remembered.
const MOST_KNOWN: usize = 4096;

impl Default for Guards {
    fn default() -> Self {
        let random = || RandomState::new().hash_one(0);
        let secret = [random(), random(), random(), random()];
        Self { limits: Arc::default(), known: Mutex::default(), secret }
    }
}

/// What limits and access let through.
pub(super) struct Passed<'p> {
    /// Counted while it is kept.
    pub(super) held: Option<Held>,
    /// This service decides whether the backend may be asked.
    pub(super) ask: Option<&'p ExternalAuth>,
}

/// What comes before the rule's own answer.
pub(super) fn first(policy: &Policy, framing: Framing, request: &impl Request) -> Option<Own> {
    let size = match framing {
        Framing::Length(length) => Size::Known(length),
        Framing::Chunked | Framing::Close => Size::Unknown,
    };
    if policy.refuses(size) {
        return Some(Own::new(413, "the body is larger than the rule allows"));
    }
    policy.preflight(request).then(|| Own { status: 204, ..Own::default() })
}

/// The rule's own answer.
pub(super) fn say<R: Request>(say: &Return, values: &Values<'_, R>) -> Own {
    Own {
        location: say.location_for(values),
        said: say.text.as_ref().map(|text: &Template| text.render(values).into_owned()),
        ..Own::new(say.status, say.why.to_string())
    }
}

/// What comes before a backend is looked for.
pub(super) fn https<R: Request>(policy: &Policy, values: &Values<'_, R>) -> Option<Own> {
    match policy.to_https(values)? {
        Early::ToHttps(status, location) => Some(Own { status, location: Some(location), ..Own::default() }),
        Early::Preflight => None,
    }
}

impl Guards {
    /// Limits and access.
    #[expect(clippy::result_large_err, reason = "it is taken apart at once")]
    pub(super) fn pass<'p, R: Request>(
        &self,
        policy: &'p Policy,
        values: &Values<'_, R>,
        now: Instant,
    ) -> Result<Passed<'p>, Own> {
        let held = if policy.limits.is_empty() {
            None
        } else {
            let client = values.client().unwrap_or(IpAddr::from([0, 0, 0, 0]));
            self.limits
                .admit(&policy.limits, client, now)
                .map_err(|limit| Own::new(limit.status, format!("more than {limit}")))?
        };
        if policy.access.is_open() {
            return Ok(Passed { held, ask: None });
        }
        match self.admission(policy, values) {
            Admission::Open => Ok(Passed { held, ask: None }),
            Admission::Ask(external) => Ok(Passed { held, ask: Some(external) }),
            Admission::Forbidden => Err(Own::new(403, "the client's address may not ask")),
            Admission::Unauthorized(realm) => Err(Own {
                challenge: Some(format!("Basic realm=\"{realm}\"")),
                ..Own::new(401, "no user with the right password")
            }),
        }
    }

    fn admission<'p, R: Request>(&self, policy: &'p Policy, values: &Values<'_, R>) -> Admission<'p> {
        let authorization = values.request.header("authorization");
        policy
            .access
            .admit(values.client(), authorization.as_deref(), |password, hash| self.verify(password, hash))
    }

    /// Whether a password is the right one; one that was right is not hashed again.
    fn verify(&self, password: &str, hash: &str) -> bool {
        if !Scheme::of(hash).is_some_and(Scheme::is_slow) {
            return verify_password(password, hash);
        }
        let mut sha = Sha1::new();
        for word in self.secret {
            sha.update(word.to_le_bytes());
        }
        sha.update(hash.as_bytes());
        sha.update([0]);
        sha.update(password.as_bytes());
        let digest: [u8; 20] = sha.finalize().into();
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(&digest) {
            return true;
        }
        // Other workers go on meanwhile.
        let right = verify_password(password, hash);
        if right {
            let mut known = known();
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(digest);
        }
        right
    }
}

/// The host that a backend gets, where the policy says one; an empty one is not sent at all.
pub(super) fn host<'v, R: Request>(
    policy: &'v Policy,
    values: &'v Values<'_, R>,
) -> Option<std::borrow::Cow<'v, str>> {
    let (_, template) = policy.request.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"))?;
    let host = template.render(values);
    is_value(host.as_bytes()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_password_is_hashed_once_and_a_wrong_one_never_remembered() {
        let guards = Guards::default();
        let hash = "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";
        assert!(!guards.verify("wrong", hash));
        assert!(guards.known.lock().unwrap().is_empty());
        assert!(guards.verify("secret", hash) && guards.verify("secret", hash));
        assert_eq!(guards.known.lock().unwrap().len(), 1);
        assert!(!guards.verify("secret", "$2y$05$zzzzzzzzzzzzzzzzzzzzzuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"));
        assert!(
            guards.verify("x", "{PLAIN}x") && guards.known.lock().unwrap().len() == 1,
            "it costs nothing"
        );
    }
}
