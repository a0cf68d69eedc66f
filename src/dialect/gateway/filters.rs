//! The filters of a rule or of a backendRef. One that can not be executed is never skipped: what it stands on
//! answers 500.

use std::sync::Arc;

use super::{backend::Referrer, fault::Fault};
use crate::{
    resource::gateway_api::{
        CorsSpec, Filter, FilterType, HeaderModifier, PathModifier, PathModifierType, RequestMirror,
        RequestRedirect, UrlRewrite,
    },
    routing::{Cors, HeaderEdits, HostPattern, Mirror, PathRewrite, Redirect, Rewrite},
};

/// Where filters stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// On a rule.
    Rule,
    /// On a backendRef.
    Backend,
}

/// What filters come to.
#[derive(Default)]
pub(super) struct Filters {
    pub(super) request: HeaderEdits,
    pub(super) response: HeaderEdits,
    pub(super) rewrite: Option<Rewrite>,
    pub(super) redirect: Option<Redirect>,
    pub(super) mirrors: Vec<Mirror>,
    pub(super) cors: Option<Cors>,
    /// In words, in the order written.
    pub(super) shown: Vec<String>,
    /// Filters that can not be executed.
    pub(super) broken: Vec<Fault>,
    /// References that do not resolve.
    pub(super) unresolved: Vec<Fault>,
}

impl Filters {
    /// Compiles filters. `place` is the field that holds them.
    pub(super) fn of(referrer: &Referrer<'_>, place: &str, filters: &[Filter], scope: Scope) -> Self {
        let mut all = Self::default();
        let mut seen: Vec<&FilterType> = Vec::new();
        for (n, filter) in filters.iter().enumerate() {
            let place = format!("{place}[{n}]");
            let repeatable = matches!(filter.kind, FilterType::RequestMirror | FilterType::ExtensionRef);
            if !repeatable && seen.contains(&&filter.kind) {
                all.broken.push(
                    Fault::new("IncompatibleFilters", format!("filter {} stands here twice", filter.kind))
                        .cure("make them one")
                        .at(place.clone()),
                );
                continue;
            }
            seen.push(&filter.kind);
            if let Err(fault) = all.add(referrer, &place, filter, scope) {
                all.shown.push(format!("{} (can not be executed)", filter.kind));
                all.broken.push(fault);
            }
        }
        if all.redirect.is_some() && all.rewrite.is_some() {
            all.broken.push(
                Fault::new("IncompatibleFilters", "URLRewrite and RequestRedirect can not stand together")
                    .cure("keep one of them")
                    .at(place),
            );
        }
        all
    }

    fn add(
        &mut self,
        referrer: &Referrer<'_>,
        place: &str,
        filter: &Filter,
        scope: Scope,
    ) -> Result<(), Fault> {
        let unsupported = |message: String, cure: &str| {
            Fault::new("UnsupportedValue", message).cure(cure).at(format!("{place}.type"))
        };
        let nowhere = |kind: &FilterType| {
            unsupported(format!("filter {kind} can not stand on a backendRef"), "put it on the rule")
        };
        match &filter.kind {
            FilterType::RequestHeaderModifier => {
                let place = format!("{place}.requestHeaderModifier");
                self.request = edits(part(filter.request_header_modifier.as_ref(), &place)?, &place)?;
                self.shown.push(format!("RequestHeaderModifier {}", edits_shown(&self.request)));
            }
            FilterType::ResponseHeaderModifier => {
                let place = format!("{place}.responseHeaderModifier");
                self.response = edits(part(filter.response_header_modifier.as_ref(), &place)?, &place)?;
                self.shown.push(format!("ResponseHeaderModifier {}", edits_shown(&self.response)));
            }
            FilterType::UrlRewrite => {
                let place = format!("{place}.urlRewrite");
                let spec = part(filter.url_rewrite.as_ref(), &place)?;
                self.rewrite = Some(rewrite(spec, &place)?);
                self.shown.push(rewrite_shown(spec));
            }
            FilterType::RequestRedirect | FilterType::Cors if scope == Scope::Backend => {
                return Err(nowhere(&filter.kind));
            }
            FilterType::RequestRedirect => {
                let place = format!("{place}.requestRedirect");
                let spec = part(filter.request_redirect.as_ref(), &place)?;
                self.redirect = Some(redirect(spec, &place)?);
                self.shown.push(redirect_shown(spec));
            }
            FilterType::RequestMirror => {
                let place = format!("{place}.requestMirror");
                self.mirror(referrer, part(filter.request_mirror.as_ref(), &place)?, &place)?;
            }
            FilterType::Cors => {
                let place = format!("{place}.cors");
                let spec = part(filter.cors.as_ref(), &place)?;
                self.shown.push(format!("CORS {}", spec.allow_origins.join(" ")));
                self.cors = Some(cors(spec));
            }
            FilterType::ExtensionRef => {
                let name = filter.extension_ref.as_ref().map_or_else(String::new, |reference| {
                    let group = if reference.group.is_empty() { "core" } else { &reference.group };
                    format!(" {} {} ({group})", reference.kind, reference.name)
                });
                return Err(unsupported(
                    format!(
                        "filter ExtensionRef{name} belongs to one implementation and can not be executed here"
                    ),
                    "express it with the standard filters, or leave it out for the rehearsal",
                ));
            }
            FilterType::ExternalAuth => {
                return Err(unsupported(
                    "filter ExternalAuth is experimental and can not be executed here".to_owned(),
                    "leave it out for the rehearsal",
                ));
            }
            FilterType::Other(kind) => {
                return Err(unsupported(
                    format!("filter type `{kind}` is not known"),
                    "use RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, URLRewrite, RequestMirror or \
                     CORS",
                ));
            }
        }
        Ok(())
    }

    fn mirror(&mut self, referrer: &Referrer<'_>, spec: &RequestMirror, place: &str) -> Result<(), Fault> {
        let fraction = fraction(spec, place)?;
        let resolved = referrer.resolve(&spec.backend_ref, &format!("{place}.backendRef"));
        let id = &resolved.id;
        let share = match fraction {
            (part, whole) if part == whole => String::new(),
            (part, 100) => format!(" ({part} %)"),
            (part, whole) => format!(" ({part}/{whole})"),
        };
        self.shown.push(format!("RequestMirror {}:{}{share}", id.service, id.port));
        let (problem, fault) = resolved.problem.unzip();
        self.unresolved.extend(fault.map(|fault| fault.so(": no copies are sent")));
        self.mirrors.push(Mirror { problem, fraction, ..Mirror::new(resolved.id) });
        Ok(())
    }
}

/// The member that a filter's type asks for. One that is missing is the filter's own fault.
fn part<'a, T>(member: Option<&'a T>, place: &str) -> Result<&'a T, Fault> {
    member.ok_or_else(|| {
        let (filter, name) = place.rsplit_once('.').unwrap_or((place, place));
        Fault::new("UnsupportedValue", format!("the filter's type asks for `{name}`, which is missing"))
            .cure(format!("add {name}"))
            .at(filter)
    })
}

fn edits(spec: &HeaderModifier, place: &str) -> Result<HeaderEdits, Fault> {
    let name = |name: &str, field: String| {
        http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            Fault::new("UnsupportedValue", format!("`{name}` can not be the name of a header")).at(field)
        })
    };
    let pairs = |list: &[crate::resource::gateway_api::NameValue], member: &str| {
        let mut pairs: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for (n, pair) in list.iter().enumerate() {
            name(&pair.name, format!("{place}.{member}[{n}].name"))?;
            if http::HeaderValue::from_bytes(pair.value.as_bytes()).is_err() {
                let message = format!("the value of header {} holds a control character", pair.name);
                return Err(
                    Fault::new("UnsupportedValue", message).at(format!("{place}.{member}[{n}].value"))
                );
            }
            // Of equal names the first counts (`HTTPHeader.name`).
            if !pairs.iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(&pair.name)) {
                pairs.push((pair.name.as_str().into(), pair.value.as_str().into()));
            }
        }
        Ok::<_, Fault>(pairs.into_boxed_slice())
    };
    let remove =
        spec.remove.iter().enumerate().map(|(n, header)| {
            name(header, format!("{place}.remove[{n}]")).map(|name| Arc::from(name.as_str()))
        });
    Ok(HeaderEdits {
        remove: remove.collect::<Result<_, _>>()?,
        set: pairs(&spec.set, "set")?,
        add: pairs(&spec.add, "add")?,
    })
}

fn edits_shown(edits: &HeaderEdits) -> String {
    let parts = edits
        .remove
        .iter()
        .map(|name| format!("remove {name}"))
        .chain(edits.set.iter().map(|(name, value)| format!("set {name}: {value}")))
        .chain(edits.add.iter().map(|(name, value)| format!("add {name}: {value}")));
    parts.collect::<Vec<_>>().join(", ")
}

fn path(spec: &PathModifier, place: &str) -> Result<PathRewrite, Fault> {
    let missing = |member: &str| {
        Fault::new(
            "UnsupportedValue",
            format!("path type {} asks for `{member}`, which is missing", spec.kind),
        )
        .cure(format!("add {member}"))
        .at(place)
    };
    match &spec.kind {
        PathModifierType::ReplaceFullPath => spec
            .replace_full_path
            .as_deref()
            .map(|path| PathRewrite::Full(path.into()))
            .ok_or_else(|| missing("replaceFullPath")),
        PathModifierType::ReplacePrefixMatch => spec
            .replace_prefix_match
            .as_deref()
            .map(|path| PathRewrite::Prefix(path.into()))
            .ok_or_else(|| missing("replacePrefixMatch")),
        PathModifierType::Other(kind) => {
            Err(Fault::new("UnsupportedValue", format!("path type `{kind}` is not known"))
                .cure("use ReplaceFullPath or ReplacePrefixMatch")
                .at(format!("{place}.type")))
        }
    }
}

fn path_shown(spec: Option<&PathModifier>) -> String {
    spec.map_or_else(String::new, |path| {
        let value = path.replace_full_path.as_deref().or(path.replace_prefix_match.as_deref());
        format!(" path {} {}", path.kind, value.unwrap_or_default())
    })
}

fn host(hostname: Option<&str>, place: &str) -> Result<Option<Arc<str>>, Fault> {
    let Some(given) = hostname else { return Ok(None) };
    match HostPattern::parse(given) {
        Ok(HostPattern::Exact(name)) => Ok(Some(name)),
        Ok(HostPattern::Under(_) | HostPattern::OneLabel(_) | HostPattern::Any) => {
            Err(Fault::new("UnsupportedValue", format!("hostname `{given}` has to be one precise name"))
                .at(format!("{place}.hostname")))
        }
        Err(error) => Err(Fault::new("UnsupportedValue", error.to_string()).at(format!("{place}.hostname"))),
    }
}

fn rewrite(spec: &UrlRewrite, place: &str) -> Result<Rewrite, Fault> {
    let path = spec.path.as_ref().map(|spec| path(spec, &format!("{place}.path"))).transpose()?;
    Ok(Rewrite { host: host(spec.hostname.as_deref(), place)?, path })
}

fn rewrite_shown(spec: &UrlRewrite) -> String {
    let host = spec.hostname.as_ref().map_or_else(String::new, |host| format!(" host {host}"));
    format!("URLRewrite{host}{}", path_shown(spec.path.as_ref()))
}

fn redirect(spec: &RequestRedirect, place: &str) -> Result<Redirect, Fault> {
    let unsupported = |message: String, cure: &str, member: &str| {
        Fault::new("UnsupportedValue", message).cure(cure).at(format!("{place}.{member}"))
    };
    if let Some(scheme) = spec.scheme.as_deref().filter(|scheme| !matches!(*scheme, "http" | "https")) {
        return Err(unsupported(format!("scheme `{scheme}` is not known"), "use http or https", "scheme"));
    }
    let status = match spec.status_code {
        code @ (301 | 302 | 303 | 307 | 308) => code as u16,
        code => {
            let cure = "use 301, 302, 303, 307 or 308";
            return Err(unsupported(format!("{code} is no status of a redirect"), cure, "statusCode"));
        }
    };
    let port = match spec.port {
        None => None,
        Some(port) => Some(u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(|| {
            unsupported(format!("a port is 1 to 65535, not {port}"), "give the port of the new URL", "port")
        })?),
    };
    Ok(Redirect {
        scheme: spec.scheme.as_deref().map(Arc::from),
        host: host(spec.hostname.as_deref(), place)?,
        port,
        path: spec.path.as_ref().map(|spec| path(spec, &format!("{place}.path"))).transpose()?,
        status,
    })
}

fn redirect_shown(spec: &RequestRedirect) -> String {
    let word =
        |label: &str, value: Option<String>| value.map_or_else(String::new, |v| format!(" {label} {v}"));
    format!(
        "RequestRedirect {}{}{}{}{}",
        spec.status_code,
        word("scheme", spec.scheme.clone()),
        word("host", spec.hostname.clone()),
        word("port", spec.port.map(|port| port.to_string())),
        path_shown(spec.path.as_ref())
    )
}

fn fraction(spec: &RequestMirror, place: &str) -> Result<(u32, u32), Fault> {
    let wrong = |message: String, member: &str| {
        Err(Fault::new("UnsupportedValue", message).at(format!("{place}.{member}")))
    };
    match (spec.percent, spec.fraction) {
        (Some(_), Some(_)) => wrong("percent and fraction can not stand together".to_owned(), "percent"),
        (Some(percent @ 0..=100), None) => Ok((percent as u32, 100)),
        (Some(percent), None) => wrong(format!("percent is 0 to 100, not {percent}"), "percent"),
        (None, Some(fraction)) => {
            match (u32::try_from(fraction.numerator), u32::try_from(fraction.denominator)) {
                (Ok(part), Ok(whole)) if whole > 0 && part <= whole => Ok((part, whole)),
                _ => wrong(
                    format!(
                        "{}/{} is no share of the requests: it has to be between 0 and 1",
                        fraction.numerator, fraction.denominator
                    ),
                    "fraction",
                ),
            }
        }
        (None, None) => Ok((1, 1)),
    }
}

fn cors(spec: &CorsSpec) -> Cors {
    let list = |values: &[String]| values.iter().map(|value| Arc::from(value.as_str())).collect();
    Cors {
        origins: list(&spec.allow_origins),
        credentials: spec.allow_credentials.unwrap_or(false),
        methods: list(&spec.allow_methods),
        headers: list(&spec.allow_headers),
        expose: list(&spec.expose_headers),
        max_age: u32::try_from(spec.max_age.max(0)).unwrap_or(u32::MAX),
    }
}
