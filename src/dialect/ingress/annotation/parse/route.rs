//! Paths, https, CORS.

use crate::dialect::ingress::annotation::{Cors, Effect, Rewrite, Tls, reader::Reader, units, validate};

/// `rewrite-target` and its like.
pub(in super::super) fn rewrite(r: &mut Reader<'_>) -> Rewrite {
    let target = r.text("rewrite-target");
    let target = r.or_ignored("rewrite-target", target, "the path is passed on as it is");
    let regex = r.boolean("use-regex");
    let use_regex = r.or_ignored("use-regex", regex, "`false` is taken").unwrap_or_default();
    let root = r.text("app-root");
    let root = r.or_ignored("app-root", root, "`/` is not redirected");
    let app_root = root.filter(|root| {
        let fits = root.starts_with('/') && units::url(root).is_ok();
        if !fits {
            let message = format!("`{root}` does not begin with `/`; `/` is not redirected");
            r.tell("app-root", Effect::Ignored, message);
        }
        fits
    });
    Rewrite { target, use_regex, app_root }
}

/// The way to https.
pub(in super::super) fn tls(r: &mut Reader<'_>) -> Tls {
    let settings = &r.settings.tls;
    let defaults = (settings.redirect, settings.force_redirect, settings.preserve_trailing_slash);
    let mut flag = |name: &str, default: bool| {
        let got = r.boolean(name);
        r.or_ignored(name, got, &format!("`{default}` is taken")).unwrap_or(default)
    };
    let redirect = flag("ssl-redirect", defaults.0);
    let force_redirect = flag("force-ssl-redirect", defaults.1);
    let preserve_trailing_slash = flag("preserve-trailing-slash", defaults.2);
    let passthrough = r.boolean("ssl-passthrough");
    let passthrough = r.or_dropped("ssl-passthrough", passthrough, "`false` is taken").unwrap_or_default();
    if passthrough && !r.settings.flags.ssl_passthrough {
        let message = "the flag `--enable-ssl-passthrough` is not set; TLS ends at the controller";
        r.tell("ssl-passthrough", Effect::Ignored, message);
    }
    let ciphers = r.text("ssl-ciphers");
    let ciphers = r.or_dropped("ssl-ciphers", ciphers, "the setting's are taken");
    if ciphers.as_ref().is_some_and(|text| text.contains(' ')) {
        r.stops("ssl-ciphers", "it holds a space");
    }
    let prefer = r.boolean("ssl-prefer-server-ciphers");
    let prefer_server_ciphers = r.or_ignored("ssl-prefer-server-ciphers", prefer, "`on` is taken");
    Tls { redirect, force_redirect, preserve_trailing_slash, passthrough, ciphers, prefer_server_ciphers }
}

/// CORS.
pub(in super::super) fn cors(r: &mut Reader<'_>) -> Option<Cors> {
    let enabled = r.boolean("enable-cors");
    let enabled = r.or_ignored("enable-cors", enabled, "`false` is taken").unwrap_or_default();
    if !enabled {
        return None;
    }
    let default = Cors::default();
    let written = r.text("cors-allow-origin");
    let origins = match r.or_ignored("cors-allow-origin", written, "every origin is allowed") {
        Some(text) => origins(r, &text),
        None => default.origins,
    };
    let mut text = |name: &str, default: Option<String>, fits: fn(&str) -> bool| {
        let got = r.text(name);
        r.or_ignored(name, got, "the default is taken")
            .filter(|text| {
                let fits = fits(text);
                if !fits {
                    r.tell(name, Effect::Ignored, format!("{}; the default is taken", r.complaint(name)));
                }
                fits
            })
            .or(default)
    };
    let headers = text("cors-allow-headers", Some(default.headers), validate::cors_headers);
    let methods = text("cors-allow-methods", Some(default.methods), validate::cors_methods);
    let expose = text("cors-expose-headers", None, validate::cors_exposed);
    let credentials = r.boolean("cors-allow-credentials");
    let credentials = r.or_ignored("cors-allow-credentials", credentials, "`true` is taken").unwrap_or(true);
    let age = r.number("cors-max-age");
    let max_age = r.or_ignored("cors-max-age", age, "1728000 is taken").unwrap_or(default.max_age);
    Some(Cors {
        origins,
        methods: methods.unwrap_or_default(),
        headers: headers.unwrap_or_default(),
        expose,
        credentials,
        max_age,
    })
}

fn origins(r: &mut Reader<'_>, text: &str) -> Vec<String> {
    let mut origins = Vec::new();
    for origin in text.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
        if origin == "*" {
            return vec!["*".to_owned()];
        }
        if validate::origin(origin) {
            origins.push(origin.to_owned());
        } else {
            let message = format!("`{origin}` is no origin (as `https://name`) and is left out");
            r.tell("cors-allow-origin", Effect::Ignored, message);
        }
    }
    if origins.is_empty() {
        let message = "no origin is left; CORS is off, and preflights go to the back end";
        r.tell("cors-allow-origin", Effect::Ignored, message);
    }
    origins
}
