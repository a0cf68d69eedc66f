//! The program from outside: run to its end, or kept running as a rehearsal and talked to over its sockets.
#![allow(dead_code, reason = "each test program that shares this uses a part of it")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;

/// What a run of the program left.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    command.args(arguments).current_dir(root());
    for name in ["CUTOVER_CONFIG", "CUTOVER_LOG", "RUST_LOG", "NO_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("XDG_STATE_HOME", home().join("state")).env("XDG_CONFIG_HOME", home().join("config"));
    command
}

/// A folder of this test program, so that nobody's own journal or authority is touched.
pub fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"))
}

/// Runs to the end with nothing on standard input.
pub fn cutover(arguments: &[&str]) -> Run {
    cutover_with(arguments, b"")
}

/// Runs to the end with this on standard input.
pub fn cutover_with(arguments: &[&str], input: &[u8]) -> Run {
    run(command(arguments), input)
}

/// Runs to the end in another environment.
pub fn cutover_in(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = command(arguments);
    command.envs(environment.iter().copied());
    run(command, b"")
}

fn run(mut command: Command, input: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may end without reading it all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A rehearsal that runs until this is dropped.
pub struct Rehearsal {
    child: Child,
    events: Receiver<Value>,
    pub listeners: Vec<Value>,
    pub admin: String,
    /// Address and port of the name server.
    pub dns: Option<(String, u16)>,
}

impl Rehearsal {
    /// Starts `rehearse --no-tui -o json` with these arguments and waits until it is ready.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[])
    }

    /// As [`Rehearsal::start`], with another environment.
    pub fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut all = vec!["rehearse", "--no-tui", "-o", "json", "--workers", "1"];
        all.extend(arguments);
        let mut child = command(&all);
        let mut child = child
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tx, events) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if tx.send(event).is_err() {
                    return;
                }
            }
        });
        let mut rehearsal = Self { child, events, listeners: Vec::new(), admin: String::new(), dns: None };
        loop {
            let event = rehearsal.event();
            match event["event"].as_str().unwrap() {
                "listening" | "not-listening" => rehearsal.listeners.push(event),
                "dns" => {
                    let port = event["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap();
                    rehearsal.dns = Some((event["address"].as_str().unwrap().to_owned(), port));
                }
                "ready" => {
                    rehearsal.admin = event["admin"].as_str().unwrap().into();
                    return rehearsal;
                }
                other => panic!("{other} before ready"),
            }
        }
    }

    /// The next event; waits for it.
    #[track_caller]
    pub fn event(&self) -> Value {
        self.events.recv_timeout(Duration::from_secs(30)).expect("no event for 30 s")
    }

    /// Where a listener listens.
    #[track_caller]
    pub fn address(&self, listener: &str) -> String {
        let found =
            self.listeners.iter().find(|one| one["listener"] == listener && one["event"] == "listening");
        let found = found.unwrap_or_else(|| panic!("{listener} does not listen: {:#?}", self.listeners));
        format!("{}:{}", found["address"].as_str().unwrap(), found["port"])
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where its name server listens.
    #[track_caller]
    pub fn name_server(&self) -> std::net::SocketAddr {
        let (address, port) = self.dns.as_ref().expect("no name server was told before ready");
        format!("{address}:{port}").parse().unwrap()
    }

    /// Ends it with a signal and gives its exit code.
    pub fn end(mut self, signal: &str) -> i32 {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
