//! Keys that the controller reads and that change nothing of what a rehearsal executes: logs, workers, caches, traces,
//! details of TLS, TCP and UDP.

#[rustfmt::skip]
pub(super) const KEYS: &[&str] = &[
    "access-log-params", "access-log-path", "bind-address-ipv4", "bind-address-ipv6", "brotli-level",
    "brotli-min-length", "brotli-types", "debug-connections", "disable-access-log", "disable-http-access-log",
    "disable-ipv6", "disable-ipv6-dns", "disable-stream-access-log", "enable-access-log-for-default-backend",
    "enable-aio-write", "enable-auth-access-log", "enable-multi-accept", "enable-ocsp", "enable-serial-reloads",
    "enable-syslog", "error-log-level", "error-log-path", "forwarded-for-proxy-protocol-header",
    "geoip2-autoreload-in-minutes", "grpc-buffer-size-kb", "gzip-disable", "http-access-log-path",
    "http2-max-field-size", "http2-max-header-size", "http2-max-requests", "limit-conn-zone-variable",
    "log-format-escape-json", "log-format-escape-none", "log-format-stream", "log-format-upstream",
    "lua-shared-dicts", "map-hash-bucket-size", "max-worker-connections", "max-worker-open-files",
    "modsecurity-snippet", "nginx-status-ipv4-whitelist", "nginx-status-ipv6-whitelist", "opentelemetry-config",
    "opentelemetry-operation-name", "opentelemetry-trust-incoming-span", "otel-max-export-batch-size",
    "otel-max-queuesize", "otel-sampler", "otel-sampler-parent-based", "otel-sampler-ratio",
    "otel-schedule-delay-millis", "otel-service-name", "otlp-collector-host", "otlp-collector-port",
    "proxy-headers-hash-bucket-size", "proxy-headers-hash-max-size", "proxy-protocol-header-timeout",
    "proxy-stream-next-upstream", "proxy-stream-next-upstream-timeout", "proxy-stream-next-upstream-tries",
    "proxy-stream-responses", "proxy-stream-timeout", "reuse-port", "server-name-hash-bucket-size",
    "server-name-hash-max-size", "skip-access-log-urls", "ssl-buffer-size", "ssl-dh-param", "ssl-early-data",
    "ssl-ecdh-curve", "ssl-session-cache", "ssl-session-cache-size", "ssl-session-ticket-key",
    "ssl-session-tickets", "ssl-session-timeout", "stream-access-log-path", "syslog-host", "syslog-port",
    "upstream-hash-by", "upstream-hash-by-subset", "upstream-hash-by-subset-size",
    "upstream-keepalive-requests", "upstream-keepalive-time", "upstream-keepalive-timeout", "use-geoip2",
    "variables-hash-bucket-size", "variables-hash-max-size", "worker-cpu-affinity", "worker-processes",
    "worker-shutdown-timeout",
];
