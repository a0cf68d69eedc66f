//! HTTP/1.1 as bytes: heads, framing of bodies, chunks. Strict on both sides: what could be read in two ways is refused,
//! but for the heads of clients where a port reads them as nginx does.

pub(super) mod body;
pub(super) mod field;
pub(super) mod flow;
pub(super) mod framing;
pub(super) mod head;
pub(super) mod nginx;
pub(super) mod target;
#[cfg(test)]
mod tests;

/// Longest head that is read, in bytes; a longer one gets 431 (from a client) or 502 (from a backend).
pub(super) const MAX_HEAD: usize = 64 * 1024;

/// Most header lines in a head.
pub(super) const MAX_FIELDS: usize = 100;

/// Longest request target, in bytes; a longer one gets 414.
pub(super) const MAX_TARGET: usize = 16 * 1024;

/// Why a head or body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(super) struct Refused {
    /// Status for a client.
    pub(super) status: u16,
    /// In words.
    pub(super) what: &'static str,
}

impl Refused {
    /// 400.
    pub(super) const fn bad(what: &'static str) -> Self {
        Self { status: 400, what }
    }
}
