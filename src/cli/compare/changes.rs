//! What came and what went between two comparisons, of what nobody accepted.

use serde::Serialize;

use super::{report::Shown, text};

/// A difference that was left, as much of it as the next comparison has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    id: String,
    cause: String,
    /// Hosts and paths.
    touches: (u64, u64),
}

/// What changed.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Changes {
    /// Ids of those that were not there.
    pub(super) came: Vec<String>,
    pub(super) went: Vec<Went>,
    /// Those that touch more or fewer hosts or paths.
    pub(super) moved: Vec<Moved>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Went {
    pub(super) id: String,
    pub(super) cause: String,
    /// It is still there, but somebody accepted it.
    pub(super) accepted: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moved {
    pub(super) id: String,
    /// Hosts and paths.
    pub(super) before: (u64, u64),
    pub(super) now: (u64, u64),
}

/// What nobody accepted.
pub(super) fn left(shown: &Shown<'_>) -> Vec<Left> {
    let left = shown.differences.iter().filter(|one| one.accepted.is_none());
    left.map(|one| Left { id: one.id.to_owned(), cause: text::cause(one), touches: (one.hosts, one.paths) })
        .collect()
}

impl Changes {
    /// From what was left to what is left; `all` are the ids of those that are accepted too.
    pub(super) fn between(before: &[Left], now: &[Left], all: &[&str]) -> Self {
        let find = |list: &[Left], id: &str| list.iter().find(|one| one.id == id).cloned();
        let came = now.iter().filter(|one| find(before, &one.id).is_none()).map(|one| one.id.clone());
        let went = before.iter().filter(|one| find(now, &one.id).is_none()).map(|one| Went {
            id: one.id.clone(),
            cause: one.cause.clone(),
            accepted: all.contains(&one.id.as_str()),
        });
        let moved = now.iter().filter_map(|one| {
            let old = find(before, &one.id).filter(|old| old.touches != one.touches)?;
            Some(Moved { id: old.id, before: old.touches, now: one.touches })
        });
        Self { came: came.collect(), went: went.collect(), moved: moved.collect() }
    }

    /// Nothing came, went or moved.
    pub(super) fn is_empty(&self) -> bool {
        self.came.is_empty() && self.went.is_empty() && self.moved.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, hosts: u64) -> Left {
        Left { id: id.to_owned(), cause: format!("cause of {id}"), touches: (hosts, hosts) }
    }

    #[test]
    fn a_difference_comes_goes_is_accepted_or_touches_another_number() {
        let before = [one("stays", 1), one("goes", 1), one("is-accepted", 1), one("grows", 1)];
        let now = [one("stays", 1), one("grows", 3), one("comes", 1)];
        let changes = Changes::between(&before, &now, &["stays", "grows", "comes", "is-accepted"]);
        assert_eq!(changes.came, ["comes"]);
        let went: Vec<_> = changes.went.iter().map(|one| (one.id.as_str(), one.accepted)).collect();
        assert_eq!(went, [("goes", false), ("is-accepted", true)]);
        assert_eq!(changes.moved, [Moved { id: "grows".into(), before: (1, 1), now: (3, 3) }]);
        assert!(Changes::between(&now, &now, &[]).is_empty());
    }
}
