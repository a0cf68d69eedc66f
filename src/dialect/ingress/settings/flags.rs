//! The controller's flags that change what is served, and to whom.

use crate::dialect::ingress::annotation::NsName;

/// The flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// `--annotations-prefix`, without the slash.
    pub annotations_prefix: String,
    /// `--enable-annotation-validation`: without it hardly a value is refused.
    pub annotation_validation: bool,
    /// `--ingress-class`: what the old annotation must say.
    pub ingress_class: String,
    /// `--controller-class`: what an IngressClass must say.
    pub controller_class: String,
    /// `--ingress-class-by-name`: an IngressClass called as [`Self::ingress_class`] counts too.
    pub class_by_name: bool,
    /// `--watch-ingress-without-class`
    pub watch_without_class: bool,
    /// `--watch-namespace`; `None`: all.
    pub watch_namespace: Option<String>,
    /// `--watch-namespace-selector`, as written.
    pub watch_namespace_selector: Option<String>,
    /// `--disable-catch-all`: an Ingress with a default back end, or a rule without a host, is left out.
    pub disable_catch_all: bool,
    /// `--default-backend-service`
    pub default_backend: Option<NsName>,
    /// `--default-ssl-certificate`
    pub default_certificate: Option<NsName>,
    /// `--enable-ssl-passthrough`
    pub ssl_passthrough: bool,
    /// `--disable-svc-external-name`
    pub disable_external_name: bool,
    /// `--configmap`
    pub config_map: Option<NsName>,
    /// `--tcp-services-configmap`
    pub tcp_services: Option<NsName>,
    /// `--udp-services-configmap`
    pub udp_services: Option<NsName>,
    /// `--publish-service`: where the addresses in the status come from.
    pub publish_service: Option<NsName>,
    /// `--publish-status-address`, as written.
    pub publish_address: Option<String>,
    /// `--http-port`
    pub http_port: u16,
    /// `--https-port`
    pub https_port: u16,
    /// `--enable-topology-aware-routing`
    pub topology_aware: bool,
    /// `--validating-webhook`: whether an admission webhook is served at all.
    pub webhook: bool,
    /// `--deep-inspect`: an Ingress whose host, path or Secret name looks like an attack is left out.
    pub deep_inspect: bool,
    /// `--health-check-path` on the catch-all server.
    pub health_path: String,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            annotations_prefix: "nginx.ingress.kubernetes.io".into(),
            annotation_validation: true,
            ingress_class: "nginx".into(),
            controller_class: "k8s.io/ingress-nginx".into(),
            class_by_name: false,
            watch_without_class: false,
            watch_namespace: None,
            watch_namespace_selector: None,
            disable_catch_all: false,
            default_backend: None,
            default_certificate: None,
            ssl_passthrough: false,
            disable_external_name: false,
            config_map: None,
            tcp_services: None,
            udp_services: None,
            publish_service: None,
            publish_address: None,
            http_port: 80,
            https_port: 443,
            topology_aware: false,
            webhook: false,
            deep_inspect: true,
            health_path: "/healthz".into(),
        }
    }
}
