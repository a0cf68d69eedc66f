//! nginx's variables in values of annotations: a name that nginx does not know stops the configuration.

/// Names of nginx, of its modules, and those that the controller sets in every location.
const NAMES: &[&str] = &[
    "args",
    "balancer_ewma_score",
    "best_http_host",
    "binary_remote_addr",
    "body_bytes_sent",
    "bytes_sent",
    "connection",
    "connection_requests",
    "connection_time",
    "connection_upgrade",
    "content_length",
    "content_type",
    "document_root",
    "document_uri",
    "full_x_forwarded_for",
    "gzip_ratio",
    "host",
    "hostname",
    "http2",
    "http3",
    "https",
    "ingress_name",
    "is_args",
    "limit_conn_status",
    "limit_rate",
    "limit_req_status",
    "location_path",
    "loggable",
    "msec",
    "namespace",
    "nginx_version",
    "pass_access_scheme",
    "pass_port",
    "pass_server_port",
    "pid",
    "pipe",
    "query_string",
    "realpath_root",
    "remote_addr",
    "remote_port",
    "remote_user",
    "req_id",
    "request",
    "request_body",
    "request_body_file",
    "request_completion",
    "request_filename",
    "request_id",
    "request_length",
    "request_method",
    "request_time",
    "request_uri",
    "scheme",
    "server_addr",
    "server_name",
    "server_port",
    "server_protocol",
    "service_name",
    "service_port",
    "status",
    "time_iso8601",
    "time_local",
    "uri",
];

/// Fronts of families.
const FAMILIES: &[&str] = &[
    "arg_",
    "auth_",
    "connections_",
    "cookie_",
    "geoip",
    "global_rate_",
    "http_",
    "opentelemetry_",
    "otel_",
    "proxy_",
    "realip_",
    "sent_http_",
    "sent_trailer_",
    "ssl_",
    "tcpinfo_",
    "upstream_",
    "escaped_request_uri",
    "literal_dollar",
    "redirect_to",
];

/// The first name after a `$` that nginx refuses; an empty one where no name follows.
pub(in crate::dialect::ingress) fn unknown(text: &str) -> Option<&str> {
    text.split('$').skip(1).find_map(|rest| {
        let name = if let Some(inside) = rest.strip_prefix('{') {
            inside.split_once('}').map_or("", |(name, _)| name)
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        };
        let braced = rest.starts_with('{');
        // A group is one digit, whatever follows.
        let is_group = !braced && name.starts_with(|c: char| ('1'..='9').contains(&c));
        (!is_group && !is_known(name)).then_some(name)
    })
}

fn is_known(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || FAMILIES.iter().any(|front| name.starts_with(front))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nginx_does_not_know_are_found() {
        let cases = [
            ("/a", None, "no variable"),
            ("/$1/$2x", None, "groups"),
            ("/$0", Some("0"), "the whole match has no number"),
            ("/$host/${http_x_a}", None, "nginx's own"),
            ("/$Service_Name.svc", None, "of the controller, in any case"),
            ("/$foo/x", Some("foo"), "nobody's"),
            ("/a$", Some(""), "no name"),
            ("/${1}", Some("1"), "braces are not for groups"),
        ];
        for (text, wanted, why) in cases {
            assert_eq!(unknown(text), wanted, "{why}");
        }
    }
}
