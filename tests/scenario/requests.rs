//! What clients ask for: what the routes match, or what a browser or a server wrote down.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{manifests, program::Rehearsal};

const LOG: &str = r#"a.wild.scenario.example:80 203.0.113.9 - - [22/Nov/2026:06:25:24 +0000] "GET /logged HTTP/1.1" 200 612 "-" "curl/8.5.0"
b.wild.scenario.example:80 203.0.113.9 - - [22/Nov/2026:06:25:25 +0000] "GET /logged HTTP/1.1" 200 612 "-" "curl/8.5.0"
"#;
const HAR: &str = r#"{"log": {"version": "1.2", "entries": [{"request": {"method": "GET",
  "url": "http://a.wild.scenario.example/from-a-browser", "headers": []}}]}}"#;

fn metrics(admin: &str) -> String {
    let mut stream = TcpStream::connect(admin).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map_or(0.0, |value| value.trim().parse().unwrap())
}

#[test]
fn clients_send_what_routes_match_or_what_was_recorded_and_are_counted() {
    let wild = "cutover_dns_answers_total{hostname=\"*.wild.scenario.example\",answer=\"old\"}";
    let app = "cutover_dns_answers_total{hostname=\"app.scenario.example\",answer=\"old\"}";
    for (name, recorded, both, why) in [
        ("routes", None, true, "matches of both hosts"),
        ("log", Some(LOG), false, "hosts of an access log, under the wildcard"),
        ("har", Some(HAR), false, "a browser's recording"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (file, recording) = (manifests(folder.path(), name), folder.path().join(name));
        let (file, recording_name) = (file.to_str().unwrap(), recording.to_str().unwrap());
        let mut arguments = vec!["--side", "both", "--dns", "127.0.0.1:0", "--ttl", "1", "-f", file];
        arguments.extend(["--clients", "obey=3,browser=1", "--client-count", "8", "--load", "100"]);
        if let Some(text) = recorded {
            std::fs::write(&recording, text).unwrap();
            arguments.extend(["--load-from", recording_name]);
        }
        let rehearsal = Rehearsal::start(&arguments);
        let begun = Instant::now();
        let good = "cutover_client_requests_total{side=\"old\",outcome=\"good\"}";
        let text = loop {
            let text = metrics(&rehearsal.admin);
            let enough = value(&text, wild) > 0.0 && (!both || value(&text, app) > 0.0);
            if enough && value(&text, good) > 50.0 {
                break text;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{why}: {text}");
            std::thread::sleep(Duration::from_millis(50));
        };
        assert_eq!(value(&text, app) > 0.0, both, "{why}");
        let clients = |kind: &str| value(&text, &format!("cutover_clients{{kind=\"{kind}\",side=\"old\"}}"));
        assert!(clients("obey") > 0.0 && clients("browser") > 0.0, "{why}: {text}");
        assert!(value(&text, "cutover_client_connections{kind=\"browser\",side=\"old\"}") > 0.0, "{why}");
        assert_eq!(value(&text, "cutover_client_requests_total{side=\"none\",outcome=\"failed\"}"), 0.0);
    }
}
