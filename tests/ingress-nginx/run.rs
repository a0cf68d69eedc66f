//! Asks the old side of a case every request, and compares.

use std::{
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    case::{Case, Request},
    compare::{Difference, compare},
    echo::{Echo, Hit},
    facts::facts,
    side::{self, Side},
    staff::Staff,
    wire::{Answer, Sending, send},
};

/// How long copies and other late requests are waited for.
const LATE: Duration = Duration::from_secs(2);
/// And how long for such as should not come.
const STRAY: Duration = Duration::from_millis(150);
/// Cases under way at a time: most of their time they wait.
const AT_ONCE: usize = 8;

/// For `X-Oracle-Id`, which is unique over all cases.
static IDS: AtomicU64 = AtomicU64::new(1);

/// One request of a case and what came of it.
pub struct Outcome {
    pub request: String,
    pub got: Value,
    pub expected: Value,
    pub differences: Vec<Difference>,
}

/// A case and its requests.
pub struct Asked {
    pub case: Case,
    pub outcomes: Vec<Outcome>,
    pub took: Duration,
}

/// Asks all cases, several at a time. In their order.
pub fn all(folders: &[impl AsRef<Path> + Sync]) -> Vec<Asked> {
    let echo = Echo::start();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(folders.len()) {
            scope.spawn(|| {
                while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let asked = one(folder.as_ref(), &echo);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by(|a, b| a.case.name.cmp(&b.case.name));
    done
}

fn one(folder: &Path, echo: &Echo) -> Asked {
    let begun = Instant::now();
    let case = Case::read(folder);
    let staff = Staff::of(&case, echo);
    // One case that panics shall not hide the others.
    let served = panic::catch_unwind(AssertUnwindSafe(|| {
        let side = side::serve(&case, &staff)?;
        let mut got = ask(&case, &side, echo);
        mark(&case, side.rejected.as_deref(), &mut got);
        Ok(got)
    }));
    let got = served.unwrap_or_else(|_| Err("panicked".to_owned())).unwrap_or_else(|why: String| {
        case.requests.iter().map(|_| serde_json::json!({"side": why})).collect()
    });
    let outcomes =
        case.requests.iter().zip(&case.answers).zip(got).map(|((request, expected), got)| Outcome {
            request: request.name.clone(),
            differences: compare(expected, &got),
            expected: expected.clone(),
            got,
        });
    let outcomes = outcomes.collect();
    Asked { case, outcomes, took: begun.elapsed() }
}

/// A configuration that only one of the two refuses is told at each request, which then asks something else.
fn mark(case: &Case, rejected: Option<&str>, got: &mut [Value]) {
    if case.rejected.is_some() == rejected.is_some() {
        return;
    }
    for facts in got {
        facts["configuration"] = rejected.unwrap_or("accepted, where nginx rejects it").into();
    }
}

fn ask(case: &Case, side: &Side, echo: &Echo) -> Vec<Value> {
    let mut kept: Vec<(&str, Vec<String>)> = Vec::new();
    let mut sent: Vec<Vec<(String, Answer)>> = Vec::new();
    for request in &case.requests {
        let wanted = request.cookies_from.as_deref();
        let cookies = kept.iter().find(|(name, _)| Some(*name) == wanted).map(|(_, cookies)| &**cookies);
        let answers = repeat(case, request, cookies.unwrap_or_default(), side);
        let of_first = answers.first().map(|(_, answer)| cookies_of(answer)).unwrap_or_default();
        kept.retain(|(name, _)| *name != request.name);
        kept.push((&request.name, of_first));
        sent.push(answers);
    }
    await_late(case, &sent, echo);
    let with_hits = |(id, answer): (String, Answer)| {
        let hits: Vec<Hit> = echo.hits(&id);
        (answer, hits)
    };
    let gathered = sent.into_iter().map(|answers| answers.into_iter().map(with_hits).collect::<Vec<_>>());
    case.requests.iter().zip(gathered).map(|(request, sent)| facts(request, &sent)).collect()
}

fn repeat(case: &Case, request: &Request, cookies: &[String], side: &Side) -> Vec<(String, Answer)> {
    let client_pem = request.client_certificate.as_deref().and_then(|secret| case.client_pem(secret));
    let one = |_| {
        let id = IDS.fetch_add(1, Ordering::Relaxed).to_string();
        let with = Sending {
            http: side.http,
            https: side.https,
            id: &id,
            cookies,
            client_pem: client_pem.as_deref(),
        };
        let answer = send(request, with);
        (id, answer)
    };
    if !request.concurrent {
        return (0..request.repeat).map(one).collect();
    }
    thread::scope(|scope| {
        let asked: Vec<_> = (0..request.repeat).map(|n| scope.spawn(move || one(n))).collect();
        asked.into_iter().map(|asked| asked.join().expect("a client that does not panic")).collect()
    })
}

fn cookies_of(answer: &Answer) -> Vec<String> {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    set.filter_map(|(_, cookie)| cookie.split(';').next().map(ToOwned::to_owned)).collect()
}

/// Copies come after the answer: they are waited for where they are expected, and a moment where they are not.
fn await_late(case: &Case, sent: &[Vec<(String, Answer)>], echo: &Echo) {
    let missing = || {
        case.answers.iter().zip(sent).any(|(expected, sent)| {
            let also = expected["also"].as_array().map_or(0, Vec::len);
            let main = usize::from(!expected["backend"].is_null());
            sent.first().is_some_and(|(id, _)| also > 0 && echo.hits(id).len() < also + main)
        })
    };
    let end = Instant::now() + LATE;
    thread::sleep(STRAY);
    while missing() && Instant::now() < end {
        thread::sleep(Duration::from_millis(20));
    }
}
