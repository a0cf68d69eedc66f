//! Questions put to the real gateway, its tail, and recordings sent through it.

use super::*;
use crate::{
    proxy::Record,
    rehearsal::{Answered, Question, Recording, Replay, Tail, Unanswered, Url, curl, curl_of, sample},
    routing::Ask,
};

fn asking(url: &str, method: &str) -> Ask {
    Url::parse(url).unwrap().ask(method, Vec::new())
}

impl Rehearsed {
    fn put(&self, ask: Ask) -> Result<Answered, Unanswered> {
        self.put_within(ask, LIMIT)
    }

    fn put_within(&self, ask: Ask, within: Duration) -> Result<Answered, Unanswered> {
        self.ask(|answer| Command::Ask(Question { ask, within }, answer))
    }

    fn watch(&self, on: bool) {
        self.handle.commands.send(Command::Watch(on)).unwrap();
        self.tail_until("the tail follows", |tail| tail.watched == on);
    }

    fn tail_until(&self, what: &str, wanted: impl Fn(&Tail) -> bool) -> Tail {
        let mut tail = self.handle.tail.clone();
        let found = self.runtime.block_on(async {
            tokio::time::timeout(LIMIT, tail.wait_for(|tail| wanted(tail)))
                .await
                .map(|tail| tail.unwrap().clone())
        });
        found.unwrap_or_else(|_| panic!("{what} in time"))
    }
}

fn targets(tail: &Tail) -> Vec<&str> {
    tail.records.iter().map(|record| record.head.target()).collect()
}

#[test]
fn a_question_goes_through_the_gateway_and_tells_all_that_came_back() {
    let rehearsed = Rehearsed::of("asks", STABLE, |_| {});
    let mut ask = asking("http://shop.test:8085/a%2Fb?c=d", "POST");
    ask.headers.push(("x-version".into(), "v2".into()));
    let answered = rehearsed.put(ask.clone()).unwrap();
    assert_eq!((answered.status, answered.remote), (200, rehearsed.address()));
    assert_eq!(answered.length, answered.body.len() as u64);
    let header =
        |name: &str| answered.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).cloned();
    assert_eq!(header("content-type").unwrap().1, "application/json");
    let echo = answered.stand_in.unwrap();
    assert_eq!((echo.service.0.as_str(), echo.service.1.as_str(), echo.port), ("shop", "stable", 80));
    assert_eq!((echo.method.as_str(), echo.path.as_str()), ("POST", "/a%2Fb"));
    assert_eq!((echo.query.as_deref(), echo.host.as_str()), (Some("c=d"), "shop.test:8085"));
    assert!(echo.headers.contains(&("x-version".to_owned(), vec!["v2".to_owned()])), "{:?}", echo.headers);
    let timing = answered.timing;
    assert!(timing.connected <= timing.first_byte && timing.first_byte <= timing.total, "{timing:?}");
    let record = answered.record.unwrap();
    let Record { status, by_proxy, rule, backend, listener, .. } = &*record;
    assert_eq!((*status, *by_proxy, listener.as_deref()), (200, false, Some("http")));
    assert_eq!(rule.as_ref().unwrap().route.to_string(), "shop/web");
    assert_eq!(backend.as_ref().unwrap().service.to_string(), "shop/stable");
    assert_eq!(record.head.headers().find(|(name, _)| *name == "x-version"), Some(("x-version", "v2")));
    let predicted = crate::routing::explain(&rehearsed.view().compiled.table, &ask);
    assert_eq!(predicted.route.unwrap(), *rule.as_ref().unwrap().route);
    assert!(rehearsed.handle.tail.borrow().records.is_empty(), "nobody watches the tail");
}

#[test]
fn what_the_proxy_answers_by_itself_is_told_with_its_reason() {
    let rehearsed = Rehearsed::of("refuses", STABLE, |_| {});
    let answered = rehearsed.put(asking("http://other.test:8085/", "GET")).unwrap();
    assert_eq!((answered.status, answered.stand_in), (404, None));
    assert_eq!(answered.body, b"404: no route takes this request\n");
    let record = answered.record.unwrap();
    assert_eq!((record.by_proxy, record.problem.as_deref()), (true, Some("no route takes this request")));
    assert_eq!((record.rule.clone(), record.bytes), (None, answered.length));
    let head = rehearsed.put(asking("http://shop.test:8085/", "HEAD")).unwrap();
    assert_eq!((head.status, head.length), (200, 0), "an answer to HEAD is over with its head");
}

#[test]
fn a_question_that_can_not_be_put_or_answered_says_why() {
    let rehearsed = Rehearsed::of("unanswered", STABLE, |_| {});
    let no_listener = rehearsed.put(asking("https://shop.test/", "GET")).unwrap_err();
    assert!(matches!(no_listener, Unanswered::NoListener(_)), "{no_listener}");
    assert_eq!(no_listener.to_string(), "there is no https listener on port 443, nor on any other");
    let mut split = asking("http://shop.test:8085/", "GET");
    split.headers.push(("x-a".into(), "1\r\nx-b: 2".into()));
    let invalid = rehearsed.put(split).unwrap_err();
    assert_eq!(invalid.to_string(), r"`1\r\nx-b: 2` is no value of header x-a");
    let blank = rehearsed.put(Ask { path: "/a b".into(), ..asking("http://shop.test:8085/", "GET") });
    assert!(matches!(blank, Err(Unanswered::Invalid(_))), "{blank:?}");
    let slow = Fault { latency: LIMIT * 2, ..Fault::default() };
    rehearsed.handle.commands.send(Command::Fault(rehearsed.backend("stable"), slow)).unwrap();
    let late = rehearsed.put_within(asking("http://shop.test:8085/", "GET"), Duration::from_millis(50));
    assert_eq!(late, Err(Unanswered::Late(rehearsed.address(), Duration::from_millis(50))));
}

#[test]
fn the_tail_follows_while_it_is_watched_and_keeps_what_it_saw() {
    let rehearsed = Rehearsed::of("tail", STABLE, |_| {});
    rehearsed.get_until("/unseen", 200, Some("stable"));
    rehearsed.watch(true);
    rehearsed.get("/one?x=1");
    rehearsed.get("/two");
    let tail = rehearsed.tail_until("two requests", |tail| tail.records.len() == 2);
    assert_eq!((targets(&tail), tail.first, tail.lost), (vec!["/one?x=1", "/two"], 0, 0));
    let record = tail.get(1).unwrap();
    assert_eq!((record.head.method(), record.head.host(), record.status), ("GET", "shop.test", 200));
    assert!(record.client.ip().is_loopback() && record.took < LIMIT && record.bytes > 100, "{record:?}");
    rehearsed.watch(false);
    rehearsed.get("/unwatched");
    rehearsed.watch(true);
    rehearsed.get("/three");
    let tail = rehearsed.tail_until("another one", |tail| tail.records.len() > 2);
    assert_eq!(targets(&tail), ["/one?x=1", "/two", "/three"]);
}

#[test]
fn lines_to_copy_reach_the_gateway() {
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let rehearsed = Rehearsed::of("curls", STABLE, |_| {});
    let view = rehearsed.view();
    let route = view.compiled.table.ports.values().next().unwrap().listeners[0].hosts.iter().next().unwrap();
    let route = Arc::clone(&route.iter().next().unwrap().rule.id.route);
    let ask = sample(&view.compiled.table, &route, None).unwrap();
    assert_eq!((ask.host.as_str(), ask.path.as_str(), ask.port), ("shop.test", "/", 8085));
    assert_eq!(sample(&view.compiled.table, &route, Some(7)), None, "the route has one rule");
    let odd = Ask { path: "/it's/../a".into(), query: Some("b=[1]&c=$d".into()), ..ask.clone() };
    let lines =
        [curl_of(&view, &view.listeners[0]).unwrap(), curl(&view, &ask).unwrap(), curl(&view, &odd).unwrap()];
    for (line, path) in lines.iter().zip(["/", "/", "/it's/../a"]) {
        let line = line.replacen("curl ", "curl -s ", 1);
        let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        let told: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{line}: {output:?}"));
        assert_eq!(told["request"]["path"], path, "{line}");
    }
}

const LOG: &str = "\
10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET /first HTTP/1.1\" 200 5 \"-\" \"tester\"
noise
10.0.0.1 - - [22/Nov/2026:06:25:25 +0000] \"DELETE /second?a=b HTTP/1.1\" 200 5 \"-\" \"tester\"
10.0.0.1 - - [22/Nov/2026:06:25:26 +0000] \"GET /third HTTP/1.1\" 200 5 \"-\" \"tester\"
";

fn recording(text: &str, hosts: &[&str]) -> Mix {
    let hosts = hosts.iter().map(|typed| Replay::parse_host(typed).unwrap()).collect();
    let replay = Replay { hosts, credentials: false };
    Mix::Recorded(Arc::new(Recording::read("x.log", text.as_bytes(), &replay).unwrap()))
}

#[test]
fn a_recording_is_sent_in_its_order_and_again_from_the_begin() {
    let rehearsed = Rehearsed::of("replays", STABLE, |options| {
        options.mix = recording(LOG, &["shop.test"]);
        // One connection: they arrive in the order in which they are sent.
        options.load = LoadSetting { rate: 0.0, concurrency: 1 };
    });
    rehearsed.watch(true);
    rehearsed.handle.commands.send(Command::Load(LoadSetting { rate: 50.0, concurrency: 1 })).unwrap();
    let tail = rehearsed.tail_until("two rounds", |tail| tail.records.len() >= 6);
    let said: Vec<_> =
        tail.records.iter().take(6).map(|it| format!("{} {}", it.head.method(), it.head.target())).collect();
    let round = ["GET /first", "DELETE /second?a=b", "GET /third"];
    assert_eq!(said, [round, round].concat());
    let agent = tail.records[0].head.headers().find(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
    assert_eq!(agent, Some(("user-agent", "tester")));
    let load = rehearsed.view().load.clone();
    let recorded = load.recorded.unwrap();
    assert_eq!((load.targets, recorded.unserved, recorded.recording.skips), (3, 0, 1));
    assert_eq!(recorded.recording.skipped[0].line, 2);
}

#[test]
fn recorded_requests_find_their_listener_by_host_or_by_upstream() {
    let upstream =
        LOG.replace("\"tester\"", "\"tester\" 98 0.004 [shop-stable-80] [] 10.42.0.17:8080 5 0.004 200 6f6b");
    let mut rehearsed = Rehearsed::of("upstreams", STABLE, |options| options.mix = recording(&upstream, &[]));
    let load = rehearsed.view().load.clone();
    assert_eq!((load.targets, load.recorded.unwrap().unserved), (3, 0), "the upstream says which route");
    rehearsed.handle.commands.send(Command::Mix(recording(LOG, &[]))).unwrap();
    let view = rehearsed.until("no host", |view| view.load.targets == 0);
    let recorded = view.load.recorded.clone().unwrap();
    assert_eq!(recorded.unserved, 3);
    assert_eq!(recorded.why.as_deref(), Some("line 1: no host is recorded; give --load-host"));
    rehearsed.handle.commands.send(Command::Mix(Mix::Routes)).unwrap();
    rehearsed.until("the routes again", |view| view.load.targets == 1 && view.load.recorded.is_none());
}
