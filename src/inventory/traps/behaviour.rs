//! Sizes, times, retries, buffers, limits, balancing.
//!
//! A default concerns every Ingress: it is told once, with how many it concerns. What an Ingress says is told of it.

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, Spot, annotation, told},
};
use crate::{dialect::ingress::annotation::LoadBalance, resource::Severity};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "B1",
        "trap-b1",
        Severity::Warning,
        "bodies have a limit",
        body,
        "set the limit in the implementation's policy (most have none by default), or see that the back ends guard themselves",
    ),
    Trap::new(
        "B2",
        "trap-b2",
        Severity::Warning,
        "timeouts are idle times",
        times,
        "a route's `timeouts` count the whole request: leave them out for WebSockets, event streams and long downloads, or use a policy for idle times",
    ),
    Trap::new(
        "B3",
        "trap-b3",
        Severity::Info,
        "failed requests are tried again",
        retries,
        "add retries to the route (experimental), or to a policy: a Gateway tries once",
    ),
    Trap::new(
        "B4",
        "trap-b4",
        Severity::Info,
        "request bodies are buffered, answers are not",
        buffers,
        "see that the back ends stand slow clients: most gateways pass a body on as it comes",
    ),
    Trap::new(
        "B5",
        "trap-b5",
        Severity::Warning,
        "a size with nginx's units",
        units,
        "write the unit as Kubernetes does: `10Mi`; there `10m` is a hundredth",
    ),
    Trap::new(
        "B6",
        "trap-b6",
        Severity::Warning,
        "limits are for each replica and client address",
        limits,
        "choose the policy's numbers anew: others count per route, with a token bucket, and answer 429",
    ),
    Trap::new(
        "B7",
        "trap-b7",
        Severity::Warning,
        "who may pass hangs on the client's address",
        sources,
        "tell the new gateway how many proxies stand before it, or it takes the load balancer for every client",
    ),
    Trap::new(
        "B8",
        "trap-b8",
        Severity::Info,
        "how endpoints take turns",
        balance,
        "choose the algorithm in the implementation's policy",
    ),
];

fn written<'s>(
    scene: &Scene<'_>,
    spot: Spot<'s>,
    names: &[&'static str],
) -> Option<(&'static str, &'s String)> {
    let prefix = &scene.settings.flags.annotations_prefix;
    let annotations = &spot.taken.ingress.annotations;
    names.iter().find_map(|name| Some((*name, annotations.get(&format!("{prefix}/{name}"))?)))
}

/// Tells what Ingresses write, and once what holds for those that write nothing.
fn told_or_default(
    scene: &Scene<'_>,
    finder: &mut Finder<'_>,
    names: &[&'static str],
    say: impl Fn(Spot<'_>, &Sample, Option<&str>) -> Option<String>,
) {
    let mut silent: Option<(Spot<'_>, usize)> = None;
    for taken in scene.taken().filter(|taken| taken.annotations.canary.is_none()) {
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        let Some((name, value)) = written(scene, spot, names) else {
            let first = silent.map_or(spot, |(first, _)| first);
            silent = Some((first, silent.map_or(0, |(_, count)| count) + 1));
            continue;
        };
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let message = format!("`{name}: {value}`: {}", say(spot, &request, Some(value))?);
            spot.took(&scene.ask(&request)).then(|| {
                Draft::new(spot.key(), message).field(annotation(&scene.settings, name)).shown(request)
            })
        });
    }
    let Some((spot, count)) = silent else { return };
    finder.add(None, || {
        let request = spot.plain();
        let message = say(spot, &request, None)?;
        spot.took(&scene.ask(&request)).then(|| {
            let these = if count == 1 { "one Ingress".to_owned() } else { format!("{count} Ingresses") };
            let message = format!("by the settings, for {these} without an annotation: {message}");
            Draft::new(scene.config_map().unwrap_or(spot.key()), message)
                .shown(request)
                .severity(Severity::Info)
        })
    });
}

fn body(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    told_or_default(scene, finder, &["proxy-body-size"], |spot, request, _| {
        let policy = scene.ask(request).executed?.rule.policy.clone()?;
        Some(match (policy.max_body, spot.annotations().proxy.body_size) {
            (Some(most), _) => format!(
                "a body of more than {most} bytes answers 413; Envoy, Traefik and HAProxy have no limit by themselves"
            ),
            (None, _) => "a body of any size passes".to_owned(),
        })
    });
}

fn times(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let names = ["proxy-read-timeout", "proxy-send-timeout", "proxy-connect-timeout"];
    told_or_default(scene, finder, &names, |_, request, _| {
        let timeouts = scene.ask(request).executed?.rule.timeouts;
        let seconds = |time: Option<std::time::Duration>| time.map_or(0, |time| time.as_secs());
        Some(format!(
            "{} s to connect, and {} s between two reads, {} s between two writes: a stream that talks never ends; \
             timeouts of an HTTPRoute count the whole request",
            seconds(timeouts.connect),
            seconds(timeouts.read_idle),
            seconds(timeouts.send_idle),
        ))
    });
}

fn retries(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let names = ["proxy-next-upstream", "proxy-next-upstream-tries", "proxy-next-upstream-timeout"];
    told_or_default(scene, finder, &names, |_, request, _| {
        let found = scene.ask(request);
        let retry = found.executed?.rule.retry.clone().filter(|retry| retry.attempts > 0)?;
        let whom = if retry.non_idempotent { "any method" } else { "all but POST, LOCK and PATCH" };
        let tries = if retry.attempts == u32::MAX {
            "every endpoint".to_owned()
        } else {
            format!("{} more", retry.attempts)
        };
        Some(format!(
            "when an endpoint fails, nginx asks {tries} ({whom}), unseen by the client; a Gateway tries once"
        ))
    });
}

fn buffers(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    told_or_default(scene, finder, &["proxy-request-buffering", "proxy-buffering"], |spot, _, _| {
        let proxy = &spot.annotations().proxy;
        let request = if proxy.request_buffering {
            "the back end sees a request only when all of its body is there"
        } else {
            "a body is passed on as it comes"
        };
        let answer =
            if proxy.buffering { "answers are gathered first" } else { "answers are passed on as they come" };
        Some(format!("{request}, and {answer}; gateways pass both on as they come"))
    });
}

fn units(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let names =
        ["proxy-body-size", "client-body-buffer-size", "proxy-buffer-size", "proxy-max-temp-file-size"];
    for taken in scene.taken() {
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        for name in names {
            let Some((_, value)) = written(scene, spot, &[name]) else { continue };
            let Some((number, factor, quantity)) = size(value) else { continue };
            finder.add(Some(&spot.server.host), || {
                let message = format!(
                    "`{name}: {value}` is {} bytes in nginx; as a Kubernetes quantity the same text is {quantity}",
                    number.checked_mul(factor)?,
                );
                Some(Draft::new(spot.key(), message).field(annotation(&scene.settings, name)))
            });
        }
    }
}

/// Number, factor, and what Kubernetes reads.
fn size(value: &str) -> Option<(u64, u64, String)> {
    let value = value.trim();
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let count: u64 = number.parse().ok()?;
    Some(match unit {
        "m" => (count, 1 << 20, format!("{count} thousandths")),
        "k" => (count, 1 << 10, format!("{} bytes", count.checked_mul(1000)?)),
        "M" => (count, 1 << 20, format!("{} bytes", count.checked_mul(1_000_000)?)),
        "K" | "g" => (count, if unit == "K" { 1 << 10 } else { 1 << 30 }, "no quantity at all".to_owned()),
        "G" => (count, 1 << 30, format!("{} bytes", count.checked_mul(1_000_000_000)?)),
        _ => return None,
    })
}

fn limits(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let names = ["limit-rps", "limit-rpm", "limit-connections"];
    for taken in scene.taken() {
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        let Some((name, _)) = written(scene, spot, &names) else { continue };
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let found = scene.ask(&request);
            let policy = found.executed.as_ref()?.rule.policy.clone().filter(|_| spot.took(&found))?;
            let limit = policy.limits.first()?;
            let message = format!(
                "{limit}: each replica counts for itself, a burst passes at once, and what is over answers {}; other \
                 gateways count otherwise and answer 429",
                limit.status,
            );
            Some(Draft::new(spot.key(), message).field(annotation(&scene.settings, name)).shown(request))
        });
    }
}

fn sources(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let names = ["allowlist-source-range", "whitelist-source-range", "denylist-source-range"];
    let forwarded = &scene.settings.forwarded;
    let address = if forwarded.proxy_protocol {
        "the PROXY protocol's"
    } else if forwarded.trust || forwarded.real_ip {
        "the one in X-Forwarded-For, which is believed"
    } else {
        "the connection's"
    };
    for taken in scene.taken() {
        let lists = &taken.annotations.sources;
        if lists.allow.is_empty() && lists.deny.is_empty() {
            continue;
        }
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        let field = written(scene, spot, &names).map(|(name, _)| annotation(&scene.settings, name));
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let found = scene.ask(&request);
            let policy = found.executed.as_ref()?.rule.policy.clone()?;
            let guarded = policy.access.sources != crate::routing::Sources::default();
            (guarded && spot.took(&found)).then(|| {
                let message = format!(
                    "a client outside of the lists answers 403; its address is {address}; a new gateway that does not know \
                     the proxies before it locks everybody out, or nobody"
                );
                let draft = Draft::new(spot.key(), message).shown(request);
                Draft { field, ..draft }
            })
        });
    }
}

fn balance(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken().filter(|taken| taken.annotations.canary.is_none()) {
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        let names = ["upstream-hash-by", "load-balance", "service-upstream"];
        let Some((name, value)) = written(scene, spot, &names) else { continue };
        finder.add(Some(&spot.server.host), || {
            let upstream = scene.upstream(spot.location)?;
            let how = match (&upstream.hash, upstream.balance) {
                _ if spot.annotations().service_upstream => {
                    "one endpoint, the Service's own address: kube-proxy balances".to_owned()
                }
                (Some(hash), _) if !hash.by.is_empty() => format!("by a hash of `{}`", hash.by),
                (_, Some(LoadBalance::Ewma)) => "by response times (EWMA)".to_owned(),
                (_, _) => "by turns".to_owned(),
            };
            let request = spot.plain();
            let message = format!(
                "`{name}: {value}`: {how}, for all hosts that lead to {}; Gateway API leaves it to the implementation ({} \
                 now)",
                upstream.service,
                told(&scene.ask(&request)),
            );
            Some(Draft::new(spot.key(), message).field(annotation(&scene.settings, name)).shown(request))
        });
    }
    if let (Some(place), Some(_)) = (scene.config_map(), scene.settings.load_balance) {
        let draft = Draft::new(place, "`load-balance` is set for every Service").field("data.load-balance");
        finder.tell(None, draft);
    }
}
