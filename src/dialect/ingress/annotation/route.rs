//! Paths and redirects: rewriting, app-root, redirects, the way to https, from-to-www.

/// `rewrite-target`, `use-regex`, `app-root`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// `rewrite-target`: may hold `$1`…; where it is set and not the path itself, the whole host matches by regular
    /// expression.
    pub target: Option<String>,
    /// `use-regex`: the whole host matches by regular expression.
    pub use_regex: bool,
    /// `app-root`: where `/` of the host redirects to with 302.
    pub app_root: Option<String>,
}

/// `permanent-redirect`, `temporal-redirect` and what belongs to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirects {
    /// Where every request of the location is sent; a temporal redirect wins over a permanent one.
    pub to: Option<Redirect>,
    /// `from-to-www-redirect`: the host with or without `www.`, whichever no Ingress has, redirects to the other.
    pub from_to_www: bool,
    /// `relative-redirects`: nginx's own redirects have no scheme and host.
    pub relative: bool,
    /// `use-port-in-redirects`.
    pub use_port: bool,
}

/// A redirect of a whole location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The target as written. nginx sends it as `Location` for 301, 302, 303, 307 and 308 (one that begins with `/` is
    /// made absolute), and as a body for any other code.
    pub url: String,
    /// 300 to 308.
    pub code: u16,
}

/// The way to https, and what the server speaks there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// `ssl-redirect`: takes effect only where the Ingress has a `tls` section.
    pub redirect: bool,
    /// `force-ssl-redirect`: without a `tls` section too, and without the exemption for ACME.
    pub force_redirect: bool,
    /// `preserve-trailing-slash`: otherwise the redirect drops a final `/`.
    pub preserve_trailing_slash: bool,
    /// `ssl-passthrough`: only with the flag `--enable-ssl-passthrough`.
    pub passthrough: bool,
    /// `ssl-ciphers`: of the server.
    pub ciphers: Option<String>,
    /// `ssl-prefer-server-ciphers`: of the server.
    pub prefer_server_ciphers: Option<bool>,
}

/// `enable-cors` and `cors-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Allowed origins in order, or `*` alone. Those that are no origin are left out; with none left no header is
    /// added at all. One label may be `*`: `https://*.example.com`.
    pub origins: Vec<String>,
    /// `Access-Control-Allow-Methods`, as written.
    pub methods: String,
    /// `Access-Control-Allow-Headers`, as written.
    pub headers: String,
    /// `Access-Control-Expose-Headers`, as written.
    pub expose: Option<String>,
    /// `Access-Control-Allow-Credentials`.
    pub credentials: bool,
    /// `Access-Control-Max-Age` in seconds, as written.
    pub max_age: i64,
}

impl Default for Cors {
    /// What `enable-cors: "true"` alone means.
    fn default() -> Self {
        Self {
            origins: vec!["*".into()],
            methods: "GET, PUT, POST, DELETE, PATCH, OPTIONS".into(),
            headers:
                "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,\
                      Range,Authorization"
                    .into(),
            expose: None,
            credentials: true,
            max_age: 1_728_000,
        }
    }
}
