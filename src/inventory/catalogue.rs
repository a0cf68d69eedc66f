//! Every annotation that we know, by key: from the files beside this one, of which a row is read when it is asked for.
//!
//! A file is one controller. Keys stand without the controller's prefix; a `*` in a key is a name that a user chose.

mod check;
mod entry;
mod kind;
mod read;

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

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
    rows: Vec<Row>,
    /// Whole keys and whole aliases.
    by_key: HashMap<Box<str>, usize>,
    /// Keys and aliases that hold a `*`, in the order of the files.
    patterns: Vec<(Box<str>, usize)>,
}

/// What will be an entry.
#[derive(Debug)]
struct Row {
    text: &'static str,
    /// Number of its controller.
    controller: usize,
    malformed: Malformed,
    entry: OnceLock<Option<Entry>>,
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
            return self.entry(self.short(NGINX, short)?);
        }
        if let Some(at) = self.by_key.get(key) {
            return self.entry(*at);
        }
        let own = self.controllers.iter().filter(|one| Some(&*one.name) == controller);
        let mut old =
            own.chain(&self.controllers).filter(|one| one.legacy_prefixes.iter().any(|old| old == prefix));
        if let Some(at) = old.find_map(|one| self.short(&one.name, short)) {
            return self.entry(at);
        }
        let pattern = self.patterns.iter().find(|(pattern, _)| super::glob::fits(pattern, key));
        pattern.and_then(|(_, at)| self.entry(*at))
    }

    /// Whether a key has ingress-nginx's usual prefix while the controller was told to read another.
    pub fn is_unread(key: &str, nginx_prefix: &str) -> bool {
        nginx_prefix != NGINX_PREFIX && key.split_once('/').is_some_and(|(prefix, _)| prefix == NGINX_PREFIX)
    }

    /// Every entry: by controller, in the order of the files. All rows are read for it.
    pub fn entries(&self) -> Vec<&Entry> {
        (0..self.rows.len()).filter_map(|at| self.entry(at)).collect()
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

    /// Looks through files, whose rows are read later; what is wrong in them is left out and told.
    fn read(files: &[(&str, &'static str)]) -> (Self, Vec<String>) {
        let mut catalogue = Self::default();
        let mut faults = Vec::new();
        for (name, text) in files {
            match read::file(text) {
                Ok((controller, malformed, rows)) => {
                    catalogue.controllers.push(controller);
                    for row in rows {
                        catalogue.add(row, malformed, &mut faults);
                    }
                }
                Err(error) => faults.push(format!("{name}: {error}")),
            }
        }
        (catalogue, faults)
    }

    fn add(&mut self, row: read::Unread<'static>, malformed: Malformed, faults: &mut Vec<String>) {
        let at = self.rows.len();
        for key in row.keys {
            if key.contains('*') {
                self.patterns.push((key.as_str().into(), at));
            }
            if self.by_key.contains_key(key.as_str()) {
                faults.push(format!("`{key}` stands twice"));
            }
            self.by_key.insert(key.into(), at);
        }
        let controller = self.controllers.len() - 1;
        self.rows.push(Row { text: row.text, controller, malformed, entry: OnceLock::new() });
    }

    /// The row of a controller's key without its prefix.
    fn short(&self, controller: &str, short: &str) -> Option<usize> {
        let owner = self.controllers.iter().position(|one| one.name == controller)?;
        let prefix =
            self.controllers.get(owner).map(|one| &*one.prefix).filter(|prefix| !prefix.is_empty())?;
        let at = *self.by_key.get(format!("{prefix}{short}").as_str())?;
        self.rows.get(at).filter(|row| row.controller == owner).map(|_| at)
    }

    /// The entry of a row; none when the row is wrong, which no row of ours is.
    fn entry(&self, at: usize) -> Option<&Entry> {
        let row = self.rows.get(at)?;
        let entry = row.entry.get_or_init(|| {
            let entry = self.try_entry(row);
            debug_assert!(cfg!(test) || entry.is_ok(), "the catalogue is broken: {entry:#?}");
            entry.ok()
        });
        entry.as_ref()
    }

    fn try_entry(&self, row: &Row) -> Result<Entry, String> {
        let controller = self.controllers.get(row.controller).ok_or("a row without a controller")?;
        read::row(row.text, controller, row.malformed)
    }
}

#[cfg(test)]
mod tests;
