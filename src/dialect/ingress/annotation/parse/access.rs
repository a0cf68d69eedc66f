//! Passwords, address lists.

use std::fmt::Write as _;

use ipnet::IpNet;

use crate::dialect::ingress::annotation::{
    Auth, AuthScheme, Effect, Hidden, Satisfy, Sources,
    reader::{Fault, Reader},
    validate,
};

/// `auth-type` and its like.
pub(in super::super) fn auth(r: &mut Reader<'_>) -> Option<Auth> {
    let kind = r.text("auth-type");
    if kind.is_err() && r.has("auth-secret") && kind != Err(Fault::Refused) {
        r.tell("auth-secret", Effect::Opens, "without a value of `auth-type` nobody is asked for a password");
    }
    let kind = r.or_dropped("auth-type", kind, "nobody is asked for a password")?;
    if !kind.contains("basic") && !kind.contains("digest") {
        r.deny("auth-type", "invalid authentication type");
        return None;
    }
    let layout = r.text("auth-secret-type");
    let layout =
        r.or_dropped("auth-secret-type", layout, "`auth-file` is taken").unwrap_or("auth-file".into());
    let written = match r.text("auth-secret") {
        Ok(written) => written,
        Err(Fault::Missing) => {
            r.deny("auth-secret", "`auth-type` is set and no Secret is named");
            return None;
        }
        Err(Fault::Refused | Fault::Unusable) => {
            let complaint = r.complaint("auth-secret");
            r.deny("auth-secret", complaint);
            return None;
        }
    };
    let Some(secret) = r.reference(&written) else {
        r.deny("auth-secret", format!("`{written}` is not a name or `namespace/name`"));
        return None;
    };
    if !r.may_use(&secret.namespace) {
        r.deny(
            "auth-secret",
            format!("the Secret `{secret}` is in another namespace, and `allow-cross-namespace-resources` is false"),
        );
        return None;
    }
    let Some(data) = r.lookup.secret(&secret.namespace, &secret.name) else {
        r.deny("auth-secret", format!("there is no Secret `{secret}`"));
        return None;
    };
    let realm = r.text("auth-realm");
    let realm = r.or_dropped("auth-realm", realm, "the realm is empty").unwrap_or_default();
    let users = match layout.as_str() {
        "auth-file" => {
            let Some(file) = data.get("auth") else {
                r.deny("auth-secret", format!("the Secret `{secret}` has no key `auth`"));
                return None;
            };
            file.clone()
        }
        "auth-map" => data.iter().fold(Vec::new(), |mut file, (user, hash)| {
            file.extend_from_slice(user.as_bytes());
            file.push(b':');
            file.extend_from_slice(hash);
            file.push(b'\n');
            file
        }),
        other => {
            r.deny("auth-secret-type", format!("`{other}` is not `auth-file` or `auth-map`"));
            return None;
        }
    };
    let scheme = if kind == "basic" { AuthScheme::Basic } else { AuthScheme::Digest };
    Some(Auth { scheme, realm, secret, users: Hidden::from(users) })
}

/// `satisfy`.
pub(in super::super) fn satisfy(r: &mut Reader<'_>) -> Option<Satisfy> {
    let word = r.text("satisfy");
    match r.or_ignored("satisfy", word, "both address lists and passwords must be satisfied")?.as_str() {
        "any" => Some(Satisfy::Any),
        "all" => Some(Satisfy::All),
        _ => None,
    }
}

/// The address lists.
pub(in super::super) fn sources(r: &mut Reader<'_>) -> Sources {
    let (allow, deny) = (r.settings.allow.clone(), r.settings.deny.clone());
    Sources {
        allow: list(r, "allowlist-source-range").unwrap_or(allow),
        deny: list(r, "denylist-source-range").unwrap_or(deny),
    }
}

fn list(r: &mut Reader<'_>, name: &str) -> Option<Vec<IpNet>> {
    let text = match r.text(name) {
        Ok(text) => text,
        Err(Fault::Missing) => return None,
        Err(Fault::Refused | Fault::Unusable) => {
            let mut why = r.complaint(name);
            if let Err(item) = validate::networks(r.raw(name))
                && item != r.raw(name)
            {
                let _ = write!(why, ": `{item}` is neither an address nor a network");
            }
            r.deny(name, why);
            return None;
        }
    };
    match validate::networks(&text) {
        Ok(networks) => Some(networks),
        Err(item) => {
            r.deny(name, format!("`{item}` is neither an address nor a network"));
            None
        }
    }
}
