//! What becomes of an annotation: in general, and with the value that it has here.
//!
//! Most keys have one answer. For those whose answer hangs on the value there is one table, at the end.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    catalogue::{Entry, ValueKind},
    idiom,
};

/// Where the meaning of an annotation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A field of Gateway API's standard channel.
    Standard,
    /// A field of Gateway API's experimental channel only.
    Experimental,
    /// Only a policy of an implementation can say it.
    Policy,
    /// Nothing can say it.
    None,
    /// Nothing is lost without it: a proxy's inner tuning, or the records of other tools.
    Internal,
    /// We do not know the key.
    Unknown,
}

impl Verdict {
    /// All of them, from the easiest to the hardest to move.
    pub const ALL: [Self; 6] =
        [Self::Internal, Self::Standard, Self::Experimental, Self::Policy, Self::None, Self::Unknown];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Experimental => "experimental",
            Self::Policy => "policy",
            Self::None => "none",
            Self::Internal => "internal",
            Self::Unknown => "unknown",
        }
    }
}

/// What becomes of one annotation with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Where it goes.
    pub verdict: Verdict,
    /// The field, or the policy in words; empty when there is nothing.
    pub becomes: Cow<'static, str>,
    /// Why the value changes the answer that the key alone would have.
    pub why: Option<&'static str>,
}

/// Judges an annotation that is known.
pub fn judge(entry: &'static Entry, value: &str) -> Judgement {
    let general =
        Judgement { verdict: entry.class, becomes: Cow::Borrowed(entry.becomes.as_str()), why: None };
    if entry.kind == ValueKind::Snippet
        && let Some(becomes) = idiom::becomes(value)
    {
        let why = "every directive in it is an idiom that has a field";
        return Judgement { verdict: Verdict::Standard, becomes: becomes.into(), why: Some(why) };
    }
    let refined = REFINEMENTS.iter().find(|one| one.key == entry.key && (one.when)(value.trim()));
    refined.map_or(general, |one| Judgement {
        verdict: one.verdict,
        becomes: Cow::Borrowed(one.becomes),
        why: Some(one.why),
    })
}

/// One value, or sort of values, that changes the answer.
pub(super) struct Refinement {
    pub key: &'static str,
    when: fn(&str) -> bool,
    pub verdict: Verdict,
    pub becomes: &'static str,
    why: &'static str,
}

/// The first that fits counts.
pub(super) const REFINEMENTS: &[Refinement] = &[
    Refinement {
        key: "nginx.ingress.kubernetes.io/rewrite-target",
        when: tail_capture,
        verdict: Verdict::Standard,
        becomes: "HTTPRoute.spec.rules[].filters[].urlRewrite.path.replacePrefixMatch, where the path is `/x(/|$)(.*)`",
        why: "a last capture alone is the tail of a prefix; other paths need a policy",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/rewrite-target",
        when: captures,
        verdict: Verdict::Policy,
        becomes: "a rewrite by regular expression",
        why: "captures in a rewrite have no field",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/permanent-redirect",
        when: query,
        verdict: Verdict::Policy,
        becomes: "a direct response with a Location",
        why: "a redirect of Gateway API can not set a query",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/temporal-redirect",
        when: query,
        verdict: Verdict::Policy,
        becomes: "a direct response with a Location",
        why: "a redirect of Gateway API can not set a query",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/permanent-redirect-code",
        when: no_redirect_code,
        verdict: Verdict::None,
        becomes: "",
        why: "Gateway API knows 301, 302, 303, 307 and 308",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/temporal-redirect-code",
        when: no_redirect_code,
        verdict: Verdict::None,
        becomes: "",
        why: "Gateway API knows 301, 302, 303, 307 and 308",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/backend-protocol",
        when: |value| value.eq_ignore_ascii_case("fcgi"),
        verdict: Verdict::None,
        becomes: "",
        why: "no route speaks FastCGI; put a small proxy beside the backend",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/backend-protocol",
        when: |value| value.eq_ignore_ascii_case("http") || value.eq_ignore_ascii_case("auto_http"),
        verdict: Verdict::Standard,
        becomes: "HTTPRoute.spec.rules[].backendRefs[]",
        why: "plain HTTP is what a route speaks by itself",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/backend-protocol",
        when: |value| value.eq_ignore_ascii_case("grpc"),
        verdict: Verdict::Standard,
        becomes: "GRPCRoute, or Service.spec.ports[].appProtocol `kubernetes.io/h2c`",
        why: "gRPC without TLS is HTTP/2 with prior knowledge",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/auth-type",
        when: |value| value == "digest",
        verdict: Verdict::Policy,
        becomes: "a policy for digest authentication, which Traefik alone has",
        why: "most implementations know basic authentication only",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/proxy-ssl-verify",
        when: |value| value == "off",
        verdict: Verdict::Policy,
        becomes: "a policy that skips verification",
        why: "BackendTLSPolicy always verifies",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/auth-tls-verify-client",
        when: |value| value == "optional",
        verdict: Verdict::Policy,
        becomes: "a policy for client certificates",
        why: "Gateway API either demands a valid certificate or takes any",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/proxy-next-upstream",
        when: |value| value == "off",
        verdict: Verdict::Internal,
        becomes: "",
        why: "no retry is what a route does by itself",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/canary-by-header-pattern",
        when: peculiar,
        verdict: Verdict::None,
        becomes: "",
        why: "the pattern uses what only PCRE has: look-around, back-references or possessive repeats",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/configuration-snippet",
        when: str::is_empty,
        verdict: Verdict::Internal,
        becomes: "",
        why: "it is empty",
    },
    Refinement {
        key: "nginx.ingress.kubernetes.io/server-snippet",
        when: str::is_empty,
        verdict: Verdict::Internal,
        becomes: "",
        why: "it is empty",
    },
];

/// `/$2`, `/app/$1`: one capture, and it ends the target.
fn tail_capture(value: &str) -> bool {
    value.matches('$').count() == 1
        && value.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("/$")
        && value.ends_with(|c: char| c.is_ascii_digit())
}

fn captures(value: &str) -> bool {
    value.contains('$')
}

fn query(value: &str) -> bool {
    value.contains('?')
}

fn no_redirect_code(value: &str) -> bool {
    value.parse::<u16>().is_ok_and(|code| matches!(code, 300 | 304 | 305 | 306))
}

/// Whether a pattern uses what a regular expression without backtracking can not have.
fn peculiar(value: &str) -> bool {
    regex::Regex::new(value).is_err() && fancy_regex::Regex::new(value).is_ok()
}
