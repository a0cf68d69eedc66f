//! Columns as kubectl sets them: upper-case heads, three blanks between, nothing after the last.

use unicode_width::UnicodeWidthStr;

use crate::resource::show::clean;

/// Rows of cells under heads.
#[derive(Clone, Debug, Default)]
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these heads.
    pub fn new<H: Into<String>>(heads: impl IntoIterator<Item = H>) -> Self {
        Self { heads: heads.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; cells are made harmless here.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(|cell| clean(cell.as_ref()).into_owned()).collect());
    }

    /// The text, with `indent` blanks before each line.
    pub fn render(&self, indent: usize) -> String {
        let lines = || std::iter::once(&self.heads).filter(|heads| !heads.is_empty()).chain(&self.rows);
        let columns = lines().map(Vec::len).max().unwrap_or(0);
        // The last cell of a row pushes nothing: a long one may reach over the columns behind it.
        let inner = |line: &Vec<String>, at: usize| {
            (at + 1 < line.len()).then(|| line.get(at).map(|cell| cell.width())).flatten()
        };
        let widths: Vec<usize> =
            (0..columns).map(|at| lines().filter_map(|line| inner(line, at)).max().unwrap_or(0)).collect();
        let mut out = String::new();
        for line in lines() {
            let start = out.len();
            out.push_str(&" ".repeat(indent));
            for (cell, width) in line.iter().zip(&widths) {
                out.push_str(cell);
                out.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 3));
            }
            out.truncate(start.max(out.trim_end().len()));
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_what_a_terminal_shows() {
        let mut table = Table::new(["NAME", "AGE"]);
        table.row(["書店", "1d"]);
        table.row(["a\u{1b}[31m", ""]);
        table.row(["a sentence that stands alone"]);
        assert_eq!(
            table.render(1),
            " NAME          AGE\n 書店          1d\n a\\u{1b}[31m\n a sentence that stands alone\n"
        );
    }
}
