//! Redirects of a whole location.

use crate::dialect::ingress::annotation::{
    Effect, Redirect, Redirects,
    reader::{Fault, Reader},
    units,
};

const ALL: &str = "all redirects of the Ingress are without effect";

/// The redirects. One value that can not be used takes the others with it.
pub(in super::super) fn redirects(r: &mut Reader<'_>) -> Redirects {
    let use_port = r.boolean("use-port-in-redirects");
    let use_port = r
        .or_ignored("use-port-in-redirects", use_port, "the setting is taken")
        .unwrap_or(r.settings.use_port_in_redirects);
    let none = Redirects { use_port, ..Redirects::default() };
    // The controller stops at the first; a refused value drops the Ingress, wherever it stands.
    let Some((to, from_to_www, relative)) = chosen(r) else { return none };
    Redirects { to, from_to_www, relative, use_port }
}

fn flag(r: &mut Reader<'_>, name: &str) -> Option<bool> {
    let got = r.boolean(name);
    usable(r, name, got).map(Option::unwrap_or_default)
}

/// The value, which may be missing; `None` where it can not be used.
#[expect(clippy::option_option, reason = "missing and unusable are different things here")]
fn usable<T>(r: &mut Reader<'_>, name: &str, got: Result<T, Fault>) -> Option<Option<T>> {
    let missing = matches!(got, Err(Fault::Missing));
    let value = r.or_dropped(name, got, ALL);
    if value.is_none() && !missing { None } else { Some(value) }
}

type Chosen = (Option<Redirect>, bool, bool);

fn chosen(r: &mut Reader<'_>) -> Option<Chosen> {
    let from_to_www = flag(r, "from-to-www-redirect")?;
    let relative = flag(r, "relative-redirects")?;
    let got = r.text("temporal-redirect");
    if let Some(url) = usable(r, "temporal-redirect", got)? {
        let code = code(r, "temporal-redirect-code", 307, 302)?;
        if let Err(why) = http(&url) {
            r.tell(
                "temporal-redirect",
                Effect::Ignored,
                format!("`{url}` is not a URL of http: {why}; {ALL}"),
            );
            return None;
        }
        if r.has("permanent-redirect") {
            let message = "`temporal-redirect` is written too and counts";
            r.tell("permanent-redirect", Effect::Ignored, message);
        }
        return Some((Some(Redirect { url, code }), from_to_www, relative));
    }
    let got = r.text("permanent-redirect");
    let url = usable(r, "permanent-redirect", got)?;
    let code = code(r, "permanent-redirect-code", 308, 301)?;
    let to = url.map(|url| Redirect { url, code });
    Some((to, from_to_www, relative))
}

/// The status; the default where it is not written or out of range.
fn code(r: &mut Reader<'_>, name: &str, last: u16, default: u16) -> Option<u16> {
    let got = r.number(name);
    let Some(number) = usable(r, name, got)? else { return Some(default) };
    match u16::try_from(number) {
        Ok(code) if (300..=last).contains(&code) => Some(code),
        _ => {
            r.tell(
                name,
                Effect::Ignored,
                format!("`{number}` is not from 300 to {last}; {default} is taken"),
            );
            Some(default)
        }
    }
}

fn http(url: &str) -> Result<(), &'static str> {
    match units::url(url)? {
        parts if parts.scheme.starts_with("http") => Ok(()),
        _ => Err("it does not begin with `http`"),
    }
}
