//! One match of a rule: path, method, headers, query parameters.

use std::{cmp::Reverse, sync::Arc};

use super::fault::Fault;
use crate::{
    resource::gateway_api::{HttpMatch, PathMatchType, ValueMatchSpec, ValueMatchType},
    routing::{Conditions, Field, FieldMatch, Origin, PathMatch, PathPattern, Rank, ValueMatch},
};

/// A match as the Table has it.
pub(super) struct Match {
    pub(super) path: PathMatch,
    pub(super) conditions: Conditions,
    method: bool,
    headers: u16,
    queries: u16,
}

/// Methods that a match may name (`HTTPMethod`).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

impl Match {
    /// Reads a match.
    ///
    /// # Errors
    /// All values that can not be used.
    pub(super) fn of(spec: &HttpMatch, place: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let path = path(spec, place).map_err(|fault| faults.push(fault)).ok();
        let method = spec.method.as_deref();
        if let Some(name) = method.filter(|name| !METHODS.contains(name)) {
            let upper = name.to_ascii_uppercase();
            let cure = if METHODS.contains(&upper.as_str()) {
                format!("write it in capitals: {upper}")
            } else {
                format!("use one of {}", METHODS.join(", "))
            };
            let fault = Fault::new("UnsupportedValue", format!("method `{name}` is not known"));
            faults.push(fault.cure(cure).at(format!("{place}.method")));
        }
        let headers = fields(Field::Header, &spec.headers, &format!("{place}.headers"), &mut faults);
        let queries = fields(Field::Query, &spec.query_params, &format!("{place}.queryParams"), &mut faults);
        let (Some(path), true) = (path, faults.is_empty()) else { return Err(faults) };
        Ok(Self {
            path,
            method: method.is_some(),
            headers: headers.len() as u16,
            queries: queries.len() as u16,
            conditions: Conditions {
                tests: Box::default(),
                method: method.map(Arc::from),
                fields: headers.into_iter().chain(queries).collect(),
            },
        })
    }

    /// Its place in the order. `created` in microseconds; none goes last.
    pub(super) fn rank(
        &self,
        route: &Arc<Origin>,
        created: Option<i64>,
        rule: usize,
        matched: usize,
    ) -> Rank {
        Rank {
            method: Reverse(self.method),
            headers: Reverse(self.headers),
            queries: Reverse(self.queries),
            created: created.unwrap_or(i64::MAX),
            route: Arc::clone(route),
            rule: rule as u32,
            matched: matched as u32,
        }
    }
}

fn path(spec: &HttpMatch, place: &str) -> Result<PathMatch, Fault> {
    let value = spec.path.value.as_str();
    let absolute = || {
        if value.starts_with('/') {
            return Ok(());
        }
        Err(Fault::new("UnsupportedValue", format!("path `{value}` does not begin with a slash"))
            .cure(format!("write /{value}"))
            .at(format!("{place}.path.value")))
    };
    match &spec.path.kind {
        PathMatchType::Exact => absolute().map(|()| PathMatch::exact(value)),
        PathMatchType::PathPrefix => absolute().map(|()| PathMatch::prefix(value)),
        PathMatchType::RegularExpression => {
            PathPattern::whole(value).map(|pattern| PathMatch::Pattern(Arc::new(pattern))).map_err(|error| {
                Fault::new("UnsupportedValue", error.to_string())
                    .cure("write it in the syntax of RE2")
                    .at(format!("{place}.path.value"))
            })
        }
        PathMatchType::Other(kind) => {
            Err(Fault::new("UnsupportedValue", format!("path type `{kind}` is not known"))
                .cure("use Exact, PathPrefix or RegularExpression")
                .at(format!("{place}.path.type")))
        }
    }
}

/// Of entries with one name the first counts; the others have no effect, whatever they hold.
fn fields(field: Field, specs: &[ValueMatchSpec], place: &str, faults: &mut Vec<Fault>) -> Vec<FieldMatch> {
    let mut fields: Vec<FieldMatch> = Vec::new();
    for (n, spec) in specs.iter().enumerate() {
        let name = match field {
            Field::Header => spec.name.to_ascii_lowercase(),
            Field::Query | Field::Cookie => spec.name.clone(),
        };
        if fields.iter().any(|earlier| *earlier.name == *name) {
            continue;
        }
        let value = match &spec.kind {
            ValueMatchType::Exact => Ok(ValueMatch::exact(&spec.value)),
            ValueMatchType::RegularExpression => ValueMatch::whole(&spec.value).map_err(|error| {
                Fault::new("UnsupportedValue", error.to_string())
                    .cure("write it in the syntax of RE2")
                    .at(format!("{place}[{n}].value"))
            }),
            ValueMatchType::Other(kind) => {
                Err(Fault::new("UnsupportedValue", format!("{field} match type `{kind}` is not known"))
                    .cure("use Exact or RegularExpression")
                    .at(format!("{place}[{n}].type")))
            }
        };
        match value {
            Ok(value) => fields.push(FieldMatch { field, name: name.into(), value }),
            Err(fault) => faults.push(fault),
        }
    }
    fields
}
