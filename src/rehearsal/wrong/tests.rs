//! What a Table is with a fault, and that the other side is left alone.

use super::*;
use crate::{
    dialect::gateway,
    rehearsal::{staff::Staff, testing::world},
    routing::{Found, Host, find},
};

const NEW: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: cutover
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [a.test, b.test]
  rules: [{backendRefs: [{name: web, port: 80}]}]
";

#[derive(Debug)]
struct Get;

impl crate::routing::Request for Get {
    fn method(&self) -> &'static str {
        "GET"
    }
    fn path(&self) -> &'static str {
        "/"
    }
    fn query(&self) -> Option<&str> {
        None
    }
    fn header(&self, _: &str) -> Option<std::borrow::Cow<'_, str>> {
        None
    }
}

/// What a host's request meets, in a word.
fn met(table: &Table, host: &str) -> String {
    let port = table.ports.values().next().unwrap();
    match find(port, Host(host), &Get) {
        Found::NoRule(_) | Found::NoListener => "nothing".to_owned(),
        Found::Match { candidate, .. } => {
            let rule = &candidate.rule;
            let limit = rule.policy.as_ref().and_then(|policy| policy.max_body);
            let shown = match &rule.action {
                Action::Forward(split) => {
                    let to: Vec<_> = split.backends.iter().map(|one| &*one.id.service.kind).collect();
                    format!("forwards to {}", to.join(", "))
                }
                Action::Answer(status, _) => format!("{status}"),
                Action::Redirect(_) | Action::Return(_) => "other".to_owned(),
            };
            let time = rule.timeouts.request.map(|time| format!(" within {time:?}")).unwrap_or_default();
            let size = limit.map(|size| format!(" up to {size} bytes")).unwrap_or_default();
            format!("{shown}{time}{size}")
        }
    }
}

#[test]
fn a_fault_changes_what_its_side_and_its_hosts_do_and_nothing_else() {
    let table = gateway::compile(&world(NEW)).table;
    let mut understudy = |id: &Arc<BackendId>, fault: &Fault| Some(Staff::understudy_of(id, fault));
    let cases = [
        ("route-missing", "nothing"),
        ("backend-unreachable", "503"),
        ("500 20%", "forwards to Service with 500 20%"),
        ("down", "forwards to Service with down"),
        ("body-limit 1kB", "forwards to Service up to 1000 bytes"),
        ("timeout 500ms", "forwards to Service within 500ms"),
        ("certificate-missing", "forwards to Service"),
    ];
    for (typed, wanted) in cases {
        let fault = typed.parse().unwrap();
        let mut wrongs = Wrongs::default();
        wrongs.set(Side::New, Some(fault), Some(vec!["a.test".to_owned()])).unwrap();
        let wrong = wrongs.table(&table, &mut understudy);
        assert_eq!(
            (&*met(&wrong, "a.test"), &*met(&wrong, "b.test")),
            (wanted, "forwards to Service"),
            "{typed}"
        );
        wrongs.set(Side::New, None, None).unwrap();
        assert!(Arc::ptr_eq(&wrongs.table(&table, &mut understudy), &table), "{typed} is over");
        wrongs.set(Side::Old, Some(fault), None).unwrap();
        assert_eq!(wrongs.table(&table, &mut understudy), table, "{typed}: the other side");
    }
}

#[test]
fn what_does_nothing_is_no_fault_and_the_last_of_a_sort_counts() {
    let mut wrongs = Wrongs::default();
    assert!(wrongs.set(Side::New, Some("off".parse().unwrap()), None).unwrap_err().contains("does nothing"));
    assert_eq!(wrongs, Wrongs::default());
    wrongs.set(Side::Old, Some(SideFault::ResolverIgnoresTtl), None).unwrap();
    assert!(wrongs.resolvers_ignore_ttl());
    for limit in [1, 2] {
        wrongs.set(Side::New, Some(SideFault::BodyLimit(limit)), None).unwrap();
    }
    assert_eq!(wrongs.all().len(), 2, "one of each sort");
    wrongs.set(Side::New, Some(SideFault::DnsAlternates), Some(vec!["a.test".to_owned()])).unwrap();
    assert_eq!(["a.test", "b.test"].map(|host| wrongs.alternates(host)), [true, false]);
}

#[test]
fn what_is_offered_can_be_typed() {
    for (typed, _) in SIDE_FAULTS {
        let fault: SideFault = typed.parse().unwrap();
        assert!(Wrongs::default().set(Side::New, Some(fault), None).is_ok(), "{typed}");
    }
}

#[test]
fn faults_are_typed_as_they_are_shown() {
    for typed in [
        "certificate-missing",
        "certificate-other-name",
        "route-missing",
        "backend-unreachable",
        "body-limit 1000B",
        "timeout 500ms",
        "dns-alternates",
        "resolver-ignores-ttl",
        "500 20%",
        "down",
    ] {
        assert_eq!(typed.parse::<SideFault>().map(|fault| fault.to_string()).as_deref(), Ok(typed));
    }
    let cases = [
        ("certificate-missing 5", "`certificate-missing` stands alone, without `5`"),
        ("body-limit", "a size is `500B`, `10kB` or `2MB`, not ``"),
        ("timeout soon", "a time is `500ms` or `2s`, up to an hour, not `soon`"),
    ];
    for (typed, wanted) in cases {
        assert_eq!(typed.parse::<SideFault>().unwrap_err().to_string(), wanted);
    }
}
