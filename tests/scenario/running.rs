//! A rehearsal of both sides in this process, with clients, told what to do and looked at.

use std::time::{Duration, Instant};

use cutover::{
    dns::Hostname,
    rehearsal::{
        ClientsView, Command, DnsOptions, Handle, LoadSetting, Mix, Options, SideFault, Sides, Switch, Which,
        clients::{ClientMix, ClientOptions, SideCount},
        start,
    },
    routing::Side,
    source::Input,
    switch::{Event, Pointing},
};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::manifests;

/// The longest that anything may take on a machine that is busy.
const LIMIT: Duration = Duration::from_mins(1);

/// Its files go with it.
pub struct Running {
    handle: Handle,
    _folder: TempDir,
}

/// What came of requests at both sides since a moment.
#[derive(Debug)]
pub struct Came {
    pub old: SideCount,
    pub new: SideCount,
}

impl Running {
    /// Starts one whose clients send so many requests a second, with clocks that run so fast.
    pub fn start(name: &str, mix: &str, rate: f64, ttl: u32, speed: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = manifests(folder.path(), name);
        let mix: ClientMix = mix.parse().unwrap();
        let handle = start(Options {
            inputs: vec![Input::Path(file)],
            strict: false,
            sides: Sides::BOTH,
            workers: 1,
            own_backends: Vec::new(),
            direct: false,
            load: LoadSetting { rate, concurrency: 256 },
            mix: Mix::Routes,
            clients: Some(ClientOptions { mix, count: 60, speed, beside: None }),
            faults: Vec::new(),
            writable: false,
            journal: None,
            admin: "127.0.0.1:0".parse().unwrap(),
            refresh: Duration::from_secs(1),
            dns: Some(DnsOptions { address: "127.0.0.1:0".parse().unwrap(), ttl, forward: None, seed: 7 }),
        });
        Self { handle: handle.unwrap(), _folder: folder }
    }

    fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> T {
        let (tx, rx) = oneshot::channel();
        self.handle.commands.send(command(tx)).unwrap();
        rx.blocking_recv().unwrap()
    }

    /// The clients now.
    pub fn clients(&self) -> ClientsView {
        self.ask(Command::Clients).unwrap()
    }

    /// Does something to all names.
    pub fn all(&self, event: Event) {
        let switched = self.ask(|tx| Command::Switch(Switch { which: Which::All, event, force: false }, tx));
        assert!(switched.unwrap().iter().any(|one| one.done.is_ok()));
    }

    /// Points one name.
    pub fn point(&self, hostname: &str, to: u8) {
        let which = Which::These(vec![hostname.parse::<Hostname>().unwrap()]);
        let event = Event::Point(Pointing::share(to).unwrap());
        self.ask(|tx| Command::Switch(Switch { which, event, force: false }, tx)).unwrap();
    }

    /// Makes something wrong at the new side, for all or for one host.
    pub fn wrong(&self, fault: Option<&str>, host: Option<&str>) {
        let fault = fault.map(|typed| typed.parse::<SideFault>().unwrap());
        let hosts = host.map(|host| vec![host.to_owned()]);
        self.ask(|tx| Command::Wrong(Side::New, fault, hosts, tx)).unwrap();
    }

    /// Waits until what came since now is so; gives it.
    #[track_caller]
    pub fn until(&self, what: &str, mut is: impl FnMut(&Came) -> bool) -> Came {
        let (begun, before) = (Instant::now(), self.clients().census);
        loop {
            let now = self.clients().census;
            let came = Came { old: now.old.since(&before.old), new: now.new.since(&before.new) };
            if is(&came) {
                return came;
            }
            assert!(begun.elapsed() < LIMIT, "{what}: {came:?}, {:?}", now.last_failure);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where a port of a side is.
    pub fn address(&self, side: Side, port: u16) -> std::net::SocketAddr {
        let view = self.handle.view.borrow();
        let found = view.listeners.iter().find(|one| one.id.port.side == side && one.id.port.port == port);
        found.unwrap().address.clone().unwrap()
    }

    /// The newest view.
    pub fn view(&self) -> std::sync::Arc<cutover::rehearsal::View> {
        self.handle.view.borrow().clone()
    }

    /// Ends it.
    pub fn end(self) {
        self.handle.end();
    }
}
