//! Two sides compared: nothing that chance finds was missed, and every witness is truly answered differently.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

mod tls;
mod wire;
mod worlds;

use std::collections::{BTreeMap, HashMap};

use cutover::{
    dialect::{gateway, ingress},
    routing::{
        Outcome, Side, Table,
        compare::{
            Difference, End, Fold, Kind, Kinds, Options, Place, Point, Reached, Tally, Witness, answer,
            compare, points, reached,
        },
        way,
    },
};
use worlds::{Dice, folder, load, objects, request};

/// Who a request meets, by names that hold for both ways to ask.
fn met(reached: &Reached<'_>) -> String {
    match reached {
        Reached::Closed => "closed".to_owned(),
        Reached::Refused(status, _) => format!("refused {status}"),
        Reached::NoListener => "no listener".to_owned(),
        Reached::NoRule(listener) => format!("no rule of {}", listener.id.name),
        Reached::Match(listener, host, one) => {
            let id = &one.rule.id;
            format!("{} {} {} {}", listener.id.name, host.pattern, id.route, id.index)
        }
    }
}

type Met = (String, String, String);

#[derive(Default)]
struct Found {
    pairs: HashMap<Met, Kinds>,
    witnesses: Vec<(Witness, Vec<Point>)>,
}

impl Fold for Found {
    fn add(&mut self, difference: &Difference<'_>) {
        let ask = &difference.witness.ask;
        let key = (format!("{}:{}", ask.scheme, ask.port), met(difference.old), met(difference.new));
        let kinds = self.pairs.entry(key).or_default();
        difference.points.iter().for_each(|point| kinds.add(point.kind));
        self.witnesses.push((difference.witness.clone(), difference.points.to_vec()));
    }
}

fn places<'t>(old: &'t Table, new: &'t Table) -> (Place<'t>, Place<'t>) {
    (
        Place { table: old, side: Side::Old, certificate: None },
        Place { table: new, side: Side::New, certificate: None },
    )
}

/// What an explanation tells is what was compared.
fn agrees(place: Place<'_>, witness: &Witness) -> Result<(), String> {
    let told = way(place.table, &witness.ask(place.side));
    let answer = answer(place, witness);
    let rule = reached(place, witness, |reached| reached.candidate().map(|one| one.rule.id.clone()));
    let told_rule = told.executed.as_ref().map(|executed| executed.rule.id.clone());
    // Over TLS a name that no listener has ends the handshake; an explanation tells what plain HTTP would say.
    let nameless = reached(place, witness, |reached| matches!(reached, Reached::NoListener));
    if nameless && witness.ask.scheme == "https" {
        return if answer.end == End::Closed { Ok(()) } else { Err(format!("{witness}: {answer:?}")) };
    }
    let end = match (&told.outcome, told.status) {
        (Outcome::Refuse, None) => End::Closed,
        (Outcome::Forward, None) => End::Backend,
        (Outcome::Forward | Outcome::Redirect | Outcome::Refuse, _) => End::Own,
    };
    if rule != told_rule
        || end != answer.end
        || told.status != answer.status
        || told.location != answer.location
    {
        return Err(format!("{witness}\n told {told:#?}\n compared {answer:#?}"));
    }
    Ok(())
}

/// A number of the environment.
fn given(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What was looked at, what differs by what requests meet, and every witness with its points.
type Known = (Tally, HashMap<Met, Kinds>, Vec<(Witness, Vec<Point>)>);

/// What compare found between both sides.
fn found(old: Place<'_>, new: Place<'_>) -> Known {
    let (tally, parts) = compare(old, new, &Options { threads: 2, ..Options::default() }, Found::default);
    let mut known: HashMap<Met, Kinds> = HashMap::new();
    let mut witnesses = Vec::new();
    for part in parts {
        for (key, kinds) in part.pairs {
            let all = known.entry(key).or_default();
            kinds.iter().for_each(|kind| all.add(kind));
        }
        witnesses.extend(part.witnesses);
    }
    (tally, known, witnesses)
}

/// What a request meets on both sides.
fn key(old: Place<'_>, new: Place<'_>, witness: &Witness) -> Met {
    let ask = &witness.ask;
    (format!("{}:{}", ask.scheme, ask.port), reached(old, witness, met), reached(new, witness, met))
}

#[test]
fn what_chance_finds_was_found_and_what_was_found_is_true() {
    let (pairs, requests, first) = (given("PAIRS", 40), given("REQUESTS", 2_000), given("SEED", 0));
    let mut misses: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut asked, mut different, mut witnesses, mut classes) = (0_u64, 0_u64, 0_u64, 0_u64);
    for seed in first..first + pairs {
        let mut dice = Dice::new(seed);
        let objects = objects(&mut dice);
        if std::env::var_os("SHOW").is_some() {
            println!("{}", serde_json::to_string_pretty(&objects).unwrap());
        }
        let world = load(folder(&objects).path());
        let (old, new) = (ingress::compile(&world).table, gateway::compile(&world).table);
        let (old, new) = places(&old, &new);
        let (tally, known, shown) = found(old, new);
        witnesses += tally.witnesses;
        classes += tally.classes;
        for (witness, found) in &shown {
            let kinds: Vec<Kind> = found.iter().map(|point| point.kind).collect();
            let told: Vec<Kind> = points(old, new, witness).iter().map(|point| point.kind).collect();
            let body = kinds == [Kind::BodyLimit] && told.contains(&Kind::Status);
            let all = kinds.iter().all(|kind| told.contains(kind));
            assert!(body || all, "seed {seed}: {witness} shows {told:?}, not {kinds:?}");
            // Who asks, and with what body, is not told by an explanation.
            if witness.client.is_none() {
                agrees(old, &Witness { body: None, ..witness.clone() }).unwrap();
                agrees(new, &Witness { body: None, ..witness.clone() }).unwrap();
            }
        }
        for _ in 0..requests {
            let witness = request(&mut dice);
            asked += 1;
            let told = points(old, new, &witness);
            if told.is_empty() {
                continue;
            }
            different += 1;
            let key = key(old, new, &witness);
            let kinds = known.get(&key).copied().unwrap_or_default();
            for point in told.iter().filter(|point| !kinds.has(point.kind)) {
                let what = if kinds.is_empty() { "the pair" } else { point.kind.as_str() };
                let example =
                    format!("seed {seed}: {witness}\n   old {}\n   new {}\n   {point:?}", key.1, key.2);
                misses.entry(what.to_owned()).or_insert((0, example)).0 += 1;
            }
        }
    }
    println!(
        "{pairs} pairs of worlds: {classes} classes, {witnesses} witnesses; {asked} requests, {different} differ"
    );
    assert!(different > asked / 10, "chance meets too little: {different} of {asked}");
    assert!(misses.is_empty(), "missed: {misses:#?}");
}
