//! Who answers where more than weights and turns decide: cookies, values of the request, hashes.
//!
//! As ingress-nginx does it: a cookie that names a backend comes before the values that steer, these before the weights;
//! and a canary that nobody could answer for leaves its requests to the main backend, the first.

use std::{
    borrow::Cow,
    cell::RefCell,
    hash::{Hash as _, Hasher as _},
    net::SocketAddr,
    sync::Arc,
};

use super::{Upstreams, hash::Mix, upstream::Endpoints};
use crate::routing::{Affinity, Backend, Balance, Request, Split};

mod cookie;
#[cfg(test)]
mod tests;

pub(super) use cookie::value;

/// The backend of a request. `falls_back`: the first is asked instead of another that can not be.
pub(super) fn backend<'s>(
    split: &'s Split,
    falls_back: bool,
    upstreams: &Upstreams,
    request: &impl Request,
    random: u64,
) -> Option<&'s Backend> {
    if split.is_plain() && !falls_back {
        return split.pick(random);
    }
    let held = || held(split, request);
    let steered = || split.steer(request).map(|(backend, _)| backend);
    let chosen = held().or_else(steered).or_else(|| split.pick(random))?;
    // One that is broken says so: 500.
    let usable = chosen.problem.is_some()
        || upstreams.get(&chosen.id).is_some_and(|upstream| !upstream.endpoints.is_empty());
    if usable || !falls_back { Some(chosen) } else { split.backends.first() }
}

/// The backend that a cookie names.
fn held<'s>(split: &'s Split, request: &impl Request) -> Option<&'s Backend> {
    let cookies = request.header("cookie")?;
    split.backends.iter().find(|backend| match &backend.balance {
        Balance::Sticky(affinity) => {
            let named = value(&cookies, &affinity.cookie).and_then(|value| value.split('|').nth(1));
            named.is_some_and(|named| *named == *affinity.key)
        }
        Balance::Turns | Balance::Service | Balance::Hash { .. } => false,
    })
}

/// How an endpoint is chosen for one request.
pub(super) enum Choice {
    Turns,
    /// Always the same.
    First,
    /// By a hash, and how many endpoints share it.
    Hash(u64, Option<u32>),
    Sticky(Box<Sticky>),
}

/// An endpoint by a cookie.
pub(super) struct Sticky {
    pub(super) affinity: Arc<Affinity>,
    /// The client's cookie, as far as it speaks of the endpoint.
    pub(super) held: Option<String>,
    /// The path of the location.
    pub(super) path: String,
    pub(super) encrypted: bool,
    /// The client knows `SameSite=None`.
    pub(super) knows_none: bool,
    /// What a new cookie says of the endpoint.
    pub(super) picked: RefCell<Option<String>>,
}

impl Choice {
    /// For a backend; `hashed` is the text of [`Balance::Hash`].
    pub(super) fn of(
        balance: &Balance,
        request: &impl Request,
        location: &str,
        encrypted: bool,
        hashed: impl FnOnce() -> String,
    ) -> Self {
        match balance {
            Balance::Turns => Self::Turns,
            Balance::Service => Self::First,
            Balance::Hash { subset, .. } => Self::Hash(hash(hashed().as_bytes()), *subset),
            Balance::Sticky(affinity) => {
                let cookies = request.header("cookie").unwrap_or_default();
                let held = value(&cookies, &affinity.cookie).and_then(|value| value.split('|').next());
                let agent = request.header("user-agent");
                Self::Sticky(Box::new(Sticky {
                    affinity: Arc::clone(affinity),
                    held: held.map(str::to_owned),
                    path: location.to_owned(),
                    encrypted,
                    knows_none: cookie::knows_same_site_none(agent.as_deref().unwrap_or_default()),
                    picked: RefCell::default(),
                }))
            }
        }
    }

    /// The endpoint for the next try.
    pub(super) fn next(&self, endpoints: &Endpoints, failed: &[SocketAddr]) -> Option<SocketAddr> {
        match self {
            Self::Turns => endpoints.next(failed),
            Self::First => endpoints.all().first().copied(),
            Self::Hash(of, None) => nearest(*of, endpoints.all()),
            Self::Hash(of, Some(size)) => one_of_set(*of, *size as usize, endpoints.all()),
            Self::Sticky(sticky) => sticky.next(endpoints, failed),
        }
    }

    /// The cookie that the answer sets; `now` in seconds since 1970.
    pub(super) fn cookie(&self, now: u64) -> Option<Cow<'static, str>> {
        match self {
            Self::Turns | Self::First | Self::Hash(..) => None,
            Self::Sticky(sticky) => sticky.cookie(now).map(Cow::Owned),
        }
    }
}

/// How often a random text is tried that leads to an endpoint which has not failed.
const MOST_PICKS: usize = 20;

impl Sticky {
    fn next(&self, endpoints: &Endpoints, failed: &[SocketAddr]) -> Option<SocketAddr> {
        if self.affinity.of_service {
            let only = endpoints.all().first().copied();
            if self.held.is_none() {
                *self.picked.borrow_mut() = only.map(|only| self.label(only));
            }
            return only;
        }
        let found = self.held.as_deref().and_then(|held| self.find(held, endpoints));
        if let Some(found) = found
            && (failed.is_empty() || !self.affinity.change_on_failure)
        {
            return Some(found);
        }
        let picked = if self.affinity.persistent {
            let other = endpoints.next(failed).filter(|address| !failed.contains(address));
            other.map(|address| (self.label(address), address))
        } else {
            (0..MOST_PICKS).find_map(|_| {
                let text = format!("{:016x}", fastrand::u64(..));
                let address = self.find(&text, endpoints)?;
                (!failed.contains(&address)).then_some((text, address))
            })
        };
        // With one endpoint, and that failed, there is no other: nginx gives up then.
        let (text, address) = picked?;
        *self.picked.borrow_mut() = Some(text);
        Some(address)
    }

    /// The endpoint that a cookie leads to.
    fn find(&self, held: &str, endpoints: &Endpoints) -> Option<SocketAddr> {
        if self.affinity.persistent {
            endpoints.all().iter().copied().find(|address| self.label(*address) == held)
        } else {
            nearest(hash(held.as_bytes()), endpoints.all())
        }
    }

    /// Names an endpoint without giving its address away.
    fn label(&self, address: SocketAddr) -> String {
        format!("{:016x}", score(hash(self.affinity.key.as_bytes()), address))
    }
}

/// The endpoint for a hash: when one comes or goes, only what it takes or had moves.
fn nearest(of: u64, endpoints: &[SocketAddr]) -> Option<SocketAddr> {
    endpoints.iter().copied().max_by_key(|address| score(of, *address))
}

/// One at random of the set that the hash leads to; the last set is filled up from the front.
fn one_of_set(of: u64, size: usize, endpoints: &[SocketAddr]) -> Option<SocketAddr> {
    let size = size.max(1);
    let sets = endpoints.len().div_ceil(size);
    let set = (0..sets).max_by_key(|set| mixed(of ^ mixed(*set as u64 + 1)))?;
    endpoints.get((set * size + fastrand::usize(..size)) % endpoints.len()).copied()
}

fn score(of: u64, address: SocketAddr) -> u64 {
    let mut place = Mix::default();
    address.hash(&mut place);
    mixed(of ^ mixed(place.finish()))
}

/// FNV-1a: the same in every process and worker.
fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The last step of SplitMix64: every bit depends on all.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
