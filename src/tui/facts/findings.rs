//! What needs a person: everything broken or odd, the worst first, each with the object to open.

use std::collections::HashMap;

use super::Health;
use crate::resource::Key;

/// How many are kept with their texts; all are counted.
pub const KEPT: usize = 500;

/// One thing that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub health: Health,
    /// The object to open.
    pub object: Option<Key>,
    /// Name shown: `shop/cart`, `infra/edge ▸ admin`, `routes.yaml:14`.
    pub subject: String,
    /// Half a sentence.
    pub words: String,
    /// More: the message, or the cure.
    pub detail: String,
    /// Findings of one cause are one line; those without are alike when they say the same.
    pub cause: Option<String>,
    /// The others of the same cause.
    pub also: Vec<Finding>,
}

impl Finding {
    /// Whether the other has the same cause.
    fn cause(&self) -> (Health, &str, &str) {
        match &self.cause {
            Some(cause) => (self.health, cause, ""),
            None => (self.health, &self.words, &self.detail),
        }
    }

    /// Takes another of the same cause in: `infra/edge ▸ https, www`, `shop/cart +2`.
    fn join(&mut self, other: Self) {
        self.also.push(other);
        let stem = |text: &str| text.rsplit_once(" ▸ ").map(|(stem, _)| stem.to_owned());
        let first = self.subject.split(" +").next().unwrap_or_default().to_owned();
        let own = stem(&first);
        let same = own.is_some() && self.also.iter().all(|also| stem(&also.subject) == own);
        self.subject = match (self.also.last(), same) {
            (Some(last), true) => {
                let name = last.subject.rsplit_once(" ▸ ").map_or("", |(_, name)| name);
                format!("{first}, {name}")
            }
            _ => format!("{first} +{}", self.also.len()),
        };
    }
}

/// All findings, and how many of each sort there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The worst first, those of one cause as one; made of at most [`KEPT`].
    pub list: Vec<Finding>,
    /// Broken.
    pub broken: usize,
    /// Wants a look.
    pub attention: usize,
    /// Not there yet, or only worth knowing.
    pub waiting: usize,
    /// How many the list does not tell of.
    pub hidden: usize,
}

impl Findings {
    /// The findings of some sources, each with the worst first, and how many of each sort they are.
    pub fn of<'a>(all: impl Iterator<Item = &'a Finding>, counts: [usize; 3]) -> Self {
        let [broken, attention, waiting] = counts;
        let mut kept: Vec<Finding> = all.take(2 * KEPT).cloned().collect();
        kept.sort_by_key(|finding| finding.health);
        kept.truncate(KEPT);
        let hidden = (broken + attention + waiting).saturating_sub(kept.len());
        Self { list: grouped(kept), broken, attention, waiting, hidden }
    }
}

/// One line a cause, at the place of its first.
fn grouped(all: Vec<Finding>) -> Vec<Finding> {
    let mut places: HashMap<(Health, String, String), usize> = HashMap::new();
    let mut out: Vec<Finding> = Vec::new();
    for finding in all {
        let (health, cause, more) = finding.cause();
        let key = (health, cause.to_owned(), more.to_owned());
        if let Some(first) = places.get(&key).and_then(|at| out.get_mut(*at)) {
            first.join(finding);
        } else {
            places.insert(key, out.len());
            out.push(finding);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(health: Health, subject: &str, words: &str, cause: Option<&str>) -> Finding {
        Finding {
            health,
            object: None,
            subject: subject.to_owned(),
            words: words.to_owned(),
            detail: String::new(),
            cause: cause.map(str::to_owned),
            also: Vec::new(),
        }
    }

    #[test]
    fn findings_of_one_cause_are_one_line_and_none_is_lost() {
        let all = [
            finding(Health::Note, "infra/edge ▸ https", "overlaps with www", Some("overlap infra/edge")),
            finding(Health::Note, "infra/edge ▸ www", "overlaps with https", Some("overlap infra/edge")),
            finding(Health::Broken, "shop/a", "no such Service", None),
            finding(Health::Broken, "shop/b", "no such Service", None),
            finding(Health::Broken, "shop/c", "no such Service", None),
            finding(Health::Attention, "shop/d", "no such Service", None),
            finding(Health::Note, "infra/edge ▸ apex", "overlaps with all", Some("overlap infra/edge")),
        ];
        let found = Findings::of(all.iter(), [3, 1, 3]);
        let lines: Vec<&str> = found.list.iter().map(|finding| finding.subject.as_str()).collect();
        assert_eq!(lines, ["shop/a +2", "shop/d", "infra/edge ▸ https, www, apex"]);
        assert_eq!(found.list.iter().map(|finding| 1 + finding.also.len()).sum::<usize>(), all.len());
        assert_eq!((found.hidden, found.broken, found.attention, found.waiting), (0, 3, 1, 3));
    }

    #[test]
    fn the_worst_are_kept_when_there_are_too_many() {
        let many: Vec<Finding> =
            (0..700).map(|at| finding(Health::Broken, "x", &format!("fault {at}"), None)).collect();
        let odd = [finding(Health::Attention, "y", "odd", None)];
        let found = Findings::of(many.iter().chain(&odd), [700, 1, 0]);
        assert_eq!((found.list.len(), found.hidden), (KEPT, 201));
        assert!(found.list.iter().all(|finding| finding.health == Health::Broken));
    }
}
