//! A scenario from its YAML: every mistake is told, with its line; a key that nobody knows is one.

mod fields;
mod steps;
#[cfg(test)]
mod tests;
mod values;

use std::{collections::HashMap, time::Duration};

use super::model::{Bound, Criterion, Crowd, Measure, Scenario};
use crate::{
    rehearsal::clients::{Caching, ClientMix, Keep, Kind},
    source::yaml::{Child, Reader},
};
use fields::{Fields, Mistakes, Source};

/// What is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Mistake {
    /// Line in the file, from 1.
    pub line: u32,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Clients when nobody says how many.
const COUNT: usize = 200;
/// TTL when nobody says so: what DNS providers suggest before a move.
const TTL: Duration = Duration::from_mins(1);

/// Reads a scenario.
///
/// # Errors
/// All that is wrong with it, in the order of the lines.
pub fn read(text: &str) -> Result<Scenario, Vec<Mistake>> {
    let mut documents = Reader::new(text, 0, 1);
    let document = match documents.next() {
        Some(Ok(document)) => document,
        Some(Err(fault)) => return Err(vec![Mistake { line: fault.line, message: fault.message }]),
        None => return Err(vec![Mistake { line: 1, message: "nothing is in the file".to_owned() }]),
    };
    let mut mistakes = Mistakes::default();
    for repeated in &document.repeated {
        let message =
            format!("`{}` stands here again; the first is in line {}", repeated.key, repeated.first);
        mistakes.add(repeated.line, message);
    }
    if let Some(next) = documents.next() {
        let line = next.map_or_else(|fault| fault.line, |document| document.line);
        mistakes.add(line, "a second document: a file holds one scenario");
    }
    let scenario = document.root.and_then(|root| {
        let fields = Fields::of(Source { tree: &document.tree, text }, root, "a scenario", &mut mistakes)?;
        Some(whole(fields, &mut mistakes))
    });
    if document.root.is_none() {
        mistakes.add(1, "nothing is in the file");
    }
    let all = mistakes.all();
    match scenario {
        Some(scenario) if all.is_empty() => Ok(scenario),
        Some(_) | None => Err(all),
    }
}

fn whole(mut fields: Fields<'_, '_>, mistakes: &mut Mistakes) -> Scenario {
    let name = fields.text("name", mistakes).unwrap_or_default();
    let about = fields.text("about", mistakes).unwrap_or_default();
    let clients = match fields.take("clients") {
        Some(given) => crowd(&fields, given, mistakes),
        None => Crowd { count: COUNT, speed: 1.0, mix: ClientMix::default() },
    };
    let ttl = fields.parsed("ttl", mistakes, values::ttl).unwrap_or(TTL);
    let steps = fields.items("steps", mistakes);
    if steps.is_empty() {
        mistakes.add(fields.line(), "no step; `steps` is a list of what is done, like `- load: 100`");
    }
    let steps: Vec<_> =
        steps.into_iter().filter_map(|step| steps::step(fields.source(), step, mistakes)).collect();
    let criteria = fields.items("criteria", mistakes);
    let criteria: Vec<_> =
        criteria.into_iter().filter_map(|given| criterion(&fields, given, mistakes)).collect();
    fields.end(mistakes);
    let scenario = Scenario { name, about, clients, ttl, steps, criteria };
    labels(&scenario, mistakes);
    scenario
}

fn crowd(of: &Fields<'_, '_>, given: Child, mistakes: &mut Mistakes) -> Crowd {
    let mut crowd = Crowd { count: COUNT, speed: 1.0, mix: ClientMix::default() };
    let Some(mut fields) = Fields::of(of.source(), given, "`clients`", mistakes) else { return crowd };
    if let Some(count) = fields.parsed("count", mistakes, values::clients) {
        crowd.count = count;
    }
    if let Some(speed) = fields.parsed("speed", mistakes, values::speed) {
        crowd.speed = speed;
    }
    let own = fields.take("kinds").map(|kinds| own_kinds(&fields, kinds, mistakes)).unwrap_or_default();
    let line = fields.line_of("mix");
    if let Some(mix) = fields.take("mix") {
        let parts = match fields.source().scalar(mix) {
            Some(text) => text
                .split(',')
                .map(|word| word.split_once('=').unwrap_or((word, "")))
                .map(|(kind, part)| (kind.trim().to_owned(), part.trim().trim_end_matches('%').to_owned()))
                .collect(),
            None => pairs(&fields, mix, mistakes),
        };
        match ClientMix::of(parts, &own) {
            Ok(mix) => crowd.mix = mix,
            Err(why) => mistakes.add(line, why.to_string()),
        }
    }
    fields.end(mistakes);
    crowd
}

fn pairs(of: &Fields<'_, '_>, given: Child, mistakes: &mut Mistakes) -> Vec<(String, String)> {
    let Some(mut fields) = Fields::of(of.source(), given, "`mix`", mistakes) else { return Vec::new() };
    let names: Vec<String> = fields.names().map(str::to_owned).collect();
    let part = |name: String| {
        let part = fields.scalar(&name, mistakes)?;
        Some((name, part.trim_end_matches(['%', ' ']).to_owned()))
    };
    names.into_iter().filter_map(part).collect()
}

/// Kinds of the user's own, by name.
fn own_kinds(of: &Fields<'_, '_>, given: Child, mistakes: &mut Mistakes) -> Vec<Kind> {
    let Some(mut fields) = Fields::of(of.source(), given, "`kinds`", mistakes) else { return Vec::new() };
    let names: Vec<String> = fields.names().map(str::to_owned).collect();
    let mut kinds = Vec::new();
    for name in names {
        let Some(child) = fields.take(&name) else { continue };
        let Some(mut kind) = Fields::of(fields.source(), child, "a kind", mistakes) else { continue };
        let forever = kind.parsed("forever", mistakes, values::yes).unwrap_or(false);
        let floor = kind.parsed("floor", mistakes, values::time);
        let cap = kind.parsed("cap", mistakes, values::time);
        if forever && (floor.is_some() || cap.is_some()) {
            mistakes.add(kind.line(), "one that believes for ever has neither `floor` nor `cap`");
        }
        let caching =
            if forever { Caching::Forever } else { Caching::Ttl { floor: floor.unwrap_or_default(), cap } };
        let pool = kind.parsed("pool", mistakes, values::pool);
        let keep = kind.take("keep").and_then(|child| {
            let mut keep = Fields::of(kind.source(), child, "`keep`", mistakes)?;
            let (idle, age) =
                (keep.parsed("idle", mistakes, values::time), keep.parsed("age", mistakes, values::time));
            let requests = keep.parsed("requests", mistakes, values::requests);
            keep.end(mistakes);
            Some(Keep { idle, requests, age })
        });
        if keep.is_none() && pool.is_some_and(|pool| pool > 1) {
            mistakes.add(kind.line(), "a `pool` needs `keep`: connections that are not kept are none");
        }
        let retries = kind.parsed("retries", mistakes, values::yes).unwrap_or(false);
        kind.end(mistakes);
        let about = "of this scenario".into();
        kinds.push(Kind { name: name.into(), caching, keep, pool: pool.unwrap_or(1), retries, about });
    }
    kinds
}

fn criterion(of: &Fields<'_, '_>, given: Child, mistakes: &mut Mistakes) -> Option<Criterion> {
    let mut fields = Fields::of(of.source(), given, "a criterion", mistakes)?;
    let line = fields.line();
    let what = fields.parsed("what", mistakes, values::measure);
    if what.is_none() && fields.line_of("what") == line && !fields.had("what") {
        mistakes.add(line, "a criterion says `what` is measured, like `what: new-5xx`");
    }
    let bound = what.and_then(|what| bound(&mut fields, what, mistakes));
    let from = fields.scalar("from", mistakes);
    let until = fields.scalar("until", mistakes);
    let after_ttls = fields.parsed("after-ttls", mistakes, values::ttls);
    fields.end(mistakes);
    Some(Criterion { line, what: what?, bound: bound?, from, until, after_ttls })
}

/// `at-most` or `at-least`, one of them.
fn bound(fields: &mut Fields<'_, '_>, what: Measure, mistakes: &mut Mistakes) -> Option<Bound> {
    let value = |text: &str| values::value(what.unit(), text);
    let (had_most, had_least) = (fields.had("at-most"), fields.had("at-least"));
    let most = fields.parsed("at-most", mistakes, value);
    let least = fields.parsed("at-least", mistakes, value);
    if had_most == had_least {
        let message = format!("give `at-most` or `at-least` for {what}, one of them");
        mistakes.add(fields.line(), message);
        return None;
    }
    most.map(Bound::AtMost).or(least.map(Bound::AtLeast))
}

/// Labels stand once, and criteria name such as there are, in the order of time.
fn labels(scenario: &Scenario, mistakes: &mut Mistakes) {
    let mut places: HashMap<&str, (usize, u32)> = HashMap::new();
    for (nth, step) in scenario.steps.iter().enumerate() {
        if let Some(label) = &step.label
            && let Some((_, line)) = places.insert(label, (nth, step.line))
        {
            mistakes.add(step.line, format!("label `{label}` is given in line {line} already"));
        }
    }
    for criterion in &scenario.criteria {
        let mut place = |label: &Option<String>| {
            let label = label.as_deref()?;
            let found = places.get(label).map(|(nth, _)| *nth);
            if found.is_none() {
                let message = format!("no step is labelled `{label}`; write `as: {label}` beside one");
                mistakes.add(criterion.line, message);
            }
            found
        };
        if let (Some(from), Some(until)) = (place(&criterion.from), place(&criterion.until))
            && from >= until
        {
            mistakes.add(criterion.line, "`until` comes before `from`");
        }
    }
}
