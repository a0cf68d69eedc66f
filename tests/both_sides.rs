//! The bookshop behind both sides: its Ingresses and its Gateway API objects asked the same 1,000 requests over sockets,
//! with the same stand-ins behind them. Whatever differs, the inventory has announced.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use cutover::{
    dialect::ingress,
    inventory::{self, TrapFinding},
    rehearsal::{Answered, Command, Handle, LoadSetting, Mix, Options, Question, Sides, Unanswered, start},
    routing::{Ask, Side},
    source::Input,
};
use tokio::sync::oneshot;

const REQUESTS: usize = 1_000;

fn rehearsal() -> Handle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookshop");
    start(Options {
        inputs: vec![Input::Path(folder)],
        strict: false,
        sides: Sides::BOTH,
        workers: 2,
        own_backends: Vec::new(),
        direct: false,
        load: LoadSetting { rate: 0.0, concurrency: 1 },
        mix: Mix::Routes,
        clients: None,
        faults: Vec::new(),
        writable: false,
        journal: None,
        admin: "127.0.0.1:0".parse().unwrap(),
        refresh: Duration::from_secs(1),
        dns: None,
    })
    .unwrap()
}

/// Requests by a rule of numbers, the same at every run: hosts and paths of the Ingresses, and their neighbours.
fn requests(compiled: &ingress::Compiled) -> Vec<Ask> {
    let mut hosts: Vec<String> = compiled.servers.iter().map(|server| server.host.to_string()).collect();
    hosts.retain(|host| host != "_");
    let mut paths: BTreeSet<String> =
        ["/", "/x", "//", "/a/../b", "/healthz", "/%61", "/x?a=b"].map(Into::into).into();
    for location in compiled.servers.iter().flat_map(|server| &server.locations) {
        let path = location.ingress_path.split(['(', '[', '$']).next().unwrap_or("/");
        for more in ["", "/", "x", "/x/y?q=1"] {
            paths.insert(format!("{}{more}", path.trim_end_matches('/')).replacen("//", "/", 1));
        }
        paths.insert(path.to_ascii_uppercase());
    }
    let paths: Vec<String> = paths.into_iter().filter(|path| path.starts_with('/')).collect();
    let methods = ["GET", "GET", "GET", "POST", "OPTIONS"];
    let headers: [&[(&str, &str)]; 4] = [
        &[],
        &[],
        &[("origin", "https://app.bookshop.example"), ("access-control-request-method", "GET")],
        &[("x-canary", "always"), ("cookie", "canary=always")],
    ];
    (0..REQUESTS)
        .map(|n| {
            // A small generator of its own, so that no crate's next version asks other things.
            let at =
                |salt: usize, of: usize| (n.wrapping_mul(2_654_435_761).rotate_left(7) / (salt + 1)) % of;
            let path = &paths[at(3, paths.len())];
            let (path, query) = path.split_once('?').map_or((path.as_str(), None), |(p, q)| (p, Some(q)));
            let https = n % 3 != 0;
            Ask {
                side: Side::Old,
                gateway: None,
                method: methods[at(11, methods.len())].into(),
                scheme: if https { "https" } else { "http" }.into(),
                host: hosts[at(17, hosts.len())].clone(),
                port: if https { 443 } else { 80 },
                path: path.into(),
                query: query.map(Into::into),
                headers: headers[at(29, 4)].iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            }
        })
        .collect()
}

type Answer = Result<Answered, Unanswered>;

/// Puts a request to one side; the answer comes when it comes.
fn ask(handle: &Handle, side: Side, ask: &Ask) -> oneshot::Receiver<Answer> {
    let (answer, waiting) = oneshot::channel();
    let question = Question { ask: Ask { side, ..ask.clone() }, within: Duration::from_secs(10) };
    handle.commands.send(Command::Ask(question, answer)).unwrap();
    waiting
}

/// In what two answers differ.
fn differences(old: &Answer, new: &Answer) -> BTreeSet<&'static str> {
    let (Ok(old), Ok(new)) = (old, new) else {
        return if old.is_ok() == new.is_ok() { BTreeSet::new() } else { ["served"].into() };
    };
    let header = |answer: &Answered, name: &str| {
        let found = answer.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    let mut all = BTreeSet::new();
    let mut differ = |what, differs: bool| {
        if differs {
            all.insert(what);
        }
    };
    differ("status", old.status != new.status);
    differ("location", header(old, "location") != header(new, "location"));
    differ("hsts", header(old, "strict-transport-security") != header(new, "strict-transport-security"));
    differ("cors", header(old, "access-control-allow-origin") != header(new, "access-control-allow-origin"));
    let service = |answer: &Answered| answer.stand_in.as_ref().map(|echo| echo.service.clone());
    differ("backend", service(old) != service(new));
    if let (Some(old), Some(new)) = (&old.stand_in, &new.stand_in) {
        differ("upstream path", old.path != new.path || old.query != new.query);
        differ("upstream host", old.host != new.host);
        let names = |echo: &cutover::rehearsal::Echo| {
            echo.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect::<BTreeSet<_>>()
        };
        differ("upstream headers", names(old) != names(new));
    }
    all
}

#[test]
fn what_differs_between_the_sides_of_the_bookshop_was_announced() {
    let handle = rehearsal();
    let (compiled, world) = {
        let view = handle.view.borrow();
        (view.old.clone(), view.world.clone())
    };
    let requests = requests(&compiled);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut found: BTreeMap<(String, &'static str), (usize, String)> = BTreeMap::new();
    runtime.block_on(async {
        let sides = |request| (request, ask(&handle, Side::Old, request), ask(&handle, Side::New, request));
        // Some at a time: each holds sockets.
        for (request, old, new) in
            requests.chunks(50).flat_map(|some| some.iter().map(sides).collect::<Vec<_>>())
        {
            let (old, new) = (old.await.unwrap(), new.await.unwrap());
            for what in differences(&old, &new) {
                let shown = |answer: &Answer| {
                    answer.as_ref().map_or_else(ToString::to_string, |a| a.status.to_string())
                };
                let example = format!(
                    "{} {}://{}{} {:?}: {} / {}",
                    request.method,
                    request.scheme,
                    request.host,
                    request.path,
                    request.headers,
                    shown(&old),
                    shown(&new)
                );
                let entry = found.entry((request.host.clone(), what)).or_insert((0, example));
                entry.0 += 1;
            }
        }
    });
    handle.end();
    assert!(found.len() > 10, "both sides are the same? {found:?}");
    let survey = inventory::survey(&world, &compiled, &inventory::Options::default());
    let unannounced: Vec<String> = found
        .iter()
        .filter(|((host, what), _)| !announced(&survey.traps, host, what))
        .map(|((host, what), (count, example))| format!("{count} x {host} {what}: {example}"))
        .collect();
    let told: BTreeSet<_> = survey
        .traps
        .iter()
        .map(|trap| format!("{} {}", trap.id, trap.host.as_deref().unwrap_or("-")))
        .collect();
    assert!(unannounced.is_empty(), "not announced: {unannounced:#?}\nannounced: {told:?}");
}

/// Traps that announce a difference, for its host or for all.
fn announced(traps: &[std::sync::Arc<TrapFinding>], host: &str, what: &str) -> bool {
    let ids: &[&str] = match what {
        "hsts" => &["T5", "M18"],
        "cors" => &["T14"],
        "upstream headers" => &["T12"],
        "upstream path" | "upstream host" => &["M10", "M11", "M3"],
        // Who answers, and how: redirects, matching, canaries, who may ask, what is there at all.
        _ => &[
            "M1", "M2", "M3", "M7", "M9", "M10", "M12", "M17", "M18", "M19", "T1", "T2", "T4", "T10", "T14",
            "B6", "B9", "G4", "G5",
        ],
    };
    // What every answer has is told once; all else of the very host.
    let everywhere = matches!(what, "hsts" | "upstream headers");
    traps
        .iter()
        .any(|trap| ids.contains(&trap.id) && trap.host.as_deref().map_or(everywhere, |of| of == host))
}
