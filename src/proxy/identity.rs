//! Who a client is by its certificate. The handshake takes any, so that the answer can be HTTP (400), as nginx does it;
//! what the certificate is worth is found out afterwards, and kept with the connection.

use std::{fmt, sync::Arc};

use base64::Engine as _;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use crate::routing::{Certificate, Shown};

mod refusal;
mod subject;

pub(super) use refusal::{Refused, refusal};
use subject::names;

/// Who signs certificates of clients.
pub struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
    depth: usize,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({}, depth {})", self.certificates.len(), self.depth)
    }
}

impl Authorities {
    /// From their certificates. `depth`: so many others may stand between a client's certificate and theirs. None when no
    /// certificate is one of an authority.
    pub fn new(certificates: Vec<CertificateDer<'static>>, depth: usize) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            // One that can not be read takes nothing from the others.
            let _ = roots.add(certificate.clone());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
        Some(Self { certificates, depth, verifier })
    }

    /// What a chain of certificates is worth.
    fn judge(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> Worth {
        let Some((own, between)) = chain.split_first() else { return Worth::Nothing };
        // An authority may show its own, which is not checked as others are: it is trusted as it stands.
        if self.certificates.iter().any(|known| known.as_ref() == own.as_ref()) {
            return Worth::Good;
        }
        if names(own).is_some_and(|(issuer, subject)| issuer == subject) {
            return Worth::OwnWord;
        }
        if between.len() > self.depth {
            return Worth::Bad("certificate chain too long".to_owned());
        }
        match self.verifier.verify_client_cert(own, between, now) {
            Ok(_) => Worth::Good,
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Worth::Unknown,
            Err(Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => Worth::Bad("certificate has expired".to_owned()),
            Err(error) => Worth::Bad(error.to_string()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Worth {
    Nothing,
    Good,
    /// Nobody known has signed it.
    Unknown,
    /// Nobody but itself has signed it.
    OwnWord,
    Bad(String),
}

/// What a client showed on the handshake, where its name wants a certificate.
#[derive(Debug)]
pub(super) struct Identity {
    worth: Worth,
    verify: String,
    subject: String,
    issuer: String,
    /// As PEM, percent-encoded.
    escaped: String,
}

impl Identity {
    /// Of a chain that came, which may be empty.
    pub(super) fn of(authorities: &Authorities, chain: &[CertificateDer<'_>]) -> Self {
        let worth = authorities.judge(chain, UnixTime::now());
        let verify = match &worth {
            Worth::Nothing => "NONE".to_owned(),
            Worth::Good => "SUCCESS".to_owned(),
            Worth::Unknown => "FAILED:unable to verify the first certificate".to_owned(),
            Worth::OwnWord => "FAILED:self-signed certificate".to_owned(),
            Worth::Bad(why) => format!("FAILED:{why}"),
        };
        let own = chain.first();
        let (issuer, subject) = own.and_then(|own| names(own)).unwrap_or_default();
        Self {
            worth,
            verify,
            subject,
            issuer,
            escaped: own.map(|own| escaped(&pem(own))).unwrap_or_default(),
        }
    }

    pub(super) fn shown(&self) -> Shown<'_> {
        match self.worth {
            Worth::Nothing => Shown::Nothing,
            Worth::Good => Shown::Good(&self.subject),
            Worth::Unknown | Worth::OwnWord => Shown::Unknown(&self.subject),
            Worth::Bad(_) => Shown::Bad(&self.subject),
        }
    }

    /// What the variables of it say.
    pub(super) fn certificate(&self) -> Certificate<'_> {
        Certificate {
            verify: &self.verify,
            subject: &self.subject,
            issuer: &self.issuer,
            escaped: &self.escaped,
        }
    }
}

fn pem(certificate: &[u8]) -> String {
    let coded = base64::engine::general_purpose::STANDARD.encode(certificate);
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = coded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out + "-----END CERTIFICATE-----\n"
}

/// Percent-encoded but for what RFC 3986 reserves for nothing.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 11 / 10);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Asks for a certificate and takes any: whose key signs the handshake, and no more.
#[derive(Debug)]
pub(super) struct Anyone {
    authorities: Arc<Authorities>,
    provider: Arc<CryptoProvider>,
}

impl Anyone {
    pub(super) fn new(authorities: Arc<Authorities>, provider: Arc<CryptoProvider>) -> Self {
        Self { authorities, provider }
    }
}

impl ClientCertVerifier for Anyone {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities.verifier.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
