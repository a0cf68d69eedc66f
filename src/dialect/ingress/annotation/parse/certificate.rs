//! Client certificates, and TLS to the back end: both from a Secret with a `ca.crt`.

use std::collections::BTreeMap;

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::dialect::ingress::annotation::{
    ClientCertificate, Effect, Hidden, NsName, UpstreamTls, VerifyClient,
    reader::{Fault, Reader},
};

/// What such a Secret holds.
struct Material {
    secret: NsName,
    ca: Option<Hidden>,
    crl: Option<Hidden>,
    pair: Option<(Hidden, Hidden)>,
}

/// `auth-tls-*`; the reason where the host answers 403.
pub(in super::super) fn client_certificate(
    r: &mut Reader<'_>,
) -> (Option<ClientCertificate>, Option<String>) {
    let name = "auth-tls-secret";
    let got = r.text(name);
    if got == Err(Fault::Unusable) {
        r.tell(name, Effect::Opens, "the value is empty; no client is asked for a certificate");
        return (None, None);
    }
    let Some(written) = r.or_dropped(name, got, "") else { return (None, None) };
    let material = match material(r, &written) {
        Ok(material) => material,
        Err(why) => {
            r.deny(name, format!("{why}; the whole host answers 403"));
            return (None, Some(why));
        }
    };
    if material.ca.is_none() {
        let message =
            format!("the Secret `{}` has no `ca.crt`: no client is asked for a certificate", material.secret);
        r.tell(name, Effect::Opens, message);
    }
    let verify = r.text("auth-tls-verify-client");
    let verify = match r.or_ignored("auth-tls-verify-client", verify, "`on` is taken").as_deref() {
        Some("off") => VerifyClient::Off,
        Some("optional") => VerifyClient::Optional,
        Some("optional_no_ca") => VerifyClient::OptionalNoCa,
        _ => VerifyClient::On,
    };
    let depth = depth(r, "auth-tls-verify-depth");
    let page = r.text("auth-tls-error-page");
    let error_page = r.or_dropped("auth-tls-error-page", page, "there is none");
    let pass = r.boolean("auth-tls-pass-certificate-to-upstream");
    let pass_to_backend =
        r.or_dropped("auth-tls-pass-certificate-to-upstream", pass, "`false` is taken").unwrap_or_default();
    let pattern = r.text("auth-tls-match-cn");
    let match_cn = r
        .or_dropped("auth-tls-match-cn", pattern, "any subject is taken")
        .map(|text| text.strip_prefix("CN=").map_or(text.clone(), str::to_owned));
    let Material { secret, ca, crl, pair: _ } = material;
    let certificate =
        ClientCertificate { secret, ca, crl, verify, depth, error_page, pass_to_backend, match_cn };
    (Some(certificate), None)
}

fn depth(r: &mut Reader<'_>, name: &str) -> i64 {
    let got = r.number(name);
    let depth = r.or_ignored(name, got, "1 is taken").filter(|depth| *depth != 0).unwrap_or(1);
    if depth < 0 {
        r.stops(name, "a depth is not below 0");
    }
    depth.max(1)
}

/// `proxy-ssl-*`.
pub(in super::super) fn upstream_tls(r: &mut Reader<'_>) -> Option<UpstreamTls> {
    let name = "proxy-ssl-secret";
    let got = r.text(name);
    let written = r.or_dropped(name, got, "all `proxy-ssl-*` are without effect")?;
    let material = match material(r, &written) {
        Ok(material) => material,
        Err(why) => {
            r.deny(name, why);
            return None;
        }
    };
    let ciphers = r.text("proxy-ssl-ciphers");
    let ciphers =
        r.or_ignored("proxy-ssl-ciphers", ciphers, "`DEFAULT` is taken").unwrap_or("DEFAULT".into());
    if material.ca.is_some() && ciphers.contains(char::is_whitespace) {
        r.stops("proxy-ssl-ciphers", "it holds a space");
    }
    let protocols = r.text("proxy-ssl-protocols");
    let protocols = r
        .or_ignored("proxy-ssl-protocols", protocols, "`TLSv1.2` is taken")
        .map_or("TLSv1.2".to_owned(), |text| sorted(&text));
    let server = r.text("proxy-ssl-name");
    let server = r.or_ignored("proxy-ssl-name", server, "`upstream_balancer` is taken");
    let verify = on(r, "proxy-ssl-verify");
    let depth = depth(r, "proxy-ssl-verify-depth");
    let server_name = on(r, "proxy-ssl-server-name");
    let Material { secret, ca, crl: _, pair } = material;
    if verify && ca.is_none() {
        let message = format!("the Secret `{secret}` has no `ca.crt`: the back end is not verified");
        r.tell("proxy-ssl-verify", Effect::Opens, message);
    }
    let client = pair.filter(|_| ca.is_some());
    Some(UpstreamTls { secret, ca, client, ciphers, protocols, name: server, verify, depth, server_name })
}

fn on(r: &mut Reader<'_>, name: &str) -> bool {
    let word = r.text(name);
    r.or_ignored(name, word, "`off` is taken").is_some_and(|word| word == "on")
}

/// The protocols in order; what is none is left out.
fn sorted(text: &str) -> String {
    let mut words: Vec<&str> =
        text.split(' ').map(str::trim).filter(|word| matches!(*word, "TLSv1.2" | "TLSv1.3")).collect();
    words.sort_unstable();
    if words.is_empty() { "TLSv1.2".to_owned() } else { words.join(" ") }
}

fn material(r: &Reader<'_>, written: &str) -> Result<Material, String> {
    let (namespace, name) = match written.split_once('/') {
        Some((namespace, name)) if !name.contains('/') => (namespace, name),
        _ => return Err(format!("`{written}` is not `namespace/name`")),
    };
    if !r.may_use(namespace) {
        return Err(format!(
            "the Secret `{written}` is in another namespace, and `allow-cross-namespace-resources` is false"
        ));
    }
    let secret = NsName { namespace: namespace.to_owned(), name: name.to_owned() };
    let data = r.lookup.secret(namespace, name).ok_or_else(|| format!("there is no Secret `{secret}`"))?;
    let filled = |key: &str| data.get(key).filter(|bytes| !bytes.is_empty()).cloned();
    let pair = pair(&data).map_err(|why| format!("the Secret `{secret}`: {why}"))?;
    let ca = filled("ca.crt");
    if let Some(ca) = &ca
        && !is_certificate(ca)
    {
        return Err(format!("`ca.crt` of the Secret `{secret}` holds no certificate"));
    }
    if pair.is_none() && ca.is_none() {
        return Err(format!("the Secret `{secret}` holds neither `tls.crt` with `tls.key` nor `ca.crt`"));
    }
    Ok(Material { secret, ca: ca.map(Hidden::from), crl: filled("ca.crl").map(Hidden::from), pair })
}

/// The certificate and key, where both keys are there.
fn pair(data: &BTreeMap<String, Vec<u8>>) -> Result<Option<(Hidden, Hidden)>, &'static str> {
    let (Some(certificate), Some(key)) = (data.get("tls.crt"), data.get("tls.key")) else { return Ok(None) };
    if !is_certificate(certificate) {
        return Err("`tls.crt` holds no certificate");
    }
    PrivateKeyDer::from_pem_slice(key).map_err(|_| "`tls.key` holds no key")?;
    Ok(Some((certificate.clone().into(), key.clone().into())))
}

fn is_certificate(pem: &[u8]) -> bool {
    matches!(CertificateDer::pem_slice_iter(pem).next(), Some(Ok(_)))
}
