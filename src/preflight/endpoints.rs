//! [`Item::Endpoints`](crate::switch::Item::Endpoints): whether somebody is there behind the rules of the new side.

use std::collections::BTreeMap;

use super::{Known, Name};
use crate::{
    resource::{Key, Kind, core::endpoint_slice},
    routing::{Action, Side},
    switch::Finding,
};

impl Known<'_> {
    pub(super) fn endpoints(&self, name: &Name<'_>) -> Finding {
        let mut backends: BTreeMap<Key, Option<String>> = BTreeMap::new();
        let mut any = false;
        for candidate in self.candidates(Side::New, name) {
            any = true;
            let Action::Forward(split) = &candidate.rule.action else { continue };
            for backend in split.backends.iter().filter(|backend| backend.weight > 0) {
                let service = &backend.id.service;
                let key = Key::new(Kind::Service, service.namespace.clone(), service.name.clone());
                let problem = backend.problem.as_ref().map(ToString::to_string);
                let place = backends.entry(key).or_default();
                *place = place.take().or(problem);
            }
        }
        if backends.is_empty() && any {
            return Finding::Green("the new side answers by itself: nothing is forwarded".to_owned());
        }
        if backends.is_empty() {
            return Finding::Red("no rule of the new side leads to a backend".to_owned());
        }
        let (mut ready, mut silent) = (0, Vec::new());
        for (service, problem) in &backends {
            if let Some(why) = problem {
                return Finding::Red(format!("{}: {why}", service.path()));
            }
            match self.ready(service) {
                Some(0) => return Finding::Red(format!("{} has no ready endpoint", service.path())),
                Some(_) => ready += 1,
                None => silent.push(service.path()),
            }
        }
        match silent.first() {
            None => Finding::Green(format!("{ready} of {ready} Services have ready endpoints")),
            Some(first) => {
                let more = match silent.len() {
                    1 => String::new(),
                    many => format!(" and {} more", many - 1),
                };
                Finding::Unknown(format!("no EndpointSlice of {first}{more} is among the manifests"))
            }
        }
    }

    /// Ready endpoints of a Service; none when no slice is given for it.
    fn ready(&self, service: &Key) -> Option<usize> {
        let slices = self.evidence.world.slices_of(service).filter(|slice| !slice.assumed);
        let counts: Vec<usize> = slices
            .filter_map(|slice| endpoint_slice(slice).ok())
            .map(|slice| slice.ready().count())
            .collect();
        (!counts.is_empty()).then(|| counts.iter().sum())
    }
}
