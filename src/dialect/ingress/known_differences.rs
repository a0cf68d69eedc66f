//! Where the old side does not answer as ingress-nginx does: by name, with the reason.
//!
//! `tests/ingress-nginx` asks every request of its cases of both; what differs must stand here, and what stands here
//! must differ. The reasons are shown to the user whose Ingress they concern.

use super::{Settings, Taken, annotation::Protocol};

/// One difference from the real controller.
#[derive(Clone, Copy, Debug)]
pub struct KnownDifference {
    /// The case, a folder of `tests/ingress-nginx/cases`.
    pub case: &'static str,
    /// The request's name within the case; none for all its requests that differ.
    pub request: Option<&'static str>,
    /// The fields that differ, with commas between them, as the report names them: `status`, `headers.location`,
    /// `upstream.path`. A field covers those below it (`upstream` also `upstream.headers.host`); `*` covers all.
    pub difference: &'static str,
    /// Why, for the user: what the old side does instead, in one sentence.
    pub why: &'static str,
    /// Whose Ingress it concerns: they are told.
    pub concerns: fn(&Taken, &Settings) -> bool,
}

/// What the users of this Ingress are to know.
pub fn of<'t>(taken: &'t Taken, settings: &'t Settings) -> impl Iterator<Item = &'static str> + use<'t> {
    KNOWN.iter().filter(|known| (known.concerns)(taken, settings)).map(|known| known.why)
}

/// Whether a snippet of the Ingress has all these words.
fn snippet(taken: &Taken, words: &[&str]) -> bool {
    let snippets = &taken.annotations.snippets;
    let all = snippets.configuration.iter().chain(&snippets.server);
    all.into_iter().any(|snippet| words.iter().all(|word| snippet.text.contains(word)))
}

/// Whether the Ingress has an annotation of the controller's with this name.
fn has(taken: &Taken, settings: &Settings, name: &str) -> bool {
    let prefix = &settings.flags.annotations_prefix;
    let own = |key: &String| {
        key.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/')) == Some(name)
    };
    taken.ingress.annotations.keys().any(own)
}

fn is_grpc(taken: &Taken) -> bool {
    matches!(taken.annotations.backend_protocol.protocol, Protocol::Grpc | Protocol::Grpcs)
}

impl KnownDifference {
    /// Whether this entry speaks of a field of a request.
    pub fn covers(&self, case: &str, request: &str, field: &str) -> bool {
        let below = |known: &str| {
            known == "*"
                || field.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.case == case
            && self.request.is_none_or(|known| known == request)
            && self.difference.split(',').any(|known| below(known.trim()))
    }
}

/// All of them, by case.
pub const KNOWN: &[KnownDifference] = &[
    KnownDifference {
        case: "backend-protocol-with-canary",
        request: Some("grpc"),
        difference: "*",
        why: "nginx keeps idle connections to an endpoint for all Ingresses alike, so that a gRPC call may get one on which \
              another Ingress spoke HTTP and fail with 502; the old side never mixes them",
        concerns: |taken, settings| has(taken, settings, "backend-protocol"),
    },
    KnownDifference {
        case: "backend-protocol-auto-http-over-kept-connections",
        request: None,
        difference: "upstream.tls",
        why: "with AUTO_HTTP nginx may ask over http on a connection that https has left idle, so that TLS is spoken all the \
              same; the old side never mixes them",
        concerns: |taken, _| taken.annotations.backend_protocol.protocol == Protocol::AutoHttp,
    },
    KnownDifference {
        case: "beside-snippets",
        request: Some("rt /old/a"),
        difference: "upstream.path",
        why: "a `rewrite` of a snippet is not executed on a host whose paths are regular expressions, nor at an Exact path",
        concerns: |taken, _| snippet(taken, &["rewrite"]),
    },
    KnownDifference {
        case: "grpc-answers-without-a-body-and-odd-paths",
        request: Some("GET www.grpc-odd.example /a/h#frag?x=1"),
        difference: "upstream.path",
        why: "a `#` in the path of a gRPC call reaches the backend through nginx; the old side cuts it off with what follows",
        concerns: |taken, _| is_grpc(taken),
    },
    KnownDifference {
        case: "grpc-to-an-endpoint-that-refuses",
        request: None,
        difference: "*",
        why: "a gRPC call to an endpoint that refuses connections is tried again by nginx without an end, until the client \
              gives up; the old side answers 502",
        concerns: |taken, _| is_grpc(taken),
    },
    KnownDifference {
        case: "gzip-and-tokens-of-the-configmap",
        request: None,
        difference: "headers.content-encoding, headers.vary",
        why: "use-gzip compresses answers and says `Vary: Accept-Encoding`; the old side hands them on as they are",
        concerns: |_, settings| settings.compression.gzip,
    },
    KnownDifference {
        case: "snippet-directives-that-are-not-executed",
        request: None,
        difference: "status, backend, headers, upstream",
        why: "of this snippet some lines are not executed",
        // Each line is told by itself.
        concerns: |_, _| false,
    },
    KnownDifference {
        case: "ssl-passthrough-with-the-flag",
        request: None,
        difference: "*",
        why: "ssl-passthrough hands TLS to the backend as it comes; the old side ends TLS itself and asks the backend",
        concerns: |taken, settings| settings.flags.ssl_passthrough && taken.annotations.tls.passthrough,
    },
    KnownDifference {
        case: "x-accel-redirect-of-back-ends",
        request: None,
        difference: "*",
        why: "for an answer with X-Accel-Redirect nginx asks for that path of the same host, which mostly ends in 500 behind \
              this controller; the old side hands the answer on without the header",
        // No Ingress says so: it is told with each such answer.
        concerns: |_, _| false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_its_fields_and_what_is_below_them() {
        let known = |request, difference| KnownDifference {
            case: "a",
            request,
            difference,
            why: "",
            concerns: |_, _| false,
        };
        let cases = [
            (known(None, "status"), ("a", "x", "status"), true, "the very field, of any request"),
            (known(Some("x"), "status"), ("a", "x", "status"), true, "of this request"),
            (known(Some("y"), "status"), ("a", "x", "status"), false, "of another request"),
            (known(None, "status"), ("b", "x", "status"), false, "of another case"),
            (known(None, "upstream"), ("a", "x", "upstream.headers.host"), true, "below it"),
            (known(None, "head"), ("a", "x", "headers.vary"), false, "a name is not a part of a name"),
            (known(None, "body, upstream.path"), ("a", "x", "upstream.path"), true, "one of several"),
            (known(None, "*"), ("a", "x", "also.0.path"), true, "all"),
        ];
        for (known, (case, request, field), covered, why) in cases {
            assert_eq!(known.covers(case, request, field), covered, "{why}");
        }
    }
}
