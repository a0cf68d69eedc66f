//! Issuer and subject of a certificate, as text (RFC 5280, 4.1; RFC 4514, as OpenSSL's `RFC2253` writes it).
//!
//! Reads no more of ASN.1 than stands before the subject; what is not as it should be gives nothing.

/// Issuer and subject.
pub(super) fn names(certificate: &[u8]) -> Option<(String, String)> {
    let (_, whole, _) = value(certificate)?;
    let (_, mut rest, _) = value(whole)?;
    // The version is tagged, and may be left out.
    if rest.first() == Some(&0xa0) {
        rest = value(rest)?.2;
    }
    let (_, _serial, rest) = value(rest)?;
    let (_, _algorithm, rest) = value(rest)?;
    let (_, issuer, rest) = value(rest)?;
    let (_, _validity, rest) = value(rest)?;
    let (_, subject, _) = value(rest)?;
    Some((name(issuer)?, name(subject)?))
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

/// The last part of a name is written first.
fn name(mut parts: &[u8]) -> Option<String> {
    let mut written = Vec::new();
    while !parts.is_empty() {
        let (_, mut set, rest) = value(parts)?;
        parts = rest;
        let mut pairs = Vec::new();
        while !set.is_empty() {
            let (_, pair, rest) = value(set)?;
            set = rest;
            let (_, kind, rest) = value(pair)?;
            let (tag, text, _) = value(rest)?;
            pairs.push(format!("{}={}", short(kind), escaped(&text_of(tag, text))));
        }
        written.push(pairs.join("+"));
    }
    written.reverse();
    Some(written.join(","))
}

/// The short name of an attribute, else its numbers.
fn short(kind: &[u8]) -> String {
    let known = match kind {
        [0x55, 0x04, 3] => "CN",
        [0x55, 0x04, 4] => "SN",
        [0x55, 0x04, 5] => "serialNumber",
        [0x55, 0x04, 6] => "C",
        [0x55, 0x04, 7] => "L",
        [0x55, 0x04, 8] => "ST",
        [0x55, 0x04, 9] => "street",
        [0x55, 0x04, 10] => "O",
        [0x55, 0x04, 11] => "OU",
        [0x55, 0x04, 12] => "title",
        [0x55, 0x04, 42] => "GN",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        _ => return numbers(kind),
    };
    known.to_owned()
}

fn numbers(kind: &[u8]) -> String {
    let mut all: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    for byte in kind {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if all.is_empty() {
                let first = (number / 40).min(2);
                all.extend([first, number - 40 * first]);
            } else {
                all.push(number);
            }
            number = 0;
        }
    }
    all.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

fn text_of(tag: u8, bytes: &[u8]) -> String {
    const BMP: u8 = 30;
    if tag == BMP {
        let units: Vec<_> = bytes
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)))
            .collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// What has a meaning in a name is escaped, and what is no printable ASCII.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.len().saturating_sub(1);
    for (at, byte) in text.bytes().enumerate() {
        let edge = (at == 0 && (byte == b' ' || byte == b'#')) || (at == last && byte == b' ');
        match byte {
            b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' => out.extend(['\\', char::from(byte)]),
            _ if edge => out.extend(['\\', char::from(byte)]),
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;

    #[test]
    fn names_are_written_from_the_last_part_to_the_first() {
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "CZ");
        params.distinguished_name.push(DnType::OrganizationName, "Shop, \"the\" <one>");
        params.distinguished_name.push(DnType::CommonName, " Žižkov ");
        params.distinguished_name.push(DnType::CustomDnType(vec![1, 2, 840, 113_549]), "x");
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let wanted = r#"1.2.840.113549=x,CN=\ \C5\BDi\C5\BEkov\ ,O=Shop\, \"the\" \<one\>,C=CZ"#;
        assert_eq!(names(made.der()), Some((wanted.to_owned(), wanted.to_owned())));
    }

    #[test]
    fn what_is_cut_short_gives_nothing() {
        let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        let whole = made.cert.der();
        for length in 0..whole.len() {
            assert_eq!(names(whole.get(..length).unwrap()), None, "{length}");
        }
        assert!(names(whole).is_some());
        for bytes in [&[0x30, 0x80][..], &[0x30, 0x85, 1, 1, 1, 1, 1], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]]
        {
            assert_eq!(names(bytes), None);
        }
    }
}
