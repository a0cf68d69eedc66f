//! The common name of a certificate's subject, read from its DER.

/// `id-at-commonName`
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// The first common name of the subject.
pub(super) fn common_name(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = item(certificate)?;
    let (_, mut fields, _) = item(certificate)?;
    if fields.first() == Some(&0xa0) {
        (_, _, fields) = item(fields)?; // the version, which may be absent
    }
    for _ in ["serial number", "algorithm", "issuer", "validity"] {
        (_, _, fields) = item(fields)?;
    }
    let (_, mut names, _) = item(fields)?;
    while let Some((_, set, rest)) = item(names) {
        names = rest;
        let (_, pair, _) = item(set)?;
        let (_, kind, value) = item(pair)?;
        if kind == COMMON_NAME {
            let (_, text, _) = item(value)?;
            return Some(String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

/// Tag and content of the first item, and what follows it.
fn item(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[test]
fn the_subjects_common_name_is_found() {
    let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "Acme");
    params.distinguished_name.push(rcgen::DnType::CommonName, "www.shop.example");
    let made = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    assert_eq!(common_name(made.der()).as_deref(), Some("www.shop.example"));
    assert_eq!(common_name(b"\x30\x03\x30\x01"), None, "cut short");
}
