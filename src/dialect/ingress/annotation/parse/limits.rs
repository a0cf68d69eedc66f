//! Rates and connections.

use crate::dialect::ingress::annotation::{Effect, Limits, RateLimit, reader::Reader, validate};

/// `limit-*`.
pub(in super::super) fn limits(r: &mut Reader<'_>) -> Limits {
    let settings = &r.settings.limits;
    let (default_rate, default_after) = (settings.rate, settings.rate_after);
    let mut kilobytes = |name: &str, default: Option<u64>| {
        let got = r.number(name);
        match r.or_ignored(name, got, "the setting's value is taken") {
            Some(number) => u64::try_from(number).ok().filter(|n| *n > 0).map(|n| n.saturating_mul(1024)),
            None => default,
        }
    };
    let (rate, rate_after) =
        (kilobytes("limit-rate", default_rate), kilobytes("limit-rate-after", default_after));
    let mut count = |name: &str| {
        let got = r.number(name);
        r.or_dropped(name, got, "there is no limit").unwrap_or_default()
    };
    let (minute, second, connections) = (count("limit-rpm"), count("limit-rps"), count("limit-connections"));
    let burst = r.number("limit-burst-multiplier");
    let burst = r.or_ignored("limit-burst-multiplier", burst, "5 is taken").unwrap_or(5);
    let exempt = r.text("limit-allowlist");
    let exempt = r.or_dropped("limit-allowlist", exempt, "nobody is exempt").unwrap_or_default();
    let exempt = match validate::networks(&exempt) {
        Ok(exempt) => exempt,
        Err(bad) => {
            let message =
                format!("`{bad}` is neither an address nor a network; all of `limit-*` is without effect");
            r.tell("limit-allowlist", Effect::Opens, message);
            return Limits::default();
        }
    };
    for (name, value) in [("limit-rpm", minute), ("limit-rps", second), ("limit-connections", connections)] {
        if value < 0 {
            r.tell(name, Effect::Ignored, format!("`{value}` is below 0; there is no limit"));
        }
    }
    if (minute > 0 || second > 0) && burst <= 0 {
        r.stops("limit-burst-multiplier", "a burst is 1 or more");
    }
    if connections > 65_535 {
        r.stops("limit-connections", "a limit of connections is below 65536");
    }
    let rate_limit = |limit: i64| {
        (limit > 0).then(|| RateLimit { limit: cut(limit), burst: cut(limit.saturating_mul(burst.max(1))) })
    };
    Limits {
        per_second: rate_limit(second),
        per_minute: rate_limit(minute),
        connections: (connections > 0).then(|| cut(connections)),
        rate,
        rate_after,
        exempt: if minute == 0 && second == 0 && connections == 0 { Vec::new() } else { exempt },
    }
}

fn cut(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
