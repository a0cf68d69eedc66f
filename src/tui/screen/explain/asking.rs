//! From what is typed to the way it takes: at once, but for near misses among many routes, which are looked for aside.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{Told, entries};
use crate::{
    proxy::Record,
    rehearsal::View,
    resource::Kind,
    routing::{Ask, NearMiss, PortProtocol, Side, Table, explain, near_misses, way},
    tui::{
        app::{Effect, Spot, State},
        facts::{
            describe::About,
            explain::{
                Backends, Filled, Form, Path, Question, Which, of_ingress, of_listener, of_record, of_rule,
                with_endpoints,
            },
            ingresses::IngressRow,
            measure,
        },
        screen::Id,
    },
};

/// Objects up to which near misses are looked for at once: far less than a millisecond.
pub(super) const AT_ONCE: usize = 5_000;

/// Near misses that are looked for aside; a newer search ends an older one.
#[derive(Debug, Default)]
pub struct Look {
    newest: Arc<AtomicU64>,
    /// Whether one is under way.
    pub(super) busy: bool,
}

/// Near misses to be looked for.
#[derive(Debug)]
pub struct Looking {
    view: Arc<View>,
    asks: Vec<Ask>,
    generation: u64,
    newest: Arc<AtomicU64>,
}

/// Near misses that were found.
#[derive(Debug)]
pub struct Looked {
    generation: u64,
    /// In the order of the sides that are asked.
    misses: Vec<Vec<NearMiss>>,
}

impl Looking {
    /// Looks, unless there is something newer.
    pub fn run(self) -> Option<Looked> {
        let newest = || self.newest.load(Relaxed) == self.generation;
        if !newest() {
            return None;
        }
        let misses = self.asks.iter().map(|ask| near_misses(table(&self.view, ask.side), ask));
        let misses = misses.collect();
        newest().then_some(Looked { generation: self.generation, misses })
    }
}

/// Why no request can be asked of what is selected.
pub fn not_askable(state: &State) -> Option<String> {
    selected(state).err()
}

/// Opens the form, filled from what is selected.
///
/// # Errors
/// Why that can not be.
pub fn explain_selected(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    let wanted = selected(state)?;
    let Filled { form, notes } = match &wanted {
        Wanted::Listener(id) => of_listener(table(&state.view, id.port.side), id),
        Wanted::Request(record) => of_record(record),
        Wanted::Ingress(row) => of_ingress(&row.facts),
        Wanted::Witness => {
            let (form, notes) = state.witness_form()?;
            Filled { form, notes }
        }
        Wanted::Rule(route, rule) => of_rule(&state.view.world, &state.view.compiled, route, *rule)?,
    };
    state.ask_about(form, notes);
    Ok(Vec::new())
}

/// What a request can be asked of.
enum Wanted {
    Listener(crate::routing::ListenerId),
    Ingress(Arc<IngressRow>),
    /// One that was seen.
    Request(Arc<Record>),
    /// The request of a difference.
    Witness,
    /// Route, position of the rule.
    Rule(crate::resource::Key, usize),
}

fn selected(state: &State) -> Result<Wanted, String> {
    if let Some((route, rule)) = state.open_rule() {
        return Ok(Wanted::Rule(route.clone(), rule));
    }
    if matches!(state.spots.last(), Some(Spot::Screen(Id::Rules)))
        && let Some(rule) = state.screens.rules.list.selected()
    {
        return Ok(Wanted::Rule(rule.route.clone(), rule.index));
    }
    if matches!(state.spots.last(), Some(Spot::Screen(Id::Compare))) {
        return state.witness_form().map(|_| Wanted::Witness);
    }
    if matches!(state.spots.last(), Some(Spot::Screen(Id::Requests))) {
        return match state.screens.requests.selected() {
            None => Err("no request is selected".to_owned()),
            Some(record) if record.head.method().is_empty() => {
                Err("it could not be read as a request".to_owned())
            }
            Some(record) => Ok(Wanted::Request(Arc::clone(record))),
        };
    }
    match state.selected() {
        Some(About::Listener(id)) => Ok(Wanted::Listener(id)),
        Some(About::Object(key)) if key.kind == Kind::HttpRoute => Ok(Wanted::Rule(key, 0)),
        Some(About::Object(key)) if key.kind == Kind::Ingress => {
            let row = state.inventory.as_ref().and_then(|inventory| inventory.row(&key));
            row.map(|row| Wanted::Ingress(Arc::clone(row))).ok_or_else(|| format!("{key} is not there"))
        }
        Some(About::Object(key)) if key.kind == Kind::Gateway => {
            let status = state.view.compiled.status.gateways.get(&key);
            let listeners = status.map_or(&[][..], |status| &status.listeners);
            let first = listeners.iter().find(|one| one.served).or(listeners.first());
            first
                .map(|one| Wanted::Listener(one.id.clone()))
                .ok_or_else(|| format!("{key} has no listener to ask"))
        }
        Some(About::Object(key)) => {
            Err(format!("a request is asked of a route, a rule or a listener, not of {}", key.kind))
        }
        Some(About::Findings(_)) | None => Err("nothing is selected that takes a request".to_owned()),
    }
}

impl State {
    /// Opens the form with a request; Esc comes back to where one is now.
    pub fn ask_about(&mut self, form: Form, notes: Vec<String>) {
        let explain = &mut self.screens.explain;
        explain.fields = super::Fields::of(&form);
        explain.notes = notes;
        explain.typing = false;
        explain.recalled = None;
        explain.sent.clear();
        if !matches!(self.spots.last(), Some(Spot::Screen(Id::Explain))) {
            self.spots.push(Spot::Screen(Id::Explain));
        }
        self.explain_again();
    }

    /// Reads what is typed and says what the Table says now.
    pub fn explain_again(&mut self) {
        let explain = &mut self.screens.explain;
        explain.look.newest.fetch_add(1, Relaxed);
        explain.look.busy = false;
        let question = match explain.fields.form().read() {
            Ok(question) => question,
            Err(wrong) => {
                explain.wrong = wrong;
                explain.told.clear();
                self.explain_lines();
                return;
            }
        };
        explain.wrong.clear();
        let which = explain.fields.which;
        let sides = match which {
            Which::Both => measure::sides(&self.view),
            Which::Old => vec![Side::Old],
            Which::New => vec![Side::New],
        };
        let quick = self.view.world.len() <= AT_ONCE;
        let told: Vec<Told> =
            sides.into_iter().map(|side| tell(&self.view, &question, side, quick)).collect();
        if !quick {
            let newest = Arc::clone(&self.screens.explain.look.newest);
            let generation = newest.load(Relaxed);
            let asks = told.iter().map(|told| told.ask.clone()).collect();
            let looking = Looking { view: Arc::clone(&self.view), asks, generation, newest };
            self.screens.explain.look.busy = true;
            self.outbox.push(Effect::Look(Box::new(looking)));
        }
        self.screens.explain.told = told;
        self.explain_lines();
    }

    /// Takes near misses that were looked for aside.
    pub fn looked(&mut self, looked: Looked) {
        let explain = &mut self.screens.explain;
        if looked.generation != explain.look.newest.load(Relaxed) {
            return;
        }
        explain.look.busy = false;
        for (told, misses) in explain.told.iter_mut().zip(&looked.misses) {
            let path = std::mem::take(&mut told.path);
            told.path = path.with_misses(told.ask.side, misses);
        }
        self.explain_lines();
    }

    /// Puts the lines of the list anew; the selection stays on what it was.
    pub fn explain_lines(&mut self) {
        let explain = &self.screens.explain;
        let entries = entries::entries(&explain.told, &explain.sent);
        let around = self.around();
        let job = self.screens.explain.list.set(entries, &around);
        self.outbox.extend(job.map(|job| Effect::Arrange((Id::Explain, 0), job)));
    }
}

/// What one side says of a request.
fn tell(view: &View, question: &Question, side: Side, quick: bool) -> Told {
    // A Gateway that is asked for is no name on the other side.
    let gateway = question.gateway.clone().filter(|_| side == Side::New);
    let (ask, here) = here(view, Ask { side, gateway, ..question.ask() });
    let backends = Backends { world: &view.world, stand_ins: &view.stand_ins };
    let table = table(view, side);
    let found = if quick { explain(table, &ask) } else { way(table, &ask) };
    let found = with_endpoints(found, backends);
    let mut path = Path::of(&ask, &found, backends);
    path.choice = here.or(path.choice);
    Told { ask, found, path }
}

/// The rules of one side.
pub(super) fn table(view: &View, side: Side) -> &Arc<Table> {
    match side {
        Side::Old => &view.old.table,
        Side::New => &view.compiled.table,
    }
}

/// Who types the port that a listener really has on this machine means the listener: the Table is asked for the port of
/// the manifest, and that is told.
fn here(view: &View, ask: Ask) -> (Ask, Option<String>) {
    let protocol = if ask.scheme == "https" { PortProtocol::Https } else { PortProtocol::Http };
    let ports = &table(view, ask.side).ports;
    let is_wanted = ports.iter().any(|(key, port)| key.port == ask.port && port.protocol == protocol);
    let bound = view.listeners.iter().find(|one| {
        one.protocol == protocol && one.address.as_ref().is_ok_and(|address| address.port() == ask.port)
    });
    match bound {
        Some(one) if !is_wanted => {
            let (wanted, entry) = (one.id.port.port, &one.id.port.entry);
            if one.id.port.side != ask.side {
                // The same port of the other side is meant too.
                return (Ask { port: wanted, ..ask }, None);
            }
            let told = format!("port {} of this machine is port {wanted} of {entry}", ask.port);
            let gateway = Some((entry.namespace.to_string(), entry.name.to_string()));
            (Ask { port: wanted, gateway, ..ask }, Some(told))
        }
        Some(_) | None => (ask, None),
    }
}
