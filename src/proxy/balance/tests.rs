use std::{borrow::Cow, collections::HashMap};

use super::*;
use crate::{
    proxy::{Upstream, UpstreamProtocol},
    routing::*,
};

fn endpoints(count: u16) -> Endpoints {
    let all: Vec<_> = (1..=count).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect();
    Endpoints::new(UpstreamProtocol::Http1, &all)
}

fn affinity(key: &str) -> Affinity {
    Affinity { cookie: "st".into(), key: key.into(), ..Affinity::default() }
}

fn sticky(affinity: Affinity, held: Option<&str>) -> Sticky {
    Sticky {
        affinity: Arc::new(affinity),
        held: held.map(str::to_owned),
        path: "/shop".into(),
        encrypted: false,
        knows_none: true,
        picked: RefCell::default(),
    }
}

type Headers = &'static [(&'static str, &'static str)];

/// A request with these headers.
struct Asked(Headers);

impl Request for Asked {
    fn method(&self) -> &'static str {
        "GET"
    }

    fn path(&self) -> &'static str {
        "/"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| Cow::Borrowed(*value))
    }
}

#[test]
fn a_cookie_comes_before_what_steers_and_that_before_the_weights() {
    let id = |name: &str| {
        let service = Origin { kind: "Service".into(), namespace: "shop".into(), name: name.into() };
        Arc::new(BackendId { service, port: 80 })
    };
    let to = |name: &str, key: &str, weight| Backend {
        balance: Balance::Sticky(Arc::new(affinity(key))),
        ..Backend::new(id(name), weight)
    };
    let steer = |value: &str, to| {
        let value = ValueMatch::Exact(value.into());
        Steer { when: FieldMatch { field: Field::Header, name: "x-canary".into(), value }, to }
    };
    let split = Split::new([to("main", "m", 100), to("canary", "c", 0)])
        .steered([steer("always", 1), steer("never", 0)]);
    let known = |names: &[&str]| -> Upstreams {
        let up = || Upstream {
            protocol: UpstreamProtocol::Http1,
            endpoints: vec![SocketAddr::from(([127, 0, 0, 1], 1))],
            plain: false,
        };
        names.iter().map(|name| (id(name), Arc::new(up()))).collect()
    };
    let both = known(&["main", "canary"]);
    let cases: [(Headers, &Upstreams, &str, &str); 8] = [
        (&[], &both, "main", "the weights"),
        (&[("x-canary", "always")], &both, "canary", "a value"),
        (&[("x-canary", "always"), ("cookie", "a=b; st=1|m")], &both, "main", "the cookie of main"),
        (&[("x-canary", "never"), ("cookie", "st=1|c")], &both, "canary", "the cookie of the canary"),
        (&[("cookie", "st=1|c")], &both, "canary", "its cookie alone"),
        (&[("cookie", "st=1|x")], &both, "main", "a cookie of nobody"),
        (&[("cookie", "st=1")], &both, "main", "half a cookie"),
        (&[("x-canary", "always")], &known(&["main"]), "main", "a canary that has no endpoint"),
    ];
    for (headers, upstreams, wanted, why) in cases {
        let chosen = backend(&split, true, upstreams, &Asked(headers), 0).unwrap();
        assert_eq!(&*chosen.id.service.name, wanted, "{why}");
    }
    let none = backend(&split, false, &known(&["main"]), &Asked(&[("x-canary", "always")]), 0).unwrap();
    assert_eq!(&*none.id.service.name, "canary", "Gateway API has no other to fall back to");
}

#[test]
fn a_hash_leads_to_one_endpoint_and_the_loss_of_another_moves_nobody_else() {
    let (five, four) = (endpoints(5), endpoints(4));
    let mut counts: HashMap<SocketAddr, usize> = HashMap::new();
    for number in 0..2000 {
        let text = format!("/path/{number}");
        let choice = Choice::Hash(hash(text.as_bytes()), None);
        let before = choice.next(&five, &[]).unwrap();
        assert_eq!(choice.next(&five, &[before]), Some(before), "nginx asks it again after a failure");
        *counts.entry(before).or_default() += 1;
        if before.port() != 5 {
            assert_eq!(choice.next(&four, &[]), Some(before), "{text}");
        }
    }
    assert!(counts.len() == 5 && counts.values().all(|count| (250..550).contains(count)), "{counts:?}");
}

#[test]
fn a_subset_has_its_size_and_is_the_same_each_time() {
    let endpoints = endpoints(5);
    for number in 0_u64..50 {
        let choice = Choice::Hash(hash(&number.to_be_bytes()), Some(2));
        let ports: std::collections::BTreeSet<_> =
            (0..60).map(|_| choice.next(&endpoints, &[]).unwrap().port()).collect();
        let ports: Vec<_> = ports.into_iter().collect();
        assert!([vec![1, 2], vec![3, 4], vec![1, 5]].contains(&ports), "{ports:?}");
    }
    assert_eq!(one_of_set(1, 0, endpoints.all()).map(|it| it.port() > 0), Some(true), "a size of 0 is one");
}

#[test]
fn a_new_cookie_leads_back_and_an_old_one_is_not_set_again() {
    let endpoints = endpoints(4);
    for persistent in [false, true] {
        let new = sticky(Affinity { persistent, ..affinity("k") }, None);
        let first = new.next(&endpoints, &[]).unwrap();
        let cookie = new.cookies(0).pop().unwrap();
        let text = value(&cookie, "st").unwrap().split('|').next().unwrap().to_owned();
        assert_eq!(cookie, format!("st={text}|k; Path=/shop; HttpOnly"));
        let again = sticky(Affinity { persistent, ..affinity("k") }, Some(&text));
        assert_eq!(again.next(&endpoints, &[]), Some(first));
        assert_eq!(again.cookies(0).pop(), None);
        assert_eq!(again.next(&endpoints, &[first]), Some(first), "a failure changes nothing");
        let changes = Affinity { persistent, change_on_failure: true, ..affinity("k") };
        let changed = sticky(changes, Some(&text));
        assert_ne!(changed.next(&endpoints, &[first]), Some(first));
        assert!(changed.cookies(0).pop().is_some());
    }
    let forged = sticky(affinity("k"), Some("nonsense"));
    assert!(
        forged.next(&endpoints, &[]).is_some() && forged.cookies(0).pop().is_none(),
        "any text leads somewhere"
    );
    let forged = sticky(Affinity { persistent: true, ..affinity("k") }, Some("nonsense"));
    assert!(
        forged.next(&endpoints, &[]).is_some() && forged.cookies(0).pop().is_some(),
        "but for one that names it"
    );
    let silent = sticky(Affinity { silent: true, ..affinity("k") }, None);
    assert!(silent.next(&endpoints, &[]).is_some() && silent.cookies(0).pop().is_none());
}

#[test]
fn a_cookie_has_the_attributes_of_its_location() {
    let some = |text: &str| Some(text.into());
    let cases = [
        (Affinity { path: some("/deep"), ..affinity("k") }, true, true, "Path=/deep; Secure; HttpOnly"),
        (Affinity { secure: Some(true), ..affinity("k") }, false, true, "Path=/shop; Secure; HttpOnly"),
        (Affinity { secure: Some(false), ..affinity("k") }, true, true, "Path=/shop; HttpOnly"),
        (
            Affinity { expires: Some(7200), max_age: Some(7200), domain: some("example"), ..affinity("k") },
            false,
            true,
            "Expires=Thu, 01-Jan-70 02:00:00 GMT; Max-Age=7200; Domain=example; Path=/shop; HttpOnly",
        ),
        (
            Affinity { same_site: some("None"), ..affinity("k") },
            false,
            false,
            "Path=/shop; HttpOnly; SameSite=None",
        ),
        (
            Affinity { same_site: some("None"), conditional_none: true, ..affinity("k") },
            false,
            false,
            "Path=/shop; HttpOnly",
        ),
        (
            Affinity { same_site: some("Lax"), conditional_none: true, ..affinity("k") },
            false,
            false,
            "Path=/shop; HttpOnly; SameSite=Lax",
        ),
    ];
    for (affinity, encrypted, knows_none, wanted) in cases {
        let sticky = Sticky { encrypted, knows_none, ..sticky(affinity, None) };
        sticky.next(&endpoints(2), &[]).unwrap();
        let cookie = sticky.cookies(0).pop().unwrap();
        assert_eq!(cookie.split_once("|k; ").unwrap().1, wanted);
    }
    let broken = sticky(Affinity { domain: some("a\r\nx: y"), ..affinity("k") }, None);
    broken.next(&endpoints(2), &[]).unwrap();
    assert_eq!(broken.cookies(0).pop(), None, "a value that would end the line");
}
