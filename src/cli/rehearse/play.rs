//! Plays a scenario in a running rehearsal: gives the run the time and what the clients did, and does what it is told.

use std::{
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};

use crate::{
    dns::Hostname,
    rehearsal::{
        ClientsView, Command as Order, LoadSetting, SideFault, StandInView, Switch, View, Which,
        clients::{ClientMix, ClientOptions, Prediction, Said},
    },
    routing::Side,
    scenario::{
        Command, Event, Hosts, MarkKind, Outcome, Record, Run, Sample, Scenario, Verdict, html, json, judge,
        markdown,
    },
    switch::{self, Pointing},
};

/// Between two measurements.
const SAMPLE: Duration = Duration::from_millis(500);
/// Between two looks at what is due.
const TICK: Duration = Duration::from_millis(50);

/// What a player holds of a rehearsal.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The newest view.
    pub view: watch::Receiver<Arc<View>>,
    /// What it is told.
    pub commands: UnboundedSender<Order>,
}

/// What is told while it is played.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Seconds from the begin.
    pub at: f64,
    /// The step's number from 1, and how many there are.
    pub step: (usize, usize),
    /// What it does.
    pub text: String,
}

/// A run and what is said of it.
#[derive(Clone, Debug)]
pub struct Played {
    /// What happened.
    pub record: Record,
    /// What is said of it.
    pub verdicts: Vec<Verdict>,
}

struct Player {
    stage: Stage,
    run: Run,
    begun: Instant,
    /// The clients at the last measurement.
    before: Option<ClientsView>,
    /// What DNS said from when on, on the clock of the clients.
    said: Vec<Said>,
    /// When requests began, on that clock, and how often the rate was set.
    sends_from: Option<Duration>,
    rates: usize,
}

/// Plays it to its end, or until `ended` says so.
pub async fn play(
    scenario: Arc<Scenario>,
    stage: Stage,
    ended: impl Future<Output = ()>,
    mut tell: impl FnMut(Progress),
) -> Played {
    let criteria = scenario.criteria.clone();
    let mut player = Player {
        stage,
        run: Run::new(scenario, jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        begun: Instant::now(),
        before: None,
        said: Vec::new(),
        sends_from: None,
        rates: 0,
    };
    let stopped = tokio::select! {
        stopped = player.play(&mut tell) => stopped,
        () = ended => Some("it was ended before its end".to_owned()),
    };
    let Player { run, said, sends_from, rates, .. } = player;
    let mix = run.scenario().clients.mix.clone();
    let mut record = run.record().clone();
    if let Some(why) = stopped
        && record.outcome == Outcome::Running
    {
        let line = record.marks.last().map_or(0, |mark| mark.line);
        record.outcome = Outcome::Stopped { line, why };
    }
    if rates == 1 {
        expect(&mut record, &mix, &said, sends_from);
    }
    let verdicts = judge(&record, &criteria);
    Played { record, verdicts }
}

impl Player {
    /// Gives why it could not go on.
    async fn play(&mut self, tell: &mut impl FnMut(Progress)) -> Option<String> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sampled = Instant::now();
        let mut told = 0;
        while !self.run.is_over() {
            ticks.tick().await;
            let mut event = Event::Tick;
            // What comes before a step is measured apart from what comes after it.
            let due = self.run.due().is_some_and(|due| self.begun.elapsed() >= due);
            if due || sampled.elapsed() >= SAMPLE || self.before.is_none() {
                sampled = Instant::now();
                match self.sample().await {
                    Ok(Some(sample)) => event = Event::Measured(Box::new(sample)),
                    Ok(None) => {}
                    Err(why) => return Some(why),
                }
            }
            let commands = self.run.event(event, self.begun.elapsed());
            for (step, command) in commands {
                if let Err(why) = self.order(command).await {
                    self.run.event(Event::Refused { step, why }, self.begun.elapsed());
                    break;
                }
            }
            let marks = &self.run.record().marks;
            let all = self.run.progress().1;
            for (nth, mark) in marks.iter().enumerate().skip(told) {
                tell(Progress { at: mark.at, step: (nth + 1, all), text: mark.text.clone() });
            }
            told = marks.len();
        }
        None
    }

    /// What the clients did since the last one.
    async fn sample(&mut self) -> Result<Option<Sample>, String> {
        let (tx, rx) = oneshot::channel();
        self.send(Order::Clients(tx))?;
        let now = rx.await.map_err(|_| "the rehearsal ended".to_owned())?;
        let now = now.ok_or("the rehearsal has no clients")?;
        let dns_old = self.dns_old(&now);
        let (ttl, at) = (self.ttl(), now.at.mul_f64(now.options.speed));
        if self.said.is_empty() {
            self.say(at, ttl, dns_old);
        }
        let sample = self.before.as_ref().map(|before| {
            let seconds = now.at.saturating_sub(before.at).as_secs_f64();
            let at = self.begun.elapsed().as_secs_f64();
            Sample { dns_old, ..Sample::between(&before.census, &now.census, at, seconds) }
        });
        self.before = Some(now);
        Ok(sample)
    }

    fn say(&mut self, from: Duration, ttl: Duration, old: Option<f64>) {
        let Some(old) = old else { return };
        if self.said.last().is_none_or(|last| last.ttl != ttl || (last.old - old).abs() > 1e-9) {
            self.said.push(Said { from, ttl, old });
        }
    }

    /// The share of answers that name the old side, each host by its requests.
    fn dns_old(&self, clients: &ClientsView) -> Option<f64> {
        let view = self.stage.view.borrow();
        let names = view.names.as_ref()?;
        let points = |host: &str| {
            let named = |name: &str| names.names.iter().find(|one| one.hostname.to_string() == name);
            let under = || host.split_once('.').and_then(|(_, parent)| named(&format!("*.{parent}")));
            let name = named(host).or_else(under)?;
            let percent = if name.alternates { 50 } else { name.journey.pointing().percent() };
            Some(1.0 - f64::from(percent) / 100.0)
        };
        let shares = clients.hosts.iter().filter_map(|(host, share)| Some((points(host)?, *share)));
        let (old, all) = shares.fold((0.0, 0.0), |(old, all), (at, share)| (old + at * share, all + share));
        (all > 0.0).then(|| old / all)
    }

    /// How long answers are believed by who obeys: the longest TTL there is, or what resolvers make of it.
    fn ttl(&self) -> Duration {
        let view = self.stage.view.borrow();
        let names = view.names.iter().flat_map(|names| names.names.iter());
        let ttl = names.map(|name| u64::from(name.journey.ttl().seconds())).max().unwrap_or(0);
        let ignored = view.wrongs.iter().any(|wrong| wrong.fault == SideFault::ResolverIgnoresTtl);
        Duration::from_secs(ttl).max(if ignored { ClientOptions::IGNORED } else { Duration::ZERO })
    }

    fn send(&self, order: Order) -> Result<(), String> {
        self.stage.commands.send(order).map_err(|_| "the rehearsal ended".to_owned())
    }

    async fn order(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Load { rate, connections } => {
                self.rates += 1;
                if rate > 0.0 && self.sends_from.is_none() {
                    self.sends_from = Some(self.client_time().await?);
                }
                self.send(Order::Load(LoadSetting { rate, concurrency: connections }))
            }
            Command::Ttl { hosts, ttl } => {
                let seconds = u32::try_from(ttl.as_secs()).map_err(|_| "that TTL is too long".to_owned())?;
                self.switch(&hosts, switch::Event::Ttl(seconds)).await
            }
            Command::Switch { hosts, to, share } => {
                let percent = (share * 100.0).round() as u8;
                let new = match to {
                    Side::New => percent,
                    Side::Old => 100_u8.saturating_sub(percent),
                };
                let to = Pointing::share(new).ok_or("a share is 0 to 100 %")?;
                // What was held goes on: the scenario says so by this step.
                self.switch(&hosts, switch::Event::Resume).await?;
                self.switch(&hosts, switch::Event::Point(to)).await
            }
            Command::RollBack(hosts) => self.switch(&hosts, switch::Event::RollBack).await,
            Command::Hold(hosts) => self.switch(&hosts, switch::Event::Hold).await,
            Command::Backend { namespace, service, fault } => {
                let backends: Vec<_> = {
                    let view = self.stage.view.borrow();
                    let of = |stand_in: &&StandInView| {
                        let origin = &stand_in.backend.service;
                        *origin.namespace == *namespace && *origin.name == *service
                    };
                    view.stand_ins.iter().filter(of).map(|stand_in| Arc::clone(&stand_in.backend)).collect()
                };
                if backends.is_empty() {
                    return Err(format!("no route sends anything to {namespace}/{service}"));
                }
                backends.into_iter().try_for_each(|backend| self.send(Order::Fault(backend, fault)))
            }
            Command::Side { side, fault, hosts } => {
                let hosts = match hosts {
                    Hosts::All => None,
                    Hosts::Some(hosts) => Some(hosts),
                };
                let (tx, rx) = oneshot::channel();
                self.send(Order::Wrong(side, fault, hosts, tx))?;
                rx.await.map_err(|_| "the rehearsal ended".to_owned())??;
                self.said_now().await
            }
        }
    }

    /// Does something to names; at least one has to take it.
    async fn switch(&mut self, hosts: &Hosts, event: switch::Event) -> Result<(), String> {
        let which = match hosts {
            Hosts::All => Which::All,
            Hosts::Some(hosts) => {
                let parsed = hosts.iter().map(|host| host.parse::<Hostname>().map_err(|why| why.to_string()));
                Which::These(parsed.collect::<Result<_, _>>()?)
            }
        };
        let (tx, rx) = oneshot::channel();
        let force = false;
        self.send(Order::Switch(Switch { which, event, force }, tx))?;
        let done = rx.await.map_err(|_| "the rehearsal ended".to_owned())?;
        let done = done.map_err(|wrong| {
            let told = wrong.iter().map(|one| format!("{}: {}", one.hostname, one.message));
            told.collect::<Vec<_>>().join("; ")
        })?;
        if let Some(why) = done.first().and_then(|one| one.done.as_ref().err())
            && done.iter().all(|one| one.done.is_err())
        {
            return Err(format!("no name could be changed: {why}"));
        }
        if done.is_empty() {
            return Err("there is no hostname at all".to_owned());
        }
        self.said_now().await
    }

    /// Keeps what DNS says from now on.
    async fn said_now(&mut self) -> Result<(), String> {
        let from = self.client_time().await?;
        let (ttl, old) = (self.ttl(), self.before.as_ref().and_then(|clients| self.dns_old(clients)));
        self.say(from, ttl, old);
        Ok(())
    }

    /// The clock of the clients.
    async fn client_time(&self) -> Result<Duration, String> {
        let (tx, rx) = oneshot::channel();
        self.send(Order::Clients(tx))?;
        let view = rx.await.map_err(|_| "the rehearsal ended".to_owned())?;
        let view = view.ok_or("the rehearsal has no clients")?;
        Ok(view.at.mul_f64(view.options.speed))
    }
}

/// Writes into the samples what these clients make expect, at the rate at which they really sent.
fn expect(record: &mut Record, mix: &ClientMix, said: &[Said], from: Option<Duration>) {
    let (Some(from), Some(last)) = (from, record.samples.last()) else { return };
    let begun = record.marks.iter().find(|mark| mark.kind == MarkKind::Load);
    let Some(begun) = begun.map(|mark| mark.at) else { return };
    let requests: u64 = record.samples.iter().map(|sample| sample.old.requests + sample.new.requests).sum();
    let seconds = (last.at - begun) * record.speed;
    if seconds <= 0.0 || record.clients == 0 {
        return;
    }
    let rate = requests as f64 / record.clients as f64 / seconds;
    // Their clock begins with the first request; what was said before that is what is said then.
    let said: Vec<Said> =
        said.iter().map(|one| Said { from: one.from.saturating_sub(from), ..*one }).collect();
    let predicted = Prediction::of(mix, rate, &said, Duration::from_secs_f64(seconds));
    for sample in &mut record.samples {
        let middle = (sample.at - sample.seconds / 2.0 - begun) * record.speed;
        if middle >= 0.0 {
            sample.predicted_old = predicted.at(Duration::from_secs_f64(middle));
        }
    }
}

/// Writes the three reports.
///
/// # Errors
/// What the system says, with the file.
pub fn write(played: &Played, folder: &Path) -> Result<(), (std::path::PathBuf, io::Error)> {
    let Played { record, verdicts } = played;
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    for (name, text) in [
        ("report.md", markdown(record, verdicts)),
        ("report.json", json(record, verdicts)),
        ("report.html", html(record, verdicts)),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| (path, error))?;
    }
    Ok(())
}
