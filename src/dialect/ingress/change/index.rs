//! Who is made of what: the one index that says what a change reaches.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::claims::Turn;
use crate::{dialect::ingress::upstream::Name, resource::Key, routing::HostPattern};

/// What something is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// An object that was asked for, whether it is there or not. EndpointSlices stand under their Service.
    Object(Key),
    /// An upstream.
    Upstream(Name),
    /// Whether there is a server of this name; for canaries also its paths.
    Host(Arc<str>),
    /// Whether some server has a certificate for these names.
    Certificate(HostPattern),
}

/// What is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Product {
    /// What the annotations of an Ingress come to.
    Ingress(Key),
    /// The rules of an Ingress of another controller.
    Plain(Key),
    /// An upstream, before canaries join it.
    Upstream(Name),
    /// A server with its rules.
    Server(Arc<str>),
    /// What a canary joins.
    Canary(Turn),
}

/// Sources ▸ products, and back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    /// None goes before all products: where the products of a source begin.
    products: OrdSet<(Source, Option<Product>)>,
    sources: OrdMap<Product, Arc<[Source]>>,
}

impl Index {
    /// What is made of a source.
    pub(super) fn of(&self, source: Source) -> impl Iterator<Item = &Product> {
        let from = (source.clone(), None);
        let all = self.products.range(from..).take_while(move |(other, _)| *other == source);
        all.filter_map(|(_, product)| product.as_ref())
    }

    /// What a product is made of.
    pub(super) fn sources(&self, product: &Product) -> &[Source] {
        self.sources.get(product).map_or(&[], |sources| sources)
    }

    /// Says what a product is made of from now on; of nothing: it is gone, or made for good.
    pub(super) fn set(&mut self, product: &Product, mut sources: Vec<Source>) {
        sources.sort_unstable();
        sources.dedup();
        if self.sources(product) == sources {
            return;
        }
        let old = self.sources.get(product).cloned();
        let old = old.as_deref().unwrap_or_default();
        for gone in old.iter().filter(|source| sources.binary_search(source).is_err()) {
            self.products.remove(&(gone.clone(), Some(product.clone())));
        }
        for new in sources.iter().filter(|source| old.binary_search(source).is_err()) {
            self.products.insert((new.clone(), Some(product.clone())));
        }
        if sources.is_empty() {
            self.sources.remove(product);
        } else {
            self.sources.insert(product.clone(), sources.into());
        }
    }
}
