//! A console that followed changes shows what one shows that begins with their outcome; many objects are read aside.

use std::sync::Arc;

use proptest::prelude::*;

use crate::{
    dialect::gateway::compile,
    rehearsal::{Backing, Fault, View},
    resource::{Key, Kind, Meta, Object, Problem},
    tui::{Offline, fixture},
    world::Change,
};

fn route(name: &str, spec: &str) -> Arc<Object> {
    let key = Key::new(Kind::HttpRoute, "shop", name);
    let text = format!(
        r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{spec}}}"#
    );
    let api_version = "gateway.networking.k8s.io/v1".into();
    Arc::new(Object {
        key,
        api_version,
        meta: Meta::default(),
        text: text.into(),
        origin: None,
        assumed: false,
    })
}

/// A route at the shop's Gateway, to a backend with a weight.
fn forwarding(name: &str, backend: &str, weight: u8) -> Arc<Object> {
    let spec = format!(
        r#"{{"parentRefs":[{{"name":"edge","namespace":"infra"}}],"hostnames":["{name}.example.com"],"rules":[{{"backendRefs":[{{"name":"app-stable","port":8080,"weight":90}},{{"name":"{backend}","port":8080,"weight":{weight}}}]}}]}}"#
    );
    route(name, &spec)
}

fn changed(view: &View, changes: &[Change]) -> View {
    let world = view.world.apply(changes);
    let compiled = view.compiled.next(&world, changes);
    View { compiled: Arc::new(compiled), world: Arc::new(world), version: view.version + 1, ..view.clone() }
}

/// What becomes of a view.
#[derive(Clone, Debug)]
enum Step {
    Put(&'static str, &'static str, u8),
    Remove(Kind, &'static str, &'static str),
    Problem(Option<(&'static str, bool)>),
    Idle(bool),
    Deaf(bool),
    Fault(bool),
    Traffic(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || proptest::sample::select(vec!["app", "books", "search", "zoo", "aaa"]);
    let backend = proptest::sample::select(vec!["app-canary", "books", "gone"]);
    prop_oneof![
        4 => (name(), backend, 0_u8..50).prop_map(|(name, backend, weight)| Step::Put(name, backend, weight)),
        2 => name().prop_map(|name| Step::Remove(Kind::HttpRoute, "shop", name)),
        1 => Just(Step::Remove(Kind::Service, "shop", "app-canary")),
        1 => Just(Step::Remove(Kind::Gateway, "infra", "edge")),
        1 => Just(Step::Remove(Kind::GatewayClass, "", "cutover")),
        2 => proptest::option::of((name(), any::<bool>())).prop_map(Step::Problem),
        1 => any::<bool>().prop_map(Step::Idle),
        1 => any::<bool>().prop_map(Step::Deaf),
        1 => any::<bool>().prop_map(Step::Fault),
        1 => any::<bool>().prop_map(Step::Traffic),
    ]
}

fn next(view: &View, step: &Step) -> View {
    match step {
        Step::Put(name, backend, weight) => changed(view, &[Change::Put(forwarding(name, backend, *weight))]),
        Step::Remove(kind, namespace, name) => {
            changed(view, &[Change::Remove(Key::new(kind.clone(), *namespace, *name))])
        }
        Step::Problem(problem) => {
            let problem = problem.map(|(name, own)| {
                let mut problem = Problem::warning("redirect-loop", format!("{name} is odd"));
                problem.object = own.then(|| Key::new(Kind::HttpRoute, "shop", name));
                problem
            });
            View { problems: problem.into_iter().collect(), ..view.clone() }
        }
        Step::Idle(idle) => {
            let mut stand_ins = view.stand_ins.to_vec();
            let answers = fixture::view().stand_ins[0].backing.clone();
            stand_ins[0].backing = if *idle { Backing::NoEndpoint } else { answers };
            View { stand_ins: stand_ins.into(), ..view.clone() }
        }
        Step::Deaf(deaf) => {
            let mut listeners = view.listeners.to_vec();
            let address = fixture::view().listeners[0].address.clone();
            listeners[0].address = if *deaf { Err("its port is taken".to_owned()) } else { address };
            View { listeners: listeners.into(), ..view.clone() }
        }
        Step::Fault(on) => {
            let mut stand_ins = view.stand_ins.to_vec();
            stand_ins[1].fault = Fault { down: *on, ..Fault::default() };
            View { stand_ins: stand_ins.into(), ..view.clone() }
        }
        Step::Traffic(some) => {
            let traffic = if *some { Arc::clone(&fixture::view().traffic) } else { Arc::default() };
            View { traffic, ..view.clone() }
        }
    }
}

fn begin(view: &Arc<View>) -> Offline {
    let mut console = Offline::new(Arc::clone(view), "dark", false, fixture::clock()).unwrap();
    console.settle();
    console
}

/// All screens but that of rules, which tells what was changed before the eyes of this console.
fn screens(console: &mut Offline) -> Vec<String> {
    let show = |keys: &str| {
        console.keys(keys);
        console.text(200, 60)
    };
    ["1", "2", "3 g"].map(show).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_followed_shows_what_a_fresh_one_shows(steps in proptest::collection::vec(step(), 1..12)) {
        let mut view = fixture::view();
        let mut console = begin(&view);
        for step in &steps {
            view = Arc::new(next(&view, step));
            console.view(Arc::clone(&view));
            console.settle();
            let differs = difference(&screens(&mut console), &screens(&mut begin(&view)));
            prop_assert_eq!(differs, None, "after {:?}", step);
        }
    }
}

/// The first line that differs.
fn difference(one: &[String], two: &[String]) -> Option<String> {
    let lines =
        |all: &[String]| all.iter().flat_map(|text| text.lines().map(str::to_owned)).collect::<Vec<_>>();
    lines(one).into_iter().zip(lines(two)).find(|(a, b)| a != b).map(|(a, b)| format!("\n{a}\n{b}"))
}

/// The shop with this many routes more.
fn large(more: usize) -> View {
    let view = View::clone(&fixture::view());
    let routes = (0..more).map(|at| Change::Put(forwarding(&format!("many-{at}"), "app-canary", 10)));
    let world = view.world.apply(&routes.collect::<Vec<_>>());
    View { compiled: Arc::new(compile(&world)), world: Arc::new(world), ..view }
}

#[test]
fn many_objects_are_read_aside_and_what_changed_meanwhile_is_not_lost() {
    let view = Arc::new(large(2_100));
    let mut console = Offline::new(Arc::clone(&view), "dark", false, fixture::clock()).unwrap();
    for (keys, told) in
        [("1", "· reading 2 1"), ("2", "· reading 2 1"), ("3", "· reading 2 1"), ("4", "· reading 2 1")]
    {
        console.keys(keys);
        let text = console.text(120, 40);
        assert!(text.contains(told) && !text.contains("all well") && !text.contains("✓ nothing"), "{text}");
    }
    let newer = Arc::new(changed(&view, &[Change::Put(forwarding("late", "app-canary", 10))]));
    console.view(Arc::clone(&newer));
    console.keys("3");
    assert!(console.text(120, 40).contains("· reading"), "not read yet");
    console.settle();
    assert!(console.text(120, 40).contains("2 107 routes"), "{}", console.text(120, 40));
    assert_eq!(difference(&screens(&mut console), &screens(&mut begin(&newer))), None);
}

#[test]
fn a_change_of_many_is_read_aside_while_the_lists_stay() {
    let view = fixture::view();
    let mut console = begin(&view);
    let larger = Arc::new(large(2_100));
    console.view(Arc::clone(&larger));
    console.keys("3");
    assert!(console.text(120, 40).contains("6 routes"), "as they were, until the others are read");
    console.settle();
    assert_eq!(difference(&screens(&mut console), &screens(&mut begin(&larger))), None);
    let few = Arc::new(View { version: 3, ..View::clone(&view) });
    console.view(Arc::clone(&few));
    console.settle();
    assert_eq!(difference(&screens(&mut console), &screens(&mut begin(&few))), None);
}

#[test]
fn the_rule_most_worth_a_look_stands_first() {
    let lines = |console: &mut Offline| -> Vec<String> {
        console.keys("4");
        let text = console.text(120, 40);
        text.lines()
            .skip(5)
            .take(3)
            .map(|line| line.get(..34).unwrap_or(line).trim_end().to_owned())
            .collect()
    };
    let view = View { journal: Arc::new([]), ..View::clone(&fixture::view()) };
    let mut console = begin(&Arc::new(view.clone()));
    let first = lines(&mut console).remove(0);
    assert!(first.contains('!') && first.contains("shop/app"), "worse than the rest: {first}");
    let quiet = View { traffic: Arc::default(), ..view };
    let quiet = next(&next(&quiet, &Step::Put("zoo", "app-canary", 10)), &Step::Put("aaa", "books", 10));
    let no_fault = quiet
        .stand_ins
        .iter()
        .cloned()
        .map(|s| crate::rehearsal::StandInView { fault: Fault::default(), ..s });
    let quiet = View { stand_ins: no_fault.collect(), ..quiet };
    let mut console = begin(&Arc::new(quiet.clone()));
    assert!(lines(&mut console)[0].contains("shop/aaa"), "by name when nothing is known");
    console.view(Arc::new(next(&quiet, &Step::Put("zoo", "app-canary", 20))));
    assert!(lines(&mut console)[0].contains("shop/zoo"), "changed in this session");
    assert!(console.text(120, 40).contains("changed"));
}
