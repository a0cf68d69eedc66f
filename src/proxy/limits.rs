//! How often a client may ask: nginx's leaky bucket and its count of requests under way, over all workers.
//!
//! The arithmetic is `limit_req`'s, in thousandths of a request. Memory is bounded: of too many clients those whose bucket
//! is empty are forgotten, then who waits the least. All limits of a client lie behind one lock, and only routes with
//! limits come here.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use smallvec::SmallVec;

use crate::routing::{Limit, Rate};

/// Locks; clients are spread over them.
const SHARDS: usize = 64;

/// Most buckets behind one lock: 128 Ki in all, some 10 MB.
const MOST: usize = 2048;

/// Buckets of all zones and clients.
pub(super) struct Limits {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    start: Instant,
}

type Key = (Arc<str>, IpAddr);

#[derive(Default)]
struct Shard {
    buckets: HashMap<Key, Bucket>,
    open: HashMap<Key, u32>,
}

/// What a client is ahead of the rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    /// Thousandths of a request.
    excess: i64,
    /// Milliseconds since the start.
    last: i64,
    /// When it will be empty.
    empty: i64,
}

/// A request under way that is counted; it is over when this is dropped.
pub(super) struct Held(#[expect(dead_code, reason = "kept for its end")] Box<Counted>);

struct Counted {
    limits: Arc<Limits>,
    keys: SmallVec<[Key; 1]>,
}

impl Default for Limits {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), start: Instant::now() }
    }
}

impl Limits {
    /// Counts a request, unless one of the limits is reached: then nothing is counted, and that limit comes back.
    pub(super) fn admit<'l>(
        self: &Arc<Self>,
        limits: &'l [Limit],
        client: IpAddr,
        now: Instant,
    ) -> Result<Option<Held>, &'l Limit> {
        let now = i64::try_from(now.saturating_duration_since(self.start).as_millis()).unwrap_or(i64::MAX);
        let mut guard = self.shard(client).lock().unwrap_or_else(PoisonError::into_inner);
        let Shard { buckets, open } = &mut *guard;
        let counted = || limits.iter().filter(|limit| !limit.exempt.iter().any(|net| net.contains(&client)));
        let mut changed: SmallVec<[(Key, Bucket); 2]> = SmallVec::new();
        let mut keys: SmallVec<[Key; 1]> = SmallVec::new();
        for limit in counted() {
            let key = (Arc::clone(&limit.zone), client);
            match limit.rate {
                Rate::Requests { count, within, burst } => {
                    let seconds = i64::try_from(within.as_secs()).unwrap_or(i64::MAX).max(1);
                    let rate = (i64::from(count) * 1000 / seconds).max(1);
                    let next = buckets.get(&key).map_or(Bucket::first(now), |one| one.after(rate, now));
                    if next.excess > i64::from(burst) * 1000 {
                        return Err(limit);
                    }
                    changed.push((key, next));
                }
                Rate::Concurrent(most) => {
                    if open.get(&key).copied().unwrap_or(0) >= most {
                        return Err(limit);
                    }
                    keys.push(key);
                }
            }
        }
        for (key, bucket) in changed {
            if buckets.len() >= MOST && !buckets.contains_key(&key) {
                forget(buckets, now);
            }
            buckets.insert(key, bucket);
        }
        for key in &keys {
            *open.entry(key.clone()).or_insert(0) += 1;
        }
        Ok((!keys.is_empty()).then(|| Held(Box::new(Counted { limits: Arc::clone(self), keys }))))
    }

    fn shard(&self, client: IpAddr) -> &Mutex<Shard> {
        let at = usize::try_from(self.hasher.hash_one(client) % SHARDS as u64).unwrap_or(0);
        #[expect(clippy::indexing_slicing, reason = "there are so many shards")]
        &self.shards[at]
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some((_, client)) = self.keys.first() else { return };
        let mut shard = self.limits.shard(*client).lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            if let Some(count) = shard.open.get_mut(key) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    shard.open.remove(key);
                }
            }
        }
    }
}

impl Bucket {
    fn first(now: i64) -> Self {
        Self { excess: 0, last: now, empty: now }
    }

    /// With one request more.
    fn after(self, rate: i64, now: i64) -> Self {
        let passed = (now - self.last).max(0);
        let excess = (self.excess - rate.saturating_mul(passed) / 1000 + 1000).max(0);
        Self { excess, last: now, empty: now + excess * 1000 / rate }
    }
}

/// Makes room for one.
fn forget(buckets: &mut HashMap<Key, Bucket>, now: i64) {
    buckets.retain(|_, bucket| bucket.empty > now);
    if buckets.len() >= MOST {
        let least = buckets.iter().min_by_key(|(_, bucket)| bucket.empty).map(|(key, _)| key.clone());
        if let Some(key) = least {
            buckets.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit(rate: Rate) -> Limit {
        Limit { zone: "z".into(), rate, exempt: ["10.0.0.0/8".parse().unwrap()].into(), status: 503 }
    }

    fn client(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn requests_beyond_the_burst_are_refused_and_come_back_with_time() {
        let limits = Arc::new(Limits::default());
        let rate = Rate::Requests { count: 1, within: Duration::from_secs(1), burst: 2 };
        let list = [limit(rate)];
        let asked =
            |client, ms: u64| limits.admit(&list, client, limits.start + Duration::from_millis(ms)).is_ok();
        let at_once: Vec<bool> = (0..6).map(|_| asked(client(1), 0)).collect();
        assert_eq!(at_once, [true, true, true, false, false, false], "one, and a burst of two");
        assert!(asked(client(2), 0), "another client has a bucket of its own");
        assert!(!asked(client(1), 999), "not a whole request has leaked");
        assert!(asked(client(1), 1000));
        assert!(!asked(client(1), 1000));
        assert!((0..50).all(|_| asked(IpAddr::from([10, 0, 0, 1]), 0)), "exempt");
    }

    #[test]
    fn a_limit_that_refuses_leaves_the_others_uncounted() {
        let limits = Arc::new(Limits::default());
        let of = |zone: &str, burst| Limit {
            zone: zone.into(),
            ..limit(Rate::Requests { count: 1, within: Duration::from_mins(1), burst })
        };
        let (wide, narrow) = (of("wide", 3), of("narrow", 0));
        let both = [wide.clone(), narrow];
        let now = limits.start;
        assert!(limits.admit(&both, client(1), now).is_ok());
        assert_eq!(limits.admit(&both, client(1), now).err().map(|it| &*it.zone), Some("narrow"));
        let left = (0..9).filter(|_| limits.admit(std::slice::from_ref(&wide), client(1), now).is_ok());
        assert_eq!(left.count(), 3, "the burst is whole but for the one request that was answered");
    }

    #[test]
    fn requests_under_way_are_counted_until_they_end() {
        let limits = Arc::new(Limits::default());
        let list = [limit(Rate::Concurrent(2))];
        let now = limits.start;
        let (first, second) = (limits.admit(&list, client(1), now), limits.admit(&list, client(1), now));
        assert!(first.is_ok() && second.is_ok() && limits.admit(&list, client(1), now).is_err());
        drop(first);
        assert!(limits.admit(&list, client(1), now).is_ok());
        drop(second);
        let shard = limits.shard(client(1)).lock().unwrap();
        assert!(shard.open.is_empty(), "nobody who is gone is remembered");
    }

    #[test]
    fn memory_is_bounded_however_many_clients_come() {
        let limits = Arc::new(Limits::default());
        let list = [limit(Rate::Requests { count: 1, within: Duration::from_mins(1), burst: 1 })];
        for number in 0..300_000_u32 {
            let _ = limits.admit(&list, IpAddr::from(number.to_be_bytes().map(|b| b | 128)), limits.start);
            let client = IpAddr::from((0xc000_0000 | number).to_be_bytes());
            let _ = limits.admit(&list, client, limits.start);
        }
        let counts = limits.shards.iter().map(|shard| shard.lock().unwrap().buckets.len());
        assert!(counts.max().unwrap() <= MOST);
    }
}
