//! What `get` and `describe` were asked for, in the ways that kubectl takes it: `svc`, `svc,ing home`, `svc/home ing/old`.

use std::sync::Arc;

use super::{args::Global, failure::Failure, scene::Scene};
use crate::resource::{Kind, Object};

/// Objects that were found, kind by kind in the order asked for.
#[derive(Debug)]
pub struct Asked {
    /// Kinds with at least one object.
    pub found: Vec<(Kind, Vec<Arc<Object>>)>,
    /// Whether names were typed, not only kinds.
    pub named: bool,
    /// Whether several kinds were asked for.
    pub several: bool,
    /// Names that no object has.
    missing: Option<Failure>,
}

impl Asked {
    /// Finds what was asked for.
    ///
    /// # Errors
    /// An unknown kind; words that do not go together.
    pub fn of(scene: &Scene, global: &Global, words: &[String]) -> Result<Self, Failure> {
        let pairs = pairs(scene, global, words)?;
        let named = pairs.iter().any(|(_, name)| name.is_some());
        let mut asked = Self { found: Vec::new(), named, several: false, missing: None };
        for (kind, name) in &pairs {
            asked.several |= pairs.first().is_some_and(|(first, _)| first != kind);
            match scene.select(global, kind, *name) {
                Ok(objects) => asked.add(kind, objects),
                Err(failure) => match &mut asked.missing {
                    Some(first) => first.text.push_str(&failure.text),
                    None => asked.missing = Some(failure),
                },
            }
        }
        asked.several |= words.first().is_some_and(|word| word == "all");
        Ok(asked)
    }

    fn add(&mut self, kind: &Kind, objects: Vec<Arc<Object>>) {
        if objects.is_empty() {
            return;
        }
        match self.found.iter_mut().find(|(known, _)| known == kind) {
            Some((_, known)) => {
                let new = objects.into_iter().filter(|object| known.iter().all(|one| one.key != object.key));
                let new: Vec<_> = new.collect();
                known.extend(new);
            }
            None => self.found.push((kind.clone(), objects)),
        }
    }

    /// Ends the command: not well when something that was named is not there, or a file could not be read.
    ///
    /// # Errors
    /// As said.
    pub fn done(self, scene: &Scene) -> Result<(), Failure> {
        match self.missing {
            Some(failure) => Err(failure),
            None => scene.done(),
        }
    }
}

/// Each kind with each name.
fn pairs<'w>(
    scene: &Scene,
    global: &Global,
    words: &'w [String],
) -> Result<Vec<(Kind, Option<&'w str>)>, Failure> {
    let Some((first, names)) = words.split_first() else { return Ok(Vec::new()) };
    if first.contains('/') {
        return words.iter().map(|word| pair(scene, word)).collect();
    }
    let kinds = kinds(scene, global, first)?;
    if names.is_empty() {
        return Ok(kinds.into_iter().map(|kind| (kind, None)).collect());
    }
    if first == "all" {
        return Err(Failure::usage("`all` takes no name", "write the kind: `cutover get httproute NAME`"));
    }
    let with_names = |kind: Kind| names.iter().map(move |name| (kind.clone(), Some(name.as_str())));
    Ok(kinds.into_iter().flat_map(with_names).collect())
}

/// `svc/home`, `svc/shop/home`
fn pair<'w>(scene: &Scene, word: &'w str) -> Result<(Kind, Option<&'w str>), Failure> {
    let both = word
        .split_once('/')
        .filter(|(kind, name)| !kind.is_empty() && !kind.contains(',') && !name.is_empty());
    let (kind, name) = both.ok_or_else(|| {
        Failure::usage(
            format!("`{word}` is not KIND/NAME"),
            "write KIND[,KIND…] and then names, or KIND/NAME for each",
        )
    })?;
    Ok((scene.kind(kind)?, Some(name)))
}

/// The kinds named, in the order named; for `all` those that have objects.
fn kinds(scene: &Scene, global: &Global, typed: &str) -> Result<Vec<Kind>, Failure> {
    if typed == "all" {
        let all = scene.world.kinds().map(|(kind, _)| kind.clone());
        return Ok(all.filter(|kind| global.namespace.is_none() || kind.namespaced()).collect());
    }
    let mut kinds: Vec<Kind> = Vec::new();
    for word in typed.split(',').filter(|word| !word.is_empty()) {
        let kind = scene.kind(word)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return Err(Failure::usage(
            "no kind was named",
            "write `cutover get all` or a kind like `httproute`",
        ));
    }
    Ok(kinds)
}
