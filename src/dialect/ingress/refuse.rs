//! What nginx refuses: one bad location, and no later change of any Ingress takes effect.

use std::{collections::HashSet, sync::Arc};

use super::{
    Settings,
    annotation::Effect,
    server::{Server, Taken},
};
use crate::resource::Key;

/// Why nginx refuses the whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The Ingress at fault.
    pub ingress: Option<Key>,
    /// The host.
    pub host: Option<String>,
    /// What nginx says, in our words.
    pub message: String,
    /// What to do.
    pub cure: String,
}

/// The Ingresses that were there before the first one at fault: the configuration that nginx goes on with.
pub(super) fn before(taken: Vec<Arc<Taken>>, faults: &[Refusal]) -> Vec<Arc<Taken>> {
    let age = |taken: &Taken| (taken.ingress.created.unwrap_or(i64::MAX), taken.ingress.key.path());
    let named =
        |taken: &&Arc<Taken>| faults.iter().any(|one| one.ingress.as_ref() == Some(&taken.ingress.key));
    let first = taken.iter().filter(named).map(|taken| age(taken)).min();
    // A fault of nobody's is one of all.
    let Some(first) = first else { return Vec::new() };
    taken.into_iter().filter(|taken| age(taken) < first).collect()
}

/// All that is certain.
pub(super) fn all(servers: &[Server], taken: &[Arc<Taken>], settings: &Settings) -> Vec<Refusal> {
    let mut all = Vec::new();
    for server in servers {
        let mut seen = HashSet::new();
        for location in &server.locations {
            let ingress = location.taken.as_ref().map(|taken| taken.ingress.key.clone());
            let host = Some(server.host.to_string());
            // The path stands between blanks in the configuration of the releases that are most used.
            if location.path.contains([' ', '\t', '\n', ';', '{', '}']) && !server.regex {
                all.push(Refusal {
                    ingress,
                    host,
                    message: format!(
                        "path `{}` holds a character that ends a word of nginx's configuration",
                        location.path
                    ),
                    cure: "take it out of the path, or write it percent-encoded".to_owned(),
                });
                continue;
            }
            if !server.regex && !seen.insert((location.exact, location.path.as_str())) {
                all.push(Refusal {
                    ingress,
                    host,
                    message: format!(
                        "location `{}` stands twice: as a path with, and as one without, its final slash",
                        location.path
                    ),
                    cure: "keep one of the two paths".to_owned(),
                });
            }
        }
    }
    for one in taken {
        let stops = one.annotations.findings.iter().filter(|it| it.effect == Effect::StopsConfiguration);
        all.extend(stops.map(|finding| Refusal {
            ingress: Some(one.ingress.key.clone()),
            host: None,
            message: format!("{}: {}", finding.key, finding.message),
            cure: "correct the value".to_owned(),
        }));
    }
    let _ = settings;
    all
}
