//! Every witness over the wire to both sides: whether what comes is what was predicted.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use tokio::sync::oneshot;

use super::Wish;
use crate::{
    cli::{args::Global, failure::Failure, quiet},
    comparison::{Face, Report},
    rehearsal::{Command, Handle, Question},
    routing::{
        Side,
        compare::{self, End, Place, Witness},
        explain,
    },
    source::Input,
    tui::facts::explain::{Answer, Backends, Prediction, Verdict},
};

/// How long one answer may take.
const WITHIN: Duration = Duration::from_secs(10);

/// What the wire says of a difference.
pub(super) struct Said {
    pub(super) as_predicted: bool,
    /// What came of each side, in a few words.
    pub(super) came: (String, String),
    /// What is not as predicted.
    pub(super) odd: Vec<String>,
}

/// Asks every witness of both sides; by the id of its difference. Nothing is said where a single request without a body,
/// from this machine, shows nothing.
pub(super) fn ask(
    global: &Global,
    wish: &Wish,
    faces: &(Face<'_>, Face<'_>),
    report: &Report,
) -> Result<BTreeMap<String, Said>, Failure> {
    let (old, new) = if wish.old.is_empty() {
        (global.inputs(), None)
    } else {
        let inputs =
            |files: &[std::path::PathBuf]| files.iter().cloned().map(Input::Path).collect::<Vec<_>>();
        (inputs(&wish.old), Some(inputs(&wish.new)))
    };
    if old.contains(&Input::Stdin) {
        return Err(Failure::usage(
            "standard input can be read only once",
            "give files to compare them live",
        ));
    }
    let first = quiet::begin(global, old, None)?;
    let second = new.map(|new| quiet::begin(global, new, None)).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::failed(format!("failed to start threads: {error}"), ""))?;
    let other = second.as_ref().unwrap_or(&first);
    let mut all = BTreeMap::new();
    for difference in &report.differences {
        let Some(witness) = difference.witness().filter(|it| it.client.is_none() && it.body.is_none()) else {
            continue;
        };
        let old = runtime.block_on(one(&first, &faces.0, witness));
        let new = runtime.block_on(one(other, &faces.1, witness));
        let odd: Vec<String> = old.odd.into_iter().chain(new.odd).collect();
        let said = Said { as_predicted: odd.is_empty(), came: (old.came, new.came), odd };
        all.insert(difference.id.clone(), said);
    }
    first.end();
    if let Some(second) = second {
        second.end();
    }
    Ok(all)
}

struct Came {
    came: String,
    odd: Vec<String>,
}

async fn one(handle: &Handle, face: &Face<'_>, witness: &Witness) -> Came {
    let side = face.side();
    let view = handle.view.borrow().clone();
    let ask = witness.ask(side);
    let found = explain(&view.table, &ask);
    // Who asks by hand may name the port that was bound in place of a taken one; a witness never means that.
    if !view.table.ports.keys().any(|key| key.side == side && key.port == ask.port) {
        let closed = found_closed(face, side, witness);
        let told = format!("nothing: no listener has port {}", ask.port);
        let odd = (!closed).then(|| format!("{}: {told}", word(side)));
        return Came { came: told, odd: odd.into_iter().collect() };
    }
    let backends = Backends { world: &view.world, stand_ins: &view.stand_ins };
    let prediction = Prediction::of(ask.clone(), found, backends);
    let (answer, waiting) = oneshot::channel();
    let question = Question { ask: ask.clone(), within: WITHIN };
    if handle.commands.send(Command::Ask(question, answer)).is_err() {
        return Came {
            came: "nothing: the rehearsal ended".to_owned(),
            odd: vec!["the rehearsal ended".to_owned()],
        };
    }
    let name = word(side);
    match waiting.await {
        Ok(Ok(answered)) => {
            let compared = prediction.compare(&Answer::of(&ask.method, &answered));
            let odd = compared.differences();
            let odd =
                odd.map(|point| format!("{name}: {} is {}, not {}", point.what, point.came, point.predicted));
            let who = answered.stand_in.as_ref().map(|echo| {
                format!(" from {}/{}:{} at {}", echo.service.0, echo.service.1, echo.port, echo.path)
            });
            Came { came: format!("{}{}", answered.status, who.unwrap_or_default()), odd: odd.collect() }
        }
        Ok(Err(why)) => {
            let (verdict, _) = prediction.silence(&why, WITHIN);
            // No handshake with a name that no listener has.
            let closed = found_closed(face, side, witness);
            let odd = (verdict == Verdict::Differs && !closed).then(|| format!("{name}: {why}"));
            Came { came: why.to_string(), odd: odd.into_iter().collect() }
        }
        Err(_) => {
            Came { came: "nothing".to_owned(), odd: vec![format!("{name}: the rehearsal gave no answer")] }
        }
    }
}

/// Whether nobody takes the connection, by the Table.
fn found_closed(face: &Face<'_>, side: Side, witness: &Witness) -> bool {
    let place = Place { table: face.table(), side, certificate: None };
    compare::answer(place, witness).end == End::Closed
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

/// As scripts see it.
pub(super) fn shown(said: Option<&Said>) -> Value {
    match said {
        None => Value::Null,
        Some(said) if said.as_predicted => Value::from("as predicted"),
        Some(_) => Value::from("not as predicted"),
    }
}
