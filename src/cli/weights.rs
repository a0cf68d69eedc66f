//! `cutover weights`: a plan, its diff, a question, the file written, the way back named.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, IsTerminal as _},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    args::Global,
    failure::{Failure, with_causes},
    journal, out,
    scene::Scene,
    settings,
    values::Weight,
    words,
};
use crate::{
    resource::{
        Kind, Object,
        show::{clean, clean_lines},
    },
    rollout::{self, Entry, Journal, JournalError, RuleSelect, WeightPlan},
    source::{EditError, Planned},
};

/// What is wished.
pub struct Wish {
    /// `namespace/name`, or `name` with -n.
    pub route: String,
    /// Backends and weights.
    pub weights: Vec<Weight>,
    /// Number from 1, or name.
    pub rule: Option<String>,
    /// Write nothing.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
}

/// Runs the command.
///
/// # Errors
/// No such route, rule or backend; the file changed or can not be written; nobody to ask.
pub fn run(global: &Global, wish: &Wish) -> Result<(), Failure> {
    let config = settings::load(global)?;
    let mut scene = Scene::open_telling(global)?;
    let route = route(&scene, global, &wish.route)?;
    let wished: Vec<_> = wish.weights.iter().map(|one| (one.backend.clone(), one.weight)).collect();
    let rule = select(&route, wish.rule.as_deref())?;
    let plan =
        rollout::plan(&route, &rule, &wished).map_err(|error| Failure::failed(error.to_string(), ""))?;
    let planned = scene
        .manifests
        .plan(&plan.edit())
        .map_err(|error| Failure::failed(with_causes(&error), cure(&error)))?;
    out::print(&format!("{}\n{}\n", clean_lines(planned.diff.trim_end()), clean(&summary(&plan))))?;
    let mut names = vec![planned.file.display().to_string()];
    names.extend(global.files.iter().map(|file| file.display().to_string()));
    if global.demo {
        names.push("demo".to_owned());
    }
    if let Some(place) = settings::read_only(&config, &names).filter(|_| !wish.dry_run) {
        return Err(Failure::failed(format!("nothing was written: {place} says that this is read-only"), ""));
    }
    if wish.dry_run {
        out::print("dry run: nothing was written\n")?;
        return scene.done();
    }
    if !wish.yes && !consent()? {
        return Err(Failure::failed("nothing was written", ""));
    }
    apply(&mut scene, &plan, &planned, global.demo)?;
    out::print(&written(global, &plan, &planned.file.display().to_string()))?;
    scene.done()
}

/// The route of that name, of whatever kind has weights. `httproute/app` names the kind too, when no namespace is
/// called like that.
fn route(scene: &Scene, global: &Global, typed: &str) -> Result<Arc<Object>, Failure> {
    let mut found = Vec::new();
    for kind in Kind::ROUTES {
        found.extend(scene.select(global, &kind, Some(typed)).unwrap_or_default());
    }
    let kinded = typed.split_once('/').and_then(|(kind, name)| Some((Kind::from_typed(kind)?, name)));
    if let (true, Some((kind, name))) = (found.is_empty(), kinded)
        && kind.is_route()
    {
        found = scene.select(global, &kind, Some(name))?;
    }
    match found.as_slice() {
        [one] => Ok(Arc::clone(one)),
        [] => Err(scene
            .select(global, &Kind::HttpRoute, Some(typed))
            .err()
            .unwrap_or_else(|| Failure::failed(format!("route `{typed}` not found"), ""))),
        several => {
            let names: Vec<_> = several.iter().map(|object| object.key.to_string()).collect();
            Err(Failure::usage(format!("`{typed}` is {}", names.join(" and ")), "write NAMESPACE/NAME"))
        }
    }
}

/// The rule that was meant. A number counts from 1, as rules are counted on every screen.
fn select(route: &Object, typed: Option<&str>) -> Result<RuleSelect, Failure> {
    let value = route.value();
    let rules = words::items(&value, "/spec/rules");
    let several: Vec<usize> =
        (0..rules.len()).filter(|at| words::items(&rules[*at], "/backendRefs").len() > 1).collect();
    let listed = || {
        let one = |(at, rule): (usize, &Value)| {
            let backends = words::strings(rule, "/backendRefs", "/name").join(", ");
            format!("{} {} ({backends})", at + 1, words::text(rule, "/name")).replace("  ", " ")
        };
        rules.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
    };
    let Some(typed) = typed else {
        return match (several.as_slice(), rules.len()) {
            ([only], _) => Ok(RuleSelect::Index(*only)),
            (_, 1) => Ok(RuleSelect::Index(0)),
            _ => Err(Failure::usage(
                format!("{} has {} rules and it is not clear which is meant", route.key, rules.len()),
                format!("add --rule with a number or a name: {}", listed()),
            )),
        };
    };
    let named = |rule: &Value| words::text(rule, "/name") == typed;
    let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let at = rules.iter().position(named).or(number.filter(|at| *at < rules.len()));
    at.map(RuleSelect::Index).ok_or_else(|| {
        Failure::failed(format!("{} has no rule `{typed}`", route.key), format!("its rules are {}", listed()))
    })
}

/// What changes, and what share each backend has then.
fn summary(plan: &WeightPlan) -> String {
    let total: i64 = plan.weights.iter().map(|one| one.new).sum();
    let mut text = format!("{} rule {}: {}", plan.route.path(), plan.rule + 1, plan.summary());
    if total == 0 {
        text.push_str("; all weights are 0: every request is answered with 500");
    } else {
        let shares = plan.weights.iter().map(|one| {
            let share = one.new as f64 / total as f64;
            format!("{} {}", one.backend, words::percent(share))
        });
        let _ = write!(text, "; shares: {}", shares.collect::<Vec<_>>().join(", "));
    }
    text
}

/// What helps against an edit that failed; nothing where the message says it.
fn cure(error: &EditError) -> &'static str {
    match error {
        EditError::Io(_, cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            "nothing was written; give yourself the permission to write the file and its folder"
        }
        EditError::Io(..) => "nothing was written",
        EditError::Changed(_) | EditError::Unexpected { .. } => {
            "run the command again to see what is there now"
        }
        EditError::NoOrigin(_) | EditError::Unsupported { .. } | EditError::Document { .. } => "",
    }
}

fn consent() -> Result<bool, Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage(
            "nobody can be asked: standard input is no terminal",
            "add --yes to write, or --dry-run to look",
        ));
    }
    out::print("Apply? [y/N] ")?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(|error| {
        Failure::failed(
            format!("failed to read the answer: {error}"),
            "add --yes to write without a question",
        )
    })?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Writes down what will be done and its inverse, does it, and writes down how it ended.
fn apply(scene: &mut Scene, plan: &WeightPlan, planned: &Planned, in_memory: bool) -> Result<(), Failure> {
    let no_journal = |error: JournalError| {
        Failure::failed(with_causes(&error), "nothing was written; a change without a record is not made")
    };
    let mut record = Journal::open(journal::path(in_memory)).map_err(no_journal)?;
    let entry = Entry {
        at: Timestamp::now(),
        who: journal::user(),
        summary: plan.summary(),
        edit: planned.edit.clone(),
        undo_of: None,
    };
    let number = record.intend(entry).map_err(no_journal)?;
    let done = scene.manifests.apply(planned);
    let failure = done.as_ref().err().map(|error| with_causes(error));
    let settled = record.settle(number, Timestamp::now(), failure.as_deref());
    done.map_err(|error| Failure::failed(with_causes(&error), cure(&error)))?;
    settled.map_err(|error| {
        Failure::failed(with_causes(&error), "the weights are written; the record is not whole")
    })
}

/// What was done, and the command that takes it back.
fn written(global: &Global, plan: &WeightPlan, file: &str) -> String {
    if global.demo {
        return "the bookshop is built in: nothing is left of this when the command ends\n".to_owned();
    }
    let mut undo = "cutover weights".to_owned();
    for file in &global.files {
        let _ = write!(undo, " -f {}", quoted(&file.display().to_string()));
    }
    let _ = write!(undo, " {} --rule {}", plan.route.path(), plan.rule + 1);
    for one in &plan.weights {
        let before = one.written.unwrap_or(1);
        if before != one.new {
            let _ = write!(undo, " {}={before}", one.backend);
        }
    }
    format!("written to {}\nundo: {}\n", clean(file), clean(&undo))
}

/// A word that a shell reads as one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_can_be_pasted_into_a_shell() {
        let cases =
            [("shop/a.yaml", "shop/a.yaml"), ("my shop.yaml", "'my shop.yaml'"), ("it's", r"'it'\''s'")];
        for (word, expected) in cases {
            assert_eq!(quoted(word), expected);
        }
    }
}
