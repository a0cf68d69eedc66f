//! Programs as they are: `curl`, Python and a JVM that look names up as the system tells them to, through our server. That
//! takes port 53 and a resolv.conf of their own, in a mount namespace; where a user may have neither, nothing is shown.

use std::process::Command;

use crate::{
    BOTH, has,
    program::{Rehearsal, cutover},
};

const HOST: &str = "app.dns.example";
const SERVER: &str = "127.53.53.77";

/// Both sides with a name server on port 53; none where that may not be.
fn rehearse() -> Option<Rehearsal> {
    let free = std::net::UdpSocket::bind((SERVER, 53)).is_ok();
    let unshared =
        Command::new("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success());
    if !free || !unshared {
        eprintln!("not shown here: no port 53 or no mount namespace of our own");
        return None;
    }
    let dns = format!("{SERVER}:53");
    Some(Rehearsal::start(&["--side", "both", "--dns", &dns, "--ttl", "0", "-f", BOTH]))
}

/// Runs a program that finds our server in its resolv.conf; its output.
fn run(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("resolv.conf");
    std::fs::write(&file, format!("nameserver {SERVER}\n")).unwrap();
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""])
        .arg(&file)
        .args(arguments)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn side(rehearsal: &Rehearsal, side: &str) -> String {
    let one = rehearsal.listeners.iter().find(|one| one["side"] == side).unwrap();
    one["address"].as_str().unwrap().to_owned()
}

#[test]
fn programs_as_they_are_follow_the_name() {
    let Some(rehearsal) = rehearse() else { return };
    let port = rehearsal.address("web").rsplit_once(':').unwrap().1.to_owned();
    let url = format!("http://{HOST}:{port}/");
    let curl = || {
        if !has("curl") {
            return None;
        }
        let line = format!(
            "for n in 1 2 3 4 5; do curl -s -o /dev/null --noproxy '*' -w '%{{http_code}} %{{remote_ip}}\\n' {url}; done"
        );
        Some(run(&["sh", "-c", &line]).lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let python = || {
        if !has("python3") {
            return None;
        }
        let program = format!(
            "import http.client\nc = http.client.HTTPConnection('{HOST}', {port})\n\
             for n in range(5):\n    c.request('GET', '/')\n    r = c.getresponse()\n    r.read()\n    print(r.status, c.sock.getpeername()[0])\n"
        );
        Some(run(&["python3", "-c", &program]).lines().map(str::to_owned).collect::<Vec<_>>())
    };
    for (to, side) in
        [("old", side(&rehearsal, "old")), ("new", side(&rehearsal, "new")), ("old", side(&rehearsal, "old"))]
    {
        let switched = cutover(&["switch", HOST, "--to", to, "--admin", &rehearsal.admin]);
        assert_eq!(switched.code, 0, "{switched:?}");
        let expected = vec![format!("200 {side}"); 5];
        for seen in [curl(), python()].into_iter().flatten() {
            assert_eq!(seen, expected, "{to}");
        }
    }
}
