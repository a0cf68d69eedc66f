//! `cutover check`: every problem of the manifests, as a compiler tells them.

use std::{collections::HashSet, fmt::Write as _};

use serde::Serialize;

use super::{
    args::{Global, Output},
    failure::{FAILED, Failure, place},
    out,
    scene::Scene,
};
use crate::{
    inventory,
    resource::{Key, Kind, Object, Problem, Severity, core, schema, show::clean},
};

/// One problem, as scripts see it.
#[derive(Serialize)]
struct Shown<'a> {
    severity: Severity,
    code: &'a str,
    object: Option<Name<'a>>,
    file: Option<String>,
    line: Option<u32>,
    field: Option<&'a str>,
    message: &'a str,
    fix: &'a str,
}

#[derive(Serialize)]
struct Name<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Shell<'a> {
    problems: Vec<Shown<'a>>,
}

/// Runs the command.
///
/// # Errors
/// Exit code 1 when there is an error or a warning; 2 when nothing could be read at all.
pub fn run(global: &Global) -> Result<(), Failure> {
    let scene = Scene::open(global)?;
    let mut problems = problems(&scene);
    problems.retain(|problem| is_wanted(global, &scene, problem));
    match global.output {
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => {
            out::print(&text(&scene, &problems))?;
        }
        Output::Json | Output::Yaml => {
            let shell = Shell { problems: problems.iter().map(Shown::of).collect() };
            match serde_json::to_value(&shell) {
                Ok(value) if global.output == Output::Yaml => out::value(&value, global.output)?,
                Ok(_) | Err(_) => out::print(&out::pretty(&shell))?,
            }
        }
    }
    let clean = problems.iter().all(|problem| problem.severity == Severity::Info);
    if clean { Ok(()) } else { Err(Failure::silent(FAILED)) }
}

/// Everything that is known to be wrong: errors first; of one severity the surprising behaviours of ingress-nginx, then by
/// file and line.
fn problems(scene: &Scene) -> Vec<Problem> {
    let objects = || scene.world.kinds().flat_map(|(kind, _)| scene.world.list(kind));
    let mut all = scene.problems.clone();
    let refused: Vec<Problem> =
        objects().filter(|object| !object.assumed).flat_map(|object| schema::validate(object)).collect();
    let ingresses = ingresses(scene);
    let compiled = scene.compiled.problems(&scene.world);
    let traps = traps(&ingresses);
    let told = |problem: &Problem| is_told(&refused, problem) || is_a_trap(&traps, problem);
    all.extend(compiled.into_iter().filter(|problem| !told(problem)));
    all.extend(refused);
    all.extend(ingresses);
    all.extend(scene.world.list(&Kind::Secret).filter_map(|object| certificate(object)));
    all.extend(objects().filter(|object| object.assumed).map(|object| assumed(object)));
    for problem in &mut all {
        locate(scene, problem);
    }
    all.sort_by(|a, b| {
        let key = |p: &Problem| {
            let place = (p.file.clone(), p.line, p.object.clone(), p.field.clone());
            (p.severity, inventory::traps::rank(p.code), place, p.code)
        };
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    all.dedup();
    all
}

/// What an inventory has to say of the Ingresses: values that their controller does not take, and traps.
fn ingresses(scene: &Scene) -> Vec<Problem> {
    if scene.world.list(&Kind::Ingress).next().is_none() {
        return Vec::new();
    }
    let survey = inventory::survey(&scene.world, &scene.old(), &inventory::Options::default());
    let traps: Vec<Problem> = survey.traps.iter().map(|trap| trap.problem()).collect();
    let mut all = survey.problems;
    let told = self::traps(&traps);
    all.retain(|problem| !is_a_trap(&told, problem));
    all.extend(traps);
    all
}

/// Code and place of traps.
type Told = HashSet<(&'static str, Option<Key>, Option<String>)>;

fn traps(all: &[Problem]) -> Told {
    let same = |problem: &&Problem| SAME.iter().any(|(_, codes)| codes.contains(&problem.code));
    all.iter().filter(same).map(|trap| (trap.code, trap.object.clone(), trap.field.clone())).collect()
}

/// Traps that tell, with a request, what these codes tell of the same field.
const SAME: [(&str, &[&str]); 3] = [
    ("annotation-malformed", &["trap-g4", "trap-g5", "trap-t11"]),
    ("redirect-loop", &["trap-t4"]),
    ("gateway-class-not-found", &["trap-g10"]),
];

/// Whether a trap tells it already.
fn is_a_trap(traps: &Told, problem: &Problem) -> bool {
    let Some((_, same)) = SAME.iter().find(|(code, _)| *code == problem.code) else { return false };
    same.iter().any(|code| traps.contains(&(*code, problem.object.clone(), problem.field.clone())))
}

/// Whether an API server refuses the very field: what the gateway would make of it need not be said too.
fn is_told(refused: &[Problem], problem: &Problem) -> bool {
    problem.field.is_some()
        && refused.iter().any(|other| {
            other.severity == Severity::Error
                && other.object == problem.object
                && other.field == problem.field
        })
}

/// Makes the line exact: that of the field, when the file can tell.
fn locate(scene: &Scene, problem: &mut Problem) {
    let Some(object) = problem.object.as_ref().and_then(|key| scene.world.get(key)) else {
        return;
    };
    let Some(origin) = &object.origin else { return };
    // A problem of the text itself, or of another document with the same key, has its own place.
    if problem.file.as_deref().is_some_and(|file| file != &*origin.file) {
        return;
    }
    let at_object = problem.line.is_none_or(|line| line == origin.line);
    problem.file = Some(origin.file.to_path_buf());
    if let Some(field) = problem.field.as_deref().filter(|_| at_object) {
        problem.line = scene.line_of(object, field);
    } else if problem.line.is_none() {
        problem.line = Some(origin.line);
    }
}

/// A TLS Secret that no listener could serve with. An API server takes it; whoever names it has the trouble.
fn certificate(object: &Object) -> Option<Problem> {
    if object.assumed || core::secret_type(object).as_deref() != Some("kubernetes.io/tls") {
        return None;
    }
    let error = core::tls_secret(object).err()?;
    let problem = Problem::warning("certificate-unusable", error.to_string()).field(error.field());
    Some(
        problem
            .of(&object.key, object.origin.as_ref())
            .fix("give the certificate and the key that belongs to it, as PEM in base64"),
    )
}

/// What a cluster would have to hold, said once for each object.
fn assumed(object: &Object) -> Problem {
    let code = match &object.key.kind {
        Kind::Service => "assumed-service",
        Kind::GatewayClass => "assumed-gateway-class",
        Kind::Namespace => "assumed-namespace",
        Kind::Secret => "assumed-secret",
        _ => "assumed-object",
    };
    let message = "not in the manifests, so it is assumed".to_owned();
    let mut problem = Problem::new(Severity::Info, code, message);
    problem.object = Some(object.key.clone());
    problem.fix("add it to the manifests, or use --strict to see what a cluster without it would do")
}

fn is_wanted(global: &Global, scene: &Scene, problem: &Problem) -> bool {
    let Some(key) = &problem.object else { return true };
    let namespace = global.namespace.as_deref().is_none_or(|wanted| &*key.namespace == wanted);
    let labels = global
        .selector
        .as_ref()
        .is_none_or(|selector| scene.world.get(key).is_some_and(|object| selector.matches(object)));
    namespace && labels
}

impl<'a> Shown<'a> {
    fn of(problem: &'a Problem) -> Self {
        let Problem { severity, code, object, file, line, field, message, fix } = problem;
        Self {
            severity: *severity,
            code,
            object: object.as_ref().map(Name::of),
            file: file.as_ref().map(|file| file.display().to_string()),
            line: *line,
            field: field.as_deref(),
            message,
            fix,
        }
    }
}

impl<'a> Name<'a> {
    fn of(key: &'a Key) -> Self {
        Self { kind: key.kind.name(), namespace: &key.namespace, name: &key.name }
    }
}

fn text(scene: &Scene, problems: &[Problem]) -> String {
    let mut text = String::new();
    let is_assumed = |problem: &&Problem| problem.code.starts_with("assumed-");
    for problem in problems.iter().filter(|problem| !is_assumed(problem)) {
        let place = place(problem);
        if !place.is_empty() {
            let _ = write!(text, "{}: ", clean(&place));
        }
        let _ = write!(text, "{}[{}]: ", word(problem.severity), problem.code);
        if let Some(object) = problem.object.as_ref().map(ToString::to_string) {
            // Some messages begin with the object's name; it is not said twice.
            if !problem.message.starts_with(&object) {
                let _ = write!(text, "{}: ", clean(&object));
            }
        }
        let _ = writeln!(text, "{}", clean(&problem.message));
        if let Some(field) = &problem.field {
            let _ = writeln!(text, "  = field: {}", clean(field));
        }
        if !problem.fix.is_empty() {
            let _ = writeln!(text, "  = fix: {}", clean(&problem.fix));
        }
    }
    let assumed: Vec<&Problem> = problems.iter().filter(is_assumed).collect();
    text.push_str(&assumptions(&assumed));
    let count = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let objects = scene.world.kinds().map(|(_, objects)| objects).sum::<usize>();
    let _ = writeln!(
        text,
        "{}, {}, {} in {}",
        counted(count(Severity::Error), "error"),
        counted(count(Severity::Warning), "warning"),
        match count(Severity::Info) {
            0 => "nothing to note".to_owned(),
            infos => counted(infos, "note"),
        },
        counted(objects.saturating_sub(assumed.len()), "object"),
    );
    text
}

/// Names of objects of one kind that are listed; JSON and YAML have all.
const MOST: usize = 12;

/// What is assumed, a line a kind: manifests rarely come whole, and what is wrong must not drown in that.
fn assumptions(assumed: &[&Problem]) -> String {
    let mut text = String::new();
    for group in assumed.chunk_by(|a, b| a.code == b.code) {
        let Some(first) = group.first() else { continue };
        let names = group.iter().filter_map(|problem| problem.object.as_ref());
        let mut names: Vec<String> = names.map(ToString::to_string).collect();
        let more = names.len().saturating_sub(MOST);
        names.truncate(MOST);
        if more > 0 {
            names.push(format!("and {more} more (-o json has all)"));
        }
        let _ = writeln!(
            text,
            "{}[{}]: {}: {}",
            word(first.severity),
            first.code,
            first.message,
            clean(&names.join(", "))
        );
    }
    if let Some(first) = assumed.first() {
        let _ = writeln!(text, "  = fix: {}", first.fix);
    }
    text
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
