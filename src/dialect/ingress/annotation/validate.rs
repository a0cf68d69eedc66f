//! The controller's validators: what each value may look like.
//!
//! They look at characters more than at meaning; what gets through may still be wrong for nginx.

use std::sync::LazyLock;

use ipnet::IpNet;
use regex::Regex;

/// One validator, by which the table of names says what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Validator {
    /// Whether a value that is not empty passes.
    pub accepts: fn(&str) -> bool,
    /// What it takes, for messages: `a whole number`.
    pub wants: &'static str,
}

const fn validator(wants: &'static str, accepts: fn(&str) -> bool) -> Validator {
    Validator { accepts, wants }
}

/// Letters and digits, and these others.
fn only(value: &str, others: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// The same with the spaces taken out first.
fn only_tight(value: &str, others: &str) -> bool {
    only(value, others) || only(&tight(value), others)
}

fn tight(value: &str) -> String {
    value.replace(' ', "")
}

/// A pattern of the whole value, which holds no line break.
fn fits(pattern: &Regex, value: &str) -> bool {
    pattern.is_match(value) && !value.contains(['\r', '\n'])
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a pattern written here"));
    };
}

pattern!(ORIGINS, r"^((((([a-z]+://)?(\*\.)?[A-Za-z0-9\-.]*(:[0-9]+)?,?)|null)+)|\*)?$");
pattern!(ORIGIN, r"^([a-z]+://(\*\.)?[A-Za-z0-9\-.]*(:[0-9]+)?|\*|null)?$");
pattern!(METHODS, r"^([A-Za-z]+,?[\t\n\f\r ]?)+$");
pattern!(EXPOSED, r"^(([A-Za-z0-9\-_]+|\*),?[\t\n\f\r ]?)+$");
pattern!(
    NEXT,
    r"^((error|timeout|invalid_header|http_500|http_502|http_503|http_504|http_403|http_404|http_429|non_idempotent|off)[\t\n\f\r ]?)+$"
);
pattern!(DOMAINS, r"^(off|[\-._~a-zA-Z0-9/:]+[\t\n\f\r ]+[\-._~a-zA-Z0-9/:]+)$");
pattern!(ERROR_PAGE, r"^(@[A-Za-z0-9_-]+|((https?://)?[A-Za-z0-9\-.]+(:[0-9]+)?)?(/[A-Za-z0-9\-_.]+)*/?)$");
pattern!(CIPHERS, r"^(?:(?:[A-Za-z0-9!:+\-_])*(?:@STRENGTH)*(?:@SECLEVEL=[0-5])*(?:@STRENGTH)*)*$");
pattern!(PROTOCOLS, r"^(TLSv1\.2|TLSv1\.3| )*$");
pattern!(CODES, r"^(?:[4,5][0-9]{2},?)*$");
pattern!(SIZE_RE, r"(?i)^[0-9]+[bkmg]?$");

/// Basic characters: what names of objects and simple paths are made of.
const BASIC_SET: &str = "-._~/:";

pub(super) const BOOL: Validator = validator("`true` or `false`", |v| boolean(v).is_some());
pub(super) const INT: Validator = validator("a whole number", |v| integer(v).is_some());
pub(super) const CIDRS: Validator = validator("a list of addresses and networks", |v| networks(v).is_ok());
pub(super) const ANYTHING: Validator = validator("any text", |_| true);
pub(super) const SERVICE: Validator = validator("the name of a Service", |v| {
    v.len() <= 63
        && v.starts_with(|c: char| c.is_ascii_lowercase())
        && !v.ends_with('-')
        && v.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
});
pub(super) const BASIC: Validator =
    validator("letters, digits and `- . _ ~ / :`", |v| only_tight(v, BASIC_SET));
pub(super) const BASIC_SPACED: Validator =
    validator("letters, digits, spaces and `- . _ ~ / :`", |v| only(v, "-._~/: "));
pub(super) const EXTENDED: Validator =
    validator("letters, digits, spaces and `- . _ ~ / : ,`", |v| only(v, "-._~/:, "));
pub(super) const URL: Validator =
    validator("a URL of letters, digits and `- . _ ~ / : , ? & =`", |v| only(v, "-._~/:,?&="));
pub(super) const URL_SPACED: Validator =
    validator("letters, digits and `- . _ ~ / : , ? & =`", |v| only_tight(v, "-._~/:,?&="));
pub(super) const URL_VARIABLE: Validator =
    validator("a URL of letters, digits, nginx variables and `- . _ ~ / : , ? & =`", |v| {
        only_tight(v, "-._~/:, ?&=$")
    });
pub(super) const VARIABLE: Validator =
    validator("letters, digits, `- _` and nginx variables", |v| only_tight(v, "-_${}"));
pub(super) const HASH_BY: Validator = VARIABLE;
pub(super) const CAPTURE_PATH: Validator =
    validator("a path of letters, digits, `- . _ ~ :` and `$1`…", |v| only(v, "-._~/:$"));
pub(super) const CAPTURE_PATH_SPACED: Validator =
    validator("a path of letters, digits, `- . _ ~ :` and `$1`…", |v| only_tight(v, "-._~/:$"));
pub(super) const REGEX: Validator = validator(
    "a regular expression of letters, digits and `- . _ ~ / : ^ $ [ ] ( ) { } * + ? | & = \\`",
    is_regex,
);
pub(super) const SERVER_NAME: Validator =
    validator("a server name of letters, digits and the characters of regular expressions", |v| {
        is_regex(v.trim())
    });
pub(super) const SERVER_NAMES: Validator =
    validator("a list of server names of letters, digits and the characters of regular expressions", |v| {
        v.split(',').all(|name| is_regex(name.trim()))
    });
pub(super) const HEADERS: Validator =
    validator("names of headers with commas between", |v| only_tight(v, "-_, "));
pub(super) const SIZE: Validator = validator("a size as `8k` or `10m`", |v| fits(&SIZE_RE, &tight(v)));
pub(super) const ON_OFF: Validator =
    validator("`on` or `off`", |v| matches!(tight(v).as_str(), "on" | "off"));
pub(super) const ON_OFF_TRIMMED: Validator = validator("`on` or `off`", |v| matches!(v.trim(), "on" | "off"));
pub(super) const AUTH_TYPE: Validator = validator("`basic` or `digest`", |v| {
    let v = tight(v);
    (v.contains("basic") || v.contains("digest")) && !v.contains(['\r', '\n'])
});
pub(super) const AUTH_SECRET_TYPE: Validator = validator("`auth-file` or `auth-map`", |v| {
    let v = tight(v);
    (v.contains("auth-file") || v.contains("auth-map")) && !v.contains(['\r', '\n'])
});
pub(super) const METHOD: Validator = validator("an HTTP method in capitals", |v| method(&tight(v)));
pub(super) const VERIFY_CLIENT: Validator = validator("`on`, `off`, `optional` or `optional_no_ca`", |v| {
    matches!(tight(v).as_str(), "on" | "off" | "optional" | "optional_no_ca")
});
pub(super) const ERROR_PAGE_URL: Validator =
    validator("a URL, a path or `@name`", |v| fits(&ERROR_PAGE, &tight(v)));
pub(super) const COMMON_NAME: Validator = validator("`CN=` and a regular expression", |v| {
    v.strip_prefix("CN=").is_some_and(|pattern| regex_syntax::parse(pattern).is_ok())
});
pub(super) const PROTOCOL: Validator =
    validator("`HTTP`, `HTTPS`, `AUTO_HTTP`, `GRPC`, `GRPCS` or `FCGI`", |v| {
        let words = ["auto_http", "http", "https", "grpc", "grpcs", "fcgi"];
        words.contains(&v.trim().to_lowercase().as_str())
    });
pub(super) const CONNECTION: Validator =
    validator("`close` or `keep-alive`", |v| matches!(tight(v).as_str(), "close" | "keep-alive"));
pub(super) const ERROR_CODES: Validator =
    validator("statuses from 400 to 599 with commas between", |v| fits(&CODES, &tight(v)));
pub(super) const CORS_ORIGINS: Validator =
    validator("origins as `https://name`, with commas between, or `*`", |v| fits(&ORIGINS, &tight(v)));
pub(super) const CORS_METHODS: Validator =
    validator("methods with commas between", |v| fits(&METHODS, &tight(v)));
pub(super) const CORS_EXPOSE: Validator =
    validator("names of headers with commas between, or `*`", |v| fits(&EXPOSED, &tight(v)));
pub(super) const FASTCGI_INDEX: Validator =
    validator("letters, digits and `- . _`", |v| !tight(v).is_empty() && only_tight(v, "-._"));
pub(super) const LOAD_BALANCE: Validator = validator("`round_robin` or `ewma`", |v| {
    ["round_robin", "chash", "chashsubset", "sticky_balanced", "sticky_persistent", "ewma"]
        .contains(&v.trim())
});
pub(super) const OPERATION: Validator = validator("letters, digits and `- _`", |v| only_tight(v, "-_"));
pub(super) const COOKIE_DOMAIN: Validator =
    validator("`off`, or two domains with a space between", |v| fits(&DOMAINS, v));
pub(super) const NEXT_UPSTREAM: Validator =
    validator("words of nginx's `proxy_next_upstream`", |v| fits(&NEXT, v));
pub(super) const HTTP_VERSION: Validator = validator("`1.0` or `1.1`", |v| matches!(v.trim(), "1.0" | "1.1"));
pub(super) const UPSTREAM_CIPHERS: Validator = validator("a list of ciphers", |v| only_tight(v, "+:_-!"));
pub(super) const UPSTREAM_PROTOCOLS: Validator =
    validator("`TLSv1.2`, `TLSv1.3` or both", |v| fits(&PROTOCOLS, &tight(v)));
pub(super) const SSL_CIPHERS: Validator = validator("a list of ciphers", |v| fits(&CIPHERS, &tight(v)));
pub(super) const ANY_ALL: Validator = validator("`any` or `all`", |v| matches!(v.trim(), "any" | "all"));
pub(super) const COOKIE: Validator = validator("`cookie`", |v| v.trim() == "cookie");
pub(super) const AFFINITY_MODE: Validator =
    validator("`balanced` or `persistent`", |v| matches!(v.trim(), "balanced" | "persistent"));
pub(super) const CANARY_BEHAVIOR: Validator =
    validator("`sticky` or `legacy`", |v| matches!(v.trim(), "sticky" | "legacy"));
pub(super) const SECONDS: Validator = validator("a number of seconds", |v| seconds(&tight(v)));
pub(super) const SECONDS_PLAIN: Validator = validator("a number of seconds", seconds);
pub(super) const SAME_SITE: Validator = validator("`None`, `Lax` or `Strict`", |v| {
    matches!(v.trim().to_lowercase().as_str(), "none" | "lax" | "strict")
});

fn is_regex(value: &str) -> bool {
    only(value, "-._~/:^$[](){}*+?|&=\\")
}

/// Begins with a `0`, or ends with a number that is not zero: the controller's pattern has its brackets misplaced.
pub(super) fn seconds(value: &str) -> bool {
    let digits = value.len() - value.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let last = &value[value.len() - digits..];
    (value.starts_with('0') || last.bytes().any(|b| b != b'0')) && !value.contains(['\r', '\n'])
}

/// Whether this is one of HTTP's methods.
pub(in crate::dialect::ingress) fn method(value: &str) -> bool {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"].contains(&value)
}

/// Whether this may be the name of a header in a ConfigMap or list.
pub(in crate::dialect::ingress) fn header_name(name: &str) -> bool {
    !name.is_empty() && only(name, "-_")
}

/// Whether this may be a value in the ConfigMap of `custom-headers`.
pub(super) fn header_value(value: &str) -> bool {
    !value.is_empty() && only(value, "_ :;.,\\/\"'?!(){}[]@<>=-+*#$&`|~^%")
}

/// Whether a parameter of the ConfigMap of `fastcgi-params-configmap` passes.
pub(super) fn fastcgi_param(key: &str, value: &str) -> bool {
    !key.is_empty() && only(key, ".-_") && only(value, "-_${}/.")
}

/// Whether `Access-Control-Allow-Methods` is sent as written.
pub(super) fn cors_methods(value: &str) -> bool {
    METHODS.is_match(value)
}

/// Whether `Access-Control-Allow-Headers` is sent as written.
pub(super) fn cors_headers(value: &str) -> bool {
    only(value, "-_, ")
}

/// Whether `Access-Control-Expose-Headers` is sent as written.
pub(super) fn cors_exposed(value: &str) -> bool {
    EXPOSED.is_match(value)
}

/// Whether this is one origin.
pub(super) fn origin(value: &str) -> bool {
    ORIGIN.is_match(value)
}

/// A boolean as Go reads it: no `yes`, no `on`, no space around.
pub(in crate::dialect::ingress) fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A number as Go reads it: a sign and digits, no space around.
pub(in crate::dialect::ingress) fn integer(value: &str) -> Option<i64> {
    value.parse().ok()
}

/// Addresses and networks with commas between, in the order of their texts, each once.
///
/// # Errors
/// The first that is neither.
pub(in crate::dialect::ingress) fn networks(value: &str) -> Result<Vec<IpNet>, String> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for item in value.split(',').map(str::trim) {
        found.push(network(item).ok_or_else(|| item.to_owned())?);
    }
    found.sort_by_cached_key(ToString::to_string);
    found.dedup();
    Ok(found)
}

/// One address or network; the bits after the prefix are cleared.
pub(in crate::dialect::ingress) fn network(item: &str) -> Option<IpNet> {
    let net: Option<IpNet> = item.parse::<IpNet>().ok().map(|net| net.trunc());
    net.or_else(|| item.parse::<std::net::IpAddr>().ok().map(|ip| IpNet::from(ip.to_canonical())))
}
