//! The defaults of release 1.15.1.

use std::time::Duration;

use ipnet::IpNet;

use super::{
    Block, ClientSettings, Compression, Flags, Forwarded, HeaderSettings, Hsts, LimitSettings, Risk,
    Security, Settings, SnippetSettings, TlsSettings,
};
use crate::dialect::ingress::annotation::Proxy;

impl Default for Settings {
    fn default() -> Self {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        Self {
            flags: Flags::default(),
            security: Security {
                allow_snippets: false,
                risk_level: Risk::High,
                cross_namespace: false,
                word_blocklist: Vec::new(),
                allowed_response_headers: Vec::new(),
                strict_path_type: true,
            },
            proxy: Proxy::default(),
            retry_non_idempotent: false,
            tls: TlsSettings {
                redirect: true,
                force_redirect: false,
                preserve_trailing_slash: false,
                redirect_code: 308,
                no_redirect_locations: vec!["/.well-known/acme-challenge".into()],
                hsts: Some(Hsts { max_age: "31536000".into(), include_subdomains: true, preload: false }),
                protocols: "TLSv1.2 TLSv1.3".into(),
                ciphers: defaults::CIPHERS.into(),
                reject_handshake: false,
                http2: true,
            },
            forwarded: Forwarded {
                trust: false,
                real_ip: false,
                full: false,
                for_header: "X-Forwarded-For".into(),
                host_header: "X-Forwarded-Host".into(),
                proxy_protocol: false,
                trusted: vec![IpNet::default()],
            },
            headers: HeaderSettings {
                underscores: false,
                ignore_invalid: true,
                request_id: true,
                original_uri: false,
                proxy_set: None,
                add: None,
                hide: Vec::new(),
                server_tokens: false,
                backend_server: false,
            },
            custom_http_errors: Vec::new(),
            disable_proxy_intercept_errors: false,
            global_auth: None,
            no_auth_locations: vec!["/.well-known/acme-challenge".into()],
            block: Block::default(),
            allow: Vec::new(),
            deny: Vec::new(),
            client: ClientSettings {
                header_timeout: Duration::from_mins(1),
                body_timeout: Duration::from_mins(1),
                header_buffer: 1 << 10,
                large_header_buffers: (4, 8 << 10),
                keep_alive: Duration::from_secs(75),
                keep_alive_requests: 1000,
                http2_streams: 128,
            },
            limits: LimitSettings {
                request_status: 503,
                connection_status: 503,
                rate: None,
                rate_after: None,
            },
            compression: Compression {
                gzip: false,
                level: 1,
                min_length: 256,
                types: words(defaults::GZIP_TYPES),
                brotli: false,
            },
            snippets: SnippetSettings::default(),
            load_balance: None,
            service_upstream: false,
            use_port_in_redirects: false,
            relative_redirects: false,
            proxy_ssl_location_only: false,
            keeps_upstreams: true,
            default_type: "text/html".into(),
            modsecurity: false,
            owasp_core_rules: false,
            opentelemetry: false,
            bind: Vec::new(),
        }
    }
}

/// Long defaults.
mod defaults {
    pub(super) const CIPHERS: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
        ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:\
        ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256";
    pub(super) const GZIP_TYPES: &str = "application/atom+xml application/javascript application/x-javascript \
        application/json application/rss+xml application/vnd.ms-fontobject application/x-font-ttf \
        application/x-web-app-manifest+json application/xhtml+xml application/xml font/opentype image/svg+xml \
        image/x-icon text/css text/javascript text/plain text/x-component";
}
