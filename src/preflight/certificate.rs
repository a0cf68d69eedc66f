//! [`Item::Certificate`](crate::switch::Item::Certificate): what a client of the new side is shown, read from its Secret.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rustls::{
    CertificateError, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _, verify_server_name},
    server::ParsedCertificate,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};

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
struct Fields<'c> {
    issuer: &'c [u8],
    subject: &'c [u8],
    from: Timestamp,
    until: Timestamp,
}

fn fields<'c>(certificate: &'c CertificateDer<'_>) -> Option<Fields<'c>> {
    let (_, whole, _) = value(certificate)?;
    let (_, mut rest, _) = value(whole)?;
    // The version is tagged, and may be left out.
    if rest.first() == Some(&0xa0) {
        rest = value(rest)?.2;
    }
    let (_, _serial, rest) = value(rest)?;
    let (_, _algorithm, rest) = value(rest)?;
    let (_, issuer, rest) = value(rest)?;
    let (_, validity, rest) = value(rest)?;
    let (_, subject, _) = value(rest)?;
    let (tag, from, after) = value(validity)?;
    let from = time(tag, from)?;
    let (tag, until, _) = value(after)?;
    Some(Fields { issuer, subject, from, until: time(tag, until)? })
}

/// `UTCTime` and `GeneralizedTime` as RFC 5280 has them: to the second, in UTC.
fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        0x17 => {
            let short: i16 = text.get(..2)?.parse().ok()?;
            (if short < 50 { 2000 + short } else { 1900 + short }, text.get(2..)?)
        }
        0x18 => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let time = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// The first value: its tag, its content, and what follows it.
fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let digits = rest.get(..count)?;
        rest = rest.get(count..)?;
        length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
    }
    Some((tag, rest.get(..length)?, rest.get(length..)?))
}
