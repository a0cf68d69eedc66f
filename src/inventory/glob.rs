//! Names with `*`, which stands for any text, the empty one too. Case matters.

/// Whether a name fits a pattern.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = name.find(part) else { return false };
        name = name.get(at + part.len()..).unwrap_or_default();
    }
    name.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let cases = [
            ("a/b", "a/b", true, "no star"),
            ("a/b", "a/bc", false, "the whole name"),
            ("nginx.org/*", "nginx.org/rewrites", true, "an end"),
            ("*/auth-*", "nginx.ingress.kubernetes.io/auth-url", true, "two"),
            ("*-snippet", "x/server-snippet", true, "a beginning"),
            ("*-snippet", "x/server-snippets", false, "not beyond the end"),
            ("a*b*c", "a-b-b-c", true, "in the middle"),
            ("a*ba", "aba", true, "a star may be nothing"),
            ("ab*ba", "aba", false, "no letter counts twice"),
            ("*", "", true, "everything"),
            ("**", "x", true, "two stars are one"),
        ];
        for (pattern, name, expected, why) in cases {
            assert_eq!(fits(pattern, name), expected, "{why}: {pattern} {name}");
        }
    }
}
