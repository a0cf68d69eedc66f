//! Every annotation that we know, by key: read once from the files beside this one.
//!
//! A file is one controller. Keys stand without the controller's prefix; a `*` in a key is a name that a user chose.

mod check;
mod entry;
mod kind;
mod read;

use std::{collections::HashMap, sync::LazyLock};

pub use entry::{Controller, Entry, IMPLEMENTATIONS, Malformed, Reach};
pub use kind::ValueKind;

/// The prefix of ingress-nginx when no flag says another; without the final `/`.
pub const NGINX_PREFIX: &str = "nginx.ingress.kubernetes.io";

const NGINX: &str = "ingress-nginx";

/// Name and text of each file; where two own a legacy prefix, the first is asked first.
const FILES: &[(&str, &str)] = &[
    ("ingress-nginx.toml", include_str!("catalogue/ingress-nginx.toml")),
    ("traefik.toml", include_str!("catalogue/traefik.toml")),
    ("haproxy-ingress.toml", include_str!("catalogue/haproxy-ingress.toml")),
    ("haproxy.toml", include_str!("catalogue/haproxy.toml")),
    ("kong.toml", include_str!("catalogue/kong.toml")),
    ("nginx-inc.toml", include_str!("catalogue/nginx-inc.toml")),
    ("aws-alb.toml", include_str!("catalogue/aws-alb.toml")),
    ("gce.toml", include_str!("catalogue/gce.toml")),
    ("azure-agic.toml", include_str!("catalogue/azure-agic.toml")),
    ("apisix.toml", include_str!("catalogue/apisix.toml")),
    ("contour.toml", include_str!("catalogue/contour.toml")),
    ("cert-manager.toml", include_str!("catalogue/cert-manager.toml")),
    ("external-dns.toml", include_str!("catalogue/external-dns.toml")),
    ("kubernetes.toml", include_str!("catalogue/kubernetes.toml")),
];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let (catalogue, faults) = Catalogue::read(FILES);
    debug_assert!(faults.is_empty(), "the catalogue is broken: {faults:#?}");
    catalogue
});

/// All that we know of annotations.
#[derive(Debug, Default)]
pub struct Catalogue {
    controllers: Vec<Controller>,
    entries: Vec<Entry>,
    /// Whole keys and whole aliases.
    by_key: HashMap<Box<str>, usize>,
    /// By controller: keys and aliases without its prefix.
    by_short: HashMap<Box<str>, HashMap<Box<str>, usize>>,
    /// Entries whose key holds a `*`.
    patterns: Vec<usize>,
}

impl Catalogue {
    /// The one that is built in.
    pub fn get() -> &'static Self {
        &CATALOGUE
    }

    /// The entry of a whole key. `nginx_prefix` is ingress-nginx's `--annotations-prefix`, [`NGINX_PREFIX`] by default;
    /// keys with the default prefix are found even then, see [`Self::is_unread`].
    pub fn find(&self, key: &str, nginx_prefix: &str) -> Option<&Entry> {
        self.find_for(key, nginx_prefix, None)
    }

    /// [`Self::find`] for an Ingress whose controller is known: of the old prefix `ingress.kubernetes.io`, which several
    /// controllers read, its own meaning is taken.
    pub fn find_for(&self, key: &str, nginx_prefix: &str, controller: Option<&str>) -> Option<&Entry> {
        let (prefix, short) = key.split_once('/').unwrap_or(("", key));
        if prefix == nginx_prefix && nginx_prefix != NGINX_PREFIX {
            return self.entries.get(*self.by_short.get(NGINX)?.get(short)?);
        }
        if let Some(at) = self.by_key.get(key) {
            return self.entries.get(*at);
        }
        let own = self.controllers.iter().filter(|one| Some(&*one.name) == controller);
        let mut old =
            own.chain(&self.controllers).filter(|one| one.legacy_prefixes.iter().any(|old| old == prefix));
        let legacy = old.find_map(|one| self.by_short.get(&*one.name)?.get(short));
        if let Some(at) = legacy {
            return self.entries.get(*at);
        }
        let patterns = self.patterns.iter().filter_map(|at| self.entries.get(*at));
        patterns.into_iter().find(|entry| {
            super::glob::fits(&entry.key, key)
                || entry.aliases.iter().any(|alias| super::glob::fits(alias, key))
        })
    }

    /// Whether a key has ingress-nginx's usual prefix while the controller was told to read another.
    pub fn is_unread(key: &str, nginx_prefix: &str) -> bool {
        nginx_prefix != NGINX_PREFIX && key.split_once('/').is_some_and(|(prefix, _)| prefix == NGINX_PREFIX)
    }

    /// Every entry: by controller, in the order of the files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every controller.
    pub fn controllers(&self) -> &[Controller] {
        &self.controllers
    }

    /// A controller by our name.
    pub fn controller(&self, name: &str) -> Option<&Controller> {
        self.controllers.iter().find(|one| &*one.name == name)
    }

    /// The controller that an IngressClass names in `spec.controller`.
    pub fn controller_of(&self, spec_controller: &str) -> Option<&Controller> {
        self.controllers.iter().find(|one| one.classes.iter().any(|known| known == spec_controller))
    }

    /// Controllers whose classes are usually called so, the likeliest first.
    pub fn controllers_called(&self, class: &str) -> impl Iterator<Item = &Controller> {
        self.controllers.iter().filter(move |one| one.class_names.iter().any(|known| known == class))
    }

    /// Reads files; what is wrong in them is left out and told.
    fn read(files: &[(&str, &str)]) -> (Self, Vec<String>) {
        let mut catalogue = Self::default();
        let mut faults = Vec::new();
        for (name, text) in files {
            match read::file(text) {
                Ok((controller, entries, wrong)) => {
                    faults.extend(wrong.into_iter().map(|fault| format!("{name}: {fault}")));
                    catalogue.add(controller, entries, &mut faults);
                }
                Err(error) => faults.push(format!("{name}: {error}")),
            }
        }
        (catalogue, faults)
    }

    fn add(&mut self, controller: Controller, entries: Vec<Entry>, faults: &mut Vec<String>) {
        let mut short = HashMap::with_capacity(entries.len());
        for entry in entries {
            let at = self.entries.len();
            if entry.key.contains('*') || entry.aliases.iter().any(|alias| alias.contains('*')) {
                self.patterns.push(at);
            }
            for key in std::iter::once(&entry.key).chain(&entry.aliases) {
                if self.by_key.insert(key.as_str().into(), at).is_some() {
                    faults.push(format!("`{key}` stands twice"));
                }
                let own = key.strip_prefix(&*controller.prefix);
                if let Some(own) = own.filter(|_| !controller.prefix.is_empty()) {
                    short.insert(own.into(), at);
                }
            }
            self.entries.push(entry);
        }
        self.by_short.insert(controller.name.as_str().into(), short);
        self.controllers.push(controller);
    }
}

#[cfg(test)]
mod tests;
