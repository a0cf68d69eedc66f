//! Passwords against the hashes that `htpasswd` and `openssl passwd` write.
//!
//! What nginx and the C library of its image know: `{SHA}`, `{SSHA}`, `{PLAIN}`, `$apr1$`, `$1$`, `$5$`, `$6$`, bcrypt. The
//! old DES hash of 13 letters is not checked here: nobody comes in with it, and [`Scheme::of`] says so beforehand. Neither
//! are hashes that would cost seconds.

use base64::Engine as _;
use md5::Md5;
use sha_crypt::PasswordVerifier as _;
use sha1::{Digest as _, Sha1};

/// How a password was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `{PLAIN}`: not at all.
    Plain,
    /// `{SHA}`
    Sha,
    /// `{SSHA}`, with a salt.
    SaltedSha,
    /// `$apr1$`, Apache's, and `$1$`: MD5 a thousand times.
    Md5(&'static str),
    /// `$5$` and `$6$`: SHA-256 and SHA-512 crypt.
    ShaCrypt,
    /// `$2y$` and its kin.
    Bcrypt,
}

/// Most rounds of SHA-crypt that are waited for, some 0.5 s.
const MOST_ROUNDS: u32 = 500_000;

/// Most of bcrypt's cost that is waited for, some 0.5 s.
const MOST_COST: u32 = 13;

/// The alphabet of crypt(3).
const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Scheme {
    /// The scheme of a hash; none when a password can not be checked against it.
    pub fn of(hash: &str) -> Option<Self> {
        let schemes: [(&str, Self); 11] = [
            ("{PLAIN}", Self::Plain),
            ("{SHA}", Self::Sha),
            ("{SSHA}", Self::SaltedSha),
            ("$apr1$", Self::Md5("$apr1$")),
            ("$1$", Self::Md5("$1$")),
            ("$5$", Self::ShaCrypt),
            ("$6$", Self::ShaCrypt),
            ("$2a$", Self::Bcrypt),
            ("$2b$", Self::Bcrypt),
            ("$2x$", Self::Bcrypt),
            ("$2y$", Self::Bcrypt),
        ];
        let found = schemes.into_iter().find(|(prefix, _)| hash.starts_with(prefix))?.1;
        let number = |at: usize, before: &str| -> Option<u32> {
            hash.split('$').nth(at)?.strip_prefix(before)?.parse().ok()
        };
        let dear = match found {
            Self::ShaCrypt => number(2, "rounds=").is_some_and(|rounds| rounds > MOST_ROUNDS),
            Self::Bcrypt => number(2, "").is_some_and(|cost| cost > MOST_COST),
            Self::Plain | Self::Sha | Self::SaltedSha | Self::Md5(_) => false,
        };
        (!dear).then_some(found)
    }

    /// Whether it takes long enough to be remembered.
    pub fn is_slow(self) -> bool {
        match self {
            Self::Plain | Self::Sha | Self::SaltedSha => false,
            Self::Md5(_) | Self::ShaCrypt | Self::Bcrypt => true,
        }
    }
}

/// Whether this is the password of a hash. As in nginx, a hash ends at a `:`.
pub fn verify(password: &str, hash: &str) -> bool {
    let hash = hash.split(':').next().unwrap_or_default().trim_end();
    let Some(scheme) = Scheme::of(hash) else { return false };
    let coded = |prefix: &str| {
        base64::engine::general_purpose::STANDARD.decode(hash.strip_prefix(prefix).unwrap_or_default()).ok()
    };
    match scheme {
        Scheme::Plain => {
            hash.strip_prefix("{PLAIN}").is_some_and(|it| same(it.as_bytes(), password.as_bytes()))
        }
        Scheme::Sha => coded("{SHA}").is_some_and(|it| same(&it, &Sha1::digest(password.as_bytes()))),
        Scheme::SaltedSha => coded("{SSHA}").is_some_and(|it| {
            let Some((digest, salt)) = it.split_at_checked(20) else { return false };
            let mut sha = Sha1::new();
            sha.update(password.as_bytes());
            sha.update(salt);
            same(digest, &sha.finalize())
        }),
        Scheme::Md5(magic) => {
            let rest = hash.strip_prefix(magic).unwrap_or_default();
            let (salt, digest) = rest.split_once('$').unwrap_or((rest, ""));
            let salt = salt.as_bytes().get(..8).unwrap_or(salt.as_bytes());
            same(md5_crypt(password.as_bytes(), magic.as_bytes(), salt).as_bytes(), digest.as_bytes())
        }
        Scheme::ShaCrypt => sha_crypt::ShaCrypt::default().verify_password(password.as_bytes(), hash).is_ok(),
        Scheme::Bcrypt => bcrypt::verify(password, hash).unwrap_or(false),
    }
}

/// Takes as long for the first byte that differs as for the last.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// MD5 crypt of FreeBSD, and Apache's with another magic.
fn md5_crypt(password: &[u8], magic: &[u8], salt: &[u8]) -> String {
    let of = |parts: &[&[u8]]| {
        let mut md5 = Md5::new();
        for part in parts {
            md5.update(part);
        }
        <[u8; 16]>::from(md5.finalize())
    };
    let inner = of(&[password, salt, password]);
    let mut first = Md5::new();
    for part in [password, magic, salt] {
        first.update(part);
    }
    for piece in password.chunks(16) {
        first.update(inner.get(..piece.len()).unwrap_or_default());
    }
    let mut length = password.len();
    while length > 0 {
        let one = if length & 1 == 1 { &[0][..] } else { password.get(..1).unwrap_or_default() };
        first.update(one);
        length >>= 1;
    }
    let mut digest = <[u8; 16]>::from(first.finalize());
    for round in 0..1000_u32 {
        let (front, back) = if round & 1 == 1 { (password, &digest[..]) } else { (&digest[..], password) };
        let salted = if round % 3 == 0 { &[][..] } else { salt };
        let again = if round % 7 == 0 { &[][..] } else { password };
        digest = of(&[front, salted, again, back]);
    }
    let byte = |at: usize| u32::from(digest.get(at).copied().unwrap_or_default());
    let mut out = String::with_capacity(22);
    let mut put = |mut bits: u32, count: u32| {
        for _ in 0..count {
            out.push(char::from(LETTERS[(bits & 0x3f) as usize]));
            bits >>= 6;
        }
    };
    for (a, b, c) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        put(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
    }
    put(byte(11), 2);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that openssl, perl's crypt and htpasswd made.
    const RIGHT: [(&str, &str); 17] = [
        ("päss word", "$apr1$abcdefgh$nnbOcusibcRVN8hvNIDex0"),
        ("päss word", "$1$abcdefgh$k7D63vE3axegCBn62xqCv1"),
        ("päss word", "$5$abcdefgh$STy/oKcatpdb24cXJhQFdWwkFCw/opvEQfTEpBHmD0B"),
        (
            "päss word",
            "$6$abcdefgh$2eWsE0Sl3Om5Rl9FWzqBIYcQ41CUZ5v/ymvZ5r35ip8PWPOfp/CotyGwDb.ZxpDggweZibfA3FRsD/Btf.v941",
        ),
        ("secret", "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"),
        (
            "secret",
            "$6$rounds=5000$ab$2lDVylRMp48hlYZZFOCx/xnhJEsGPynJ17rt2um9Gb8wX6ygI4uDxg3Bg43pp/Hv397hwWfT8mciHws9eE4sR/",
        ),
        (
            "secret",
            "$6$rounds=1000$ab$3tLFZOSDxcyiDWcYSrieU1uloXMcbPJQRTcotZNqEJiB1iizwjzbn2jECOCvw6wslPpiTPzli2jppqTUXUq9N0",
        ),
        ("", "$1$x$fwjfZtMwarkdetsjiQreU1"),
        ("secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="),
        ("secret", "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0"),
        ("secret", "{PLAIN}secret"),
        ("secret", "{PLAIN}secret:and more"),
        ("a much longer password than sixteen bytes", "$apr1$abcdefgh$Eqv4oIyMsS.tjfvQCJYY1/"),
        ("a much longer password than sixteen bytes", "$1$abcdefgh$fW3178yKPY70TFejaM1Fv."),
        ("secret", "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM."),
        (
            "secret",
            "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.",
        ),
        ("secret", "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a:comment"),
    ];

    #[test]
    fn the_right_password_is_taken_and_no_other() {
        for (password, hash) in RIGHT {
            assert!(verify(password, hash), "{hash}");
            assert!(!verify(&format!("{password}x"), hash), "{hash}");
            assert!(!verify(hash, hash), "{hash}");
        }
    }

    #[test]
    fn what_can_not_be_checked_lets_nobody_in() {
        let cases = [
            ("abNANd1rDfiNc", "DES"),
            ("", "nothing"),
            ("secret", "a password that was not hashed"),
            ("{SSHA}AAAA", "shorter than a digest"),
            ("{SHA}???", "no base64"),
            ("$2y$31$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a", "it would take days"),
            ("$6$rounds=999999999$ab$x", "it would take minutes"),
            ("$6$", "cut short"),
            ("$1$", "cut short"),
            ("$2y$05$short", "cut short"),
        ];
        for (hash, why) in cases {
            assert!(!verify("secret", hash) && !verify("", hash), "{why}");
        }
        assert_eq!(Scheme::of("abNANd1rDfiNc"), None);
        assert_eq!(Scheme::of("$2y$05$x"), Some(Scheme::Bcrypt));
    }
}
