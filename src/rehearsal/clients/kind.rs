//! Kinds of clients: how long each keeps what DNS said, how long it keeps a connection, and what it does when one fails.
//!
//! A client is told of a switch only when it asks DNS again, and it asks only when it needs a new connection.

use std::{borrow::Cow, fmt, time::Duration};

/// A kind of client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `browser`
    pub name: Cow<'static, str>,
    /// How long an answer of DNS is believed.
    pub caching: Caching,
    /// How connections are kept; none: each request has one of its own.
    pub keep: Option<Keep>,
    /// Connections to one host, opened one after the other and used in turn; 1 or more.
    pub pool: usize,
    /// A connection that can not be opened is tried once more, at what DNS says by then.
    pub retries: bool,
    /// Who behaves so, and where that is written.
    pub about: Cow<'static, str>,
}

/// How long an answer of DNS is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// The TTL, but no shorter than `floor` and no longer than `cap`.
    Ttl {
        /// At least this long.
        floor: Duration,
        /// At most this long; none: as the record says.
        cap: Option<Duration>,
    },
    /// The first answer is the only one.
    Forever,
}

/// How long a connection is used again; whichever comes first ends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Unused for this long.
    pub idle: Option<Duration>,
    /// This many requests.
    pub requests: Option<u32>,
    /// Open for this long.
    pub age: Option<Duration>,
}

impl Caching {
    /// As the record says.
    pub const OBEYS: Self = Self::Ttl { floor: Duration::ZERO, cap: None };

    /// This long, whatever the record says.
    pub const fn fixed(time: Duration) -> Self {
        Self::Ttl { floor: time, cap: Some(time) }
    }

    /// How long an answer with this TTL is believed; none: for ever. A cap below the floor is the floor.
    pub fn lifetime(&self, ttl: Duration) -> Option<Duration> {
        match *self {
            Self::Ttl { floor, cap } => Some(cap.map_or(ttl, |cap| ttl.min(cap)).max(floor)),
            Self::Forever => None,
        }
    }
}

impl Keep {
    /// Whether a connection may be used once more.
    pub fn allows(&self, opened: Duration, last: Duration, requests: u32, now: Duration) -> bool {
        let since = |then: Duration| now.saturating_sub(then);
        self.idle.is_none_or(|idle| since(last) < idle)
            && self.age.is_none_or(|age| since(opened) < age)
            && self.requests.is_none_or(|most| requests < most)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// What nginx does with a connection that a client would keep: `keepalive_timeout` 75 s and `keepalive_requests` 1000,
/// both as ingress-nginx sets them, and `keepalive_time`, one hour.
const NGINX: Keep =
    Keep { idle: Some(Duration::from_secs(75)), requests: Some(1000), age: Some(Duration::from_hours(1)) };

/// The kinds that have a name.
pub const KINDS: [Kind; 5] = [
    Kind {
        name: Cow::Borrowed("obey"),
        caching: Caching::OBEYS,
        keep: None,
        pool: 1,
        retries: false,
        about: Cow::Borrowed(
            "obeys the TTL, a new connection for each request: curl, cron jobs, health checks (RFC 1035 section 3.2.1)",
        ),
    },
    Kind {
        name: Cow::Borrowed("browser"),
        caching: Caching::Ttl { floor: Duration::from_mins(1), cap: None },
        keep: Some(NGINX),
        pool: 1,
        retries: true,
        about: Cow::Borrowed(
            "60 s at least, connections until nginx ends them: Chromium's host cache \
             (textslashplain.com/2022/03/31/chromiums-dns-cache), nginx's keepalive_timeout 75 s, _requests 1000, _time 1 h",
        ),
    },
    Kind {
        name: Cow::Borrowed("jvm"),
        caching: Caching::fixed(Duration::from_secs(30)),
        keep: Some(Keep { idle: Some(Duration::from_secs(30)), requests: None, age: None }),
        pool: 1,
        retries: false,
        about: Cow::Borrowed(
            "30 s whatever the TTL, connections until 30 s idle: networkaddress.cache.ttl in OpenJDK's java.security, \
             jdk.httpclient.keepalive.timeout",
        ),
    },
    Kind {
        name: Cow::Borrowed("pool"),
        caching: Caching::OBEYS,
        keep: Some(Keep { idle: Some(Duration::from_secs(90)), requests: None, age: None }),
        pool: 4,
        retries: true,
        about: Cow::Borrowed(
            "asks only to connect, and keeps 4 connections in turn until 90 s idle: a service with a pool, \
             IdleConnTimeout of Go's http.DefaultTransport",
        ),
    },
    Kind {
        name: Cow::Borrowed("forever"),
        caching: Caching::Forever,
        keep: Some(Keep { idle: Some(Duration::from_mins(1)), requests: None, age: None }),
        pool: 1,
        retries: false,
        about: Cow::Borrowed(
            "never asks again until it is restarted: a JVM with a security manager (networkaddress.cache.ttl -1), \
             nginx with a name in `upstream`",
        ),
    },
];

impl Kind {
    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|kind| kind.name == name).cloned()
    }

    /// When nothing that was learned before is believed any more and no connection of before is used, however seldom it
    /// asks; none: never.
    pub fn moved_after(&self, ttl: Duration) -> Option<Duration> {
        let believed = self.caching.lifetime(ttl)?;
        match self.keep {
            None => Some(believed),
            // The last connection may be opened at the last moment of the record.
            Some(keep) => Some(believed + keep.age?),
        }
    }
}

/// `TTL, at least 60s; idle 75s, 1000 requests, age 3600s`
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.caching {
            Caching::Forever => f.write_str("never asks again")?,
            Caching::Ttl { floor, cap: Some(cap) } if floor == cap => {
                write!(f, "{floor:?}, whatever the TTL")?;
            }
            Caching::Ttl { floor, cap } => {
                f.write_str("TTL")?;
                if floor >= SECOND {
                    write!(f, ", at least {floor:?}")?;
                }
                if let Some(cap) = cap {
                    write!(f, ", at most {cap:?}")?;
                }
            }
        }
        let Some(Keep { idle, requests, age }) = self.keep else { return f.write_str("; no keep-alive") };
        match self.pool {
            1 => f.write_str("; keep-alive")?,
            pool => write!(f, "; {pool} connections")?,
        }
        if let Some(idle) = idle {
            write!(f, ", idle {idle:?}")?;
        }
        if let Some(requests) = requests {
            write!(f, ", {requests} requests")?;
        }
        if let Some(age) = age {
            write!(f, ", age {age:?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_answer_is_believed_as_long_as_the_kind_says() {
        let floor = Caching::Ttl { floor: s(60), cap: None };
        let cap = Caching::Ttl { floor: s(0), cap: Some(s(60)) };
        let cases = [
            (Caching::OBEYS, 5, Some(5), "as written"),
            (Caching::OBEYS, 0, Some(0), "a TTL of nothing is not kept"),
            (floor, 5, Some(60), "no shorter than the floor"),
            (floor, 300, Some(300), "above it as written"),
            (cap, 300, Some(60), "no longer than the cap"),
            (cap, 5, Some(5), "below it as written"),
            (Caching::fixed(s(30)), 5, Some(30), "the JVM does not look at it"),
            (Caching::fixed(s(30)), 300, Some(30), "in either direction"),
            (Caching::Ttl { floor: s(60), cap: Some(s(10)) }, 5, Some(60), "the floor wins"),
            (Caching::Forever, 5, None, "for ever"),
        ];
        for (caching, ttl, wanted, why) in cases {
            assert_eq!(caching.lifetime(s(ttl)), wanted.map(s), "{why}");
        }
    }

    #[test]
    fn a_connection_is_used_again_until_the_first_of_its_limits() {
        let keep = Keep { idle: Some(s(10)), requests: Some(3), age: Some(s(60)) };
        let cases = [
            (0, 5, 1, 14, true, "nine seconds idle"),
            (0, 5, 1, 15, false, "ten are too many"),
            (0, 55, 2, 59, true, "the last second of its age"),
            (0, 55, 2, 60, false, "too old"),
            (0, 5, 3, 6, false, "its requests are used up"),
        ];
        for (opened, last, requests, now, wanted, why) in cases {
            assert_eq!(keep.allows(s(opened), s(last), requests, s(now)), wanted, "{why}");
        }
        assert!(Keep::default().allows(s(0), s(0), u32::MAX, s(1_000_000)), "no limit at all");
    }

    #[test]
    fn the_last_moment_of_a_kind_is_that_of_its_record_and_its_connection() {
        let of = |name: &str, ttl| Kind::named(name).unwrap().moved_after(s(ttl));
        let cases = [
            ("obey", 300, Some(300), "the record alone"),
            ("browser", 5, Some(60 + 3600), "connected in the last second, until nginx ends it"),
            ("jvm", 5, None, "a connection in use is never given up"),
            ("pool", 5, None, "the same"),
            ("forever", 5, None, "by its name"),
        ];
        for (name, ttl, wanted, why) in cases {
            assert_eq!(of(name, ttl), wanted.map(s), "{name}: {why}");
        }
    }

    #[test]
    fn a_kind_is_told_in_one_line() {
        let told: Vec<_> = KINDS.iter().map(|kind| format!("{}: {kind}", kind.name)).collect();
        assert_eq!(
            told,
            [
                "obey: TTL; no keep-alive",
                "browser: TTL, at least 60s; keep-alive, idle 75s, 1000 requests, age 3600s",
                "jvm: 30s, whatever the TTL; keep-alive, idle 30s",
                "pool: TTL; 4 connections, idle 90s",
                "forever: never asks again; keep-alive, idle 60s",
            ]
        );
    }
}
