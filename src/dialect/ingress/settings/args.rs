//! The controller's arguments.

use super::{Flags, SettingFinding};
use crate::dialect::ingress::annotation::{Effect, NsName, setting as s};

/// What a flag takes.
enum Kind {
    Switch(fn(&mut Flags, bool)),
    Text(fn(&mut Flags, &str)),
    Name(fn(&mut Flags, Option<NsName>)),
    Port(fn(&mut Flags, u16)),
    /// Changes nothing here; whether it is a switch.
    Inert(bool),
}

fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

#[rustfmt::skip]
const ROWS: &[(&str, Kind)] = &[
    ("annotations-prefix", Kind::Text(|f, value| value.clone_into(&mut f.annotations_prefix))),
    ("configmap", Kind::Name(|f, name| f.config_map = name)),
    ("controller-class", Kind::Text(|f, value| value.clone_into(&mut f.controller_class))),
    ("default-backend-service", Kind::Name(|f, name| f.default_backend = name)),
    ("default-ssl-certificate", Kind::Name(|f, name| f.default_certificate = name)),
    ("deep-inspect", Kind::Switch(|f, on| f.deep_inspect = on)),
    ("disable-catch-all", Kind::Switch(|f, on| f.disable_catch_all = on)),
    ("disable-svc-external-name", Kind::Switch(|f, on| f.disable_external_name = on)),
    ("enable-annotation-validation", Kind::Switch(|f, on| f.annotation_validation = on)),
    ("enable-ssl-passthrough", Kind::Switch(|f, on| f.ssl_passthrough = on)),
    ("enable-topology-aware-routing", Kind::Switch(|f, on| f.topology_aware = on)),
    ("health-check-path", Kind::Text(|f, value| value.clone_into(&mut f.health_path))),
    ("http-port", Kind::Port(|f, port| f.http_port = port)),
    ("https-port", Kind::Port(|f, port| f.https_port = port)),
    ("ingress-class", Kind::Text(|f, value| value.clone_into(&mut f.ingress_class))),
    ("ingress-class-by-name", Kind::Switch(|f, on| f.class_by_name = on)),
    ("publish-service", Kind::Name(|f, name| f.publish_service = name)),
    ("publish-status-address", Kind::Text(|f, value| f.publish_address = filled(value))),
    ("tcp-services-configmap", Kind::Name(|f, name| f.tcp_services = name)),
    ("udp-services-configmap", Kind::Name(|f, name| f.udp_services = name)),
    ("validating-webhook", Kind::Text(|f, value| f.webhook = !value.is_empty())),
    ("watch-ingress-without-class", Kind::Switch(|f, on| f.watch_without_class = on)),
    ("watch-namespace", Kind::Text(|f, value| f.watch_namespace = filled(value))),
    ("watch-namespace-selector", Kind::Text(|f, value| f.watch_namespace_selector = filled(value))),
];

/// Switches that change nothing here, then the others.
const INERT: [&[&str]; 2] = [
    &[
        "alsologtostderr",
        "disable-full-test",
        "disable-leader-election",
        "disable-sync-events",
        "enable-metrics",
        "enable-ssl-chain-completion",
        "logtostderr",
        "metrics-per-host",
        "metrics-per-undefined-host",
        "one_output",
        "profiling",
        "report-node-internal-ip-address",
        "report-status-classes",
        "skip_headers",
        "skip_log_headers",
        "add_dir_header",
        "update-status",
        "update-status-on-shutdown",
        "version",
    ],
    &[
        "apiserver-host",
        "bucket-factor",
        "certificate-authority",
        "default-server-port",
        "dynamic-configuration-retries",
        "election-id",
        "election-ttl",
        "exclude-socket-metrics",
        "health-check-timeout",
        "healthz-host",
        "healthz-port",
        "internal-logger-address",
        "kubeconfig",
        "length-buckets",
        "log_backtrace_at",
        "log_dir",
        "log_file",
        "log_file_max_size",
        "max-buckets",
        "maxmind-edition-ids",
        "maxmind-license-key",
        "maxmind-mirror",
        "maxmind-retries-count",
        "maxmind-retries-timeout",
        "monitor-max-batch-size",
        "post-shutdown-grace-period",
        "profiler-address",
        "profiler-port",
        "shutdown-grace-period",
        "size-buckets",
        "ssl-passthrough-proxy-port",
        "status-port",
        "status-update-interval",
        "stderrthreshold",
        "stream-port",
        "sync-period",
        "sync-rate-limit",
        "time-buckets",
        "v",
        "validating-webhook-certificate",
        "validating-webhook-key",
        "vmodule",
    ],
];

fn kind(name: &str) -> Option<&'static Kind> {
    const OTHER: [Kind; 2] = [Kind::Inert(true), Kind::Inert(false)];
    let row = ROWS.iter().find(|row| row.0 == name).map(|row| &row.1);
    row.or_else(|| {
        INERT
            .iter()
            .position(|names| names.contains(&name))
            .map(|at| if at == 0 { &OTHER[0] } else { &OTHER[1] })
    })
}

/// Reads the arguments: `--name=value`, `--name value`, `--switch`. What is no flag is the program's name.
pub(super) fn read(arguments: &[String]) -> (Flags, Vec<SettingFinding>) {
    let mut flags = Flags::default();
    let mut findings = Vec::new();
    let mut rest = arguments.iter().map(|argument| argument.trim()).peekable();
    while let Some(argument) = rest.next() {
        let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else { continue };
        if flag.is_empty() {
            break;
        }
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        let shown = format!("--{name}");
        let Some(kind) = kind(name) else {
            let message = "the last release knows no such flag and does not start with it";
            findings.push(SettingFinding::new(shown, Effect::Unknown, message));
            continue;
        };
        let switch = matches!(kind, Kind::Switch(_) | Kind::Inert(true));
        let value = match value {
            Some(value) => value,
            None if switch => "true",
            None => rest.next_if(|next| !next.starts_with("--")).unwrap_or_default(),
        };
        if let Err(wants) = put(kind, &mut flags, value) {
            let message =
                format!("`{}` is not {wants}; the controller does not start with it", s::short(value));
            findings.push(SettingFinding::new(shown, Effect::Ignored, message));
        } else if matches!(kind, Kind::Inert(_)) {
            let message = "understood; it changes nothing that a rehearsal executes";
            findings.push(SettingFinding::new(shown, Effect::Inert, message));
        }
    }
    (flags, findings)
}

fn put(kind: &Kind, flags: &mut Flags, value: &str) -> Result<(), &'static str> {
    match kind {
        Kind::Switch(set) => set(flags, s::boolean(value).ok_or("`true` or `false`")?),
        Kind::Text(set) => set(flags, value),
        Kind::Name(set) => match value.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
                set(flags, Some(NsName { namespace: namespace.to_owned(), name: name.to_owned() }));
            }
            _ if value.is_empty() => set(flags, None),
            _ => return Err("`namespace/name`"),
        },
        Kind::Port(set) => set(flags, value.parse().map_err(|_| "a port")?),
        Kind::Inert(_) => {}
    }
    Ok(())
}
