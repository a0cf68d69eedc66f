//! The names of directives that the controller's nginx may know, in servers and locations.
//!
//! The list is generous: a name that is missing here is told as one that stops nginx.

/// Whether a directive of this name may exist.
pub(super) fn exists(name: &str) -> bool {
    NAMES.split_ascii_whitespace().any(|known| known == name)
        || FAMILIES.iter().any(|family| name.starts_with(family))
        || (name.contains("_by_lua") && name.len() < 64)
}

/// Directives that take any number of words, so that one without its `;` swallows what follows, unnoticed.
pub(super) fn takes_any_number(name: &str) -> bool {
    ["more_set_headers", "more_clear_headers", "more_set_input_headers", "more_clear_input_headers"]
        .contains(&name)
        || ["index", "try_files", "ssl_protocols", "gzip_types", "server_name", "valid_referers"]
            .contains(&name)
        || ["echo", "limit_except", "access_log", "error_log", "proxy_next_upstream"].contains(&name)
}

/// Blocks whose inside is not made of directives, or not of those in the list.
pub(super) fn is_free_form(name: &str) -> bool {
    !["if", "location", "server", "limit_except"].contains(&name)
}

/// Modules all of whose directives begin so.
const FAMILIES: &[&str] = &[
    "auth_basic",
    "auth_digest",
    "auth_jwt",
    "auth_request",
    "brotli",
    "fastcgi_",
    "geoip2",
    "grpc_",
    "gzip",
    "http2_",
    "http3",
    "image_filter",
    "keyval",
    "limit_conn",
    "limit_rate",
    "limit_req",
    "lua_",
    "memcached_",
    "modsecurity",
    "mp4",
    "opentelemetry",
    "opentracing",
    "otel_",
    "perl",
    "quic_",
    "scgi_",
    "secure_link",
    "set_",
    "slice",
    "ssi",
    "ssl_",
    "subs_filter",
    "sub_filter",
    "uwsgi_",
    "vhost_traffic_status",
    "xslt_",
    "zipkin",
    "jaeger",
    "datadog",
    "echo",
    "headers_",
    "js_",
    "passenger",
    "pagespeed",
    "sticky",
];

/// The rest, by name.
const NAMES: &str = "
absolute_redirect accept_mutex access_log add_after_body add_before_body add_header add_trailer addition_types
aio aio_write alias allow ancient_browser ancient_browser_value array_join array_map array_split autoindex
autoindex_exact_size autoindex_format autoindex_localtime break charset charset_map charset_types chunked_transfer_encoding
client_body_buffer_size client_body_in_file_only client_body_in_single_buffer client_body_temp_path
client_body_timeout client_header_buffer_size client_header_timeout client_max_body_size connection_pool_size
cookie_flag_secure create_full_put_path dav_access dav_methods default_type deny directio directio_alignment
disable_symlinks early_hints empty_gif encrypted_session_expires encrypted_session_iv encrypted_session_key env
error_log error_page etag eval expires f4f flv geo geoip_city geoip_country geoip_org geoip_proxy
geoip_proxy_recursive hash health_check hls hls_buffers if if_modified_since ignore_invalid_headers include index
internal internal_redirect ip_hash keepalive_disable keepalive_min_timeout keepalive_requests keepalive_time
keepalive_timeout large_client_header_buffers least_conn limit_except lingering_close lingering_time
lingering_timeout listen load_module location log_by_lua log_escape_non_ascii log_format log_not_found
log_subrequest map map_hash_bucket_size map_hash_max_size match max_ranges merge_slashes min_delete_depth
mirror mirror_request_body modern_browser modern_browser_value msie_padding msie_refresh open_file_cache
open_file_cache_errors open_file_cache_min_uses open_file_cache_valid open_log_file_cache output_buffers
override_charset pcre_jit perl_set port_in_redirect post_action postpone_output random_index read_ahead
real_ip_header real_ip_recursive recursive_error_pages referer_hash_bucket_size referer_hash_max_size
request_pool_size reset_timedout_connection resolver resolver_timeout return rewrite rewrite_log root satisfy
satisfy_any send_lowat send_timeout sendfile sendfile_max_chunk server server_name server_name_in_redirect
server_names_hash_bucket_size server_names_hash_max_size server_tokens session_log set source_charset split_clients
status status_zone stub_status subrequest_output_buffer_size tcp_nodelay tcp_nopush try_files types
types_hash_bucket_size types_hash_max_size underscores_in_headers uninitialized_variable_warn unset upstream
userid userid_domain userid_expires userid_flags userid_mark userid_name userid_p3p userid_path userid_service
valid_referers variables_hash_bucket_size variables_hash_max_size
more_clear_headers more_clear_input_headers more_set_headers more_set_input_headers
proxy_bind proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_cache
proxy_cache_background_update proxy_cache_bypass proxy_cache_convert_head proxy_cache_key proxy_cache_lock
proxy_cache_lock_age proxy_cache_lock_timeout proxy_cache_max_range_offset proxy_cache_methods proxy_cache_min_uses
proxy_cache_path proxy_cache_purge proxy_cache_revalidate proxy_cache_use_stale proxy_cache_valid
proxy_connect_timeout proxy_cookie_domain proxy_cookie_flags proxy_cookie_path proxy_force_ranges
proxy_headers_hash_bucket_size proxy_headers_hash_max_size proxy_hide_header proxy_http_version
proxy_ignore_client_abort proxy_ignore_headers proxy_intercept_errors proxy_limit_rate proxy_max_temp_file_size
proxy_method proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_no_cache proxy_pass
proxy_pass_header proxy_pass_request_body proxy_pass_request_headers proxy_pass_trailers proxy_protocol_timeout
proxy_read_timeout proxy_redirect proxy_request_buffering proxy_send_lowat proxy_send_timeout proxy_set_body
proxy_set_header proxy_socket_keepalive proxy_ssl_certificate proxy_ssl_certificate_cache
proxy_ssl_certificate_key proxy_ssl_ciphers proxy_ssl_conf_command proxy_ssl_crl proxy_ssl_key_log proxy_ssl_name
proxy_ssl_password_file proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse
proxy_ssl_trusted_certificate proxy_ssl_verify proxy_ssl_verify_depth proxy_store proxy_store_access
proxy_temp_file_write_size proxy_temp_path rds_json rds_json_format srcache_fetch srcache_store redis2_pass
";
