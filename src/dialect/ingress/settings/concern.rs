//! Which objects the settings depend on.

use std::sync::Arc;

use super::{Found, Settings, find::USUAL};
use crate::{
    dialect::ingress::annotation::NsName,
    resource::{Key, Kind, Object},
};

impl Found {
    /// Whether the settings may be others when this object is: what runs the controller, its ConfigMap or what may be
    /// taken for it, and whatever flags and settings name.
    pub(in crate::dialect::ingress) fn concerns(
        &self,
        key: &Key,
        was: Option<&Arc<Object>>,
        is: Option<&Arc<Object>>,
    ) -> bool {
        let (flags, headers) = (&self.settings.flags, &self.settings.headers);
        let mut both = [was, is].into_iter().flatten();
        match &key.kind {
            Kind::ConfigMap => {
                let named = [
                    &flags.config_map,
                    &flags.tcp_services,
                    &flags.udp_services,
                    &headers.proxy_set,
                    &headers.add,
                ];
                named.into_iter().any(|name| is_named(key, name.as_ref()))
                    || (&*key.namespace, &*key.name) == USUAL
                    || self.config_map.as_ref().is_some_and(|place| place.key == *key)
                    || both.any(|object| object.label("app.kubernetes.io/name") == Some("ingress-nginx"))
            }
            Kind::Secret => is_named(key, flags.default_certificate.as_ref()),
            Kind::Service => is_named(key, flags.default_backend.as_ref()),
            Kind::Other(..) => both.any(|object| object.text.contains("nginx")),
            Kind::GatewayClass
            | Kind::Gateway
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
            | Kind::EndpointSlice => false,
        }
    }
}

impl Settings {
    /// Whether every rule may be another when this object is: headers of the ConfigMap, and the default backend.
    pub(in crate::dialect::ingress) fn is_everywhere(
        &self,
        key: &Key,
        was: Option<&Arc<Object>>,
        is: Option<&Arc<Object>>,
    ) -> bool {
        let (flags, headers) = (&self.flags, &self.headers);
        if key.kind == Kind::EndpointSlice {
            let mut services = [was, is].into_iter().flatten().filter_map(|one| {
                let name = one.label("kubernetes.io/service-name")?;
                Some(Key::new(Kind::Service, Arc::clone(&key.namespace), name))
            });
            return services.any(|service| is_named(&service, flags.default_backend.as_ref()));
        }
        key.kind == Kind::ConfigMap
            && [&headers.proxy_set, &headers.add].into_iter().any(|name| is_named(key, name.as_ref()))
            || key.kind == Kind::Service && is_named(key, flags.default_backend.as_ref())
    }
}

fn is_named(key: &Key, name: Option<&NsName>) -> bool {
    name.is_some_and(|name| name.namespace == *key.namespace && name.name == *key.name)
}
