//! The cookie of an affinity: read from a request, written for an answer.

use super::Sticky;
use crate::proxy::{answer::date, http1::field::is_value};

/// The value of a cookie in a `Cookie` header.
pub(in crate::proxy) fn value<'c>(cookies: &'c str, name: &str) -> Option<&'c str> {
    cookies.split(';').find_map(|pair| {
        let (key, value) = pair.trim_matches([' ', '\t']).split_once('=')?;
        (key == name).then_some(value)
    })
}

/// Whether a browser takes a cookie with `SameSite=None`; some old ones drop it
/// (<https://www.chromium.org/updates/same-site/incompatible-clients>, as far as ingress-nginx follows it).
pub(super) fn knows_same_site_none(agent: &str) -> bool {
    let has = |part: &str| agent.contains(part);
    let old = ["Chrome/4", "Chrome/5", "Chrome/6", "CPU iPhone OS 12", "iPad; CPU OS 12"];
    let mojave = has("Macintosh") && has("Intel Mac OS X 10_14") && has("Safari") && !has("Chrome");
    !old.into_iter().any(has) && !mojave
}

impl Sticky {
    /// The cookies for endpoints that were picked anew, where this location sets some.
    pub(super) fn cookies(&self, now: u64) -> Vec<String> {
        let picked = self.picked.borrow();
        let said = picked.iter().filter(|_| !self.affinity.silent);
        said.filter_map(|text| self.cookie(text, now)).collect()
    }

    fn cookie(&self, text: &str, now: u64) -> Option<String> {
        let affinity = &self.affinity;
        let mut out = format!("{}={text}|{}", affinity.cookie, affinity.key);
        let mut put = |name: &str, value: &str| {
            out.push_str("; ");
            out.push_str(name);
            out.push_str(value);
        };
        if let Some(seconds) = affinity.expires {
            put("Expires=", &expires(now.saturating_add_signed(seconds)));
        }
        if let Some(seconds) = affinity.max_age {
            put("Max-Age=", &seconds.to_string());
        }
        if let Some(domain) = &affinity.domain {
            put("Domain=", domain);
        }
        put("Path=", affinity.path.as_deref().unwrap_or(&self.path));
        if affinity.secure.unwrap_or(self.encrypted) {
            put("Secure", "");
        }
        put("HttpOnly", "");
        let same_site = affinity.same_site.as_deref();
        let left_out = same_site == Some("None") && affinity.conditional_none && !self.knows_none;
        if let Some(same_site) = same_site.filter(|_| !left_out) {
            put("SameSite=", same_site);
        }
        is_value(out.as_bytes()).then_some(out)
    }
}

/// A time as nginx writes it in cookies: `Sun, 06-Nov-94 08:49:37 GMT`; from 2038 on with the whole year.
fn expires(seconds: u64) -> String {
    let whole = date(seconds);
    let mut parts = whole.splitn(5, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (weekday, day, month, year, time) = (next(), next(), next(), next(), next());
    let short = year.get(2..).filter(|_| year <= "2037").unwrap_or(year);
    format!("{weekday} {day}-{month}-{short} {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_nginx_does_in_cookies() {
        assert_eq!(expires(784_111_777), "Sun, 06-Nov-94 08:49:37 GMT");
        assert_eq!(expires(4_107_542_400), "Mon, 01-Mar-2100 00:00:00 GMT");
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let cookies = "xst=1; st=a|b;other=2; a b=c";
        for (name, wanted) in [("st", Some("a|b")), ("other", Some("2")), ("a b", Some("c")), ("ST", None)] {
            assert_eq!(value(cookies, name), wanted, "{name}");
        }
    }

    #[test]
    fn browsers_that_drop_same_site_none_are_known() {
        let cases = [
            ("", true),
            ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0", true),
            ("Mozilla/5.0 Chrome/51.0", false),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 12_4 like Mac OS X)", false),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14) Version/12 Safari/605", false),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14) Chrome/99 Safari/605", true),
        ];
        for (agent, wanted) in cases {
            assert_eq!(knows_same_site_none(agent), wanted, "{agent}");
        }
    }
}
