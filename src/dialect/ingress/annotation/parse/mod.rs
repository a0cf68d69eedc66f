//! The parsers, one for each part of [`super::Annotations`].

mod access;
mod affinity;
mod auth_request;
mod backend;
mod certificate;
mod limits;
mod mirror;
mod proxy;
mod proxy_buffers;
mod redirect;
mod rest;
mod route;

pub(super) use access::{auth, satisfy, sources};
pub(super) use affinity::{affinity, canary, load_balance, upstream_hash};
pub(super) use auth_request::{external_auth, global_auth};
pub(super) use backend::{backend_protocol, errors, fastcgi, headers, service_upstream};
pub(super) use certificate::{client_certificate, upstream_tls};
pub(super) use limits::limits;
pub(super) use mirror::mirror;
pub(super) use proxy::proxy;
pub(super) use redirect::redirects;
pub(super) use rest::{aliases, http2_push_preload, modsecurity, observe, snippets};
pub(super) use route::{cors, rewrite, tls};

// What the settings are read with too.
pub(in crate::dialect::ingress) use affinity::algorithm;
pub(in crate::dialect::ingress) use auth_request::cache_durations;
pub(in crate::dialect::ingress) use proxy::conditions;
