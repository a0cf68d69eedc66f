//! Texts that an expression takes: the simplest, the simplest that begins as another text does, and some by chance.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::routing::Expression;

/// How many ways are kept while a text is built.
const MOST_WAYS: usize = 64;
/// How often a part is repeated by chance at most, beyond what it must.
const MOST_MORE: u32 = 3;
/// Alternatives of one expression.
const MOST_EACH: usize = 8;
/// Longest text.
const LONGEST: usize = 1024;

/// An expression, taken apart.
pub(super) struct Shape(Hir);

/// A text that is being built, and what of the wanted beginning is left.
#[derive(Clone)]
struct Way<'w> {
    text: String,
    rest: &'w str,
}

impl Shape {
    /// None when the expression has what only backtracking can do.
    pub(super) fn of(expression: &Expression) -> Option<Self> {
        if expression.is_backtracking() {
            return None;
        }
        regex_syntax::parse(expression.as_str()).ok().map(Self)
    }

    /// The simplest text that begins so, or that is a beginning of it.
    pub(super) fn first(&self, front: &str) -> Option<String> {
        let ways = built(&self.0, vec![Way { text: String::new(), rest: front }], &mut None);
        let whole = ways.iter().find(|way| way.rest.is_empty());
        // What an expression with an open end does not care for may follow.
        let open = || ways.first().map(|way| format!("{}{}", way.text, way.rest));
        whole.map(|way| way.text.clone()).or_else(open)
    }

    /// The simplest text of each alternative; the first few.
    pub(super) fn each(&self) -> Vec<String> {
        let mut all = Vec::new();
        for way in built(&self.0, vec![Way { text: String::new(), rest: "" }], &mut None) {
            if all.len() < MOST_EACH && !all.contains(&way.text) {
                all.push(way.text);
            }
        }
        all
    }

    /// A text by chance.
    pub(super) fn random(&self, random: &mut fastrand::Rng) -> Option<String> {
        let mut random = Some(random);
        let ways = built(&self.0, vec![Way { text: String::new(), rest: "" }], &mut random);
        ways.into_iter().next().map(|way| way.text)
    }
}

/// Whether a text has nothing that is special in an expression.
pub(super) fn is_literal(text: &str) -> bool {
    !text.contains(['.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$', '\\'])
}

fn built<'w>(hir: &Hir, ways: Vec<Way<'w>>, random: &mut Option<&mut fastrand::Rng>) -> Vec<Way<'w>> {
    let mut ways: Vec<Way<'w>> = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => ways,
        HirKind::Literal(literal) => {
            let Ok(text) = std::str::from_utf8(&literal.0) else { return Vec::new() };
            ways.into_iter().filter_map(|way| literal_on(way, text)).collect()
        }
        HirKind::Class(class) => ways.into_iter().filter_map(|way| class_on(way, class, random)).collect(),
        HirKind::Capture(capture) => built(&capture.sub, ways, random),
        HirKind::Concat(parts) => parts.iter().fold(ways, |ways, part| built(part, ways, random)),
        HirKind::Alternation(parts) => match random {
            Some(dice) => {
                let at = dice.usize(..parts.len());
                parts.get(at).map(|part| built(part, ways, random)).unwrap_or_default()
            }
            None => parts.iter().flat_map(|part| built(part, ways.clone(), random)).collect(),
        },
        HirKind::Repetition(repeat) => repeated(&repeat.sub, (repeat.min, repeat.max), ways, random),
    };
    ways.retain(|way| way.text.len() <= LONGEST);
    ways.truncate(MOST_WAYS);
    ways
}

fn repeated<'w>(
    part: &Hir,
    (least, most): (u32, Option<u32>),
    mut ways: Vec<Way<'w>>,
    random: &mut Option<&mut fastrand::Rng>,
) -> Vec<Way<'w>> {
    for _ in 0..least.min(LONGEST as u32) {
        ways = built(part, ways, random);
    }
    let room = most.map_or(u32::MAX, |most| most.saturating_sub(least));
    if let Some(dice) = random {
        let more = dice.u32(0..=MOST_MORE.min(room));
        for _ in 0..more {
            ways = built(part, ways, random);
        }
        return ways;
    }
    // As few as may be; more only while they take what is wanted.
    let mut all = ways.clone();
    let mut going: Vec<Way<'w>> = ways.into_iter().filter(|way| !way.rest.is_empty()).collect();
    let mut times = 0;
    while !going.is_empty() && times < room.min(LONGEST as u32) {
        let before: Vec<usize> = going.iter().map(|way| way.rest.len()).collect();
        let least = before.iter().min().copied().unwrap_or(0);
        going = built(part, going, &mut None);
        going.retain(|way| way.rest.len() < least.max(1) || before.iter().any(|len| way.rest.len() < *len));
        all.extend(going.iter().cloned());
        going.retain(|way| !way.rest.is_empty());
        going.truncate(MOST_WAYS / 4);
        times += 1;
    }
    // Those that took the most first.
    all.sort_by_key(|way| way.rest.len());
    all
}

fn literal_on<'w>(mut way: Way<'w>, text: &str) -> Option<Way<'w>> {
    if let Some(rest) = way.rest.strip_prefix(text) {
        way.rest = rest;
    } else if text.starts_with(way.rest) {
        way.rest = "";
    } else {
        return None;
    }
    way.text.push_str(text);
    Some(way)
}

fn class_on<'w>(mut way: Way<'w>, class: &Class, random: &mut Option<&mut fastrand::Rng>) -> Option<Way<'w>> {
    let c = match way.rest.chars().next() {
        Some(c) => {
            way.rest = way.rest.get(c.len_utf8()..).unwrap_or_default();
            Some(c).filter(|c| has(class, *c))?
        }
        None => letter(class, random)?,
    };
    way.text.push(c);
    Some(way)
}

fn has(class: &Class, c: char) -> bool {
    match class {
        Class::Unicode(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c))
        }
        Class::Bytes(class) => u8::try_from(c)
            .is_ok_and(|c| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c))),
    }
}

/// A letter of a class: a plain one where there is one.
fn letter(class: &Class, random: &mut Option<&mut fastrand::Rng>) -> Option<char> {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_/.~";
    let fitting: Vec<char> = PLAIN.chars().filter(|c| has(class, *c)).collect();
    match random {
        Some(dice) if !fitting.is_empty() => dice.choice(&fitting).copied(),
        Some(_) | None => fitting.first().copied().or_else(|| ('!'..='~').find(|c| has(class, *c))),
    }
}
