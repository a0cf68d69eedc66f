//! Commands about an object, to be run in a shell: every word is quoted, none can be taken for an option.

use crate::{
    rehearsal,
    resource::{Key, Kind, show},
};

/// `kubectl get … -o yaml`
pub fn get(key: &Key) -> String {
    format!("kubectl get {} -o yaml", object(key))
}

/// `kubectl describe …`
pub fn describe(key: &Key) -> String {
    format!("kubectl describe {}", object(key))
}

/// `httproutes.gateway.networking.k8s.io/app -n shop`. As `KIND/NAME`, in which a name that begins with `-` is a name.
fn object(key: &Key) -> String {
    let plural = key.kind.plural();
    let resource = match key.kind.group() {
        "" => plural,
        group => format!("{plural}.{group}"),
    };
    let object = word(&format!("{resource}/{}", key.name));
    if key.kind.namespaced() && !key.namespace.is_empty() {
        format!("{object} -n {}", word(&key.namespace))
    } else {
        object
    }
}

/// The Gateway of a listener, which is no object of its own.
pub fn gateway(entry: &crate::routing::Origin) -> Key {
    Key::new(Kind::Gateway, &*entry.namespace, &*entry.name)
}

/// A word of a shell. What could harm a terminal is written out first: a name with it is no name anyway.
fn word(text: &str) -> String {
    rehearsal::quoted(&show::clean(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_finds_the_object_by_its_kind_group_name_and_namespace() {
        let cases = [
            (
                Key::new(Kind::HttpRoute, "shop", "app"),
                "httproutes.gateway.networking.k8s.io/app -n shop",
                "the group tells kinds of one name apart",
            ),
            (Key::new(Kind::Service, "shop", "app"), "services/app -n shop", "the core group has no name"),
            (
                Key::new(Kind::GatewayClass, "", "cutover"),
                "gatewayclasses.gateway.networking.k8s.io/cutover",
                "of no namespace",
            ),
            (Key::new(Kind::Namespace, "", "shop"), "namespaces/shop", "a Namespace is in none"),
            (
                Key::new(Kind::Service, "shop", "--all $(reboot)'"),
                r"'services/--all $(reboot)'\''' -n shop",
                "a hostile name stays a name",
            ),
            (
                Key::new(Kind::Service, "a\u{1b}]0;x\u{7}", "b"),
                r"services/b -n 'a\u{1b}]0;x\u{7}'",
                "and can not reach the terminal",
            ),
        ];
        for (key, object, why) in cases {
            assert_eq!(get(&key), format!("kubectl get {object} -o yaml"), "{why}");
            assert_eq!(describe(&key), format!("kubectl describe {object}"), "{why}");
        }
    }
}
