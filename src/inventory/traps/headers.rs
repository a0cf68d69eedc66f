//! Headers that the controller adds, drops, or lets pass.

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, annotation, spots, told},
};
use crate::{dialect::ingress::Settings, resource::Severity, routing::Names};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "T12",
        "trap-t12",
        Severity::Info,
        "headers that only nginx sends to back ends",
        forwarded,
        "look for X-Real-IP, X-Scheme, X-Forwarded-Scheme and X-Request-ID in the back ends; add what they need with a RequestHeaderModifier or a policy",
    ),
    Trap::new(
        "T13",
        "trap-t13",
        Severity::Warning,
        "header names with an underscore",
        underscores,
        "tell the new gateway what to do with such names: Envoy Gateway refuses the request (400) by default",
    ),
    Trap::new(
        "T14",
        "trap-t14",
        Severity::Warning,
        "CORS is answered by the controller",
        cors,
        "use the HTTPRoute's CORS filter, name the origins, and look at what the back end itself sends",
    ),
    Trap::new(
        "T15",
        "trap-t15",
        Severity::Info,
        "limits and forms of messages that the ConfigMap sets",
        messages,
        "say it in the new gateway's own policies for clients",
    ),
];

fn forwarded(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let all = scene.all();
    let mut spots = scene.servers().filter_map(|server| spots(server).next());
    let shown = spots.find_map(|spot| {
        let request = spot.plain();
        let found = scene.ask(&request);
        let policy = found.executed.as_ref().and_then(|executed| executed.rule.policy.as_ref());
        let sets = |(name, _): &(std::sync::Arc<str>, _)| name.eq_ignore_ascii_case("x-real-ip");
        let adds = policy.is_some_and(|policy| policy.request.iter().any(sets));
        (spot.took(&found) && adds).then_some((spot, request))
    });
    let Some((spot, request)) = shown else { return };
    let trust = if scene.settings.forwarded.trust {
        "the client's X-Forwarded-* are believed"
    } else {
        "the client's own X-Forwarded-* are overwritten"
    };
    let message = format!(
        "the back ends of {all} get X-Real-IP, X-Forwarded-Host, -Port, -Proto and -Scheme, X-Scheme and \
         X-Request-ID, and {trust}; Envoy sends no X-Real-IP and no X-Scheme"
    );
    finder.tell(None, Draft::new(scene.config_map().unwrap_or(spot.key()), message).shown(request));
}

/// Annotations whose values name headers.
const NAMES: &[&str] = &[
    "canary-by-header",
    "auth-response-headers",
    "cors-allow-headers",
    "cors-expose-headers",
    "upstream-hash-by",
    "configuration-snippet",
];

fn underscores(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let prefix = &scene.settings.flags.annotations_prefix;
    let passes = scene.settings.headers.underscores || !scene.settings.headers.ignore_invalid;
    let what = if passes { "passes to the back end" } else { "is dropped before anything looks at it" };
    for taken in scene.taken() {
        let Some((name, header)) = NAMES.iter().find_map(|name| {
            let value = taken.ingress.annotations.get(&format!("{prefix}/{name}"))?;
            Some((*name, underscored(name, value)?))
        }) else {
            continue;
        };
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        finder.add(Some(&spot.server.host), || {
            let mut request = spot.plain();
            request.headers.push((header.clone(), "x".to_owned()));
            let found = scene.ask(&request);
            let policy = found.executed.as_ref()?.rule.policy.clone()?;
            let taken_over = match policy.names {
                Names::All => true,
                names @ Names::Plain { .. } => names.take(&header),
            };
            (taken_over == passes).then(|| {
                let message = format!("a request's `{header}` {what}; Envoy Gateway answers 400 by default");
                Draft::new(spot.key(), message).field(annotation(&scene.settings, name)).shown(request)
            })
        });
    }
    if scene.settings.headers.underscores
        && let Some(place) = scene.config_map()
        && let Some(spot) = scene.servers().find_map(|server| spots(server).next())
    {
        let mut request = spot.plain();
        request.headers.push(("x_request_of".to_owned(), "x".to_owned()));
        let message = "`enable-underscores-in-headers` lets `x_request_of` through to every back end; Envoy Gateway answers \
                       400 by default";
        let draft = Draft::new(place, message).field("data.enable-underscores-in-headers").shown(request);
        finder.tell(None, draft);
    }
}

/// A name of a header with an underscore in a value.
fn underscored(annotation: &str, value: &str) -> Option<String> {
    let parts = value.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')));
    let mut names = parts.filter(|part| part.contains('_') && part.len() < 128);
    match annotation {
        // `$http_x_tenant` is the variable of X-Tenant: no underscore in the header itself.
        "upstream-hash-by" | "configuration-snippet" => {
            let mut words = value.split([' ', '"', '\'', ';', '\n']).filter(|word| !word.is_empty());
            while let Some(word) = words.next() {
                if matches!(word, "proxy_set_header" | "more_set_input_headers") {
                    let name = words.next()?.trim_end_matches(':');
                    if name.contains('_') && !name.contains('$') {
                        return Some(name.to_owned());
                    }
                }
            }
            None
        }
        _ => names.next().map(str::to_owned),
    }
}

fn cors(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken() {
        let Some(cors) = &taken.annotations.cors else { continue };
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        finder.add(Some(&spot.server.host), || {
            let any = cors.origins.iter().any(|origin| origin == "*");
            let origin = match cors.origins.first().filter(|_| !any) {
                Some(first) => first.replace('*', "any"),
                None => "https://elsewhere.example".to_owned(),
            };
            let request = Sample {
                method: "OPTIONS",
                headers: vec![
                    ("Origin".to_owned(), origin),
                    ("Access-Control-Request-Method".to_owned(), "PUT".to_owned()),
                ],
                ..spot.plain()
            };
            let found = scene.ask(&request);
            if found.status != Some(204) {
                return None;
            }
            let credentials = if any && cors.credentials {
                "; `*` with credentials is the default, so any site may ask with the user's cookies"
            } else {
                ""
            };
            let foreign = if any {
                ""
            } else {
                "; another Origin gets no CORS header, and its preflight goes to the back end"
            };
            let message = format!(
                "a preflight answers {} and never reaches the back end, whose own CORS headers are replaced{credentials}\
                 {foreign}; implementations of Gateway API answer 200 or 204, and some keep both sets of headers",
                told(&found),
            );
            let field = annotation(&scene.settings, "enable-cors");
            Some(Draft::new(spot.key(), message).field(field).shown(request))
        });
    }
}

fn messages(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let Some(place) = scene.config_map() else { return };
    let (now, usual) = (&scene.settings, Settings::default());
    let differences = [
        (
            now.client.large_header_buffers != usual.client.large_header_buffers
                || now.client.header_buffer != usual.client.header_buffer,
            "large-client-header-buffers",
            "how long a request's line and headers may be",
        ),
        (now.compression.gzip, "use-gzip", "answers are compressed, which no Gateway does by itself"),
        (now.compression.brotli, "enable-brotli", "answers are compressed, which no Gateway does by itself"),
        (!now.tls.http2, "use-http2", "HTTP/2 is off, and a Gateway speaks it"),
        (now.headers.server_tokens, "server-tokens", "answers say `Server: nginx` with a version"),
        (!now.headers.hide.is_empty(), "hide-headers", "headers of back ends that clients do not see"),
        (
            now.client.keep_alive_requests != usual.client.keep_alive_requests
                || now.client.keep_alive != usual.client.keep_alive,
            "keep-alive",
            "how long and how often a connection of a client is used",
        ),
    ];
    for (differs, key, what) in differences {
        if differs {
            let message = format!("`{key}` is set: {what}");
            finder.tell(None, Draft::new(place, message).field(format!("data.{key}")));
        }
    }
}
