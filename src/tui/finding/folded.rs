//! Text made so that case does not matter, once for each row and not for each key pressed.

use crate::resource::Object;

/// Stands between the fields of a row: nothing that is found reaches over it.
pub const BETWEEN: char = '\n';

/// What of a row is searched.
#[derive(Clone, Copy, Debug)]
pub struct Haystack<'a> {
    /// Its fields as [`fields`] makes them.
    pub text: &'a str,
    /// The object whose labels `-l` looks at.
    pub object: Option<&'a Object>,
}

#[cfg(test)]
impl<'a> Haystack<'a> {
    /// A row without labels.
    pub fn of(text: &'a str) -> Self {
        Self { text, object: None }
    }
}

/// The fields of a row as they are searched.
pub fn fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::with_capacity(64);
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            text.push(BETWEEN);
        }
        fold_into(field, &mut text);
    }
    text
}

/// The text in one case.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// The text in one case, and for each byte of it the place in `text` of the character that it came from.
pub(super) fn fold_with_origins(text: &str) -> (String, Vec<usize>) {
    let mut out = String::with_capacity(text.len());
    let mut origins = Vec::with_capacity(text.len() + 1);
    for (at, c) in text.char_indices() {
        folded(c, |c| out.push(c));
        origins.resize(out.len(), at);
    }
    (out, origins)
}

/// Puts the text in one case behind another.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        let from = out.len();
        out.push_str(text);
        if let Some(new) = out.get_mut(from..) {
            new.make_ascii_lowercase();
        }
    } else {
        text.chars().for_each(|c| folded(c, |c| out.push(c)));
    }
}

/// One character, whatever stands around it: the small sigma at the end of a word is the one within.
fn folded(c: char, put: impl FnMut(char)) {
    match c {
        'ς' => std::iter::once('σ').for_each(put),
        _ => c.to_lowercase().for_each(put),
    }
}
