//! A certificate authority that lives as long as the rehearsal; its key is never written anywhere.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::{ToSpan, civil::Date};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Longest life that Apple's and Google's clients take.
const DAYS: i32 = 397;

/// The authority.
#[derive(Debug)]
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    today: Date,
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum MakeError {
    #[error("failed to make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    #[error("failed to use a certificate made here: {0}")]
    Use(#[from] rustls::Error),
}

impl Authority {
    /// A new authority, with a new key.
    pub(super) fn new(today: Date) -> Result<Self, MakeError> {
        let mut params = CertificateParams::default();
        valid(&mut params, today);
        params.distinguished_name = named("cutover rehearsal CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?, today })
    }

    /// The authority's own certificate.
    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server certificate for these hosts and addresses. Its key is its own, so its serial number is, too.
    pub(super) fn issue(&self, names: &[String]) -> Result<Arc<CertifiedKey>, MakeError> {
        let mut params = CertificateParams::new(names)?;
        valid(&mut params, self.today);
        params.distinguished_name = named("cutover rehearsal");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = rustls::crypto::ring::default_provider();
        Ok(Arc::new(CertifiedKey::from_der(vec![leaf.der().clone()], private, &provider)?))
    }

    /// Writes the authority's certificate where `curl --cacert` can read it.
    pub(super) fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("rehearsal-ca-{}.pem", std::process::id()));
        let new = path.with_extension("new");
        fs::write(&new, self.pem())?;
        fs::rename(&new, &path)?;
        Ok(path)
    }
}

fn valid(params: &mut CertificateParams, today: Date) {
    // A day back: clocks of containers are not always right.
    let (from, until) = (today.saturating_sub(1.day()), today.saturating_add((DAYS - 2).days()));
    params.not_before = date_time_ymd(from.year().into(), from.month() as u8, from.day() as u8);
    params.not_after = date_time_ymd(until.year().into(), until.month() as u8, until.day() as u8);
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::OrganizationName, "cutover");
    distinguished.push(DnType::CommonName, name);
    distinguished
}
