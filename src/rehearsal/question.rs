//! One request put to the real gateway: what was asked, what came back, when, and who answered.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use crate::{proxy::Record, routing::Ask};

/// A request for the gateway of this rehearsal. [`crate::routing::explain()`] predicts what comes of the same `ask`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The request. Its port is the listener's as the manifest wants it; the one really bound is found by itself, and
    /// may be given too. It is sent over HTTP/1.1 and has no body.
    pub ask: Ask,
    /// How long connecting, answer and its body may take together.
    pub within: Duration,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Status of the answer.
    pub status: u16,
    /// Headers in the order received, names as written. Bytes that are no UTF-8 are U+FFFD.
    pub headers: Vec<(String, String)>,
    /// The body without its framing, at most 64 KiB of it.
    pub body: Vec<u8>,
    /// Length of the whole body in bytes; more than `body` has when that was cut.
    pub length: u64,
    /// When things happened.
    pub timing: Timing,
    /// Where it was sent to.
    pub remote: SocketAddr,
    /// Who answered, when the body is a stand-in's.
    pub stand_in: Option<Echo>,
    /// What the proxy says of this very request: route, rule, backend, and why it answered by itself. None when it did
    /// not say so in time.
    pub record: Option<Arc<Record>>,
}

/// Durations, each from the begin of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// The connection stood, TLS too.
    pub connected: Duration,
    /// The first byte of the answer was there.
    pub first_byte: Duration,
    /// The body was over.
    pub total: Duration,
}

/// What a stand-in says of itself and of the request as it came to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// Namespace and name of the Service that it stands for.
    pub service: (String, String),
    /// Port of the Service.
    pub port: u16,
    /// Method as it came.
    pub method: String,
    /// Path as it came, after rewrites.
    pub path: String,
    /// Query as it came; none without `?`.
    pub query: Option<String>,
    /// Host as it came.
    pub host: String,
    /// `HTTP/1.1`, `HTTP/2.0`
    pub protocol: String,
    /// Headers as they came, values of one name together.
    pub headers: Vec<(String, Vec<String>)>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No socket to send it to.
    #[error("{0}")]
    NoListener(String),
    /// It can not be written as a request.
    #[error("{0}")]
    Invalid(String),
    /// No connection could be had, or TLS failed.
    #[error("{0} takes no connection: {1}")]
    Refused(SocketAddr, String),
    /// The connection ended, or what came is no HTTP.
    #[error("{0} gave no answer: {1}")]
    Broken(SocketAddr, String),
    /// The time was over.
    #[error("no answer from {0} within {1:?}")]
    Late(SocketAddr, Duration),
}
