//! An object's own document as a whole: shown with its comments, put in the place of the old one, every other byte
//! left as it was.
//!
//! Such an edit is an [`Edit`] of the empty path, whose values are the texts: so it is planned, guarded, written down
//! and taken back as any other.

use std::{ops::Range, path::PathBuf};

use serde_json::Value;

use super::{Edit, EditError, FieldEdit, Manifests, read, splice::Cut};
use crate::{
    resource::{Key, Kind, Object, Severity},
    source::yaml::Reader,
};

/// The text of an object's own document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The text, with its comments.
    pub text: String,
    /// The file.
    pub file: PathBuf,
    /// The line in it at which the text begins, from 1.
    pub line: u32,
}

impl Edit {
    /// Puts a whole document in the place of another.
    pub fn of_document(object: Key, old: String, new: String) -> Self {
        let field =
            FieldEdit { field: String::new(), old: Some(Value::String(old)), new: Some(Value::String(new)) };
        Self { object, fields: vec![field] }
    }

    /// The text that shall stand there, when this is an edit of a whole document.
    pub fn document(&self) -> Option<&str> {
        self.texts().map(|(_, new)| new)
    }

    /// The texts, when this is an edit of a whole document.
    pub(super) fn texts(&self) -> Option<(&str, &str)> {
        match self.fields.as_slice() {
            [FieldEdit { field, old: Some(Value::String(old)), new: Some(Value::String(new)) }]
                if field.is_empty() =>
            {
                Some((old, new))
            }
            _ => None,
        }
    }
}

impl Manifests {
    /// The text of an object's own document.
    ///
    /// # Errors
    /// See [`EditError`]; also for an object that has no document of its own, and for Secrets.
    pub fn passage(&self, object: &Key) -> Result<Passage, EditError> {
        let asked = Edit::of_document(object.clone(), String::new(), String::new());
        let (_, file, object) = self.editable(&asked)?;
        let text = self.text_of(file)?;
        let range = stretch(&text, object)?;
        let line = memchr::memchr_iter(b'\n', text.as_bytes().get(..range.start).unwrap_or_default()).count();
        Ok(Passage {
            text: text.get(range).unwrap_or_default().to_owned(),
            file: file.path.to_path_buf(),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
        })
    }

    /// The object that a text holds, if it can stand in the place of this one.
    ///
    /// # Errors
    /// What is wrong with it, with its lines counted from its beginning.
    pub fn read_document(object: &Key, text: &str) -> Result<Object, EditError> {
        let refuse = |why: String| refused(object, why);
        if let Some(line) = text.lines().position(|line| is_marker(line) || line.starts_with('%')) {
            let why = "only one document can be edited, without `---` and what begins with `%`";
            return Err(refuse(format!("line {}: {why}", line + 1)));
        }
        let read = read::read(text, &std::path::Path::new("document").into());
        let errors = read.problems.iter().filter(|problem| problem.severity == Severity::Error);
        let told: Vec<String> = errors
            .map(|problem| {
                let line = problem.line.map(|line| format!("line {line}: ")).unwrap_or_default();
                let fix = if problem.fix.is_empty() { String::new() } else { format!("; {}", problem.fix) };
                format!("{line}{}{fix}", problem.message)
            })
            .collect();
        if !told.is_empty() {
            return Err(refuse(told.join("; ")));
        }
        match read.objects.as_slice() {
            [one] if one.key == *object => Ok(Object::clone(one)),
            [one] => Err(refuse(format!(
                "it is {} now; kind, namespace and name can not be changed here",
                one.key
            ))),
            [] => Err(refuse("it holds no object".to_owned())),
            several => Err(refuse(format!("it holds {} objects", several.len()))),
        }
    }
}

/// The cut of an edit of a whole document.
pub(super) fn cut(text: &str, object: &Object, old: &str, new: &str) -> Result<Cut, EditError> {
    let range = stretch(text, object)?;
    if text.get(range.clone()) != Some(old) {
        return Err(refused(&object.key, "its text is not what was edited any more".to_owned()));
    }
    let mut new = new.to_owned();
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    if !new.ends_with('\n') && (old.ends_with('\n') || range.end < text.len()) {
        new.push_str(line_break);
    }
    if new != old {
        Manifests::read_document(&object.key, &new)?;
    }
    Ok(Cut { range, new })
}

/// From behind the `---` before an object to the one after it, or from end to end of the file.
fn stretch(text: &str, object: &Object) -> Result<Range<usize>, EditError> {
    let refuse = |why: &str| refused(&object.key, why.to_owned());
    if object.key.kind == Kind::Secret {
        return Err(refuse("the data of a Secret is never shown here; edit its file"));
    }
    let Some(origin) = &object.origin else { return Err(EditError::NoOrigin(object.key.clone())) };
    if origin.item.is_some() {
        return Err(refuse("it is an item of a list and has no document of its own; edit its file"));
    }
    let at = usize::try_from(origin.start).unwrap_or(usize::MAX);
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut end = text.len();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let next = offset + line.len();
        if is_marker(line) {
            if offset > at {
                end = offset;
                break;
            }
            let behind = line.get(3..).unwrap_or_default().trim();
            if (offset..next).contains(&at) && !behind.is_empty() && !behind.starts_with('#') {
                return Err(refuse("its document begins on the line of its `---`; edit its file"));
            }
            start = next;
        }
        offset = next;
    }
    let own = text.get(start..end).unwrap_or_default();
    let mut documents = Reader::new(own, 0, 1);
    if !matches!((documents.next(), documents.next()), (Some(Ok(_)), None)) {
        return Err(refuse("it has no document of its own that can be told apart; edit its file"));
    }
    Ok(start..end)
}

/// Whether a line begins or ends a document, wherever it stands.
fn is_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

fn refused(object: &Key, why: String) -> EditError {
    EditError::Document { object: object.clone(), why }
}
