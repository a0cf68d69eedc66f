//! Methods, headers, cookies and queries: every way in which a request can stand to the conditions of a path.

use std::collections::BTreeMap;

use super::{Witness, sample};
use crate::routing::{Candidate, Conditions, Field, FieldMatch, ValueMatch};

/// Most combinations that are made for one path.
const MOST: usize = 2048;

/// The ways of one path.
pub(super) struct Ways {
    /// The plain request first.
    pub(super) all: Vec<Witness>,
    /// Whether these are all.
    pub(super) whole: bool,
}

type Fields<'t> = BTreeMap<(u8, &'t str), Vec<Option<String>>>;

/// Every combination of what the conditions ask for, and of what they do not; beyond a limit each candidate's own, with
/// one condition broken at a time, and those of each two.
pub(super) fn ways(base: &Witness, candidates: &[&Candidate]) -> Ways {
    let conditions: Vec<&Conditions> = candidates.iter().map(|candidate| &candidate.conditions).collect();
    let fields = fields(conditions.iter().flat_map(|one| &*one.fields));
    let methods = methods(base, conditions.iter().filter_map(|one| one.method.as_deref()));
    let product = fields.values().fold(methods.len(), |product, values| product.saturating_mul(values.len()));
    if product <= MOST {
        let mut all = vec![base.clone()];
        for ((field, name), values) in &fields {
            all = all
                .iter()
                .flat_map(|witness| {
                    values.iter().map(move |value| put(witness, *field, name, value.as_deref()))
                })
                .collect();
        }
        let all =
            all.iter().flat_map(|witness| methods.iter().map(move |method| with_method(witness, method)));
        return Ways { all: all.collect(), whole: true };
    }
    let mut all = vec![base.clone()];
    // One that asks for no method may stand behind others that ask for all the usual ones.
    let by = |witness: Witness, named: bool| {
        let methods = if named { &methods[..0] } else { &methods[..] };
        let others: Vec<Witness> = methods.iter().map(|method| with_method(&witness, method)).collect();
        if others.is_empty() { vec![witness] } else { others }
    };
    for one in &conditions {
        let named = one.method.is_some();
        all.extend(by(met(base, one, None), named));
        all.extend((0..one.fields.len()).flat_map(|at| by(met(base, one, Some(at)), named)));
    }
    for (at, one) in conditions.iter().enumerate() {
        for other in conditions.iter().skip(at + 1) {
            if all.len() < 8 * MOST {
                let named = one.method.is_some() || other.method.is_some();
                all.extend(by(met(&met(base, other, None), one, None), named));
            }
        }
    }
    Ways { all, whole: false }
}

fn with_method(witness: &Witness, method: &str) -> Witness {
    let mut witness = witness.clone();
    method.clone_into(&mut witness.ask.method);
    witness
}

/// A request that meets conditions, all or all but one.
fn met(base: &Witness, conditions: &Conditions, without: Option<usize>) -> Witness {
    let mut witness = base.clone();
    if let Some(method) = &conditions.method {
        witness.ask.method = method.to_string();
    }
    for (at, field) in conditions.fields.iter().enumerate() {
        let value = if without == Some(at) { None } else { value(&field.value) };
        witness = put(&witness, field.field as u8, &field.name, value.as_deref());
    }
    witness
}

/// Requests with every value that fields can have: those that are asked for, another, none.
pub(super) fn each<'t>(base: &Witness, wanted: impl Iterator<Item = &'t FieldMatch>) -> Vec<Witness> {
    let mut all = vec![base.clone()];
    for ((field, name), values) in &fields(wanted) {
        if all.len() * values.len() > MOST {
            break;
        }
        all = all
            .iter()
            .flat_map(|witness| values.iter().map(move |value| put(witness, *field, name, value.as_deref())))
            .collect();
    }
    all
}

fn fields<'t>(wanted: impl Iterator<Item = &'t FieldMatch>) -> Fields<'t> {
    let mut all = Fields::new();
    for field in wanted {
        let values = all.entry((field.field as u8, &*field.name)).or_insert_with(|| vec![None]);
        if let Some(value) = value(&field.value)
            && !values.contains(&Some(value.clone()))
        {
            values.push(Some(value));
        }
    }
    for values in all.values_mut() {
        let mut other = "other".to_owned();
        while values.iter().flatten().any(|value| *value == other) {
            other.push('x');
        }
        values.push(Some(other));
    }
    all
}

fn methods<'t>(base: &Witness, named: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut all = vec![base.ask.method.clone()];
    // The base's own method may be the only one that is named.
    let mut named_any = false;
    for method in named {
        named_any = true;
        if !all.iter().any(|one| one == method) {
            all.push(method.to_owned());
        }
    }
    let other = ["GET", "POST", "DELETE", "PATCH", "PUT", "HEAD", "PURGE"];
    if let Some(other) = other.iter().find(|other| all.iter().all(|one| one != *other)).filter(|_| named_any)
    {
        all.push((*other).to_owned());
    }
    all
}

/// A value that is as asked.
fn value(wanted: &ValueMatch) -> Option<String> {
    match wanted {
        ValueMatch::Exact(value) => Some(value.to_string()),
        ValueMatch::Pattern(written, expression) => {
            let shape = sample::Shape::of(expression)?;
            let text = shape.first("").or_else(|| shape.first(written))?;
            Some(text).filter(|text| expression.is_match(text))
        }
    }
}

/// The same request with a value in place of what it has there.
fn put(witness: &Witness, field: u8, name: &str, value: Option<&str>) -> Witness {
    let mut witness = witness.clone();
    let Some(value) = value else { return witness };
    let headers = &mut witness.ask.headers;
    if field == Field::Header as u8 {
        headers.retain(|(other, _)| other != name);
        headers.push((name.to_owned(), value.to_owned()));
    } else if field == Field::Cookie as u8 {
        let pair = format!("{name}={value}");
        match headers.iter_mut().find(|(other, _)| other == "cookie") {
            Some((_, cookies)) => *cookies = format!("{pair}; {cookies}"),
            None => headers.push(("cookie".to_owned(), pair)),
        }
    } else {
        let pair = format!("{}={}", quoted(name), quoted(value));
        witness.ask.query = Some(match witness.ask.query.take() {
            Some(query) => format!("{pair}&{query}"),
            None => pair,
        });
    }
    witness
}

/// Percent-encoded where a query needs it.
fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
