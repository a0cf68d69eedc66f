//! Protocol, headers, errors, FastCGI.

use std::collections::BTreeMap;

use crate::dialect::ingress::annotation::{
    BackendProtocol, Effect, Errors, Fastcgi, Headers, Protocol,
    reader::{Fault, Reader},
    validate,
};

/// `backend-protocol`.
pub(in super::super) fn backend_protocol(r: &mut Reader<'_>) -> BackendProtocol {
    let word = r.text("backend-protocol");
    let word = r.or_ignored("backend-protocol", word, "`HTTP` is taken").unwrap_or("HTTP".into());
    let protocol = match word.to_uppercase().as_str() {
        "HTTPS" => Protocol::Https,
        "AUTO_HTTP" => Protocol::AutoHttp,
        "GRPC" => Protocol::Grpc,
        "GRPCS" => Protocol::Grpcs,
        "FCGI" => Protocol::Fcgi,
        _ => Protocol::Http,
    };
    let special = matches!(protocol, Protocol::Grpc | Protocol::Grpcs | Protocol::Fcgi);
    let loses_headers = special && word != word.to_uppercase();
    if loses_headers {
        let message = format!(
            "`{word}` is not in capitals: Host and the forwarded headers do not reach the back end; write `{}`",
            word.to_uppercase()
        );
        r.tell("backend-protocol", Effect::Ignored, message);
    }
    BackendProtocol { protocol, loses_headers }
}

/// `service-upstream`. A value that is none is `false`, whatever the setting says.
pub(in super::super) fn service_upstream(r: &mut Reader<'_>) -> bool {
    let got = r.boolean("service-upstream");
    if got == Err(Fault::Missing) {
        return r.settings.service_upstream;
    }
    r.or_ignored("service-upstream", got, "`false` is taken").unwrap_or_default()
}

/// Headers.
pub(in super::super) fn headers(r: &mut Reader<'_>) -> Headers {
    let vhost = r.text("upstream-vhost");
    let upstream_vhost = r.or_dropped("upstream-vhost", vhost, "the request's Host is passed on");
    let prefix = r.text("x-forwarded-prefix");
    let x_forwarded_prefix = r.or_dropped("x-forwarded-prefix", prefix, "no header is sent");
    let connection = r.text("connection-proxy-header");
    let connection = r.or_dropped("connection-proxy-header", connection, "the default is sent");
    if connection.as_ref().is_some_and(|value| value.contains(' ')) {
        r.stops("connection-proxy-header", "it holds a space");
    }
    Headers { upstream_vhost, x_forwarded_prefix, custom: custom(r), connection }
}

fn custom(r: &mut Reader<'_>) -> BTreeMap<String, String> {
    let name = "custom-headers";
    let written = r.text(name);
    let Some(written) = r.or_ignored(name, written, "no header is added") else { return BTreeMap::new() };
    let found = written.split_once('/').and_then(|(namespace, map)| r.lookup.config_map(namespace, map));
    let Some(data) = found else {
        let why = if written.contains('/') { "there is none" } else { "the namespace must be written too" };
        r.deny(name, format!("the ConfigMap `{written}` is not found: {why}"));
        return BTreeMap::new();
    };
    let allowed = &r.settings.security.allowed_response_headers;
    let wrong = data.iter().find_map(|(header, value)| {
        if !validate::header_name(header) {
            return Some(format!("`{header}` in the ConfigMap `{written}` is not the name of a header"));
        }
        if !validate::header_value(value) {
            return Some(format!(
                "the value of `{header}` in the ConfigMap `{written}` holds a character that none may"
            ));
        }
        (!allowed.contains(header))
            .then(|| format!("the header `{header}` is not in the setting `global-allowed-response-headers`"))
    });
    match wrong {
        Some(why) => {
            r.deny(name, why);
            BTreeMap::new()
        }
        None => (*data).clone(),
    }
}

/// `custom-http-errors` and its like.
pub(in super::super) fn errors(r: &mut Reader<'_>) -> Errors {
    let codes = codes(r);
    let service = r.text("default-backend");
    let service = r.or_dropped("default-backend", service, "the controller's default back end is taken");
    let default_backend = service.filter(|service| {
        let namespace = &r.ingress.namespace;
        let found = r.lookup.service(namespace, service);
        if !found {
            let message = format!(
                "there is no Service `{namespace}/{service}`; the controller's default back end is taken"
            );
            r.tell("default-backend", Effect::Ignored, message);
        }
        found
    });
    let disable = r.boolean("disable-proxy-intercept-errors");
    let disable_intercept =
        r.or_ignored("disable-proxy-intercept-errors", disable, "`false` is taken").unwrap_or_default();
    Errors { codes, default_backend, disable_intercept }
}

fn codes(r: &mut Reader<'_>) -> Vec<u16> {
    let name = "custom-http-errors";
    let text = r.text(name);
    let Some(text) = r.or_dropped(name, text, "no status is replaced") else { return Vec::new() };
    let mut codes = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let Some(code) = validate::integer(word) else {
            r.tell(name, Effect::Ignored, format!("`{word}` is not a status; no status is replaced"));
            return Vec::new();
        };
        match u16::try_from(code) {
            Ok(499) => r.stops(name, "nginx takes no 499 here"),
            Ok(code @ 300..=599) => codes.push(code),
            _ => r.stops(name, format!("{code} is not from 300 to 599")),
        }
    }
    codes
}

/// `fastcgi-*`.
pub(in super::super) fn fastcgi(r: &mut Reader<'_>) -> Fastcgi {
    let index = r.text("fastcgi-index");
    let index = r.or_dropped("fastcgi-index", index, "there is none");
    let name = "fastcgi-params-configmap";
    let written = r.text(name);
    let Some(written) = r.or_dropped(name, written, "no parameter is added") else {
        return Fastcgi { index, params: BTreeMap::new() };
    };
    let params = params(r, name, &written);
    // The controller forgets the index too.
    Fastcgi { index: index.filter(|_| params.is_some()), params: params.unwrap_or_default() }
}

fn params(r: &mut Reader<'_>, name: &str, written: &str) -> Option<BTreeMap<String, String>> {
    let Some(reference) = r.reference(written) else {
        r.deny(name, format!("`{written}` is not a name or `namespace/name`"));
        return None;
    };
    if !r.may_use(&reference.namespace) {
        let message = format!(
            "the ConfigMap `{reference}` is in another namespace; all of `fastcgi-*` is without effect"
        );
        r.tell(name, Effect::Ignored, message);
        return None;
    }
    // Whatever the namespace says, the controller looks in the Ingress's own.
    let namespace = &r.ingress.namespace;
    let Some(data) = r.lookup.config_map(namespace, &reference.name) else {
        let message = format!("there is no ConfigMap `{namespace}/{}`", reference.name);
        r.deny(name, message);
        return None;
    };
    if let Some((key, _)) = data.iter().find(|(key, value)| !validate::fastcgi_param(key, value)) {
        let message = format!(
            "`{key}` of the ConfigMap `{reference}` holds a character that none may; the controller leaves the whole Ingress out"
        );
        r.tell(name, Effect::Dropped, message);
        return None;
    }
    Some((*data).clone())
}
