//! What a client's certificate must be: nginx's `ssl_verify_client`, and what stands around it.

use std::sync::Arc;

use crate::routing::{Expression, Template};

/// A client's certificate, asked for on the handshake and looked at before all else.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientCertificate {
    /// Which clients may go on.
    pub mode: Verify,
    /// What the subject must match (`$ssl_client_s_dn`), over plain HTTP too, where it is empty; else 403.
    pub subject: Option<Expression>,
    /// What a client without a good one gets instead of 400.
    pub error_page: Option<ErrorPage>,
    /// Headers of these answers: the server's, not the location's.
    pub dress: Option<Arc<super::Policy>>,
}

/// What a client without a good certificate gets (nginx's `error_page 495 496`).
#[derive(Clone, Debug, PartialEq)]
pub enum ErrorPage {
    /// It is sent there (302).
    Url(Template),
    /// The answer of this path of the same host, as if it had asked for it by GET.
    Path(Arc<str>),
    /// A location that nobody has: 500.
    Nowhere,
}

/// Which clients may go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Those with a good certificate.
    #[default]
    On,
    /// Those without one too.
    Optional,
    /// Those whose certificate nobody known has signed too.
    OptionalAny,
    /// All: nobody is asked for one.
    Off,
}

/// What a client showed on the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'s> {
    /// No certificate.
    Nothing,
    /// A good one of this subject.
    Good(&'s str),
    /// One that nobody known has signed.
    Unknown(&'s str),
    /// One that is not valid.
    Bad(&'s str),
}

/// Why a client may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 400 or 403.
    pub status: u16,
    /// In nginx's words.
    pub text: &'static str,
}

const NONE_SENT: Refusal = Refusal { status: 400, text: "No required SSL certificate was sent" };
const NOT_GOOD: Refusal = Refusal { status: 400, text: "The SSL certificate error" };
const OTHER_NAME: Refusal = Refusal { status: 403, text: "client certificate unauthorized" };

impl Shown<'_> {
    fn subject(&self) -> &str {
        match self {
            Self::Nothing => "",
            Self::Good(subject) | Self::Unknown(subject) | Self::Bad(subject) => subject,
        }
    }
}

impl ClientCertificate {
    /// Why a client may not go on. `shown`: none over plain HTTP, where nothing can be shown.
    pub fn refuses(&self, shown: Option<Shown<'_>>) -> Option<Refusal> {
        let refused = match (shown, self.mode) {
            (Some(Shown::Nothing), Verify::On) => Some(NONE_SENT),
            (Some(Shown::Bad(_)), Verify::On | Verify::Optional | Verify::OptionalAny)
            | (Some(Shown::Unknown(_)), Verify::On | Verify::Optional) => Some(NOT_GOOD),
            (_, Verify::Off)
            | (Some(Shown::Nothing), Verify::Optional | Verify::OptionalAny)
            | (Some(Shown::Unknown(_)), Verify::OptionalAny)
            | (Some(Shown::Good(_)) | None, _) => None,
        };
        refused.or_else(|| self.refuses_subject(shown))
    }

    /// The same for a client whose certificate was looked at already: the subject alone.
    pub fn refuses_subject(&self, shown: Option<Shown<'_>>) -> Option<Refusal> {
        let subject = shown.as_ref().filter(|_| self.mode != Verify::Off).map_or("", Shown::subject);
        self.subject.as_ref().is_some_and(|wanted| !wanted.is_match(subject)).then_some(OTHER_NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_says_who_goes_on_and_the_subject_who_of_these() {
        let plain = |mode| ClientCertificate { mode, subject: None, error_page: None, dress: None };
        let named = ClientCertificate {
            subject: Some(Expression::pcre("CN=(admin|root)", 1 << 20).unwrap()),
            ..plain(Verify::Optional)
        };
        let cases = [
            (plain(Verify::On), None, None, "plain HTTP shows nothing and is sent to https"),
            (plain(Verify::On), Some(Shown::Nothing), Some(NONE_SENT), "none"),
            (plain(Verify::On), Some(Shown::Good("CN=a")), None, "a good one"),
            (plain(Verify::On), Some(Shown::Unknown("CN=a")), Some(NOT_GOOD), "a stranger's"),
            (plain(Verify::Optional), Some(Shown::Nothing), None, "none is needed"),
            (plain(Verify::Optional), Some(Shown::Unknown("CN=a")), Some(NOT_GOOD), "but a good one"),
            (plain(Verify::OptionalAny), Some(Shown::Unknown("CN=a")), None, "anybody's"),
            (plain(Verify::OptionalAny), Some(Shown::Bad("CN=a")), Some(NOT_GOOD), "not one that is over"),
            (named.clone(), Some(Shown::Good("CN=admin")), None, "the right name"),
            (named.clone(), Some(Shown::Good("CN=eve")), Some(OTHER_NAME), "another name"),
            (named.clone(), Some(Shown::Nothing), Some(OTHER_NAME), "no name"),
            (named.clone(), None, Some(OTHER_NAME), "nginx asks for the name over plain HTTP too"),
            (
                ClientCertificate { mode: Verify::Off, ..named },
                Some(Shown::Good("CN=admin")),
                Some(OTHER_NAME),
                "nobody is asked for a certificate, so nobody has the name",
            ),
        ];
        for (wanted, shown, refusal, why) in cases {
            assert_eq!(wanted.refuses(shown), refusal, "{why}");
        }
    }
}
