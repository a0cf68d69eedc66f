//! Why both sides differ in a point: something is missing, an annotation, a trap, or the rules themselves.

use std::{collections::HashMap, fmt, sync::Arc};

use super::{Face, trap, without::Without};
use crate::{
    inventory::{Survey, TrapFinding, traps},
    resource::{Key, Kind as ObjectKind},
    routing::{
        Origin,
        compare::{self, Difference, Kind, Place, Point, Reached, Witness},
        normalized,
    },
};

/// What makes the difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// Of what kind.
    pub kind: CauseKind,
    /// The whole key of an annotation, the name of a trap, the field that is missing, or both rules.
    pub key: Arc<str>,
    /// The object at fault; none where it is not one.
    pub object: Option<Key>,
}

/// Of what kind a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// An annotation: without it the point would be another.
    Annotation,
    /// A trap of the inventory.
    Trap,
    /// One side has nothing of the kind.
    Missing,
    /// The rules say different things.
    Other,
}

impl Cause {
    /// What a trap is, in a few words; none for other causes.
    pub fn title(&self) -> Option<&'static str> {
        let trap = traps::all().find(|trap| self.kind == CauseKind::Trap && trap.id == &*self.key)?;
        Some(trap.title)
    }
}

impl CauseKind {
    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Annotation => "annotation",
            Self::Trap => "trap",
            Self::Missing => "missing",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for CauseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// nginx refuses it before it looks for a rule.
pub(super) const READING: &str = "how requests are read";
/// Health checks, the 404 for everybody, the certificate for everybody.
pub(super) const OWN: &str = "what the controller answers itself";
/// `proxy_hide_header` as nginx has it by default.
pub(super) const HIDDEN: &str = "headers that nginx keeps from clients";

/// What is known before the first request is asked.
pub(super) struct Known<'k> {
    pub(super) old: &'k Face<'k>,
    pub(super) new: &'k Face<'k>,
    pub(super) places: (Place<'k>, Place<'k>),
    /// The first finding of each trap.
    pub(super) traps: HashMap<&'static str, &'k TrapFinding>,
    /// Traps by the rules that their requests meet: scheme, old, new.
    by_pair: HashMap<(bool, usize, usize), Vec<&'static str>>,
    pub(super) without: Option<Without<'k>>,
}

impl<'k> Known<'k> {
    pub(super) fn new(
        old: &'k Face<'k>,
        new: &'k Face<'k>,
        places: (Place<'k>, Place<'k>),
        survey: &'k Survey,
    ) -> Self {
        let mut traps = HashMap::new();
        let mut by_pair: HashMap<_, Vec<&'static str>> = HashMap::new();
        for finding in &survey.traps {
            traps.entry(finding.id).or_insert(&**finding);
            let Some(sample) = &finding.request else { continue };
            let witness = trap::witness(sample, old);
            let id = |place| compare::reached(place, &witness, class);
            let pair = (sample.scheme == "https", id(places.0), id(places.1));
            let known = by_pair.entry(pair).or_default();
            if !known.contains(&finding.id) {
                known.push(finding.id);
            }
        }
        let without = old.nginx().map(|compiled| Without::new(old.world, compiled));
        Self { old, new, places, traps, by_pair, without }
    }
}

/// [`Reached::class`] for any lifetime.
fn class(reached: &Reached<'_>) -> usize {
    reached.class()
}

/// Finds causes; remembers those of one object.
pub(super) struct Finder<'k> {
    known: &'k Known<'k>,
    /// By old rule, new rule, and point.
    seen: HashMap<(usize, usize, Kind, Arc<str>), Cause>,
    without: Option<super::without::Trials<'k>>,
    /// The last path that came oddly, and in what both sides differ for the same path written plainly.
    plain: Option<(Witness, Vec<Point>)>,
}

impl<'k> Finder<'k> {
    pub(super) fn new(known: &'k Known<'k>) -> Self {
        Self {
            known,
            seen: HashMap::new(),
            without: known.without.as_ref().map(Without::trials),
            plain: None,
        }
    }

    /// The next host begins: what was remembered of the last one is of no use.
    pub(super) fn next(&mut self) {
        self.seen.clear();
        if let Some(trials) = &mut self.without {
            trials.next();
        }
    }

    pub(super) fn of(&mut self, difference: &Difference<'_>, point: &Point) -> Cause {
        let (old, new) = (difference.old, difference.new);
        let id = (old.class(), new.class(), point.kind, Arc::clone(&point.what));
        if let Some(cause) = self.seen.get(&id) {
            return cause.clone();
        }
        let cause = self.find(difference, point);
        self.seen.insert(id, cause.clone());
        cause
    }

    fn find(&mut self, difference: &Difference<'_>, point: &Point) -> Cause {
        let (old, new, witness) = (difference.old, difference.new, difference.witness);
        if let Some(cause) = self.absent(old, new, witness) {
            return cause;
        }
        if let Some(cause) = self.habit(old, witness, point) {
            return cause;
        }
        if let Some(cause) = self.annotation(old, witness, point) {
            return cause;
        }
        if let Some(cause) = self.trap(old, new, witness, point) {
            return cause;
        }
        // What only one side's rule takes, though the other has rules of this host.
        match (old, new) {
            (_, Reached::NoRule(_)) if route(old).is_some() => {
                missing(self.field(true, "rules[].matches"), object(old))
            }
            (Reached::NoRule(_), _) if route(new).is_some() => {
                missing(self.field(false, "rules[].matches"), object(new))
            }
            _ => self.fields(old, new, point),
        }
    }

    /// Nobody listens, or nobody has the host.
    fn absent(&self, old: &Reached<'_>, new: &Reached<'_>, witness: &Witness) -> Option<Cause> {
        let listener = |new: bool| -> Arc<str> {
            let field = self.field(new, "listeners[]");
            let scheme = witness.ask.scheme.to_ascii_uppercase();
            format!("{field} ({scheme}, port {})", witness.ask.port).into()
        };
        match (old, new) {
            (Reached::Closed, _) => Some(missing(listener(false), None)),
            (_, Reached::Closed) => Some(missing(listener(true), None)),
            (_, Reached::NoListener) if serves(old) => {
                Some(missing(self.field(true, "listeners[].hostname"), object(old)))
            }
            (Reached::NoListener, _) if serves(new) => {
                Some(missing(self.field(false, "listeners[].hostname"), object(new)))
            }
            (_, Reached::NoRule(listener)) if serves(old) && !has_host(listener, witness) => {
                Some(missing(self.field(true, "hostnames"), object(old)))
            }
            (Reached::NoRule(listener), _) if serves(new) && !has_host(listener, witness) => {
                Some(missing(self.field(false, "hostnames"), object(new)))
            }
            // The controller's own 404 stands for a host, or a path, that no Ingress has.
            (Reached::Match(..), Reached::Match(..)) if is_nobody(old) && serves(new) => {
                Some(missing(self.field(false, "rules[]"), object(new)))
            }
            _ => None,
        }
    }

    fn is_gateway(&self, new: bool) -> bool {
        let face = if new { self.known.new } else { self.known.old };
        face.nginx().is_none()
    }

    /// What the controller does for everybody, whatever an Ingress says.
    fn habit(&mut self, old: &Reached<'_>, witness: &Witness, point: &Point) -> Option<Cause> {
        self.known.old.nginx()?;
        if let Reached::Refused(..) = old {
            return Some(other(READING.into(), None));
        }
        if route(old).is_some_and(|route| &*route.kind == "IngressController") {
            return Some(other(OWN.into(), None));
        }
        if point.kind == Kind::ResponseHeaders && !point.shown {
            return Some(other(HIDDEN.into(), None));
        }
        // A path that is written oddly, where the same path written plainly makes no such difference.
        let path = normalized(&witness.ask.path);
        if path != witness.ask.path {
            // All points of one witness come one after the other.
            if self.plain.as_ref().is_none_or(|(known, _)| known != witness) {
                let mut plain = Witness { body: None, ..witness.clone() };
                plain.ask.path = path.into_owned();
                let points = compare::points(self.known.places.0, self.known.places.1, &plain);
                self.plain = Some((witness.clone(), points));
            }
            let mut points = self.plain.iter().flat_map(|(_, points)| points);
            if !points.any(|one| (one.kind, &one.what) == (point.kind, &point.what)) {
                return Some(Cause { kind: CauseKind::Trap, key: "M10".into(), object: None });
            }
        }
        None
    }

    /// The name of a field where it is missing.
    fn field(&self, new: bool, part: &str) -> Arc<str> {
        match (!self.is_gateway(new), part) {
            (true, "hostnames" | "listeners[].hostname") => "Ingress.spec.rules[].host".into(),
            (true, "rules[].matches") => "Ingress.spec.rules[].http.paths[]".into(),
            (true, "rules[]") => "Ingress.spec.rules[]".into(),
            (true, part) => format!("controller {part}").into(),
            (false, "listeners[]" | "listeners[].hostname") => format!("Gateway.spec.{part}").into(),
            (false, part) => format!("HTTPRoute.spec.{part}").into(),
        }
    }

    /// An annotation without which the old side would answer otherwise in this point.
    fn annotation(&mut self, old: &Reached<'_>, witness: &Witness, point: &Point) -> Option<Cause> {
        // A trial knows no certificates, and no annotation says which one is shown.
        if (point.kind, &*point.what) == (Kind::Tls, "certificate") {
            return None;
        }
        let trials = self.without.as_mut()?;
        let Reached::Match(_, host, _) = old else { return None };
        let own = object(old);
        let (ingress, key) =
            trials.cause(&host.pattern, own.as_ref(), witness, point, self.known.places.1)?;
        Some(Cause { kind: CauseKind::Annotation, key, object: Some(ingress) })
    }

    fn trap(&self, old: &Reached<'_>, new: &Reached<'_>, witness: &Witness, point: &Point) -> Option<Cause> {
        self.known.old.nginx()?;
        let found = |id: &&&'static str| self.known.traps.contains_key(**id);
        let habits = trap::of_point(point, witness);
        if let Some(id) = habits.iter().find(found).or(habits.first()) {
            return Some(Cause { kind: CauseKind::Trap, key: (*id).into(), object: None });
        }
        let pair = (witness.ask.scheme == "https", old.class(), new.class());
        let met = self.known.by_pair.get(&pair)?;
        let id = met.iter().find(|id| trap::speaks_of(id, point.kind))?;
        Some(Cause { kind: CauseKind::Trap, key: (*id).into(), object: object(old) })
    }

    /// Both sides have a rule: the field of one that has nothing of the kind, or both rules.
    fn fields(&self, old: &Reached<'_>, new: &Reached<'_>, point: &Point) -> Cause {
        let field = match point.kind {
            Kind::Status | Kind::Backend | Kind::Share | Kind::Tls => None,
            Kind::Location => Some("rules[].filters[].requestRedirect"),
            Kind::UpstreamPath => Some("rules[].filters[].urlRewrite"),
            Kind::UpstreamHeaders => Some("rules[].filters[].requestHeaderModifier"),
            Kind::ResponseHeaders => Some("rules[].filters[].responseHeaderModifier"),
            Kind::Timeout => Some("rules[].timeouts"),
            Kind::BodyLimit => Some("a policy for the size of bodies"),
        };
        let side = match (&point.old, &point.new) {
            (Some(_), None) => Some(true),
            (None, Some(_)) => Some(false),
            _ => None,
        };
        match (field, side) {
            (Some(field), Some(is_new)) if self.is_gateway(is_new) => {
                let key = if field.starts_with("rules") { self.field(is_new, field) } else { field.into() };
                missing(key, object(if is_new { old } else { new }))
            }
            _ => other(format!("{} ▸ {}", rule(old), rule(new)).into(), object(old).or_else(|| object(new))),
        }
    }
}

fn missing(key: Arc<str>, object: Option<Key>) -> Cause {
    Cause { kind: CauseKind::Missing, key, object }
}

fn other(key: Arc<str>, object: Option<Key>) -> Cause {
    Cause { kind: CauseKind::Other, key, object }
}

fn route<'t>(reached: &Reached<'t>) -> Option<&'t Origin> {
    reached.candidate().map(|one| &*one.rule.id.route)
}

/// The object whose rule was met.
pub(super) fn object(reached: &Reached<'_>) -> Option<Key> {
    let route = route(reached)?;
    let kind = ObjectKind::known().find(|kind| kind.name() == &*route.kind)?;
    Some(Key::new(kind, Arc::clone(&route.namespace), Arc::clone(&route.name)))
}

/// `HTTPRoute shop/web rule 2`, or why there is none.
pub(super) fn rule(reached: &Reached<'_>) -> String {
    match reached {
        Reached::Closed => "nobody listens".to_owned(),
        Reached::Refused(status, why) => format!("{status}: {why}"),
        Reached::NoListener => "no listener".to_owned(),
        Reached::NoRule(listener) => format!("no rule of listener {}", listener.id.name),
        Reached::Match(_, _, one) => {
            let id = &one.rule.id;
            let name = id.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
            format!("{} {} rule {}{name}", id.route.kind, id.route, id.index + 1)
        }
    }
}

/// Whether an object of the user's takes the request.
fn serves(reached: &Reached<'_>) -> bool {
    reached.candidate().is_some() && !is_nobody(reached)
}

/// The controller's own rules, that no Ingress wrote.
fn is_nobody(reached: &Reached<'_>) -> bool {
    let Some(candidate) = reached.candidate() else { return false };
    &*candidate.rule.id.route.kind == "IngressController"
        || candidate.rule.id.name.is_none()
            && matches!(candidate.rule.action, crate::routing::Action::Answer(404, _))
}

fn has_host(listener: &crate::routing::Listener, witness: &Witness) -> bool {
    listener.hosts.taking(crate::routing::Host(&witness.ask.host)).next().is_some()
}
