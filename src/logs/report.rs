//! What is written down when a part of the program panics, and the one line that says where.

use std::{
    backtrace::Backtrace,
    env::consts,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    panic::{self, PanicHookInfo},
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use jiff::Timestamp;

use super::ring::Ring;
use crate::config::replace_private;

/// Lines of the log in a report.
const LINES: usize = 100;
/// Reports of one run: what panics again and again tells no more.
const REPORTS: u32 = 5;
/// Reports kept in the folder.
const KEPT: usize = 20;

/// Reports of this process, for their names. Process-wide, as the next: a hook has nothing else to ask.
static WRITTEN: AtomicU32 = AtomicU32::new(0);

/// The log of this process, once there is one.
static RING: OnceLock<Ring> = OnceLock::new();

/// Has every panic written down in this folder and told on standard error with one line. `arguments` are those of
/// the program; what may be secret in them is left out.
pub fn install(folder: Option<PathBuf>, arguments: &[String]) {
    let arguments = without_secrets(arguments);
    panic::set_hook(Box::new(move |info| {
        let at = Timestamp::now();
        let told = told(info);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let report = match &folder {
            _ if number >= REPORTS => "reports enough were written".to_owned(),
            None => "no folder to write a report in".to_owned(),
            Some(folder) => {
                let ring = RING.get().cloned().unwrap_or_default();
                let text = text(at, &told, &arguments, &Backtrace::force_capture().to_string(), &ring);
                match write(folder, at, number, &text) {
                    Ok(file) => format!("report: {}", file.display()),
                    Err(error) => format!("no report: {}: {error}", folder.display()),
                }
            }
        };
        // One line, whatever the message holds. Nobody is left to tell when standard error is gone.
        let line = format!("cutover: {told}; {report}").replace(['\n', '\r', '\u{1b}'], " ");
        let _ = writeln!(io::stderr(), "{line}");
    }));
}

/// Has reports hold the last lines of this log.
pub(super) fn quote(ring: &Ring) {
    // The first log of a process is the one.
    let _ = RING.set(ring.clone());
}

/// `panicked at src/x.rs:1:2 in thread proxy: index out of bounds`
fn told(info: &PanicHookInfo<'_>) -> String {
    let mut told = "panicked".to_owned();
    if let Some(place) = info.location() {
        let _ = write!(told, " at {place}");
    }
    if let Some(name) = thread::current().name() {
        let _ = write!(told, " in thread {name}");
    }
    let _ = write!(told, ": {}", info.payload_as_str().unwrap_or("no message"));
    told
}

fn text(at: Timestamp, told: &str, arguments: &[String], backtrace: &str, ring: &Ring) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut text = format!(
        "cutover {version} panicked: this is a fault of cutover. Please report it with this file; read it first, it \
         holds names of your objects perhaps, and nothing of their data.\n\n\
         at         {at}\nsystem     {} {} {}\narguments  {}\n{told}\n\n{backtrace}\n\nthe last lines of the log\n",
        consts::OS,
        consts::ARCH,
        system.trim(),
        arguments.join(" "),
    );
    for line in ring.last(LINES) {
        let _ = writeln!(text, "{} {} {} {}", line.at, line.level.word(), line.target, line.text);
    }
    text
}

fn write(folder: &Path, at: Timestamp, number: u32, text: &str) -> io::Result<PathBuf> {
    let time = at.strftime("%Y%m%dT%H%M%SZ");
    let file = folder.join(format!("panic-{time}-{}-{number}.txt", std::process::id()));
    replace_private(&file, text.as_bytes())?;
    // Names begin with the time, so the first are the oldest.
    let mut reports: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_report))
        .collect();
    reports.sort();
    let surplus = reports.len().saturating_sub(KEPT);
    reports.iter().take(surplus).for_each(|old| drop(fs::remove_file(old)));
    Ok(file)
}

fn is_report(name: &str) -> bool {
    name.starts_with("panic-") && Path::new(name).extension().is_some_and(|extension| extension == "txt")
}

/// Values of headers, and queries of addresses, may be credentials.
fn without_secrets(arguments: &[String]) -> Vec<String> {
    let mut header = false;
    let hidden = |argument: &str| {
        let name = argument.split_once(':').map_or("", |(name, _)| name);
        format!("{name}: …")
    };
    let mut shown = Vec::new();
    for argument in arguments {
        let bare = match argument.strip_prefix("--header=").or_else(|| argument.strip_prefix("-H")) {
            Some("") => None,
            inline => inline,
        };
        shown.push(match (header, bare) {
            (true, _) => hidden(argument),
            (false, Some(inline)) => format!("-H {}", hidden(inline.trim_start_matches('='))),
            (false, None) => match argument.split_once('?') {
                Some((address, _)) if address.contains("://") => format!("{address}?…"),
                Some(_) | None => argument.clone(),
            },
        });
        header = !header && (argument == "-H" || argument == "--header");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Level;

    #[test]
    fn arguments_are_shown_without_what_may_be_secret() {
        let cases = [
            (&["cutover", "--demo", "-n", "shop"][..], "cutover --demo -n shop", "nothing secret"),
            (&["-H", "authorization: Bearer x", "-H"][..], "-H authorization: … -H", "a header"),
            (&["--header", "cookie: a?b", "get"][..], "--header cookie: … get", "a header by its long name"),
            (&["-Hx: y", "--header=a: b", "-H=a: b"][..], "-H x: … -H a: … -H a: …", "written together"),
            (&["-H", "secret"][..], "-H : …", "no header at all"),
            (&["https://a/b?token=1", "what?"][..], "https://a/b?… what?", "a query"),
        ];
        for (arguments, shown, why) in cases {
            let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            assert_eq!(without_secrets(&arguments).join(" "), shown, "{why}");
        }
    }

    #[test]
    fn a_report_holds_what_is_needed_and_only_the_newest_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let ring = Ring::default();
        ring.push(Timestamp::UNIX_EPOCH, Level::Warn, "cutover::proxy", "accepting fails");
        let text =
            text(Timestamp::UNIX_EPOCH, "panicked at x.rs:1", &["--demo".to_owned()], "0: main", &ring);
        for words in [
            env!("CARGO_PKG_VERSION"),
            consts::OS,
            "arguments  --demo",
            "panicked at x.rs:1",
            "0: main",
            "1970-01-01T00:00:00Z warn cutover::proxy accepting fails",
        ] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        fs::write(home.path().join("journal.jsonl"), "kept").unwrap();
        for second in 0..KEPT as i64 + 4 {
            write(home.path(), Timestamp::from_second(second).unwrap(), 0, &text).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(home.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), KEPT + 1, "and what is no report stays");
        assert!(names[1].starts_with("panic-19700101T000004Z-"), "the oldest went: {}", names[1]);
    }
}
