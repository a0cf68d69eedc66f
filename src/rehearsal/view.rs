//! What a rehearsal shows and what it can be told.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Answered, Fault, Mix, Question, Recording, SideFault, Sides, Tail, Unanswered, Wrong,
    clients::{Census, ClientOptions, Facts},
};
use crate::{
    dialect::{gateway::Compiled, ingress},
    dns::{Addresses, Counts, Hostname, Total},
    resource::{Key, Origin, Problem},
    rollout::{Entry, WeightPlan},
    routing::{BackendId, ListenerId, PortProtocol, Side, Table},
    source::{Edit, EditError, Input, Lines, Passage, Planned},
    switch::{Done, Event, Journey, Pointing},
    traffic::{Moment, Traffic},
    world::World,
};

/// How a rehearsal is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to read.
    pub inputs: Vec<Input>,
    /// Treat what is missing as a cluster would.
    pub strict: bool,
    /// What is served.
    pub sides: Sides,
    /// Threads of the proxy.
    pub workers: usize,
    /// `--backend NS/SERVICE[:PORT]=HOST:PORT`
    pub own_backends: Vec<(String, String, Option<u16>, SocketAddr)>,
    /// `--backends direct`: dial the EndpointSlices.
    pub direct: bool,
    /// Load from the start.
    pub load: LoadSetting,
    /// What it asks for.
    pub mix: Mix,
    /// Who sends it, with names from DNS; none: the generator, which knows the addresses.
    pub clients: Option<ClientOptions>,
    /// Faults from the start: namespace, Service, fault.
    pub faults: Vec<(String, String, Fault)>,
    /// Whether weights may be edited.
    pub writable: bool,
    /// Where the journal is kept; none: in memory.
    pub journal: Option<PathBuf>,
    /// Admin address; port 0 lets the system choose.
    pub admin: SocketAddr,
    /// Between two scrapes of it.
    pub refresh: Duration,
    /// A name server for the hostnames of both sides.
    pub dns: Option<DnsOptions>,
}

/// How the name server of a rehearsal is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsOptions {
    /// UDP and TCP; port 0 lets the system choose.
    pub address: SocketAddr,
    /// TTL of every hostname at the start, in seconds.
    pub ttl: u32,
    /// Who is asked for other names; they are refused when nobody is.
    pub forward: Option<SocketAddr>,
    /// Of the lots that are drawn for hostnames that point at both sides.
    pub seed: u64,
}

/// Steady load, over a [`Mix`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadSetting {
    /// Requests a second; 0 stops.
    pub rate: f64,
    /// Connections at most.
    pub concurrency: usize,
}

/// Everything that a face shows, as one value.
#[derive(Clone, Debug)]
pub struct View {
    /// Grows with every change of anything.
    pub version: u64,
    /// `demo bookshop`, `./manifests`
    pub source: String,
    /// Whether what is missing is treated as a cluster would.
    pub strict: bool,
    /// Whether weights may be edited.
    pub writable: bool,
    /// The objects, assumed ones among them.
    pub world: Arc<World>,
    /// What is served.
    pub sides: Sides,
    /// What Gateways and routes mean.
    pub compiled: Arc<Compiled>,
    /// What the Ingresses mean.
    pub old: Arc<ingress::Compiled>,
    /// What the proxy runs: both sides.
    pub table: Arc<Table>,
    /// Every listener of every Gateway, and of the Ingress controllers.
    pub listeners: Arc<[ListenerView]>,
    /// Every backend that some route names and that is answered here.
    pub stand_ins: Arc<[StandInView]>,
    /// The load generator.
    pub load: LoadView,
    /// What was measured.
    pub traffic: Arc<Traffic>,
    /// Moment of this view, on the clock of `traffic`.
    pub now: Moment,
    /// What was wrong with the files when last read; a refused file stays here until it is mended.
    pub problems: Arc<[Problem]>,
    /// Changes made in this session, oldest first.
    pub journal: Arc<[Entry]>,
    /// Where `/metrics` is.
    pub admin: SocketAddr,
    /// Certificate of the local CA, for `curl --cacert`; none while nothing was made by it.
    pub ca: Option<PathBuf>,
    /// The names that can be switched; none without DNS.
    pub names: Option<NamesView>,
    /// Clients; none while the load knows the addresses.
    pub clients: Option<ClientsView>,
    /// What is made wrong at one side, in the order in which it was ordered.
    pub wrongs: Arc<[Wrong]>,
}

/// The names that can be switched.
#[derive(Clone, Debug)]
pub struct NamesView {
    /// Where the name server listens, over UDP and TCP.
    pub address: SocketAddr,
    /// Who is asked for other names.
    pub forward: Option<SocketAddr>,
    /// Grows with every change of what is answered.
    pub version: u64,
    /// When that was changed last.
    pub changed: Option<jiff::Timestamp>,
    /// Every hostname of either side, by name.
    pub names: Arc<[NameView]>,
    /// Questions about no hostname.
    pub totals: Total,
}

/// One hostname.
#[derive(Clone, Debug)]
pub struct NameView {
    /// The hostname.
    pub hostname: Hostname,
    /// Where it points, since when, until when that is over.
    pub journey: Arc<Journey>,
    /// The sides that serve it.
    pub sides: Sides,
    /// What is answered for the old side.
    pub old: Addresses,
    /// What is answered for the new side.
    pub new: Addresses,
    /// Answers name both sides, equally often, wherever it points ([`SideFault::DnsAlternates`]).
    pub alternates: bool,
    /// Answers about it, which go on counting.
    pub counts: Arc<Counts>,
}

/// Which hostnames are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every one that can: others are left and told.
    All,
    /// These, and none of them when one can not.
    These(Vec<Hostname>),
}

/// What is to be done to hostnames, in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// To whom.
    pub which: Which,
    /// What.
    pub event: Event,
    /// Also where it leads to a side that does not serve the hostname.
    pub force: bool,
}

/// What became of one hostname.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switched {
    /// The hostname.
    pub hostname: Hostname,
    /// What was done, or why it was left.
    pub done: Result<Done, String>,
    /// Where it is now.
    pub journey: Arc<Journey>,
}

/// Why a hostname can not be switched, so that none was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unswitched {
    /// The hostname.
    pub hostname: Hostname,
    /// What is wrong.
    pub message: String,
    /// What would help.
    pub fix: String,
}

/// A listener: what it wanted and what it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerView {
    /// The listener.
    pub id: ListenerId,
    /// HTTP or HTTPS.
    pub protocol: PortProtocol,
    /// As written; `*` for none.
    pub hostname: String,
    /// Where it listens, or why it does not.
    pub address: Result<SocketAddr, String>,
    /// Where its certificate is from.
    pub certificate: CertificateView,
}

/// Where a listener's certificate is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateView {
    /// Plain HTTP.
    None,
    /// From the manifests.
    Given,
    /// Made here by the local CA.
    MadeHere,
    /// None could be had.
    Missing,
}

/// Who answers for a Service port.
#[derive(Clone, Debug, PartialEq)]
pub struct StandInView {
    /// The Service and port.
    pub backend: Arc<BackendId>,
    /// Who answers.
    pub backing: Backing,
    /// Whether the Service was assumed.
    pub assumed: bool,
    /// What it is told to do wrong.
    pub fault: Fault,
    /// Answers since the start.
    pub answers: u64,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// A stand-in of ours at this address.
    StandIn(SocketAddr),
    /// A program of the user's own.
    Own(SocketAddr),
    /// Endpoints of the manifests, dialled.
    Direct(Vec<SocketAddr>),
    /// EndpointSlices are given and none is ready.
    NoEndpoint,
}

/// The load generator now.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct LoadView {
    pub setting: LoadSetting,
    /// Requests sent.
    pub sent: u64,
    /// Requests that got no answer at all: refused, reset, timed out.
    pub failed: u64,
    /// Why the last one failed.
    pub last_failure: Option<String>,
    /// Different requests that are sent in turn.
    pub targets: usize,
    /// How many requests of a round go to each side: the old one, the new one.
    /// With clients: how many of the last seconds went there.
    pub by_side: [usize; 2],
    /// Where they come from; none: from the routes' own matches.
    pub recorded: Option<RecordedView>,
}

/// A recording that is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedView {
    /// What was read and what could not be.
    pub recording: Arc<Recording>,
    /// Requests of it that no listener here serves, so that they are not sent.
    pub unserved: usize,
    /// Why, for the first of them.
    pub why: Option<String>,
}

/// What a rehearsal can be told. Answers come back on the channel given with it.
#[derive(Debug)]
pub enum Command {
    /// Try an edit of weights and give the diff.
    Plan(WeightPlan, oneshot::Sender<Result<Planned, EditError>>),
    /// The text of an object's own document.
    Passage(Key, oneshot::Sender<Result<Passage, EditError>>),
    /// Try an edit of a whole document and give the diff, with what would be wrong with the object.
    PlanDocument(Edit, oneshot::Sender<Result<(Planned, Vec<Problem>), EditError>>),
    /// Make it.
    Apply(Planned, String, oneshot::Sender<Result<(), EditError>>),
    /// What `Undo` of the same route would write.
    PlanUndo(Option<Key>, oneshot::Sender<Result<Planned, String>>),
    /// Take back the newest change of this route that has not been taken back (any route when none).
    Undo(Option<Key>, oneshot::Sender<Result<String, String>>),
    /// Tell a Service's stand-in what to do wrong.
    Fault(Arc<BackendId>, Fault),
    /// Where the fields of an object stand in its file; none when the file is no longer what was read.
    Lines(Origin, oneshot::Sender<Option<Lines>>),
    /// The clients, now.
    Clients(oneshot::Sender<Option<ClientsView>>),
    /// Makes something wrong at one side, for these hosts (lower-case) or all; without a fault all of it ends there.
    Wrong(Side, Option<SideFault>, Option<Vec<String>>, oneshot::Sender<Result<(), String>>),
    /// Set the load: that of the clients, where there are some.
    Load(LoadSetting),
    /// What the load asks for.
    Mix(Mix),
    /// Whether [`Handle::tail`] follows the requests that go through the gateway. Off at the start, and to be switched
    /// off when nobody looks any more: a gateway that is not watched does not pay for it.
    Watch(bool),
    /// Send one request through the gateway.
    Ask(Question, oneshot::Sender<Result<Answered, Unanswered>>),
    /// Do something to hostnames, in one step.
    Switch(Switch, oneshot::Sender<Result<Vec<Switched>, Vec<Unswitched>>>),
    /// The names that can be switched; none without DNS.
    Names(oneshot::Sender<Option<NamesView>>),
    /// End; the sender is dropped when all is down.
    Shutdown(oneshot::Sender<()>),
}

/// Clients now.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientsView {
    /// Which there are.
    pub options: ClientOptions,
    /// How much they send.
    pub setting: LoadSetting,
    /// Time since their start, on our clock: that of the counts.
    pub at: Duration,
    /// What they did, and where they are.
    pub census: Census,
    /// Different requests that they send.
    pub requests: usize,
    /// Which share of their requests goes to which host.
    pub hosts: Arc<[(Arc<str>, f64)]>,
    /// By hostname, with what came lately: looked at once a second.
    pub facts: Arc<Facts>,
}

/// Something that happened, for logs and for `-o json`.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A listener listens, or does not.
    Listening(ListenerView),
    /// The name server listens. Before [`Notice::Ready`].
    Dns {
        /// Over UDP and TCP.
        address: SocketAddr,
        /// Who is asked for other names.
        forward: Option<SocketAddr>,
        /// A hostname to ask for, when there is one.
        example: Option<String>,
    },
    /// A hostname points elsewhere.
    Switched {
        /// The hostname.
        hostname: String,
        /// Where.
        to: Pointing,
        /// Since when.
        at: jiff::Timestamp,
        /// When all that obey the TTL have moved.
        moved_by: jiff::Timestamp,
    },
    /// All is up.
    Ready {
        /// Where `/metrics` is.
        admin: SocketAddr,
    },
    /// Files changed and are served now.
    Reloaded {
        /// Objects that came or changed.
        changed: usize,
        /// Objects that went.
        removed: usize,
    },
    /// A file was refused; what it held before is still served.
    Refused(Problem),
    /// Anything else worth a line: an edit, a fault, a scrape that failed.
    Note(String),
}

/// A running rehearsal, as faces hold it.
pub struct Handle {
    /// The newest view; wakes when there is a newer one.
    pub view: watch::Receiver<Arc<View>>,
    /// The newest requests, while they are watched ([`Command::Watch`]); wakes at most ten times a second.
    pub tail: watch::Receiver<Tail>,
    /// What it is told.
    pub commands: mpsc::UnboundedSender<Command>,
    /// What happens.
    pub notices: mpsc::UnboundedReceiver<Notice>,
}
