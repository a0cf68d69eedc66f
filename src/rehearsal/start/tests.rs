//! A whole rehearsal over a folder of manifests: files in, requests through, files changed, commands given, all down.

use std::{fs, net::SocketAddr, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::{
    rehearsal::{
        Backing, CertificateView, Fault, LoadSetting, Mix,
        http::{Body, Connection},
        testing::LIMIT,
    },
    resource::Key,
    rollout::{RuleSelect, plan},
    routing::BackendId,
    source::{EditError, Planned},
    traffic::Scope,
};

mod asked;

/// A rehearsal and its folder. Every test names its Gateway otherwise, so that each has its own address.
struct Rehearsed {
    folder: TempDir,
    handle: Handle,
    runtime: Runtime,
    gateway: &'static str,
}

fn gateway(name: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: {name}, namespace: infra}}\n\
         spec:\n  gatewayClassName: cutover\n  listeners:\n    - name: http\n      port: 8085\n      protocol: HTTP\n\
         \x20     allowedRoutes: {{namespaces: {{from: All}}}}\n"
    )
}

fn route(gateway: &str, path: &str, backends: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: web\n  namespace: shop\nspec:\n\
         \x20 parentRefs: [{{name: {gateway}, namespace: infra}}]\n  hostnames: [shop.test]\n  rules:\n\
         \x20   - matches: [{{path: {{type: PathPrefix, value: {path}}}}}]\n      backendRefs:\n{backends}"
    )
}

const STABLE: &str = "        - name: stable\n          port: 80\n          weight: 90   # most\n";
const CANARY: &str = "        - name: canary\n          port: 80\n          weight: 0\n";

fn options(folder: &Path) -> Options {
    Options {
        inputs: vec![Input::Path(folder.to_owned())],
        sides: crate::rehearsal::Sides::NEW,
        strict: false,
        workers: 1,
        own_backends: Vec::new(),
        direct: false,
        load: LoadSetting { rate: 0.0, concurrency: 16 },
        mix: Mix::Routes,
        clients: None,
        faults: Vec::new(),
        writable: true,
        journal: None,
        admin: "127.0.0.1:0".parse().unwrap(),
        refresh: Duration::from_secs(1),
        dns: None,
    }
}

impl Rehearsed {
    fn of(gateway_name: &'static str, backends: &str, change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gateway.yaml"), gateway(gateway_name)).unwrap();
        fs::write(folder.path().join("web.yaml"), route(gateway_name, "/", backends)).unwrap();
        let mut options = options(folder.path());
        change(&mut options);
        let handle = start_in(options, Some(folder.path().join("state"))).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { folder, handle, runtime, gateway: gateway_name }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn view(&self) -> Arc<View> {
        Arc::clone(&self.handle.view.borrow())
    }

    /// Waits until a view is as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&View) -> bool) -> Arc<View> {
        let view = &mut self.handle.view;
        let found = self.runtime.block_on(async {
            tokio::time::timeout(LIMIT, view.wait_for(|view| wanted(view)))
                .await
                .map(|view| view.map(|view| Arc::clone(&view)))
        });
        found.unwrap_or_else(|_| panic!("{what} in time")).unwrap()
    }

    /// The next notice of a sort.
    fn notice<T>(&mut self, what: &str, wanted: impl Fn(Notice) -> Option<T>) -> T {
        let notices = &mut self.handle.notices;
        let found = self.runtime.block_on(async {
            let next = async {
                loop {
                    if let Some(found) = wanted(notices.recv().await.unwrap()) {
                        return found;
                    }
                }
            };
            tokio::time::timeout(LIMIT, next).await
        });
        found.unwrap_or_else(|_| panic!("{what} in time"))
    }

    fn address(&self) -> SocketAddr {
        *self.view().listeners[0].address.as_ref().unwrap()
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
        let address = self.address();
        let answer = self.runtime.block_on(async {
            let mut connection = Connection::open(address, None).await.unwrap();
            connection.exchange(request.as_bytes(), Body::Keep(1 << 20), &mut false).await.unwrap()
        });
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    /// Asks until the answer is as wanted: a new snapshot reaches the proxy's workers a moment after the view.
    fn get_until(&self, path: &str, status: u16, service: Option<&str>) {
        let begun = Instant::now();
        loop {
            let (got, body) = self.get(path);
            let name = body["service"]["name"].as_str();
            if got == status && name == service {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "{path} gives {got} of {name:?}, not {status} of {service:?}");
        }
    }

    fn ask<T>(&self, command: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> Command) -> T {
        let (answer_tx, answer) = tokio::sync::oneshot::channel();
        self.handle.commands.send(command(answer_tx)).unwrap();
        self.runtime.block_on(async { tokio::time::timeout(LIMIT, answer).await.unwrap().unwrap() })
    }

    fn plan(&self, weights: &[(&str, i64)]) -> Planned {
        let view = self.view();
        let object = view.world.get(&web()).unwrap();
        let wished: Vec<_> = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
        let plan = plan(object, &RuleSelect::Only, &wished).unwrap();
        self.ask(|answer| Command::Plan(plan, answer)).unwrap()
    }

    fn backend(&self, name: &str) -> Arc<BackendId> {
        let view = self.view();
        let found = view.stand_ins.iter().find(|stand_in| *stand_in.backend.service.name == *name);
        Arc::clone(&found.unwrap().backend)
    }
}

fn web() -> Key {
    Key::new(Kind::HttpRoute, "shop", "web")
}

#[test]
fn what_is_up_is_told_and_serves() {
    let mut rehearsed = Rehearsed::of("told", STABLE, |_| {});
    let listening = rehearsed.notice("a listener", |notice| match notice {
        Notice::Listening(listener) => Some(listener),
        Notice::Ready { .. } => panic!("ready comes last"),
        _ => None,
    });
    assert_eq!(listening.address, Ok(rehearsed.address()));
    assert_eq!((&*listening.id.name, listening.hostname.as_str()), ("http", "*"));
    let admin = rehearsed.notice("ready", |notice| match notice {
        Notice::Ready { admin } => Some(admin),
        _ => None,
    });
    assert_eq!(rehearsed.view().admin, admin);
    let (status, told) = rehearsed.get("/a%2Fb?c=d");
    assert_eq!(status, 200);
    assert_eq!(told["service"], serde_json::json!({"namespace": "shop", "name": "stable", "port": 80}));
    assert_eq!((&told["request"]["path"], &told["request"]["query"]), (&"/a%2Fb".into(), &"c=d".into()));
    let view = rehearsed.view();
    assert!(view.stand_ins[0].assumed, "no Service was given");
    assert!(matches!(view.stand_ins[0].backing, Backing::StandIn(_)));
}

#[test]
fn a_saved_file_is_served_and_a_broken_one_leaves_the_last_good_table() {
    let mut rehearsed = Rehearsed::of("saved", STABLE, |_| {});
    let good = route(rehearsed.gateway, "/", CANARY.replace("weight: 0", "weight: 1").as_str());
    rehearsed.write("web.yaml", &good);
    let (changed, removed) = rehearsed.notice("reloaded", |notice| match notice {
        Notice::Reloaded { changed, removed } => Some((changed, removed)),
        _ => None,
    });
    assert_eq!((changed, removed), (1, 0));
    rehearsed.get_until("/", 200, Some("canary"));
    rehearsed.write("web.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n  bad: [\n");
    let refused = rehearsed.notice("refused", |notice| match notice {
        Notice::Refused(problem) => Some(problem),
        _ => None,
    });
    assert!(refused.file.unwrap().ends_with("web.yaml") && refused.line.is_some());
    let view = rehearsed.until("the problem", |view| !view.problems.is_empty());
    assert!(view.problems.iter().any(|problem| problem.message == refused.message));
    rehearsed.get_until("/", 200, Some("canary"));
    rehearsed.write("web.yaml", &good);
    rehearsed.until("the problem mended", |view| view.problems.is_empty());
    fs::remove_file(rehearsed.folder.path().join("web.yaml")).unwrap();
    rehearsed.until("the route gone", |view| view.world.get(&web()).is_none());
    rehearsed.get_until("/", 404, None);
    assert!(rehearsed.view().stand_ins.is_empty(), "nobody is named any more");
}

#[test]
fn ports_come_and_go_with_the_gateway() {
    let mut rehearsed = Rehearsed::of("ports", STABLE, |_| {});
    let first = rehearsed.address();
    let other = gateway(rehearsed.gateway).replace("8085", "8086");
    rehearsed.write("gateway.yaml", &other);
    let moved = |view: &View| view.listeners[0].id.port.port == 8086;
    let view = rehearsed.until("the other port", moved);
    assert_eq!(view.listeners[0].address.as_ref().unwrap().ip(), first.ip(), "the address stays");
    rehearsed.get_until("/", 200, Some("stable"));
    let begun = Instant::now();
    while std::net::TcpStream::connect(first).is_ok() {
        assert!(begun.elapsed() < LIMIT, "the first port is closed");
    }
}

#[test]
fn faults_are_followed_live_and_shown() {
    let mut rehearsed = Rehearsed::of("faults", STABLE, |options| {
        options.faults =
            vec![("shop".into(), "stable".into(), Fault { share: 1.0, code: 418, ..Fault::default() })];
    });
    rehearsed.get_until("/", 418, Some("stable"));
    let backend = rehearsed.backend("stable");
    let tell = |rehearsed: &mut Rehearsed, fault| {
        rehearsed.handle.commands.send(Command::Fault(Arc::clone(&backend), fault)).unwrap();
        rehearsed.until("the fault", |view| view.stand_ins[0].fault == fault);
    };
    tell(&mut rehearsed, Fault::default());
    rehearsed.get_until("/", 200, Some("stable"));
    tell(&mut rehearsed, Fault { down: true, ..Fault::default() });
    let begun = Instant::now();
    while !matches!(rehearsed.get("/").0, 502 | 503) {
        assert!(begun.elapsed() < LIMIT, "the gateway answers for a backend that is down");
    }
    tell(&mut rehearsed, Fault::default());
    rehearsed.get_until("/", 200, Some("stable"));
}

#[test]
fn a_fault_for_nobody_is_noted() {
    let mut rehearsed = Rehearsed::of("nobody", STABLE, |options| {
        options.faults =
            vec![("shop".into(), "stabel".into(), Fault { share: 1.0, code: 500, ..Fault::default() })];
        options.own_backends = vec![("shop".into(), "wbe".into(), None, "127.0.0.1:1".parse().unwrap())];
    });
    let codes: Vec<_> = rehearsed.view().problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["own-backend-unknown", "fault-unknown"]);
    let unknown = BackendId { port: 81, ..(*rehearsed.backend("stable")).clone() };
    rehearsed.handle.commands.send(Command::Fault(Arc::new(unknown), Fault::default())).unwrap();
    rehearsed.notice("the note", |notice| match notice {
        Notice::Note(note) => note.contains("no route names Service shop/stable:81").then_some(()),
        _ => None,
    });
}

#[test]
fn weights_are_planned_written_followed_and_taken_back() {
    let backends = [STABLE, CANARY].concat();
    let mut rehearsed = Rehearsed::of("weights", &backends, |_| {});
    let before = rehearsed.read("web.yaml");
    let planned = rehearsed.plan(&[("canary", 100), ("stable", 0)]);
    assert!(planned.diff.contains("-          weight: 90   # most\n"), "{}", planned.diff);
    assert!(planned.diff.contains("+          weight: 0   # most\n"), "{}", planned.diff);
    assert_eq!(rehearsed.read("web.yaml"), before, "planning writes nothing");
    rehearsed.ask(|answer| Command::Apply(planned, "canary 0 → 100".into(), answer)).unwrap();
    assert_ne!(rehearsed.read("web.yaml"), before);
    rehearsed.get_until("/", 200, Some("canary"));
    let view = rehearsed.until("the entry", |view| view.journal.len() == 1);
    assert_eq!(view.journal[0].summary, "canary 0 → 100");
    let summary = rehearsed.ask(|answer| Command::Undo(Some(web()), answer)).unwrap();
    assert!(summary.contains("canary 0 → 100"), "{summary}");
    assert_eq!(rehearsed.read("web.yaml"), before, "byte for byte");
    rehearsed.get_until("/", 200, Some("stable"));
    let again = rehearsed.ask(|answer| Command::Undo(None, answer));
    assert_eq!(again, Err("no change is left to take back".to_owned()));
    let view = rehearsed.until("both entries", |view| view.journal.len() == 2);
    assert_eq!(view.journal[1].undo_of, Some(0));
}

#[test]
fn the_way_back_is_shown_before_it_is_gone_and_is_what_undo_writes() {
    let mut rehearsed = Rehearsed::of("way-back", &[STABLE, CANARY].concat(), |_| {});
    let plan_undo = |rehearsed: &Rehearsed, route| rehearsed.ask(|answer| Command::PlanUndo(route, answer));
    let none = |words: &str| Err(format!("no change{words} is left to take back"));
    assert_eq!(plan_undo(&rehearsed, None).map(|planned| planned.diff), none(""), "nothing was changed");

    let before = rehearsed.read("web.yaml");
    let planned = rehearsed.plan(&[("canary", 100), ("stable", 0)]);
    rehearsed.ask(|answer| Command::Apply(planned, "canary 0 → 100".into(), answer)).unwrap();
    let after = rehearsed.read("web.yaml");
    let other = Key::new(Kind::HttpRoute, "shop", "other");
    let of_other = plan_undo(&rehearsed, Some(other)).map(|planned| planned.diff);
    assert_eq!(of_other, none(" of HTTPRoute shop/other"));

    let back = plan_undo(&rehearsed, Some(web())).unwrap();
    for line in ["-          weight: 0   # most\n", "+          weight: 90   # most\n"] {
        assert!(back.diff.contains(line), "{}", back.diff);
    }
    assert_eq!(rehearsed.read("web.yaml"), after, "looking writes nothing");
    assert_eq!(
        plan_undo(&rehearsed, None).unwrap().diff,
        back.diff,
        "the newest change of any route is this one"
    );

    rehearsed.ask(|answer| Command::Undo(Some(web()), answer)).unwrap();
    assert_eq!(rehearsed.read("web.yaml"), before);
    let view = rehearsed.until("both entries", |view| view.journal.len() == 2);
    assert_eq!(view.journal[1].undo_of, Some(0), "looking left no entry");
    let again = plan_undo(&rehearsed, Some(web())).map(|planned| planned.diff);
    assert_eq!(again, none(" of HTTPRoute shop/web"));
}

#[test]
fn a_rehearsal_that_only_reads_writes_nothing_and_says_why() {
    let rehearsed = Rehearsed::of("reads", &[STABLE, CANARY].concat(), |options| options.writable = false);
    let before = rehearsed.read("web.yaml");
    let planned = rehearsed.plan(&[("canary", 5)]);
    let refused = rehearsed.ask(|answer| Command::Apply(planned, "x".into(), answer)).unwrap_err();
    assert!(matches!(refused, EditError::Unsupported { .. }) && refused.to_string().contains("read-only"));
    assert!(rehearsed.ask(|answer| Command::Undo(None, answer)).unwrap_err().contains("read-only"));
    let back = rehearsed.ask(|answer| Command::PlanUndo(None, answer));
    assert!(back.is_err_and(|why| why.contains("read-only")));
    assert_eq!(rehearsed.read("web.yaml"), before);
}

#[test]
fn an_edit_of_a_file_that_changed_meanwhile_is_refused_and_not_recorded() {
    let rehearsed = Rehearsed::of("meanwhile", &[STABLE, CANARY].concat(), |_| {});
    let planned = rehearsed.plan(&[("canary", 5)]);
    rehearsed.write("web.yaml", &format!("# mine\n{}", rehearsed.read("web.yaml")));
    let refused = rehearsed.ask(|answer| Command::Apply(planned, "x".into(), answer));
    assert!(refused.is_err());
    assert!(rehearsed.read("web.yaml").starts_with("# mine\n"));
    assert!(rehearsed.view().journal.is_empty());
}

#[test]
fn an_https_listener_without_a_secret_gets_a_certificate_that_a_client_can_trust() {
    let folder = tempfile::tempdir().unwrap();
    let https = gateway("secure").replace(
        "protocol: HTTP\n",
        "protocol: HTTPS\n      hostname: shop.test\n      tls: {certificateRefs: [{name: missing}]}\n",
    );
    fs::write(folder.path().join("gateway.yaml"), https).unwrap();
    fs::write(folder.path().join("web.yaml"), route("secure", "/", STABLE)).unwrap();
    let handle = start_in(options(folder.path()), Some(folder.path().join("state"))).unwrap();
    let view = Arc::clone(&handle.view.borrow());
    assert_eq!(view.listeners[0].certificate, CertificateView::MadeHere);
    let ca = view.ca.clone().unwrap();
    let pem = fs::read(&ca).unwrap();
    use rustls_pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls_pki_types::CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = rustls_pki_types::ServerName::try_from("shop.test").unwrap();
    let address = *view.listeners[0].address.as_ref().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let mut connection = Connection::open(address, Some((&connector, &name))).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n";
        connection.exchange(request, Body::Keep(1 << 20), &mut false).await.unwrap()
    });
    assert_eq!(answer.status, 200);
    handle.end();
    assert!(!ca.exists(), "the authority goes with the rehearsal");
}

#[test]
fn load_flows_through_the_gateway_and_is_measured() {
    let mut rehearsed = Rehearsed::of("load", STABLE, |options| options.load.rate = 300.0);
    let of_route = Scope::Route { kind: "HTTPRoute".into(), route: "shop/web".into() };
    let view = rehearsed.until("traffic of the route", |view| {
        view.traffic.scopes.get(&of_route).and_then(|series| series.short).is_some_and(|m| m.requests > 100)
    });
    assert_eq!(view.load.failed, 0, "{:?}", view.load.last_failure);
    assert_eq!(view.load.targets, 1);
    assert!(view.stand_ins[0].answers > 100);
    rehearsed.handle.commands.send(Command::Load(LoadSetting { rate: 0.0, concurrency: 1 })).unwrap();
    rehearsed.until("no load", |view| view.load.setting.rate == 0.0);
}

#[test]
fn a_thousand_table_swaps_under_load_lose_no_request() {
    let backends = [STABLE, CANARY].concat();
    let mut rehearsed = Rehearsed::of("swaps", &backends, |options| options.load.rate = 1000.0);
    rehearsed.until("load", |view| view.load.sent > 50);
    for nth in 1..=1000 {
        let planned = rehearsed.plan(&[("canary", nth)]);
        rehearsed.ask(|answer| Command::Apply(planned, "x".into(), answer)).unwrap();
    }
    rehearsed.handle.commands.send(Command::Load(LoadSetting { rate: 0.0, concurrency: 1 })).unwrap();
    let view = rehearsed.until("all answers", |view| {
        let answers: u64 = view.stand_ins.iter().map(|stand_in| stand_in.answers).sum();
        view.load.setting.rate == 0.0 && answers >= view.load.sent
    });
    assert_eq!(view.load.failed, 0, "{:?}", view.load.last_failure);
    let errors: u64 = view.traffic.scopes.get(&Scope::All).and_then(|s| s.long).map_or(0, |m| m.errors);
    assert_eq!(errors, 0);
}

#[test]
fn what_can_not_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = options(&folder.path().join("nothing"));
    assert!(start_in(missing, None).err().unwrap().message.contains("nothing"));
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut taken = options(folder.path());
    taken.admin = held.local_addr().unwrap();
    let problem = start_in(taken, None).err().unwrap();
    assert_eq!(problem.code, "admin-address");
}

#[test]
fn after_the_end_nobody_listens_any_more() {
    for dropped in [false, true] {
        let rehearsed = Rehearsed::of("ends", STABLE, |_| {});
        let view = rehearsed.view();
        let Backing::StandIn(stand_in) = view.stand_ins[0].backing.clone() else { panic!("a stand-in") };
        let all = [rehearsed.address(), view.admin, stand_in];
        assert!(all.iter().all(|address| std::net::TcpStream::connect(address).is_ok()));
        let Rehearsed { handle, folder, .. } = rehearsed;
        if dropped {
            drop(handle);
        } else {
            handle.end();
        }
        let begun = Instant::now();
        while all.iter().any(|address| std::net::TcpStream::connect(address).is_ok()) {
            assert!(dropped && begun.elapsed() < LIMIT, "all is down when the end was told");
        }
        drop(folder);
    }
}

#[test]
fn who_changes_things_is_known_without_a_variable() {
    let who = asked().unwrap();
    assert!(!who.is_empty() && !who.contains(char::is_whitespace) || who.starts_with("uid "), "{who}");
    assert_ne!(who, "unknown");
}
