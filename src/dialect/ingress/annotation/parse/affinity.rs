//! Canary, affinity, hashing.

use crate::dialect::ingress::annotation::{
    Affinity, AffinityMode, Canary, CanaryBehavior, Cookie, Effect, LoadBalance, UpstreamHash,
    reader::{Fault, Reader},
    validate,
};

/// `canary*`.
pub(in super::super) fn canary(r: &mut Reader<'_>) -> Option<Canary> {
    let enabled = r.boolean("canary");
    let enabled = r.or_ignored("canary", enabled, "the Ingress is served as a main one").unwrap_or_default();
    let mut number = |name: &str, default: i64| {
        let got = r.number(name);
        r.or_ignored(name, got, &format!("{default} is taken")).unwrap_or(default)
    };
    let (weight, total) = (number("canary-weight", 0), number("canary-weight-total", 100));
    let mut text = |name: &str| {
        let got = r.text(name);
        r.or_ignored(name, got, "it decides nothing")
    };
    let (header, header_value) = (text("canary-by-header"), text("canary-by-header-value"));
    let (header_pattern, cookie) = (text("canary-by-header-pattern"), text("canary-by-cookie"));
    if !enabled {
        let set = weight > 0
            || [&header, &header_value, &header_pattern, &cookie].iter().any(|text| text.is_some());
        if set && r.has("canary") {
            r.tell("canary", Effect::Ignored, "it is not `true`; the Ingress is served as a main one");
        }
        return None;
    }
    if total < 100 {
        r.tell("canary-weight-total", Effect::Ignored, format!("`{total}` is less than 100; 100 is taken"));
    }
    if header_value.is_some() && header_pattern.is_some() {
        let message = "`canary-by-header-value` is written too and counts";
        r.tell("canary-by-header-pattern", Effect::Ignored, message);
    }
    let header_pattern = header_pattern.filter(|_| header_value.is_none());
    Some(Canary { weight, total: total.max(100), header, header_value, header_pattern, cookie })
}

/// `affinity*` and `session-cookie-*`.
pub(in super::super) fn affinity(r: &mut Reader<'_>) -> Affinity {
    let kind = r.text("affinity");
    let kind = r.or_ignored("affinity", kind, "there is no affinity");
    let mode = r.text("affinity-mode");
    let mode = match r.or_ignored("affinity-mode", mode, "`balanced` is taken").as_deref() {
        Some("persistent") => AffinityMode::Persistent,
        _ => AffinityMode::Balanced,
    };
    let behavior = r.text("affinity-canary-behavior");
    let canary = match r.or_ignored("affinity-canary-behavior", behavior, "`sticky` is taken").as_deref() {
        Some("legacy") => CanaryBehavior::Legacy,
        _ => CanaryBehavior::Sticky,
    };
    let cookie = (kind.as_deref() == Some("cookie")).then(|| cookie(r));
    Affinity { cookie, mode, canary }
}

fn cookie(r: &mut Reader<'_>) -> Cookie {
    let mut text = |name: &str, instead: &str| {
        let got = r.text(name);
        r.or_ignored(name, got, instead)
    };
    let name = text("session-cookie-name", "`INGRESSCOOKIE` is taken").unwrap_or("INGRESSCOOKIE".into());
    let path = text("session-cookie-path", "the location's path is taken");
    let domain = text("session-cookie-domain", "there is none");
    let mut same_site = text("session-cookie-samesite", "there is none");
    if let Some(written) = same_site.take_if(|it| !["None", "Lax", "Strict"].contains(&it.as_str())) {
        let message =
            format!("`{written}` is not written as `None`, `Lax` or `Strict`; the cookie has no SameSite");
        r.tell("session-cookie-samesite", Effect::Ignored, message);
    }
    let (expires, max_age) = (seconds(r, "session-cookie-expires"), seconds(r, "session-cookie-max-age"));
    let mut flag = |name: &str| {
        let got = r.boolean(name);
        r.or_ignored(name, got, "`false` is taken").unwrap_or_default()
    };
    Cookie {
        name,
        path,
        domain,
        expires,
        max_age,
        same_site,
        conditional_same_site_none: flag("session-cookie-conditional-samesite-none"),
        secure: flag("session-cookie-secure"),
        change_on_failure: flag("session-cookie-change-on-failure"),
    }
}

/// A number of seconds. The validator lets through what is none, as `x5`.
fn seconds(r: &mut Reader<'_>, name: &str) -> Option<i64> {
    let got = r.text(name);
    let text = r.or_ignored(name, got, "there is none")?;
    if !validate::seconds(&text) {
        return None;
    }
    let number = validate::integer(text.trim());
    if number.is_none() {
        let message =
            format!("`{}` passes as a number and is none; there is none", super::super::reader::short(&text));
        r.tell(name, Effect::Ignored, message);
    }
    number
}

/// `upstream-hash-by*`. One value that can not be used takes the others with it.
pub(in super::super) fn upstream_hash(r: &mut Reader<'_>) -> Option<UpstreamHash> {
    let (by, subset) = (r.text("upstream-hash-by"), r.boolean("upstream-hash-by-subset"));
    let size = r.number("upstream-hash-by-subset-size");
    let broken =
        [by.as_ref().err(), subset.as_ref().err(), size.as_ref().err()].contains(&Some(&Fault::Unusable));
    let instead = "nothing is hashed";
    let by = r.or_dropped("upstream-hash-by", by, instead);
    let subset = r.or_dropped("upstream-hash-by-subset", subset, instead).unwrap_or_default();
    let size =
        r.or_dropped("upstream-hash-by-subset-size", size, instead).filter(|size| *size != 0).unwrap_or(3);
    by.filter(|_| !broken).map(|by| UpstreamHash { by, subset, subset_size: size })
}

/// `load-balance`.
pub(in super::super) fn load_balance(r: &mut Reader<'_>) -> Option<LoadBalance> {
    let word = r.text("load-balance");
    let word = r.or_dropped("load-balance", word, "the setting's algorithm is taken");
    word.as_deref().and_then(algorithm).or(r.settings.load_balance)
}

/// The algorithm of a word.
pub(in crate::dialect::ingress) fn algorithm(word: &str) -> Option<LoadBalance> {
    match word {
        "round_robin" => Some(LoadBalance::RoundRobin),
        "ewma" => Some(LoadBalance::Ewma),
        "chash" => Some(LoadBalance::Chash),
        "chashsubset" => Some(LoadBalance::ChashSubset),
        "sticky_balanced" => Some(LoadBalance::StickyBalanced),
        "sticky_persistent" => Some(LoadBalance::StickyPersistent),
        _ => None,
    }
}
