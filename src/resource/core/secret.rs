//! Secrets. Nothing here, errors and `Debug` included, ever shows what a Secret holds.
//!
//! k8s-openapi's type is not used: its errors, and serde's, quote the value that does not fit.

use std::{collections::BTreeMap, fmt, sync::Arc};

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::resource::{Kind, Object};

/// Go's decoder, which the API server uses, takes stray bits after the last byte.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// A certificate chain and its key, checked to belong together.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsSecret {
    /// The chain, the server's own certificate first.
    pub cert_pem: Arc<[u8]>,
    /// The private key.
    pub key_pem: Arc<[u8]>,
}

impl fmt::Debug for TlsSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cert_pem, key_pem: _ } = self;
        f.debug_struct("TlsSecret")
            .field("cert_pem", &format_args!("{} bytes", cert_pem.len()))
            .field("key_pem", &format_args!("redacted"))
            .finish()
    }
}

/// Why a Secret can not serve TLS. The messages hold no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Another kind, or a text that is no object.
    #[error("not a Secret")]
    NotASecret,
    /// An entry is missing or empty.
    #[error("no `{0}` in the Secret's data")]
    Missing(&'static str),
    /// An entry is no base64.
    #[error("`{0}` is not base64")]
    NotBase64(&'static str),
    /// `tls.crt` holds no certificate, or one that does not parse.
    #[error("`tls.crt` holds no certificate in PEM that can be read")]
    Certificate,
    /// `tls.key` holds no private key, or one of a sort that is not supported.
    #[error("`tls.key` holds no private key in PEM that can be read (RSA, ECDSA or Ed25519)")]
    Key,
    /// Both are fine and do not belong together.
    #[error("the key in `tls.key` does not belong to the certificate in `tls.crt`")]
    Mismatch,
}

impl SecretError {
    /// The field at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::NotASecret => "data",
            Self::Missing("tls.crt") | Self::NotBase64("tls.crt") | Self::Certificate => "data[tls.crt]",
            Self::Missing(_) | Self::NotBase64(_) | Self::Key | Self::Mismatch => "data[tls.key]",
        }
    }
}

/// `type` of a Secret: `Opaque` when absent; `None` for another kind.
pub fn secret_type(object: &Object) -> Option<String> {
    let secret = value(object)?;
    Some(secret.get("type").and_then(|kind| kind.as_str()).unwrap_or("Opaque").to_owned())
}

/// The certificate and key of a Secret, of type `kubernetes.io/tls` or any other with these entries.
///
/// # Errors
/// What is missing or can not be read, without its content.
pub fn tls_secret(object: &Object) -> Result<TlsSecret, SecretError> {
    let cert = secret_entry(object, "tls.crt")?;
    let key = secret_entry(object, "tls.key")?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&cert)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or(SecretError::Certificate)?;
    let private = PrivateKeyDer::from_pem_slice(&key).map_err(|_| SecretError::Key)?;
    let signing = rustls::crypto::ring::sign::any_supported_type(&private).map_err(|_| SecretError::Key)?;
    match CertifiedKey::new(chain, signing).keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
        Err(rustls::Error::InconsistentKeys(_)) => return Err(SecretError::Mismatch),
        Err(_) => return Err(SecretError::Certificate),
    }
    Ok(TlsSecret { cert_pem: cert.into(), key_pem: key.into() })
}

/// One entry of a Secret, decoded. `stringData` wins over `data`, as on a server.
///
/// # Errors
/// [`SecretError::NotASecret`], [`SecretError::Missing`] or [`SecretError::NotBase64`].
pub fn secret_entry(object: &Object, entry: &'static str) -> Result<Vec<u8>, SecretError> {
    let secret = value(object).ok_or(SecretError::NotASecret)?;
    let of = |member: &str| secret.get(member).and_then(|data| data.get(entry)).and_then(|v| v.as_str());
    if let Some(text) = of("stringData").filter(|text| !text.is_empty()) {
        return Ok(text.as_bytes().to_vec());
    }
    let encoded = of("data").filter(|text| !text.is_empty()).ok_or(SecretError::Missing(entry))?;
    decode(encoded).ok_or(SecretError::NotBase64(entry))
}

/// All entries of a Secret, decoded; those that are not base64 are left out.
pub fn secret_entries(object: &Object) -> Option<BTreeMap<String, Vec<u8>>> {
    let secret = value(object)?;
    let entries = |member: &str| secret.get(member).and_then(|data| data.as_object()).cloned();
    let mut all = BTreeMap::new();
    for (name, encoded) in entries("data").unwrap_or_default() {
        all.extend(encoded.as_str().and_then(decode).map(|bytes| (name, bytes)));
    }
    for (name, text) in entries("stringData").unwrap_or_default() {
        all.extend(text.as_str().map(|text| (name, text.as_bytes().to_vec())));
    }
    Some(all)
}

/// Base64 as the API server reads it: line breaks are skipped, padding is not optional.
pub(in crate::resource) fn decode(encoded: &str) -> Option<Vec<u8>> {
    if encoded.bytes().any(|byte| matches!(byte, b'\r' | b'\n')) {
        let joined: Vec<u8> = encoded.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        return BASE64.decode(joined).ok();
    }
    BASE64.decode(encoded).ok()
}

fn value(object: &Object) -> Option<serde_json::Value> {
    (object.key.kind == Kind::Secret).then(|| object.value()).filter(serde_json::Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::core::object;
    use base64::engine::general_purpose;
    use serde_json::json;

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn secret(cert: &str, key: &str) -> Object {
        let encode = |text: &str| general_purpose::STANDARD.encode(text);
        object(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls"}, "type": "kubernetes.io/tls",
            "data": {"tls.crt": encode(cert), "tls.key": encode(key)}
        }))
    }

    #[test]
    fn a_certificate_and_its_key_are_read() {
        let (cert, key) = pair();
        let read = tls_secret(&secret(&cert, &key)).unwrap();
        assert_eq!((&*read.cert_pem, &*read.key_pem), (cert.as_bytes(), key.as_bytes()));
        assert_eq!(secret_type(&secret(&cert, &key)).as_deref(), Some("kubernetes.io/tls"));
    }

    #[test]
    fn string_data_is_taken_as_it_is_and_wins() {
        let (cert, key) = pair();
        let plain = object(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls"},
            "data": {"tls.crt": "!!!"}, "stringData": {"tls.crt": cert, "tls.key": key}
        }));
        assert!(tls_secret(&plain).is_ok());
        assert_eq!(secret_type(&plain).as_deref(), Some("Opaque"));
    }

    #[test]
    fn what_can_not_serve_tls_is_told_without_its_content() {
        let ((cert, key), (_, other)) = (pair(), pair());
        let raw = |data: serde_json::Value| {
            object(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "t"}, "data": data}))
        };
        let hidden = "aHVudGVyMg"; // no padding
        let cases = [
            (raw(json!({})), SecretError::Missing("tls.crt"), "nothing at all"),
            (raw(json!({"tls.crt": "", "tls.key": ""})), SecretError::Missing("tls.crt"), "empty"),
            (raw(json!({"tls.crt": hidden})), SecretError::NotBase64("tls.crt"), "padding is not optional"),
            (secret("hunter2", &key), SecretError::Certificate, "no PEM"),
            (secret(&key, &key), SecretError::Certificate, "a key instead of a certificate"),
            (secret(&cert.replace("MII", "MIJ"), &key), SecretError::Certificate, "a broken certificate"),
            (secret(&cert, "hunter2"), SecretError::Key, "no PEM"),
            (secret(&cert, &cert), SecretError::Key, "a certificate instead of a key"),
            (secret(&cert, &key.replace("MI", "MA")), SecretError::Key, "a broken key"),
            (secret(&cert, &other), SecretError::Mismatch, "another certificate's key"),
        ];
        for (object, error, why) in cases {
            let found = tls_secret(&object).unwrap_err();
            assert_eq!(found, error, "{why}");
            assert!(!format!("{found} {found:?}").contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let (cert, key) = pair();
        let shown = format!("{:?}", tls_secret(&secret(&cert, &key)).unwrap());
        assert!(shown.contains("redacted") && !shown.contains("BEGIN"), "{shown}");
    }

    #[test]
    fn base64_is_read_as_go_reads_it() {
        let cases = [
            ("aGk=", Some("hi"), "plain"),
            ("aG\r\nk=", Some("hi"), "line breaks are skipped"),
            ("aGl=", Some("hi"), "stray bits are taken"),
            ("aGk", None, "padding is not optional"),
            ("aG k=", None, "blanks are not skipped"),
        ];
        for (encoded, text, why) in cases {
            assert_eq!(decode(encoded).as_deref(), text.map(str::as_bytes), "{why}");
        }
    }
}
