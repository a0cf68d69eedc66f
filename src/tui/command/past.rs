//! What was typed before, gone through line by line: for the `:` line and for filters.

/// A line of the past being shown.
#[derive(Clone, Debug)]
pub struct Past {
    /// What was typed before the first: only lines that begin so are shown.
    typed: String,
    at: usize,
}

impl Past {
    /// The line to be shown next, in place of `now`: one older or newer of those that begin as what was typed; none
    /// where there is no older one. Beyond the newest is what was typed. `history` is oldest first.
    pub fn step(past: &mut Option<Self>, now: &str, history: &[String], older: bool) -> Option<String> {
        let (typed, at) = match past.take() {
            Some(Self { typed, at }) => (typed, at),
            None => (now.to_owned(), history.len()),
        };
        let fits =
            |at: &usize| history.get(*at).is_some_and(|line| line.starts_with(&typed) && *line != typed);
        let next = if older { (0..at).rev().find(fits) } else { (at + 1..history.len()).find(fits) };
        match next.and_then(|at| Some((at, history.get(at)?))) {
            Some((at, line)) => {
                *past = Some(Self { typed, at });
                Some(line.clone())
            }
            None if older => {
                // The oldest stays, and so does the way back from it.
                *past = (at < history.len()).then_some(Self { typed, at });
                None
            }
            None => Some(typed),
        }
    }

    /// Remembers a line as the newest, at most so many.
    pub fn keep(history: &mut Vec<String>, line: &str, most: usize) {
        history.retain(|past| past != line);
        history.push(line.to_owned());
        let surplus = history.len().saturating_sub(most);
        history.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_kept_once_and_no_more_than_so_many() {
        let mut history = Vec::new();
        for line in ["a", "b", "a", "c", "d"] {
            Past::keep(&mut history, line, 3);
        }
        assert_eq!(history, ["a", "c", "d"]);
    }

    #[test]
    fn beyond_the_oldest_nothing_is_lost() {
        let history = ["one", "two"].map(str::to_owned);
        let mut past = None;
        let steps: Vec<Option<String>> = [true, true, true, false, false, false]
            .map(|older| Past::step(&mut past, "typed", &history, older))
            .into();
        assert!(steps.iter().flatten().all(|line| line == "typed"), "none begins so: {steps:?}");
        let mut past = None;
        let mut now = String::new();
        let walk = [true, true, true, false, false].map(|older| {
            if let Some(line) = Past::step(&mut past, &now, &history, older) {
                now = line;
            }
            now.clone()
        });
        assert_eq!(walk, ["two", "one", "one", "two", ""]);
    }
}
