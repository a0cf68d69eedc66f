//! `cutover compare`: every way in which both sides answer differently, by cause, with a request that shows it.

mod changes;
mod files;
mod live;
mod report;
mod text;
mod watch;

use std::path::PathBuf;

use clap::Args;

use super::{
    args::{Global, OneSide, Output},
    failure::{FAILED, Failure, USAGE},
    out,
    scene::{Scene, no_source},
};
use crate::{
    comparison::{Compiled, FILE, Face, Report, compare},
    routing::{Side, compare::Options},
};
use files::Kept;

/// What is compared, and how.
#[derive(Clone, Debug, Args)]
pub struct Wish {
    /// The state before, instead of -f: a file or folder; may be repeated
    #[arg(long, value_name = "FILE|DIR", requires = "new", conflicts_with_all = ["files", "demo"])]
    pub old: Vec<PathBuf>,
    /// The state after; may be repeated
    #[arg(long, value_name = "FILE|DIR", requires = "old")]
    pub new: Vec<PathBuf>,
    /// What answers on the old side: the Ingresses (old), or Gateways and routes (new); by itself the Ingresses, where
    /// there are any
    #[arg(long, value_enum, value_name = "SIDE")]
    pub old_side: Option<OneSide>,
    /// What answers on the new side; by itself Gateways and routes, where there are any
    #[arg(long, value_enum, value_name = "SIDE")]
    pub new_side: Option<OneSide>,
    /// Send every witness over the wire to both sides too, and say whether what comes is what was predicted
    #[arg(long)]
    pub live: bool,
    /// Accept a difference by its id, or `all`, and write it down; may be repeated
    #[arg(long, value_name = "ID|all", requires = "reason")]
    pub accept: Vec<String>,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub reason: Option<String>,
    /// The file of accepted differences, in TOML or YAML
    #[arg(long, value_name = "FILE", default_value = FILE)]
    pub accepted: PathBuf,
    /// For the texts that are drawn where two regular expressions meet
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// How many texts are drawn of each
    #[arg(long, value_name = "N", default_value = "16")]
    pub samples: usize,
    /// Compare again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["live", "accept"])]
    pub watch: bool,
}

/// Both states: one, or two of them.
struct States {
    old: Scene,
    new: Option<Scene>,
}

/// Runs the command.
///
/// # Errors
/// Exit code 1 when a difference is left that nobody accepted; 2 when an input can not be read.
pub fn run(global: &Global, wish: &Wish) -> Result<(), Failure> {
    if matches!(global.output, Output::Csv | Output::Html) {
        return Err(Failure::usage("a comparison is no csv or html", "use -o table, json, yaml or markdown"));
    }
    if wish.watch {
        return watch::run(global, wish);
    }
    let states = States::open(global, wish)?;
    let left = states.once(global, wish)?;
    states.old.done()?;
    if let Some(new) = &states.new {
        new.done()?;
    }
    if left == 0 { Ok(()) } else { Err(Failure::silent(FAILED)) }
}

impl States {
    fn open(global: &Global, wish: &Wish) -> Result<Self, Failure> {
        if wish.old.is_empty() {
            if global.inputs().is_empty() {
                return Err(Failure { code: USAGE, text: no_source() });
            }
            return Ok(Self { old: Scene::open_telling(global)?, new: None });
        }
        let of = |files: &[PathBuf]| {
            Scene::open_telling(&Global { files: files.to_vec(), demo: false, ..global.clone() })
        };
        Ok(Self { old: of(&wish.old)?, new: Some(of(&wish.new)?) })
    }

    fn new_scene(&self) -> &Scene {
        self.new.as_ref().unwrap_or(&self.old)
    }

    /// What answers on both sides.
    fn sides(&self, wish: &Wish) -> Result<(Side, Side), Failure> {
        use crate::resource::Kind;
        let has = |scene: &Scene, kind: &Kind| scene.world.list(kind).any(|object| !object.assumed);
        let ingresses = |scene: &Scene| has(scene, &Kind::Ingress);
        let gateways = |scene: &Scene| has(scene, &Kind::Gateway);
        let (old, new) = (&self.old, self.new_scene());
        let old_side = wish
            .old_side
            .map_or(if ingresses(old) || !gateways(old) { Side::Old } else { Side::New }, OneSide::side);
        let new_side = wish
            .new_side
            .map_or(if gateways(new) || !ingresses(new) { Side::New } else { Side::Old }, OneSide::side);
        if self.new.is_none() && old_side == new_side {
            return Err(Failure::usage(
                "both sides are the same objects: there is nothing to compare",
                "give two states with --old FILE --new FILE, or manifests with Ingresses and Gateways",
            ));
        }
        Ok((old_side, new_side))
    }

    /// Compares and prints; gives the number of differences that nobody accepted.
    fn once(&self, global: &Global, wish: &Wish) -> Result<usize, Failure> {
        let (faces, report) = self.compared(wish)?;
        let mut kept = Kept::read(&wish.accepted)?;
        if !wish.accept.is_empty() {
            kept.accept(&report, &wish.accept, wish.reason.as_deref().unwrap_or_default(), self.old.now)?;
        }
        let live = if wish.live { Some(live::ask(global, wish, &faces, &report)?) } else { None };
        let shown = report::Shown::new(&report, &faces, &kept.accepted, live.as_ref());
        match global.output {
            Output::Json => out::print(&out::pretty(&shown))?,
            Output::Yaml => out::value(&serde_json::to_value(&shown).unwrap_or_default(), Output::Yaml)?,
            Output::Markdown => out::print(&text::markdown(&shown))?,
            Output::Table | Output::Wide | Output::Csv | Output::Html => out::print(&text::table(&shown))?,
        }
        let odd = live.as_ref().is_some_and(|live| live.values().any(|said| !said.as_predicted));
        Ok(report.left(&kept.accepted).count() + usize::from(odd))
    }

    fn compared(&self, wish: &Wish) -> Result<((Face<'_>, Face<'_>), Report), Failure> {
        let sides = self.sides(wish)?;
        let faces = (face(&self.old, sides.0), face(self.new_scene(), sides.1));
        let options = Options { seed: wish.seed, samples: wish.samples, ..Options::default() };
        let report = compare(&faces.0, &faces.1, &options);
        Ok((faces, report))
    }

    /// Files that may change.
    fn roots(&self) -> Vec<PathBuf> {
        let mut all = self.old.manifests.roots();
        all.extend(self.new.iter().flat_map(|new| new.manifests.roots()));
        all
    }
}

/// A side of a state.
fn face(scene: &Scene, side: Side) -> Face<'_> {
    let compiled = match side {
        Side::Old => Compiled::Ingresses(scene.old().into()),
        Side::New => Compiled::Gateways(scene.compiled.clone().into()),
    };
    Face { world: &scene.world, compiled }
}
