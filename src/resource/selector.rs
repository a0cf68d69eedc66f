//! Label selectors as kubectl's `-l` takes them, equality-based and set-based.

use super::Object;

/// All of these must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    /// Also true when the label is absent.
    NotIn(String, Vec<String>),
}

impl Selector {
    /// Reads `a=b,c!=d,e,!f,g in (h,i),j notin (k)`.
    ///
    /// # Errors
    /// The requirement that can not be read.
    pub fn parse(typed: &str) -> Result<Self, String> {
        split_outside_brackets(typed).map(str::trim).map(requirement).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an object's labels satisfy it.
    pub fn matches(&self, object: &Object) -> bool {
        self.holds(|key| object.label(key))
    }

    /// Whether labels, given by key, satisfy it.
    pub fn holds<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::Absent(key) => label(key).is_none(),
            Requirement::In(key, values) => label(key).is_some_and(|v| values.iter().any(|one| one == v)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|v| values.iter().all(|one| one != v)),
        })
    }
}

fn split_outside_brackets(typed: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    typed.split(move |c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    })
}

fn requirement(text: &str) -> Result<Requirement, String> {
    if let Some(key) = text.strip_prefix('!') {
        return Ok(Requirement::Absent(label(key)?));
    }
    if let Some((key, value)) = text.split_once("!=") {
        return Ok(Requirement::NotIn(label(key)?, vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Ok(Requirement::In(label(key)?, vec![value.trim().to_owned()]));
    }
    match text.split_once(char::is_whitespace) {
        None => Ok(Requirement::Exists(label(text)?)),
        Some((key, rest)) => {
            let rest = rest.trim_start();
            if let Some(set) = rest.strip_prefix("notin") {
                return Ok(Requirement::NotIn(label(key)?, values(set)?));
            }
            let set =
                rest.strip_prefix("in").ok_or_else(|| format!("`{text}` is no requirement on a label"))?;
            Ok(Requirement::In(label(key)?, values(set)?))
        }
    }
}

fn label(key: &str) -> Result<String, String> {
    let key = key.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if key.is_empty() || !key.chars().all(fits) {
        return Err(format!("`{}` is no label", key.escape_debug()));
    }
    Ok(key.to_owned())
}

fn values(set: &str) -> Result<Vec<String>, String> {
    let inner = set.trim().strip_prefix('(').and_then(|set| set.strip_suffix(')'));
    let inner = inner
        .ok_or_else(|| "values of `in` and `notin` stand in brackets: `team in (web,shop)`".to_owned())?;
    Ok(inner.split(',').map(|value| value.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Key, Kind, Meta};

    #[test]
    fn a_selector_says_what_kubectls_says() {
        let object = Object {
            key: Key::new(Kind::Service, "shop", "app"),
            api_version: "v1".into(),
            meta: Meta {
                labels: [("app".into(), "web".into()), ("track".into(), "canary".into())].into(),
                ..Meta::default()
            },
            text: "{}".into(),
            origin: None,
            assumed: false,
        };
        let cases = [
            ("app=web", true, "equal"),
            ("app==web,track=canary", true, "all must hold"),
            ("app=web,track=stable", false, "all must hold"),
            ("app!=shop", true, "unequal"),
            ("team!=shop", true, "an absent label is unequal to all"),
            ("app", true, "exists"),
            ("!team", true, "does not exist"),
            ("track in (stable, canary), app", true, "one of a set"),
            ("track notin (canary)", false, "none of a set"),
            ("team notin (a,b)", true, "an absent label is in no set"),
            ("team in (a,b)", false, "an absent label is in no set"),
        ];
        for (typed, expected, why) in cases {
            assert_eq!(Selector::parse(typed).unwrap().matches(&object), expected, "{typed}: {why}");
        }
        for wrong in ["", "a b", "a in b", ",", "=x", "a like (b)"] {
            assert!(Selector::parse(wrong).is_err(), "{wrong}");
        }
    }
}
