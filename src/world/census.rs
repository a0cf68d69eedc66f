//! How many objects of the sorts that decide what may be assumed there are, by namespace.

use std::sync::Arc;

use imbl::HashMap;

use crate::resource::{Key, Kind, Object, core};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// Services.
    Service,
    /// Secrets that hold a certificate.
    Certificate,
    /// GatewayClasses; they have no namespace.
    Class,
    /// All objects of a namespace.
    Any,
}

impl Sort {
    /// The sort of real objects that forbids to assume one of this kind.
    pub(super) fn of(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Service => Some(Self::Service),
            Kind::Secret => Some(Self::Certificate),
            Kind::GatewayClass => Some(Self::Class),
            Kind::Gateway
            | Kind::ListenerSet
            | Kind::HttpRoute
            | Kind::GrpcRoute
            | Kind::TlsRoute
            | Kind::TcpRoute
            | Kind::UdpRoute
            | Kind::ReferenceGrant
            | Kind::BackendTlsPolicy
            | Kind::IngressClass
            | Kind::Ingress
            | Kind::Namespace
            | Kind::EndpointSlice
            | Kind::ConfigMap
            | Kind::Other(..) => None,
        }
    }
}

/// What is counted, whether assumed, and where.
type Cell = (Sort, bool, Arc<str>);

/// Objects by sort and namespace, real and assumed ones apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Census(HashMap<Cell, u32>);

impl Census {
    /// How many real ones there are.
    pub(super) fn real(&self, sort: Sort, namespace: &Arc<str>) -> u32 {
        self.count(&(sort, false, Arc::clone(namespace)))
    }

    /// How many assumed ones there are.
    pub(super) fn assumed(&self, sort: Sort, namespace: &Arc<str>) -> u32 {
        self.count(&(sort, true, Arc::clone(namespace)))
    }

    fn count(&self, cell: &Cell) -> u32 {
        self.0.get(cell).copied().unwrap_or(0)
    }

    /// Brings the counts from one state of an object to the next.
    pub(super) fn recount(&mut self, old: Option<&Object>, new: Option<&Object>) {
        let (old, new) = (old.map(counted).unwrap_or_default(), new.map(counted).unwrap_or_default());
        if old == new {
            return;
        }
        for cell in old.into_iter().flatten() {
            match self.0.get_mut(&cell) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.0.remove(&cell)),
            }
        }
        for cell in new.into_iter().flatten() {
            *self.0.entry(cell).or_insert(0) += 1;
        }
    }
}

/// The cells that an object is counted in.
fn counted(object: &Object) -> [Option<Cell>; 2] {
    let Key { kind, namespace, .. } = &object.key;
    let counts = |sort: &Sort| {
        *sort != Sort::Certificate
            || object.assumed
            || core::secret_type(object).as_deref() == Some("kubernetes.io/tls")
    };
    let sort = Sort::of(kind).filter(counts);
    let cell = |sort| (sort, object.assumed, Arc::clone(namespace));
    [sort.map(cell), (!namespace.is_empty()).then(|| cell(Sort::Any))]
}
