//! [`Item::Certificate`](crate::switch::Item::Certificate): what a client of the new side is shown, read from its Secret.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use rustls::{
    CertificateError, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _, verify_server_name},
    server::ParsedCertificate,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use x509_parser::{
    certificate::{Validity, X509Certificate},
    prelude::FromDer as _,
    time::ASN1Time,
};

use super::{HTTPS, Known, Name};
use crate::{
    resource::{Key, core::tls_secret},
    routing::Side,
    switch::Finding,
};

/// The certificates of a Secret, the server's own first.
type Chain = Vec<CertificateDer<'static>>;

/// A certificate that runs out sooner is no good for a move.
const SOON: Duration = Duration::from_hours(48);

impl Known<'_> {
    pub(super) fn certificate(&self, name: &Name<'_>) -> Finding {
        if !name.doors.contains(&HTTPS) {
            return Finding::Green("neither side serves it over TLS".to_owned());
        }
        let Some(listener) = self.listeners(Side::New, HTTPS, &name.host).next() else {
            return Finding::Red("no https listener of the new side takes it".to_owned());
        };
        let secrets = self.evidence.new.certificates(&listener.id);
        let place = format!("{} ▸ {}", listener.id.port.entry, listener.id.name);
        let mut found: Option<Finding> = None;
        for secret in secrets {
            let one = self.judge(secret, name);
            // A client is shown the one that fits.
            let better = match (&found, &one) {
                (None | Some(Finding::Red(_)), _) | (Some(Finding::Unknown(_)), Finding::Green(_)) => true,
                (Some(Finding::Green(_) | Finding::Unknown(_)), _) => false,
            };
            if better {
                found = Some(one);
            }
        }
        found.unwrap_or_else(|| Finding::Red(format!("{place} has no certificate that can be used")))
    }

    fn judge(&self, secret: &Key, name: &Name<'_>) -> Finding {
        let Some(object) = self.evidence.world.get(secret) else {
            return Finding::Red(format!("{secret} is missing"));
        };
        if object.assumed {
            return Finding::Unknown(format!("{secret} is not among the manifests: nobody can look at it"));
        }
        let chain = match self.chain(secret) {
            Ok(chain) => chain,
            Err(why) => return Finding::Red(format!("{secret}: {why}")),
        };
        let Some((leaf, rest)) = chain.split_first() else {
            return Finding::Red(format!("{secret} holds no certificate"));
        };
        if !covers(leaf, &name.host) {
            return Finding::Red(format!("the certificate of {secret} is not for {}", name.text));
        }
        let until = match in_time(&chain, self.evidence.now) {
            Ok(until) => until,
            Err(why) => return Finding::Red(format!("{secret}: {why}")),
        };
        if let Err(why) = linked(leaf, rest, &name.host, self.evidence.now) {
            return Finding::Red(format!("{secret}: {why}"));
        }
        let until = until.to_zoned(TimeZone::UTC).date();
        let old = self.old_secret(&name.host);
        // Of a name alone nothing follows where the authority itself is there to be held against the other.
        let same = |other: &Chain| match (other.last(), chain.last()) {
            (Some(theirs), Some(ours)) => {
                let named = fields(theirs).zip(fields(ours));
                theirs == ours || named.is_some_and(|(a, b)| a.issuer == b.issuer && b.issuer != b.subject)
            }
            _ => false,
        };
        let assumed = old.and_then(|key| self.evidence.world.get(key)).is_some_and(|object| object.assumed);
        match old.filter(|_| !assumed).map(|key| self.chain(key)) {
            Some(Ok(other)) if other.first() == Some(leaf) => {
                Finding::Green(format!("that of the old side, good until {until}"))
            }
            Some(Ok(other)) if same(&other) => {
                Finding::Green(format!("from the same authority as that of the old side, good until {until}"))
            }
            Some(_) | None if rest.is_empty() && fields(leaf).is_some_and(|it| it.issuer == it.subject) => {
                Finding::Unknown(format!(
                    "good until {until}, but signed by itself: only clients that were given it believe it"
                ))
            }
            Some(_) => Finding::Unknown(format!(
                "good until {until}, from another authority than that of the old side: whether clients believe it can not \
                 be seen from here"
            )),
            None => Finding::Unknown(format!(
                "good until {until}; the old side's own is not known, so whether clients believe this authority is not either"
            )),
        }
    }

    fn chain(&self, secret: &Key) -> Result<Chain, String> {
        let object = self.evidence.world.get(secret).ok_or("it is missing")?;
        let pair = tls_secret(object).map_err(|error| error.to_string())?;
        CertificateDer::pem_slice_iter(&pair.cert_pem)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("`tls.crt`: {error}"))
    }
}

fn covers(leaf: &CertificateDer<'_>, host: &str) -> bool {
    let parsed = ParsedCertificate::try_from(leaf);
    let name = ServerName::try_from(host.to_owned());
    parsed.ok().zip(name.ok()).is_some_and(|(parsed, name)| verify_server_name(&parsed, &name).is_ok())
}

/// Until when all of them are good.
fn in_time(chain: &Chain, now: Timestamp) -> Result<Timestamp, String> {
    let mut until = Timestamp::MAX;
    for (nth, certificate) in chain.iter().enumerate() {
        let which = if nth == 0 {
            "the certificate".to_owned()
        } else {
            format!("certificate {} of the chain", nth + 1)
        };
        let Some(fields) = fields(certificate) else { return Err(format!("{which} can not be read")) };
        if fields.from > now {
            return Err(format!("{which} is not good before {}", fields.from));
        }
        if fields.until <= now {
            return Err(format!("{which} ran out on {}", fields.until));
        }
        if fields.until.duration_since(now).unsigned_abs() < SOON {
            return Err(format!(
                "{which} runs out on {}: sooner than a move and its way back are over",
                fields.until
            ));
        }
        until = until.min(fields.until);
    }
    Ok(until)
}

/// Whether each was signed by the next.
fn linked(
    leaf: &CertificateDer<'static>,
    rest: &[CertificateDer<'static>],
    host: &str,
    now: Timestamp,
) -> Result<(), String> {
    let Some((top, between)) = rest.split_last() else { return Ok(()) };
    let mut roots = RootCertStore::empty();
    roots.add(top.clone()).map_err(|error| format!("the last certificate of the chain: {error}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build().map_err(|error| error.to_string())?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)));
    match verifier.verify_server_cert(leaf, between, &name, &[], now) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            Err("its chain is broken: a certificate was not signed by the next one".to_owned())
        }
        Err(error) => Err(format!("its chain is no good: {error}")),
    }
}

/// What is read of a certificate (RFC 5280, 4.1).
struct Fields {
    issuer: Box<[u8]>,
    subject: Box<[u8]>,
    from: Timestamp,
    until: Timestamp,
}

fn fields(certificate: &CertificateDer<'_>) -> Option<Fields> {
    let (_, whole) = X509Certificate::from_der(certificate).ok()?;
    let time = |time: ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    let Validity { not_before, not_after } = *whole.validity();
    let (from, until) = (time(not_before)?, time(not_after)?);
    let (issuer, subject) = (whole.issuer().as_raw().into(), whole.subject().as_raw().into());
    Some(Fields { issuer, subject, from, until })
}
