//! Verdicts that hang on the value.

use super::*;

#[test]
fn the_value_may_change_what_becomes_of_a_key() {
    let cases = [
        ("rewrite-target", "/shop", Verdict::Standard, "replaceFullPath", "a literal path"),
        ("rewrite-target", "/$2", Verdict::Standard, "replacePrefixMatch", "the tail of a prefix"),
        ("rewrite-target", "/app/$1", Verdict::Standard, "replacePrefixMatch", "with another prefix"),
        ("rewrite-target", "/$1/$2", Verdict::Policy, "regular expression", "two captures"),
        ("rewrite-target", "/$1/x", Verdict::Policy, "regular expression", "a capture inside"),
        ("rewrite-target", "/x$1", Verdict::Policy, "regular expression", "not at a `/`"),
        ("permanent-redirect", "https://a.example/b", Verdict::Standard, "requestRedirect", "a plain URL"),
        ("permanent-redirect", "https://a.example/b?c=d", Verdict::Policy, "Location", "a query"),
        ("temporal-redirect", "https://a.example/?c", Verdict::Policy, "Location", "a query"),
        ("permanent-redirect-code", "308", Verdict::Standard, "statusCode", "a code of Gateway API"),
        ("permanent-redirect-code", "300", Verdict::None, "", "no code of Gateway API"),
        ("backend-protocol", "HTTP", Verdict::Standard, "backendRefs", "what is spoken anyway"),
        ("backend-protocol", "https", Verdict::Standard, "BackendTLSPolicy", "TLS"),
        ("backend-protocol", "GRPC", Verdict::Standard, "GRPCRoute", "gRPC"),
        ("backend-protocol", "FCGI", Verdict::None, "", "FastCGI"),
        ("auth-type", "basic", Verdict::Policy, "basic", "basic"),
        ("auth-type", "digest", Verdict::Policy, "digest", "digest"),
        ("proxy-ssl-verify", "on", Verdict::Standard, "BackendTLSPolicy", "as BackendTLSPolicy does"),
        ("proxy-ssl-verify", "off", Verdict::Policy, "skips", "what BackendTLSPolicy can not"),
        ("auth-tls-verify-client", "optional", Verdict::Policy, "client certificates", "what no mode is"),
        ("proxy-next-upstream", "off", Verdict::Internal, "", "what a route does anyway"),
        ("canary-by-header-pattern", "^a$", Verdict::Standard, "RegularExpression", "a plain pattern"),
        ("canary-by-header-pattern", "(?=a)b", Verdict::None, "", "look-ahead"),
        ("canary-by-header-pattern", "(a)\\1", Verdict::None, "", "a back-reference"),
        (
            "configuration-snippet",
            "more_set_headers \"A: b\";\nproxy_set_header C d;",
            Verdict::Standard,
            "requestHeaderModifier.set, HTTPRoute.spec.rules[].filters[].responseHeaderModifier.set",
            "only idioms",
        ),
        ("configuration-snippet", "gzip on;", Verdict::None, "", "something else"),
        ("configuration-snippet", "more_set_headers \"A: b\"; gzip on;", Verdict::None, "", "one left over"),
        ("configuration-snippet", " \n", Verdict::Internal, "", "nothing"),
    ];
    for (short, value, verdict, becomes, why) in cases {
        let entry = Catalogue::get().find(&nginx(short), NGINX_PREFIX).unwrap();
        let judgement = judge(entry, value);
        assert_eq!(judgement.verdict, verdict, "{short} {value}: {why}");
        assert!(judgement.becomes.contains(becomes), "{short} {value}: {why}: {}", judgement.becomes);
        assert_eq!(
            judgement.why.is_some(),
            judgement.verdict != entry.class || judgement.becomes != entry.becomes
        );
    }
}

#[test]
fn verdicts_have_the_words_of_the_contract() {
    let words: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
    assert_eq!(words, ["internal", "standard", "experimental", "policy", "none", "unknown"]);
    for verdict in Verdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
    }
}
