//! A JVM as it is: it keeps what DNS said for a time of its own, as the kind `jvm` of ours does. That takes port 53 and a
//! resolv.conf of its own, in a mount namespace; where a user may have neither, nothing is shown.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    manifests,
    program::{Rehearsal, cutover},
};

const SERVER: &str = "127.53.53.78";
const HOST: &str = "app.scenario.example";
/// For each line it is given it says where the host is.
const PROGRAM: &str = r"
import java.io.*;
import java.net.InetAddress;
public class Ask {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            System.out.println(InetAddress.getByName(arguments[0]).getHostAddress());
            System.out.flush();
        }
    }
}
";

struct Jvm {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Jvm {
    fn start(folder: &Path, options: &[&str]) -> Self {
        let (resolver, program) = (folder.join("resolv.conf"), folder.join("Ask.java"));
        std::fs::write(&resolver, format!("nameserver {SERVER}\n")).unwrap();
        std::fs::write(&program, PROGRAM).unwrap();
        let mut child = Command::new("unshare")
            .args(["-rm", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec java \"$@\""])
            .arg(&resolver)
            .args(options)
            .arg(&program)
            .arg(HOST)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, stdin, lines: BufReader::new(stdout).lines() }
    }

    fn ask(&mut self) -> String {
        writeln!(self.stdin).unwrap();
        self.lines.next().expect("the JVM ended").unwrap()
    }
}

impl Drop for Jvm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_jvm_keeps_an_answer_for_thirty_seconds_whatever_its_ttl_unless_it_is_told_otherwise() {
    let works = |command: &mut Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let free = std::net::UdpSocket::bind((SERVER, 53)).is_ok();
    if !free
        || !works(Command::new("unshare").args(["-rm", "true"]))
        || !works(Command::new("java").arg("-version"))
    {
        eprintln!("not shown here: no port 53, no mount namespace of our own, or no `java`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = manifests(folder.path(), "jvm");
    let dns = format!("{SERVER}:53");
    let usual = ["--side", "both", "--ttl", "0", "--dns", &dns, "-f", file.to_str().unwrap()];
    let rehearsal = Rehearsal::start(&usual);
    let at = |side: &str| {
        let one = rehearsal.listeners.iter().find(|one| one["side"] == side).unwrap();
        one["address"].as_str().unwrap().to_owned()
    };
    let switch = |to: &str| {
        let switched = cutover(&["switch", HOST, "--to", to, "--admin", &rehearsal.admin]);
        assert_eq!(switched.code, 0, "{switched:?}");
    };
    let mut usual = Jvm::start(folder.path(), &[]);
    let mut told = Jvm::start(folder.path(), &["-Dsun.net.inetaddr.ttl=1"]);
    // Each once before that, so that no start of a JVM is in the time between.
    told.ask();
    let begun = Instant::now();
    assert_eq!(usual.ask(), at("old"));
    switch("new");
    let kept = usual.ask();
    let within = begun.elapsed();
    if within < Duration::from_secs(25) {
        assert_eq!(kept, at("old"), "it asked {within:?} ago, and the TTL was 0");
    }
    while told.ask() != at("new") {
        assert!(begun.elapsed() < Duration::from_mins(1), "one second was long over");
        std::thread::sleep(Duration::from_millis(100));
    }
    while usual.ask() != at("new") {
        assert!(begun.elapsed() < Duration::from_secs(90), "30 s were long over");
        std::thread::sleep(Duration::from_millis(500));
    }
    let moved = begun.elapsed();
    println!("a JVM as it is moved after {moved:.1?}");
    assert!(moved > Duration::from_secs(29), "{moved:?}");
}
