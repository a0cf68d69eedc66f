//! What needs a person: everything broken or odd, the worst first, each with the object to open.

use std::collections::HashMap;

use super::{Health, health, measure, reasons, routes::parent_name, rules::Rule};
use crate::{
    rehearsal::{Backing, View},
    resource::{Condition, Key, Kind, Problem, Severity},
    traffic::{self, Measured, Scope},
};

/// How many are kept with their texts; all are counted.
pub const KEPT: usize = 500;

/// One thing that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub health: Health,
    /// The object to open.
    pub object: Option<Key>,
    /// Name shown: `shop/cart`, `infra/edge ▸ admin`, `routes.yaml:14`.
    pub subject: String,
    /// Half a sentence.
    pub words: String,
    /// More: the message, or the cure.
    pub detail: String,
}

/// All findings, and how many of each sort there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The worst first; at most [`KEPT`].
    pub list: Vec<Finding>,
    /// Broken.
    pub broken: usize,
    /// Wants a look.
    pub attention: usize,
    /// Not there yet.
    pub waiting: usize,
}

impl Findings {
    fn add(&mut self, health: Health, make: impl FnOnce() -> Finding) {
        match health {
            Health::Broken => self.broken += 1,
            Health::Attention => self.attention += 1,
            Health::Waiting => self.waiting += 1,
            Health::Unknown | Health::Ok => return,
        }
        if self.list.len() < KEPT {
            self.list.push(make());
        }
    }
}

/// What was told of each object already.
type Told = HashMap<Key, Vec<String>>;

/// What the objects, the files and the sockets say: changes only when they do.
///
/// `mistakes` are those that no condition shows; looking for them takes time, so they come later than the view.
pub fn standing(view: &View, mistakes: &[Problem]) -> Findings {
    let mut found = Findings::default();
    let status = &view.compiled.status;
    let mut told = Told::new();
    let mut condition =
        |found: &mut Findings, key: &Key, subject: String, parent: &str, all: &[Condition]| {
            let Some(worst) = health::deciding(all) else { return };
            let health = Health::of(worst);
            if health != Health::Ok {
                let said = told.entry(key.clone()).or_default();
                // A message that says nothing would be found in every other.
                said.extend((!worst.message.is_empty()).then(|| worst.message.clone()));
                found.add(health, || Finding {
                    health,
                    object: Some(key.clone()),
                    subject,
                    words: reasons::words(worst, parent),
                    detail: if worst.message.is_empty() { worst.cure.clone() } else { worst.message.clone() },
                });
            }
        };
    for (key, conditions) in &status.classes {
        condition(&mut found, key, key.path(), "", conditions);
    }
    for (key, gateway) in &status.gateways {
        let listeners_bad = gateway.listeners.iter().any(|l| Health::of_all(&l.conditions) == Health::Broken);
        let own = Health::of_all(&gateway.conditions);
        // A Gateway that is broken because of its listeners is told by them.
        if !(listeners_bad && own == Health::Broken) {
            condition(&mut found, key, key.path(), "", &gateway.conditions);
        }
        for listener in &gateway.listeners {
            let subject = format!("{} ▸ {}", key.path(), listener.id.name);
            condition(&mut found, key, subject.clone(), &subject, &listener.conditions);
        }
    }
    for (key, parents) in &status.routes {
        for parent in parents.iter() {
            condition(
                &mut found,
                key,
                key.path(),
                &parent_name(&parent.gateway, &parent.parent),
                &parent.conditions,
            );
        }
    }
    sockets(view, &mut found);
    files(view.problems.iter().chain(mistakes), &mut told, &mut found);
    found.list.sort_by_key(|finding| finding.health);
    found
}

fn sockets(view: &View, found: &mut Findings) {
    for listener in view.listeners.iter() {
        if let Err(why) = &listener.address {
            let entry = &listener.id.port.entry;
            let gateway = Key::new(Kind::Gateway, &*entry.namespace, &*entry.name);
            let judged = view.compiled.status.gateways.get(&gateway).is_some_and(|status| {
                status
                    .listeners
                    .iter()
                    .any(|l| l.id == listener.id && Health::of_all(&l.conditions) != Health::Ok)
            });
            if !judged {
                found.add(Health::Broken, || Finding {
                    health: Health::Broken,
                    object: Some(gateway),
                    subject: format!("{entry} ▸ {}", listener.id.name),
                    words: "does not listen".to_owned(),
                    detail: why.clone(),
                });
            }
        }
    }
    for stand_in in view.stand_ins.iter() {
        let told = |words: &str, detail: String| Finding {
            health: Health::Attention,
            object: Some(Key::new(
                Kind::Service,
                &*stand_in.backend.service.namespace,
                &*stand_in.backend.service.name,
            )),
            subject: stand_in.backend.service.to_string(),
            words: words.to_owned(),
            detail,
        };
        if stand_in.backing == Backing::NoEndpoint {
            found.add(Health::Attention, || {
                told("has no ready endpoint", "requests to it are answered with 503".to_owned())
            });
        }
    }
}

fn files<'a>(problems: impl Iterator<Item = &'a Problem>, told: &mut Told, found: &mut Findings) {
    for problem in problems {
        let health = match problem.severity {
            Severity::Error => Health::Broken,
            Severity::Warning => Health::Attention,
            Severity::Info => continue,
        };
        if let Some(key) = &problem.object {
            let before = told.entry(key.clone()).or_default();
            // A condition says of several faults together what a problem says of one, or of one without its place.
            if before.iter().any(|said| said.contains(&problem.message) || problem.message.contains(said)) {
                continue;
            }
            before.push(problem.message.clone());
        }
        found.add(health, || {
            let place = problem.file.as_ref().map(|file| match problem.line {
                Some(line) => format!("{}:{line}", file.display()),
                None => file.display().to_string(),
            });
            let subject = problem.object.as_ref().map(Key::path);
            let detail = [place.clone(), (!problem.fix.is_empty()).then(|| problem.fix.clone())];
            Finding {
                health,
                object: problem.object.clone(),
                subject: subject.or(place).unwrap_or_else(|| problem.code.to_owned()),
                words: problem.message.clone(),
                detail: detail.into_iter().flatten().collect::<Vec<_>>().join("  "),
            }
        });
    }
}

/// What traffic says of rules with several backends: one that fails more than the rest, beyond chance.
pub fn moving(view: &View, rules: &[Rule]) -> Findings {
    let mut found = Findings::default();
    for rule in rules {
        let measured: Vec<(String, Measured)> = rule
            .backends
            .iter()
            .filter_map(|backend| match measure::measured(view, &backend.scope(rule), measure::Over::Long) {
                measure::Reading::Is(measured) => Some((backend.name.clone(), measured)),
                measure::Reading::Nothing | measure::Reading::Unknown(_) => None,
            })
            .collect();
        for (name, own) in &measured {
            let rest = measured.iter().filter(|(other, _)| other != name);
            let (requests, errors) = rest.fold((0, 0), |(r, e), (_, m)| (r + m.requests, e + m.errors));
            let (Some(mine), Some(theirs)) =
                (traffic::share(own.errors, own.requests), traffic::share(errors, requests))
            else {
                continue;
            };
            if mine.low > theirs.high {
                found.add(Health::Attention, || Finding {
                    health: Health::Attention,
                    object: Some(rule.route.clone()),
                    subject: rule.route.path(),
                    words: format!(
                        "{name} 5xx {:.1} % against {:.1} %",
                        mine.value * 100.0,
                        theirs.value * 100.0
                    ),
                    detail: format!("over 60 s, {} requests of it and {requests} of the rest", own.requests),
                });
            }
        }
    }
    for (scope, series) in &view.traffic.scopes {
        let Scope::Route { kind, route } = scope else { continue };
        let Some(long) = series.long else { continue };
        let Some((namespace, name)) = route.split_once('/') else { continue };
        let split = rules.iter().any(|rule| rule.route.path() == **route);
        let share = traffic::share(long.errors, long.requests);
        if let Some(share) = share.filter(|share| share.low > 0.01 && !split) {
            let kind = Kind::from_group("gateway.networking.k8s.io", kind);
            found.add(Health::Attention, || Finding {
                health: Health::Attention,
                object: Some(Key::new(kind, namespace, name)),
                subject: route.to_string(),
                words: format!("{:.1} % of its requests answer 5xx", share.value * 100.0),
                detail: format!("over 60 s, {} of {} requests", long.errors, long.requests),
            });
        }
    }
    found.list.sort_by(|a, b| a.subject.cmp(&b.subject));
    found
}

/// Both together, the worst first.
pub fn joined(standing: &Findings, moving: &Findings) -> Findings {
    let mut list: Vec<Finding> = standing.list.iter().chain(&moving.list).cloned().collect();
    list.sort_by_key(|finding| finding.health);
    Findings {
        list,
        broken: standing.broken + moving.broken,
        attention: standing.attention + moving.attention,
        waiting: standing.waiting + moving.waiting,
    }
}
