//! Answers that the proxy makes itself, and the dates in them.

use std::{borrow::Cow, rc::Rc};

use super::{
    buffer::Buffer,
    decide::CorsFields,
    dress::Dress,
    edits::Edits,
    http1::{Refused, field::is_value},
    worker::Worker,
};
use crate::routing::{Pages, Reading};

/// An answer without a backend.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) status: u16,
    /// Why, in one line: the body where nobody says another; nothing when empty.
    pub(super) text: String,
    pub(super) location: Option<String>,
    pub(super) cors: CorsFields,
    /// `WWW-Authenticate`
    pub(super) challenge: Option<String>,
    /// The body, as a manifest has it.
    pub(super) said: Option<String>,
    /// Headers of the policy are not on it: it is none of its location's.
    pub(super) bare: bool,
    /// What the rule's policy makes of it.
    pub(super) dress: Option<Rc<Dress>>,
    /// How it looks where there is no policy.
    pub(super) pages: Pages,
}

impl Own {
    pub(super) fn new(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into().into_owned(), ..Self::default() }
    }

    /// The answer to what could not be read as a request.
    pub(super) fn unread(refused: Refused, reading: Reading) -> Self {
        Self { pages: reading.pages(), ..Self::new(refused.status, refused.what) }
    }

    /// The body: what a manifest says, nginx's page, or status and reason in one line.
    pub(super) fn body(&self) -> Cow<'_, str> {
        match (&self.said, self.pages()) {
            (Some(said), _) => Cow::Borrowed(said),
            (None, pages @ Pages::Html) => Cow::Owned(pages.body(self.status).unwrap_or_default()),
            (None, Pages::Plain) if self.text.is_empty() => Cow::Borrowed(""),
            (None, Pages::Plain) => Cow::Owned(format!("{}: {}\n", self.status, self.text)),
        }
    }

    fn pages(&self) -> Pages {
        self.dress.as_ref().map_or(self.pages, |dress| dress.policy.pages)
    }

    /// What its body is; none when there is none.
    fn content_type(&self) -> Option<&str> {
        let pages = self.pages();
        let own = self.dress.as_ref().and_then(|dress| dress.policy.default_type.as_deref());
        if let Some(own) = own.filter(|_| self.said.is_some()) {
            return Some(own);
        }
        let line = pages == Pages::Plain && !self.text.is_empty();
        (line || self.said.is_some() || pages.has_body(self.status)).then(|| pages.content_type())
    }

    /// Its headers but for those of framing and connection.
    pub(super) fn fields<'a>(&'a self, date: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let kind = self.content_type().map(|kind| ("content-type", kind));
        let challenge = self.challenge.as_deref().map(|challenge| ("www-authenticate", challenge));
        let location = self.location.as_deref().map(|location| ("location", location));
        let allow = (self.status == 405 && self.pages() == Pages::Plain).then_some(("allow", "GET"));
        let cors = self.cors.iter().map(|(name, value)| (*name, value.as_str()));
        let all = [("date", date)].into_iter().chain(kind).chain(location).chain(challenge).chain(allow);
        let dress = self.dress.as_deref().filter(|_| !self.bare);
        let kept = move |(name, _): &(&str, &str)| !dress.is_some_and(|dress| dress.drops(name, self.status));
        let put = dress.into_iter().flat_map(|dress| dress.lines(self.status, true));
        let all = all.chain(cors).filter(kept).chain(put);
        // Texts of manifests may hold anything; what would end the line is left out.
        all.filter(|(_, value)| is_value(value.as_bytes()))
    }

    /// Writes head and body.
    pub(super) fn write(
        &self,
        worker: &Worker,
        out: &mut Buffer,
        edits: Option<&Edits>,
        to_head: bool,
        connection: Option<&'static str>,
    ) {
        status_line(out, self.status, None);
        worker.with_date(|date| {
            for (name, value) in self.fields(date) {
                if !edits.is_some_and(|edits| edits.drops(name)) {
                    field(out, name, value.as_bytes());
                }
            }
        });
        if let Some(edits) = edits {
            out.extend(&edits.lines);
        }
        let body = self.body();
        if self.status != 204 && self.status != 304 {
            field(out, "content-length", itoa::Buffer::new().format(body.len()).as_bytes());
        }
        if let Some(connection) = connection {
            field(out, "connection", connection.as_bytes());
        }
        out.extend(b"\r\n");
        if !to_head && self.status != 204 && self.status != 304 {
            out.extend(body.as_bytes());
        }
    }
}

/// Writes a status line.
pub(super) fn status_line(out: &mut Buffer, status: u16, reason: Option<&str>) {
    if status == 200 && reason == Some("OK") {
        out.extend(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    let known = || http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut digits = itoa::Buffer::new();
    let (code, reason) = (digits.format(status).as_bytes(), reason.or_else(known).unwrap_or_default());
    out.extend_all(&[b"HTTP/1.1 ", code, b" ", reason.as_bytes(), b"\r\n"]);
}

/// Writes a header.
pub(super) fn field(out: &mut Buffer, name: &str, value: &[u8]) {
    out.extend_all(&[name.as_bytes(), b": ", value, b"\r\n"]);
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7) for a time in seconds since 1970.
pub(super) fn date(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    let weekday = DAYS.get((days % 7) as usize).copied().unwrap_or_default();
    // Years begin in March and eras of 400 years in 1600, so that a leap day is a year's last and an era's length fixed.
    let since = days + 719_468;
    let (era, of_era) = (since / 146_097, since % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + u64::from(month >= 10);
    let month = MONTHS.get(month as usize).copied().unwrap_or_default();
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        let cases = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ];
        for (seconds, wanted) in cases {
            assert_eq!(date(seconds), wanted);
        }
    }
}
