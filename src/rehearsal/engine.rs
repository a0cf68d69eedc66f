//! The one owner of a rehearsal's state: takes commands, follows files and counters, publishes views.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Answered, Command, ListenerView, LoadView, Notice, Question, Unanswered, View,
    ask::{self, Asker},
    certificates::Certificates,
    clients::{Census, Clients, Places, Requests},
    desk::Desk,
    holder,
    load::Load,
    names::Names,
    ports::{Listeners, Ports},
    sides::{Meant, Sides},
    staff::Staff,
    stand_in::StandIn,
    tail::Order,
    wrong::Wrongs,
};
use crate::{
    proxy::{Proxy, Snapshot},
    resource::{Problem, Severity, schema, show::clean},
    routing::{BackendId, Host},
    source::{Manifests, Planned},
    traffic::{Traffic, Window, exposition::Page},
    world::{Change, World, assume},
};

/// How long a stand-in that no rule names any more still answers: requests that began with the last Table.
const RETIRE: Duration = Duration::from_secs(3);
/// Counters of load and stand-ins are shown anew after this long, unless something else was first.
const TICK: Duration = Duration::from_secs(1);
/// How long requests under way may take at the end.
const GRACE: Duration = Duration::from_secs(1);

/// Where views go.
pub(super) type Views = watch::Sender<Arc<View>>;

/// What reaches the engine.
pub(super) struct Inbox {
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) files: mpsc::Receiver<()>,
    pub(super) pages: mpsc::Receiver<Result<Page, String>>,
    pub(super) named: mpsc::UnboundedReceiver<Named>,
}

/// Who has ports that were wanted.
pub(super) type Named = Vec<(SocketAddr, Option<String>)>;

/// All state.
pub(super) struct Engine {
    pub(super) source: String,
    pub(super) strict: bool,
    pub(super) started: Instant,
    pub(super) admin: SocketAddr,
    /// Where the authority's certificate is to be written.
    pub(super) folder: Option<PathBuf>,
    pub(super) ca: Option<PathBuf>,
    pub(super) manifests: Manifests,
    pub(super) world: Arc<World>,
    pub(super) sides: Sides,
    pub(super) meant: Meant,
    pub(super) proxy: Proxy,
    pub(super) staff: Staff,
    pub(super) retired: Vec<(Instant, StandIn)>,
    pub(super) certificates: Certificates,
    pub(super) ports: Ports,
    /// None without DNS.
    pub(super) names: Option<Names>,
    pub(super) listeners: Arc<[ListenerView]>,
    pub(super) load: Load,
    /// They send in the load's place, where there are some.
    pub(super) clients: Option<Clients>,
    pub(super) wrongs: Wrongs,
    pub(super) window: Window,
    pub(super) traffic: Arc<Traffic>,
    pub(super) desk: Desk,
    /// Of the files, when last read.
    pub(super) file_problems: Vec<Problem>,
    /// Of sockets, certificates and wishes, at the last change.
    pub(super) own_problems: Vec<Problem>,
    pub(super) version: u64,
    /// Counters of the last view.
    pub(super) shown: [u64; 4],
    pub(super) notices: mpsc::UnboundedSender<Notice>,
    /// For questions.
    pub(super) connector: tokio_rustls::TlsConnector,
    /// To who follows the tail.
    pub(super) orders: mpsc::UnboundedSender<Order>,
    /// To the own inbox.
    pub(super) named: mpsc::UnboundedSender<Named>,
}

impl Engine {
    /// Works until it is told to end, or nobody holds the rehearsal any more. Gives the one who waits for the end.
    pub(super) async fn run(&mut self, mut inbox: Inbox, views: &Views) -> Option<oneshot::Sender<()>> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut changed = tokio::select! {
                command = inbox.commands.recv() => match command {
                    None => return None,
                    Some(Command::Shutdown(ended)) => return Some(ended),
                    Some(command) => self.command(command, views),
                },
                Some(()) = inbox.files.recv() => self.reload(),
                Some(page) = inbox.pages.recv() => self.measured(page),
                Some(named) = inbox.named.recv() => self.named(named),
                _ = ticks.tick() => self.counted(),
            };
            // All that is waiting is done before a face has to draw once.
            while let Ok(command) = inbox.commands.try_recv() {
                match command {
                    Command::Shutdown(ended) => return Some(ended),
                    command => changed |= self.command(command, views),
                }
            }
            if changed {
                self.publish(views);
                ticks.reset();
            }
        }
    }

    /// Ends everything, requests under way first. Blocks; not to be called within a runtime.
    pub(super) fn close(self) {
        let Self { load, clients, proxy, staff, retired, ca, names, .. } = self;
        drop((load, clients, names));
        proxy.shutdown(GRACE);
        drop((staff, retired));
        if let Some(path) = ca {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Takes changes of objects in, and all that follows from them.
    pub(super) fn adopt(&mut self, mut changes: Vec<Change>) {
        let mut world = self.world.apply(&changes);
        if !self.strict {
            let assumed = assume(&world, Some(&changes));
            world = world.apply(&assumed);
            changes.extend(assumed);
        }
        self.meant = self.meant.next(&world, &changes, self.sides);
        self.world = Arc::new(world);
        self.follow(&changes);
    }

    /// What `check` would say of an object once an edit of its document was made.
    pub(super) fn foresee(&self, planned: &Planned) -> Vec<Problem> {
        let key = &planned.edit.object;
        let Some(object) = planned.edit.document().and_then(|text| Manifests::read_document(key, text).ok())
        else {
            return Vec::new();
        };
        let mut problems = schema::validate(&object);
        let changes = [Change::Put(Arc::new(object))];
        let world = self.world.apply(&changes);
        let compiled = self.meant.new.next(&world, &changes);
        let refused = |problem: &Problem| {
            problems.iter().any(|known| known.field.is_some() && known.field == problem.field)
        };
        let mut more = compiled.problems(&world);
        more.retain(|problem| problem.object.as_ref() == Some(key) && !refused(problem));
        problems.extend(more);
        problems.sort_by_key(|problem| problem.severity);
        problems
    }

    /// Makes sockets and snapshot what World and Table say.
    pub(super) fn follow(&mut self, changes: &[Change]) {
        self.staff.name_old(&self.meant.old_backends);
        let retired = self.staff.update(&self.world, changes);
        let until = Instant::now() + RETIRE;
        self.retired.extend(retired.into_iter().map(|stand_in| (until, stand_in)));
        let mut listeners =
            Listeners::of(&self.world, &self.meant.new, &mut self.ports, &mut self.certificates);
        listeners.add_old(&self.world, &self.meant.old, &mut self.certificates);
        self.wrongs.certify(&mut listeners, &mut self.certificates);
        let mut understudies = |id: &_, fault: &_| self.staff.understudy(id, fault);
        let table = self.wrongs.table(&self.meant.table, &mut understudies);
        let retired = self.staff.dismiss();
        self.retired.extend(retired.into_iter().map(|stand_in| (until, stand_in)));
        self.proxy.publish(Snapshot {
            table,
            upstreams: self.staff.upstreams(),
            certificates: listeners.certificates.clone(),
            names: listeners.names.clone(),
        });
        // After the snapshot: a port that is bound has its rules, one that goes has them until the end.
        self.ports.follow(&listeners, &self.proxy);
        self.follow_names();
        self.name_holders();
        self.offer_authority();
        let view = self.ports.view(&listeners);
        for listener in view.iter().filter(|listener| !self.listeners.contains(listener)) {
            self.tell(Notice::Listening(listener.clone()));
        }
        self.listeners = view;
        self.aim();
        let mut problems = listeners.problems;
        problems.extend(self.ports.problems());
        if let Some(names) = &self.names {
            problems.extend(self.ports.unlike());
            problems.extend(names.problems());
        }
        problems.extend(self.staff.problems(&self.world));
        for problem in problems.iter().filter(|problem| !self.own_problems.contains(problem)) {
            self.tell(Notice::Note(format!("{}; {}", problem.message, problem.fix)));
        }
        self.own_problems = problems;
    }

    /// Has it looked for who has the ports that are in use, aside: nobody waits for a walk over all programs.
    fn name_holders(&mut self) {
        let unnamed = self.ports.unnamed();
        if !unnamed.is_empty() {
            let named = self.named.clone();
            tokio::task::spawn_blocking(move || named.send(holder::of(&unnamed, holder::Over::Tcp)));
        }
    }

    /// Takes in who has ports; whether that is to be shown.
    fn named(&mut self, named: Named) -> bool {
        self.ports.named(named);
        let mut problems = self.ports.problems();
        problems.retain(|problem| !self.own_problems.contains(problem));
        for problem in &problems {
            // Views show it among what is wrong: no face has to interrupt anybody for it.
            tracing::info!("{}", clean(&format!("{}; {}", problem.message, problem.fix)));
        }
        self.own_problems.extend(problems);
        true
    }

    /// Has the load ask for what is served now.
    pub(super) fn aim(&self) {
        let answered = |backend: &BackendId| self.staff.has_endpoint(backend);
        let address = |key: &_| self.ports.address(key);
        let (Some(clients), Some(names)) = (&self.clients, &self.names) else {
            self.load.aim_at(&self.meant.table, address, answered);
            return;
        };
        let targets = self.load.targets(&self.meant.table, address, answered);
        let bound = || self.meant.table.ports.keys().filter_map(|key| Some((key, address(key)?)));
        let secure =
            |host: &str| self.meant.old.certificates.iter().any(|(pattern, _)| pattern.takes(Host(host)));
        let requests = Requests::of(&targets, bound(), |host| names.at_both(host), secure);
        clients.aim(requests, Places::of(bound()));
        if clients.are_beside() {
            self.load.aim_at(&self.meant.table, address, answered);
        }
    }

    /// Sends a request through the gateway, aside.
    pub(super) fn ask(&self, question: Question, answer: oneshot::Sender<Result<Answered, Unanswered>>) {
        let to = ask::destination(&self.meant.table, &question.ask, |key| self.ports.address(key));
        let asker =
            Asker { connector: self.connector.clone(), tail: self.proxy.tail(), orders: self.orders.clone() };
        tokio::spawn(async move {
            let answered = match to {
                Ok(to) => ask::ask(question, to, asker).await,
                Err(why) => Err(why),
            };
            let _ = answer.send(answered);
        });
    }

    /// What a face shows.
    pub(super) fn view(&self) -> View {
        let problems = self.file_problems.iter().chain(&self.own_problems);
        View {
            version: self.version,
            source: self.source.clone(),
            strict: self.strict,
            writable: self.desk.writable,
            world: Arc::clone(&self.world),
            sides: self.sides,
            compiled: Arc::clone(&self.meant.new),
            old: Arc::clone(&self.meant.old),
            table: Arc::clone(&self.meant.table),
            listeners: Arc::clone(&self.listeners),
            stand_ins: self.staff.view(),
            load: self.load_view(),
            traffic: Arc::clone(&self.traffic),
            now: self.now(),
            problems: problems.cloned().collect(),
            journal: self.desk.made(),
            admin: self.admin,
            ca: self.ca.clone(),
            names: self.names.as_ref().map(Names::view),
            clients: self.clients.as_ref().map(Clients::view),
            wrongs: self.wrongs.all().into(),
        }
    }

    /// The load, whoever sends it.
    fn load_view(&self) -> LoadView {
        let load = self.load.view();
        let instead = self.clients.as_ref().filter(|clients| !clients.are_beside());
        let Some(clients) = instead.map(Clients::view) else { return load };
        let Census { old, new, lost, last_failure, .. } = clients.census;
        LoadView {
            setting: clients.setting,
            sent: old.requests + new.requests + lost.requests,
            failed: old.failed + new.failed + lost.failed,
            last_failure,
            ..load
        }
    }

    pub(super) fn tell(&self, notice: Notice) {
        // A face that does not listen misses nothing that the view does not have.
        let _ = self.notices.send(notice);
    }

    pub(super) fn publish(&mut self, views: &Views) {
        self.version += 1;
        let view = self.view();
        self.shown = counters(&view);
        views.send_replace(Arc::new(view));
    }

    /// What was wrong with the files at the start: what could not be taken, and what should be looked at.
    pub(super) fn tell_of_files(&self) {
        for problem in &self.file_problems {
            match problem.severity {
                Severity::Error => self.tell(Notice::Refused(problem.clone())),
                Severity::Warning => self.tell(Notice::Note(in_a_line(problem))),
                Severity::Info => {}
            }
        }
    }

    /// Reads again what changed on disk; whether anything did.
    fn reload(&mut self) -> bool {
        let (changes, told) = self.manifests.refresh();
        for problem in told.into_iter().filter(|problem| problem.severity == Severity::Error) {
            self.tell(Notice::Refused(problem));
        }
        let problems = self.manifests.problems();
        let same = problems == self.file_problems;
        self.file_problems = problems;
        if changes.is_empty() {
            return !same;
        }
        let removed = changes.iter().filter(|change| matches!(change, Change::Remove(_))).count();
        let changed = changes.len() - removed;
        self.adopt(changes);
        self.tell(Notice::Reloaded { changed, removed });
        true
    }

    /// Takes a page of counters; whether a face has something new to show.
    fn measured(&mut self, page: Result<Page, String>) -> bool {
        let now = self.now();
        let target = self.admin.to_string();
        match page {
            Ok(page) => self.window.ingest(now, &target, &page),
            Err(why) => {
                if self.traffic.failure.as_ref() != Some(&why) {
                    self.tell(Notice::Note(format!("scraping {target} failed: {why}")));
                }
                self.window.failed(now, &target, why);
            }
        }
        let traffic = self.window.traffic(now);
        let quiet = traffic.scopes.is_empty()
            && self.traffic.scopes.is_empty()
            && traffic.failure == self.traffic.failure
            && traffic.at.is_some() == self.traffic.at.is_some();
        self.traffic = Arc::new(traffic);
        let counted = self.counted();
        counted || !quiet
    }

    /// Whether load or stand-ins counted anything since the last view; what is retired goes.
    fn counted(&mut self) -> bool {
        let now = Instant::now();
        self.retired.retain(|(until, _)| *until > now);
        let load = self.load.view();
        let asked = self.names.as_ref().map_or(0, Names::asked);
        [load.sent, load.failed, self.staff.answers(), asked] != self.shown
    }

    /// Writes the authority's certificate as soon as there is one.
    fn offer_authority(&mut self) {
        let (None, Some(folder)) = (&self.ca, &self.folder) else { return };
        let Some(authority) = self.certificates.authority() else { return };
        match authority.write(folder) {
            Ok(path) => self.ca = Some(path),
            Err(error) => {
                let message = format!(
                    "the certificate of the local authority can not be written to {}: {error}",
                    folder.display()
                );
                self.tell(Notice::Note(message));
                self.folder = None;
            }
        }
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Requests sent, those that failed, answers of all stand-ins, and questions to the name server.
fn counters(view: &View) -> [u64; 4] {
    let answers = view.stand_ins.iter().map(|stand_in| stand_in.answers).sum();
    let asked = view.names.as_ref().map_or(0, |names| names.totals.asked);
    [view.load.sent, view.load.failed, answers, asked]
}

/// `shop.yaml:3: what is wrong; what helps`
fn in_a_line(problem: &Problem) -> String {
    let Problem { file, line, message, fix, .. } = problem;
    let file = file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let fix = if fix.is_empty() { String::new() } else { format!("; {fix}") };
    format!("{file}{line}: {message}{fix}")
}
