//! [`Item::Probe`](crate::switch::Item::Probe): both sides asked over the wire, and what is made of their answers.

use super::{HTTPS, Known, Name};
use crate::{
    rehearsal::{Answered, Unanswered},
    routing::{Ask, Outcome, PathMatch, Side, way},
    switch::Finding,
};

/// What both sides are asked: the same, by the names of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Of the old side.
    pub old: Ask,
    /// Of the new side.
    pub new: Ask,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// An answer with this status.
    Status(u16),
    /// None; why.
    Nothing(String),
}

impl Probe {
    pub(super) fn of(known: &Known<'_>, name: &Name<'_>) -> Self {
        let door = *name.doors.iter().find(|door| **door == HTTPS).or(name.doors.first()).unwrap_or(&HTTPS);
        let examples = [Side::Old, Side::New].into_iter().flat_map(|side| {
            known.candidates(side, name).filter_map(|candidate| match &candidate.path {
                PathMatch::Exact(path) | PathMatch::RawPrefix(path) => Some(path.to_string()),
                PathMatch::Prefix(prefix) => Some(format!("{prefix}/")),
                PathMatch::Pattern(_) => None,
            })
        });
        let mut paths: Vec<String> = examples.take(100).collect();
        // What stands before the first sign of an expression may be a path already: `/v1(/|$)(.*)`.
        paths.extend(
            [Side::Old, Side::New]
                .into_iter()
                .flat_map(|side| {
                    known.candidates(side, name).filter_map(|candidate| match &candidate.path {
                        PathMatch::Pattern(pattern) => {
                            let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
                            let text = pattern.written.trim_start_matches('^');
                            let end = text.find(|c| !plain(c)).unwrap_or(text.len());
                            text.get(..end).filter(|front| front.starts_with('/')).map(str::to_owned)
                        }
                        PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => None,
                    })
                })
                .take(100),
        );
        paths.push("/".to_owned());
        // The shortest says most: it is what people type.
        paths.sort_by_key(String::len);
        let leads = |side: Side, path: &String| {
            way(known.table(side), &name.ask(side, door, path)).outcome == Outcome::Forward
        };
        let path = paths.iter().find(|path| leads(Side::Old, path) && leads(Side::New, path));
        let path =
            path.or_else(|| paths.iter().find(|path| leads(Side::Old, path) || leads(Side::New, path)));
        let path = path.map_or("/", String::as_str);
        Self { old: name.ask(Side::Old, door, path), new: name.ask(Side::New, door, path) }
    }

    /// What is asked, as one types it.
    pub fn url(&self) -> String {
        let Ask { scheme, host, path, .. } = &self.new;
        format!("{scheme}://{host}{path}")
    }

    /// What both answers say.
    pub fn judge(&self, old: &Came, new: &Came) -> Finding {
        let url = self.url();
        for (side, came) in [("old", old), ("new", new)] {
            match came {
                Came::Nothing(why) => {
                    return Finding::Red(format!("{url}: the {side} side gives no answer: {why}"));
                }
                Came::Status(status @ 500..) => {
                    return Finding::Red(format!("{url}: the {side} side answers {status}"));
                }
                Came::Status(_) => {}
            }
        }
        match (old, new) {
            (Came::Status(old), Came::Status(new)) if old / 100 != new / 100 => {
                Finding::Red(format!("{url}: the old side answers {old}, the new one {new}"))
            }
            (Came::Status(old), Came::Status(new)) => Finding::Green(format!("{url}: old {old}, new {new}")),
            (Came::Nothing(why), _) | (_, Came::Nothing(why)) => Finding::Red(why.clone()),
        }
    }
}

impl Came {
    /// What became of a question.
    pub fn of(answer: &Result<Answered, Unanswered>) -> Self {
        match answer {
            Ok(answered) => Self::Status(answered.status),
            Err(why) => Self::Nothing(why.to_string()),
        }
    }
}
