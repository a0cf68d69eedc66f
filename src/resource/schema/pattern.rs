//! What a pattern of the CRDs asks for, in words.

/// What a text of this pattern is; `None` where the pattern itself says it best.
pub(super) fn meaning(pattern: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == pattern).map(|(_, words)| *words)
}

/// The same patterns as in the table, which a test holds.
const WORDS: &[(&str, &str)] = &[
    (
        r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "a hostname in lower case: labels of letters, digits and `-`, joined by dots, with `*.` only in front",
    ),
    (
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "a name in lower case: labels of letters, digits and `-`, joined by dots",
    ),
    (
        r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "an API group without its version, like `gateway.networking.k8s.io`, or empty for the core group",
    ),
    (r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", "a kind: a letter first, then letters, digits and `-`"),
    (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a name of lower-case letters, digits and `-`"),
    (
        r"^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "a duration of whole numbers with the units h, m, s and ms, like `10s` or `1m30s`; no fractions",
    ),
    (
        r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$",
        "a header or parameter name: letters, digits and !#$%&'*+-.^_`|~, no blanks",
    ),
    (
        r"(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)",
        "an origin: `*`, or http:// or https:// with a host and perhaps a port, and no path",
    ),
    (
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$",
        "a domain, a slash and a path, like `example.com/controller`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::schema::table::TABLE;

    #[test]
    fn each_pattern_in_words_is_one_of_the_table() {
        for (pattern, words) in WORDS {
            assert!(TABLE.patterns.iter().any(|known| known.text == *pattern), "{words}");
        }
    }
}
