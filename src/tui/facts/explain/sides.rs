//! What the two sides do with one request, and in what they differ.

use crate::routing::{Ask, Explanation, Outcome};

/// One thing that the sides do not do alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `status`, `backend`, `path`, `host`, `Location`
    pub what: &'static str,
    /// On the old side; `–` where it does not apply.
    pub old: String,
    /// On the new side.
    pub new: String,
}

/// What differs between the answers of both sides, for a request as each was asked.
pub fn differences(old: (&Ask, &Explanation), new: (&Ask, &Explanation)) -> Vec<Difference> {
    let (a, b) = (Told::of(old.0, old.1), Told::of(new.0, new.1));
    let all = [
        ("status", a.status, b.status),
        ("backend", a.backend, b.backend),
        ("path", a.path, b.path),
        ("host", a.host, b.host),
        ("Location", a.location, b.location),
    ];
    let differs = |(what, old, new): (&'static str, String, String)| {
        (old != new).then_some(Difference { what, old, new })
    };
    all.into_iter().filter_map(differs).collect()
}

struct Told {
    status: String,
    backend: String,
    path: String,
    host: String,
    location: String,
}

const NOTHING: &str = "–";

impl Told {
    fn of(ask: &Ask, found: &Explanation) -> Self {
        let status = match (found.outcome, found.status) {
            (_, Some(status)) => status.to_string(),
            (Outcome::Forward, None) => "the backend's".to_owned(),
            (Outcome::Redirect, None) => "302".to_owned(),
            (Outcome::Refuse, None) => "no connection".to_owned(),
        };
        let goes = found.outcome == Outcome::Forward && !found.backends.is_empty();
        let mut shares: Vec<String> = found
            .backends
            .iter()
            .filter(|share| share.weight > 0 || found.backends.len() == 1)
            .map(|share| {
                let name = format!("{}:{}", share.backend, share.port);
                let part = 100.0 * share.share;
                let all = part > 99.95;
                let name = if all { name } else { format!("{name} {part:.1} %") };
                if share.problem.is_some() { format!("{name} (can not answer)") } else { name }
            })
            .collect();
        // Neither side says in which order they stand.
        shares.sort();
        let sent = found.rewritten.clone().unwrap_or_else(|| (ask.path.clone(), ask.host.clone()));
        let only = |text: String| if goes { text } else { NOTHING.to_owned() };
        Self {
            status,
            backend: only(shares.join(", ")),
            path: only(sent.0),
            host: only(sent.1),
            location: found.location.clone().unwrap_or_else(|| NOTHING.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        routing::{Side, explain},
        tui::fixture,
    };

    fn asked(url: &str) -> Vec<(&'static str, String, String)> {
        let view = fixture::ingresses();
        let url = crate::rehearsal::Url::parse(url).unwrap();
        let ask = |side| Ask { side, ..url.ask("GET", Vec::new()) };
        let (old, new) = (ask(Side::Old), ask(Side::New));
        let found = |ask: &Ask| explain(&view.table, ask);
        let found = differences((&old, &found(&old)), (&new, &found(&new)));
        found.into_iter().map(|one| (one.what, one.old, one.new)).collect()
    }

    #[test]
    fn what_differs_is_told_of_each_side_and_nothing_else() {
        let cases = [
            (
                "https://shop.example.com/api/v1?x=1",
                &["status", "backend", "path", "host"][..],
                "the new side has no such host",
            ),
            ("https://app.example.com/", &[], "a canary of nginx goes with the upstream: both split alike"),
            ("http://shop.example.com/", &["status", "Location"], "only the old side asks for TLS"),
            ("https://nobody.example.com/", &[], "neither has it"),
        ];
        for (url, wanted, why) in cases {
            let told = asked(url);
            let what: Vec<_> = told.iter().map(|one| one.0).collect();
            assert_eq!(what, wanted, "{why}: {told:#?}");
        }
    }
}
