//! Starts a rehearsal: one thread owns everything, faces hold a [`Handle`].

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock, mpsc as blocking},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, watch},
};

use super::{
    Command, Handle, LoadSetting, Notice, Options, Tail, View,
    backing::Wishes,
    certificates::Certificates,
    clients::Clients,
    desk::Desk,
    engine::{Engine, Inbox},
    http, in_one_line,
    load::Load,
    names::Names,
    ports::Ports,
    scrape,
    sides::Meant,
    staff::Staff,
    steer, tail,
    wrong::Wrongs,
};
use crate::{
    config,
    proxy::{self, Proxy},
    resource::{Kind, Problem},
    rollout::Journal,
    source::{self, Input, Manifests, Watcher},
    traffic::{Traffic, Window},
    world::{Change, World, assume},
};

/// Threads for stand-ins, load and scraping; the proxy has its own.
const HELPERS: usize = 2;
/// As nginx has it.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// Endpoints are on this machine, or in a network near it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than the clients that people try first keep a connection.
const IDLE_TIMEOUT: Duration = Duration::from_mins(2);
/// How long their last tasks may take.
const LAST: Duration = Duration::from_secs(1);

/// Starts a rehearsal and waits until its first View is there.
///
/// # Errors
/// An input that can not be read at all, an admin address that can not be bound, or no threads.
pub fn start(options: Options) -> Result<Handle, Problem> {
    start_in(options, config::state_dir())
}

/// As [`start`], with the folder for the authority's certificate.
pub(super) fn start_in(options: Options, folder: Option<PathBuf>) -> Result<Handle, Problem> {
    let (ready_tx, ready_rx) = blocking::channel();
    let thread = thread::Builder::new().name("rehearsal".to_owned());
    thread
        .spawn(move || own(options, folder, &ready_tx))
        .map_err(|error| failed("start a thread", &error))?;
    ready_rx.recv().unwrap_or_else(|_| {
        Err(Problem::error("rehearsal-failed", "the rehearsal ended before it began")
            .fix("this is a fault of cutover; please report it with what stands above"))
    })
}

/// The life of the thread that owns a rehearsal.
fn own(options: Options, folder: Option<PathBuf>, ready: &blocking::Sender<Result<Handle, Problem>>) {
    let runtime =
        Builder::new_multi_thread().worker_threads(HELPERS).thread_name("rehearsal-io").enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(failed("start threads", &error)));
            return;
        }
    };
    let ended = match open(&runtime, options, folder) {
        Ok(opened) => {
            let Opened { mut engine, inbox, views, handle, watch } = opened;
            let _ = ready.send(Ok(handle));
            let ended = runtime.block_on(engine.run(inbox, &views));
            drop(watch);
            engine.close();
            ended
        }
        Err(problem) => {
            let _ = ready.send(Err(problem));
            None
        }
    };
    runtime.shutdown_timeout(LAST);
    // Who waits for the end learns of it last of all.
    drop(ended);
}

/// A rehearsal that is up.
struct Opened {
    engine: Engine,
    inbox: Inbox,
    views: watch::Sender<Arc<View>>,
    handle: Handle,
    watch: Watcher,
}

fn open(runtime: &Runtime, options: Options, folder: Option<PathBuf>) -> Result<Opened, Problem> {
    let _within = runtime.enter();
    let started = Instant::now();
    let (manifests, loaded) = Manifests::open(&options.inputs)?;
    let mut world = World::of(loaded.objects);
    if !options.strict {
        let assumed = assume(&world, None);
        world = world.apply(&assumed);
    }
    let meant = Meant::of(&world, options.sides);
    let proxy = Proxy::start(proxy::Options {
        workers: options.workers.max(1),
        head_timeout: HEAD_TIMEOUT,
        connect_timeout: CONNECT_TIMEOUT,
        idle_timeout: IDLE_TIMEOUT,
    })
    .map_err(|error| failed("start the proxy", &error))?;
    let (commands_tx, commands) = mpsc::unbounded_channel();
    let names = options.dns.as_ref().map(Names::start).transpose()?;
    let beside = options.clients.as_ref().is_none_or(|clients| clients.beside.is_some());
    let clients = match (options.clients, &names) {
        (Some(clients), Some(names)) => {
            let rate = clients.beside.unwrap_or(options.load.rate);
            let clients = Clients::start(clients, names.address(), LoadSetting { rate, ..options.load });
            Some(clients.map_err(|error| failed("set up TLS", &error))?)
        }
        (Some(_), None) => {
            let message = "clients ask a name server for addresses, and there is none";
            return Err(Problem::error("dns-address", message).fix("add --side both --dns"));
        }
        (None, _) => None,
    };
    let reader = clients.as_ref().map(Clients::reader);
    let annex = steer::annex(commands_tx.downgrade(), names.as_ref().map(Names::reader), reader);
    let admin = proxy.serve_admin_with(options.admin, Some(annex)).map_err(|error| {
        let message = format!("admin address {} can not be bound: {error}", options.admin);
        Problem::error("admin-address", message).fix("give another one, or port 0 to have one chosen")
    })?;
    let (notices_tx, notices) = mpsc::unbounded_channel();
    let (files_tx, files) = mpsc::channel(1);
    let (pages_tx, pages) = mpsc::channel(1);
    let (orders_tx, orders) = mpsc::unbounded_channel();
    let (named_tx, named) = mpsc::unbounded_channel();
    // One message that waits stands for all that changed before it is taken.
    let watch = source::watch(&manifests.roots(), move || {
        let _ = files_tx.try_send(());
    })
    .map_err(|error| failed("watch the files", &error))?;
    let journal = Journal::open(options.journal.filter(|_| options.writable)).map_err(|error| {
        Problem::error("journal-unwritable", in_one_line(&error)).fix(
            "no change is made that can not be written down: set XDG_STATE_HOME to a folder that you may write, or \
             use --read-only",
        )
    })?;
    let generator = if beside { options.load } else { LoadSetting { rate: 0.0, ..options.load } };
    let mut engine = Engine {
        source: in_words(&options.inputs),
        strict: options.strict,
        started,
        admin,
        folder,
        ca: None,
        manifests,
        world: Arc::new(world),
        sides: options.sides,
        meant,
        proxy,
        staff: Staff::new(Wishes { own: options.own_backends, direct: options.direct }, options.faults),
        retired: Vec::new(),
        certificates: Certificates::new(jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()),
        ports: if names.is_some() { Ports::alike() } else { Ports::default() },
        names,
        listeners: Arc::default(),
        load: Load::start(generator, options.mix).map_err(|error| failed("set up TLS", &error))?,
        clients,
        wrongs: Wrongs::default(),
        window: Window::default(),
        traffic: Arc::new(Traffic::default()),
        desk: Desk { journal, writable: options.writable, who: LazyLock::new(user) },
        file_problems: loaded.problems,
        own_problems: Vec::new(),
        version: 1,
        shown: [0; 4],
        notices: notices_tx,
        connector: http::connector().map_err(|error| failed("set up TLS", &error))?,
        orders: orders_tx,
        named: named_tx,
    };
    let (tail_tx, tail) = watch::channel(Tail::default());
    tokio::spawn(tail::follow(engine.proxy.tail(), orders, tail_tx));
    let routes: Vec<Change> = engine
        .world
        .list(&Kind::EndpointSlice)
        .chain(engine.world.list(&Kind::HttpRoute))
        .cloned()
        .map(Change::Put)
        .collect();
    engine.follow(&routes);
    engine.tell_of_names();
    tokio::spawn(scrape::run(admin, options.refresh, pages_tx));
    if watch.polls() {
        engine.tell(Notice::Note(
            "files are looked at once a second: the system tells of no changes here".to_owned(),
        ));
    }
    engine.tell(Notice::Ready { admin });
    engine.tell_of_files();
    let (views, view) = watch::channel(Arc::new(engine.view()));
    let handle = Handle { view, tail, commands: commands_tx, notices };
    Ok(Opened { engine, inbox: Inbox { commands, files, pages, named }, views, handle, watch })
}

/// `demo bookshop`, or the paths as given.
fn in_words(inputs: &[Input]) -> String {
    let mut words: Vec<String> = Vec::new();
    for input in inputs {
        let word = match input {
            Input::Path(path) => path.display().to_string(),
            Input::Stdin => "standard input".to_owned(),
            Input::BuiltIn { name, .. } if name.starts_with("demo/") => "demo bookshop".to_owned(),
            Input::BuiltIn { name, .. } => (*name).to_owned(),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

/// Who changes things here; not asked before anything is changed, since it may take another program. Containers and services often have neither variable set.
fn user() -> String {
    let named = |name: &str| std::env::var(name).ok().filter(|name| !name.is_empty());
    named("USER").or_else(|| named("LOGNAME")).or_else(asked).unwrap_or_else(|| "unknown".to_owned())
}

/// As `id` knows it: the name, or the number of a user without one.
fn asked() -> Option<String> {
    ["-un", "-u"].into_iter().find_map(|flag| {
        let answer =
            std::process::Command::new("id").arg(flag).stderr(std::process::Stdio::null()).output().ok()?;
        let word = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
        let number = flag == "-u";
        (answer.status.success() && !word.is_empty())
            .then(|| if number { format!("uid {word}") } else { word })
    })
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::error("rehearsal-failed", format!("failed to {what}: {error}"))
}

impl Handle {
    /// Ends the rehearsal and waits until all is down. Blocks; not to be called within a runtime.
    pub fn end(self) {
        let (ended_tx, ended_rx) = tokio::sync::oneshot::channel();
        if self.commands.send(Command::Shutdown(ended_tx)).is_ok() {
            // Answered by being dropped.
            let _ = ended_rx.blocking_recv();
        }
    }
}

#[cfg(test)]
mod tests;
