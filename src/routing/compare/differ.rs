//! In what two answers differ, point by point.

use std::{collections::HashSet, sync::Arc};

use super::{
    Answer, End, Kind, Point,
    answer::{Facet, Share, name},
    headers::{Line, TAKEN_OUT},
};

/// Shares that differ by less are one.
const SAME: f64 = 0.000_5;

/// In what two answers differ.
pub(super) fn points(old: &Answer, new: &Answer) -> Vec<Point> {
    let mut all = Vec::new();
    let point = |kind, what: &str, old: Option<String>, new: Option<String>| Point {
        kind,
        what: Arc::from(what),
        old,
        new,
        shown: true,
    };
    if old.encrypted && old.end != new.end && [old.end, new.end].contains(&End::Closed) {
        let told = |answer: &Answer| (answer.end != End::Closed).then(|| "served".to_owned());
        all.push(point(Kind::Tls, "https", told(old), told(new)));
    }
    if let (Some(a), Some(b)) = (&old.certificate, &new.certificate)
        && a != b
    {
        all.push(point(Kind::Tls, "certificate", Some(a.to_string()), Some(b.to_string())));
    }
    if old.end != new.end || old.status != new.status {
        all.push(point(Kind::Status, "status", status(old), status(new)));
    }
    if old.location != new.location {
        all.push(point(Kind::Location, "location", old.location.clone(), new.location.clone()));
    }
    match (old.end, new.end) {
        (End::Backend, End::Backend) => {
            backends(old, new, &mut all);
            facets(&old.facets, &new.facets, &mut all);
            lines(Kind::ResponseHeaders, &old.response, &new.response, &mut all);
        }
        (End::Own, End::Own) if old.status == new.status => {
            lines(Kind::ResponseHeaders, &old.response, &new.response, &mut all);
            facets(&old.facets, &new.facets, &mut all);
        }
        (End::Closed | End::Own | End::Backend, _) => {}
    }
    all
}

fn status(answer: &Answer) -> Option<String> {
    match (answer.end, answer.status) {
        (End::Closed, _) => None,
        (End::Own | End::Backend, Some(status)) => Some(status.to_string()),
        (End::Own | End::Backend, None) => Some("the backend's".to_owned()),
    }
}

fn backends(old: &Answer, new: &Answer, all: &mut Vec<Point>) {
    let names = |answer: &Answer| {
        let each = answer.shares.iter().map(|share| {
            let broken = if share.broken { " (500)" } else { "" };
            format!("{}{broken}", name(&share.backend))
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let same = old.shares.len() == new.shares.len()
        && old.shares.iter().zip(&new.shares).all(|(a, b)| a.backend == b.backend && a.broken == b.broken);
    if !same {
        all.push(Point {
            kind: Kind::Backend,
            what: "Service".into(),
            old: Some(names(old)),
            new: Some(names(new)),
            shown: true,
        });
    } else if old.shares.iter().zip(&new.shares).any(|(a, b)| (a.share - b.share).abs() > SAME) {
        let told = |answer: &Answer| {
            let percent = |share: &Share| format!("{} %", (share.share * 1000.0).round() / 10.0);
            answer
                .shares
                .iter()
                .map(|it| format!("{} {}", name(&it.backend), percent(it)))
                .collect::<Vec<_>>()
        };
        all.push(Point {
            kind: Kind::Share,
            what: "shares".into(),
            old: Some(told(old).join(", ")),
            new: Some(told(new).join(", ")),
            shown: true,
        });
    }
    let mut common = old.shares.iter().filter_map(|a| {
        let b = new.shares.iter().find(|b| b.backend == a.backend && b.broken == a.broken)?;
        (!a.broken).then_some((a, b))
    });
    // What two Services get is compared too, when each side has one.
    let pair = common.next().or_else(|| match (&*old.shares, &*new.shares) {
        ([a], [b]) => Some((a, b)),
        _ => None,
    });
    for (a, b) in pair.into_iter().chain(common) {
        if a.target != b.target {
            all.push(Point {
                kind: Kind::UpstreamPath,
                what: "path".into(),
                old: Some(a.target.clone()),
                new: Some(b.target.clone()),
                shown: true,
            });
        }
        lines(Kind::UpstreamHeaders, &a.headers, &b.headers, all);
    }
}

fn facets(old: &[Facet], new: &[Facet], all: &mut Vec<Point>) {
    let value = |list: &[Facet], wanted: &Facet| {
        list.iter().find(|one| (one.kind, one.what) == (wanted.kind, wanted.what)).map(|it| it.value.clone())
    };
    let mut seen = HashSet::new();
    for facet in old.iter().chain(new).filter(|facet| seen.insert((facet.kind, facet.what))) {
        let (a, b) = (value(old, facet), value(new, facet));
        if a != b {
            let shown = facet.kind == Kind::BodyLimit;
            all.push(Point { kind: facet.kind, what: facet.what.into(), old: a, new: b, shown });
        }
    }
}

/// Both lists are in order.
fn lines(kind: Kind, old: &[Line], new: &[Line], all: &mut Vec<Point>) {
    let mut push = |line: &Line, old: Option<&Line>, new: Option<&Line>| {
        let what = format!("header {}", line.name).into();
        let value = |line: Option<&Line>| line.map(|line| line.value.clone());
        // Taken out of what a backend may never send.
        let seen = [old, new].into_iter().flatten().any(|line| line.value != TAKEN_OUT);
        all.push(Point { kind, what, old: value(old), new: value(new), shown: seen });
    };
    let (mut a, mut b) = (old.iter().peekable(), new.iter().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (Some(x), Some(y)) if x.name == y.name => {
                if x.value != y.value {
                    push(x, Some(x), Some(y));
                }
                a.next();
                b.next();
            }
            (Some(x), y) if y.is_none_or(|y| x.name < y.name) => {
                push(x, Some(x), None);
                a.next();
            }
            (_, Some(y)) => {
                push(y, None, Some(y));
                b.next();
            }
            (Some(_) | None, None) => return,
        }
    }
}
