//! Pages: lines of text that may lead somewhere, may be folded, and know the line of the user's file that they show.

use std::{collections::HashMap, sync::Arc};

use super::{Line, Tone, describe::About};
use crate::{
    resource::{Key, show},
    routing::BackendId,
    tui::format,
};

/// Where one can go from a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// All about something.
    About(About),
    /// Its text, at a field; empty: from the beginning.
    Text(Key, String),
    /// A stand-in of the rehearsal.
    StandIn(Arc<BackendId>),
}

impl Target {
    /// All about an object.
    pub fn object(key: &Key) -> Self {
        Self::About(About::Object(key.clone()))
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::About(about) => about.name(),
            Self::Text(key, field) if field.is_empty() => format!("text of {key}"),
            Self::Text(key, field) => format!("{field} of {key}"),
            Self::StandIn(backend) => format!("stand-in {}:{}", backend.service, backend.port),
        }
    }
}

/// A reference and where it leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What it is for: `parent`, `backend`, `certificate`, `at fault`.
    pub words: String,
    /// Where it leads.
    pub target: Target,
}

impl Link {
    /// A link.
    pub fn new(words: impl Into<String>, target: Target) -> Self {
        Self { words: words.into(), target }
    }
}

/// Something under a line that is shown or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Which one, over all changes of the page.
    pub id: Arc<str>,
    /// Whether what is under it is shown.
    pub open: bool,
}

/// One line of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageLine {
    /// The text.
    pub line: Line,
    /// Where it leads; Enter takes the first.
    pub links: Vec<Link>,
    /// Line of the user's file.
    pub number: Option<u32>,
    /// What it folds.
    pub fold: Option<Fold>,
    /// The field that begins on it, in a text.
    pub path: Option<String>,
}

impl PageLine {
    /// The line with a link.
    #[must_use]
    pub fn to(mut self, words: &str, target: Target) -> Self {
        self.links.push(Link::new(words, target));
        self
    }
}

impl From<Line> for PageLine {
    fn from(line: Line) -> Self {
        Self { line, ..Self::default() }
    }
}

/// Which folds a person opened or closed, and of which lists more than the first lines are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    own: HashMap<Arc<str>, bool>,
    all: Option<bool>,
    more: HashMap<Arc<str>, usize>,
}

impl Folds {
    /// Whether a fold is open; `first` is what it is before anybody touched it.
    pub fn open(&self, id: &str, first: bool) -> bool {
        self.own.get(id).copied().or(self.all).unwrap_or(first)
    }

    /// Opens or closes one.
    pub fn set(&mut self, id: Arc<str>, open: bool) {
        self.own.insert(id, open);
    }

    /// Opens or closes all.
    pub fn set_all(&mut self, open: bool) {
        self.own.clear();
        self.all = Some(open);
    }

    /// How many lines of a list are shown when it has more than `first`.
    pub fn most(&self, id: &str, first: usize) -> usize {
        first + self.more.get(id).copied().unwrap_or(0)
    }

    /// Shows more lines of a list.
    pub fn show_more(&mut self, id: Arc<str>, lines: usize) {
        *self.more.entry(id).or_default() += lines;
    }
}

/// Lines under each other whose cells stand in columns.
#[derive(Debug, Default)]
pub struct Grid {
    rows: Vec<GridRow>,
}

/// Cells and where they lead.
type GridRow = (Vec<(Tone, String)>, Vec<Link>);

impl Grid {
    /// Adds a row; gives its links.
    pub fn row<const N: usize>(&mut self, cells: [(Tone, &str); N]) -> &mut Vec<Link> {
        self.cells(cells.into_iter().map(|(tone, text)| (tone, text.to_owned())).collect())
    }

    /// Adds a row of any length; gives its links.
    pub fn cells(&mut self, cells: Vec<(Tone, String)>) -> &mut Vec<Link> {
        let at = self.rows.len();
        self.rows.push((cells, Vec::new()));
        &mut self.rows[at].1
    }

    /// A name and its values, one a line; nothing is said as `<none>`, as kubectl does.
    pub fn listed(&mut self, name: &str, values: &[String]) {
        if values.is_empty() {
            self.row([(Tone::Dim, name), (Tone::Dim, "<none>")]);
        }
        for (at, value) in values.iter().enumerate() {
            self.row([(Tone::Dim, if at == 0 { name } else { "" }), (Tone::Plain, value)]);
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as lines, `indent` columns from the left. The last cell of a row pushes nothing.
    pub fn lines(self, indent: usize) -> Vec<PageLine> {
        let columns = self.rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
        let inner = |(cells, _): &GridRow, at: usize| {
            (at + 1 < cells.len()).then(|| cells.get(at).map(|(_, text)| wide(text))).flatten()
        };
        let widths: Vec<usize> = (0..columns)
            .map(|at| self.rows.iter().filter_map(|row| inner(row, at)).max().unwrap_or(0))
            .collect();
        let line = |(cells, links): GridRow| {
            let last = cells.iter().rposition(|(_, text)| !text.is_empty()).map_or(0, |at| at + 1);
            let mut line = Line::default();
            if indent > 0 {
                line = line.and(Tone::Plain, " ".repeat(indent));
            }
            for (at, (tone, mut text)) in cells.into_iter().take(last).enumerate() {
                if at + 1 < last {
                    let gap = widths.get(at).copied().unwrap_or(0).saturating_sub(wide(&text)) + GAP;
                    text.push_str(&" ".repeat(gap));
                }
                line = line.and(tone, text);
            }
            PageLine { links, ..line.into() }
        };
        self.rows.into_iter().map(line).collect()
    }
}

/// Columns between two cells.
const GAP: usize = 3;

/// Columns that a text takes once it is made harmless.
fn wide(text: &str) -> usize {
    format::width(&show::clean(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_in_columns_and_nothing_stands_behind_the_last() {
        let mut grid = Grid::default();
        grid.row([(Tone::Dim, "a"), (Tone::Plain, "書店"), (Tone::Dim, "x")]);
        grid.row([(Tone::Dim, "long name"), (Tone::Plain, "b"), (Tone::Dim, "")]);
        grid.row([(Tone::Dim, "a sentence that stands alone")]);
        grid.listed("none", &[]);
        let lines: Vec<String> = grid.lines(2).iter().map(|line| line.line.text()).collect();
        assert_eq!(
            lines,
            [
                "  a           書店   x",
                "  long name   b",
                "  a sentence that stands alone",
                "  none        <none>"
            ]
        );
    }

    #[test]
    fn a_fold_is_as_it_was_left_and_all_can_be_set_at_once() {
        let mut folds = Folds::default();
        assert!(folds.open("a", true) && !folds.open("b", false), "nobody touched them");
        folds.set("a".into(), false);
        assert!(!folds.open("a", true));
        folds.set_all(true);
        assert!(folds.open("a", false) && folds.open("b", false), "all is all");
        folds.set("b".into(), false);
        assert!(!folds.open("b", true), "one after all");
    }
}
