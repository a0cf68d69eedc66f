//! How far the old side agrees, for people: numbers by annotation, and a line for each field that differs.

use std::{collections::BTreeMap, fmt::Write as _};

use cutover::dialect::ingress::known_differences::{KNOWN, KnownDifference};

use crate::run::Asked;

/// Rows of the table of fields.
const MOST_FIELDS: usize = 30;

/// All that was asked.
pub struct Report {
    pub asked: Vec<Asked>,
}

#[derive(Default)]
struct Tally {
    agreed: usize,
    known: usize,
    asked: usize,
}

impl Tally {
    fn count(&mut self, standing: Standing) {
        self.asked += 1;
        match standing {
            Standing::Agreed => self.agreed += 1,
            Standing::Known => self.known += 1,
            Standing::Differs => {}
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Agreed,
    /// All that differs is in the table of known differences.
    Known,
    Differs,
}

impl Report {
    /// The lines of what differs: those that are known and those that are not.
    fn lines(&self, known: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (case, outcome) in
            self.asked.iter().flat_map(|asked| asked.outcomes.iter().map(|o| (&asked.case.name, o)))
        {
            for difference in &outcome.differences {
                if is_known(case, &outcome.request, &difference.field) == known {
                    lines.push(format!("{case} / {}: {difference}", outcome.request));
                }
            }
        }
        lines
    }

    /// What differs and is not known.
    pub fn unknown(&self) -> Vec<String> {
        self.lines(false)
    }

    /// Known differences that are none any more.
    pub fn stale(&self) -> Vec<&'static KnownDifference> {
        let differs = |known: &&KnownDifference| {
            self.asked.iter().flat_map(|asked| asked.outcomes.iter().map(|o| (&asked.case.name, o))).any(
                |(case, outcome)| {
                    outcome.differences.iter().any(|d| known.covers(case, &outcome.request, &d.field))
                },
            )
        };
        KNOWN.iter().filter(|known| !differs(known)).collect()
    }

    /// `agreed N of M requests`
    pub fn summary(&self) -> String {
        let mut all = Tally::default();
        self.standings().for_each(|(_, standing)| all.count(standing));
        let known =
            if all.known > 0 { format!(", {} more differ as is known", all.known) } else { String::new() };
        format!("agreed {} of {} requests in {} cases{known}", all.agreed, all.asked, self.asked.len())
    }

    fn standings(&self) -> impl Iterator<Item = (&Asked, Standing)> {
        self.asked.iter().flat_map(|asked| {
            asked.outcomes.iter().map(move |outcome| {
                let known = |field: &str| is_known(&asked.case.name, &outcome.request, field);
                let standing = if outcome.differences.is_empty() {
                    Standing::Agreed
                } else if outcome.differences.iter().all(|difference| known(&difference.field)) {
                    Standing::Known
                } else {
                    Standing::Differs
                };
                (asked, standing)
            })
        })
    }

    /// A row for each annotation: how many requests of the cases that use it agree.
    fn by_annotation(&self) -> String {
        let mut rows: BTreeMap<String, Tally> = BTreeMap::new();
        for (asked, standing) in self.standings() {
            let mut keys = asked.case.annotations();
            if keys.is_empty() {
                keys.push("(none)".to_owned());
            }
            for key in keys {
                rows.entry(key).or_default().count(standing);
            }
        }
        let mut out = String::from("  agreed   known   asked   annotation\n");
        for (key, tally) in rows {
            let _ = writeln!(out, "{:8}{:8}{:8}   {key}", tally.agreed, tally.known, tally.asked);
        }
        out
    }

    /// A row for each case that does not agree as a whole.
    fn by_case(&self) -> String {
        let mut out = String::new();
        for asked in &self.asked {
            let mut tally = Tally::default();
            self.standings()
                .filter(|(of, _)| of.case.name == asked.case.name)
                .for_each(|(_, s)| tally.count(s));
            if tally.agreed + tally.known < tally.asked {
                let _ = writeln!(out, "{:8} of {:4}   {}", tally.agreed, tally.asked, asked.case.name);
            }
        }
        out
    }

    /// The fields that differ most, with how many requests differ in them.
    fn by_field(&self) -> String {
        let mut rows: BTreeMap<String, usize> = BTreeMap::new();
        for outcome in self.asked.iter().flat_map(|asked| &asked.outcomes) {
            for difference in &outcome.differences {
                let field = difference.field.split('.').filter(|part| part.parse::<usize>().is_err());
                *rows.entry(field.collect::<Vec<_>>().join(".")).or_default() += 1;
            }
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let shown = rows.iter().take(MOST_FIELDS).map(|(field, count)| format!("{count:8}   {field}"));
        shown.collect::<Vec<_>>().join("\n") + "\n"
    }

    /// The cases that took longest.
    fn slowest(&self) -> String {
        let mut by_time: Vec<_> = self.asked.iter().collect();
        by_time.sort_by_key(|asked| std::cmp::Reverse(asked.took));
        let shown = by_time.iter().take(3).map(|a| format!("{} {:.1} s", a.case.name, a.took.as_secs_f64()));
        shown.collect::<Vec<_>>().join(", ")
    }

    /// Everything.
    pub fn text(&self) -> String {
        let (unknown, known) = (self.unknown(), self.lines(true));
        let mut out =
            format!("{}\nslowest: {}\n\n{}\n", self.summary(), self.slowest(), self.by_annotation());
        if !unknown.is_empty() {
            let _ = writeln!(out, "fields that differ most:\n{}", self.by_field());
            let _ = writeln!(out, "cases that differ:\n{}", self.by_case());
        }
        for (title, lines) in [("known", known), ("differs", unknown)] {
            if !lines.is_empty() {
                let _ = writeln!(out, "{title}:\n{}\n", lines.join("\n"));
            }
        }
        out
    }

    /// Every request with both sets of facts, for one case.
    pub fn everything(&self) -> String {
        let mut out = String::new();
        for asked in &self.asked {
            for outcome in &asked.outcomes {
                let verdict = if outcome.differences.is_empty() { "agrees" } else { "DIFFERS" };
                let _ = writeln!(out, "--- {} / {}: {verdict}", asked.case.name, outcome.request);
                let _ = writeln!(out, "expected {}\ngot      {}", outcome.expected, outcome.got);
                for difference in &outcome.differences {
                    let _ = writeln!(out, "  {difference}");
                }
            }
        }
        out
    }
}

fn is_known(case: &str, request: &str, field: &str) -> bool {
    KNOWN.iter().any(|known| known.covers(case, request, field))
}
