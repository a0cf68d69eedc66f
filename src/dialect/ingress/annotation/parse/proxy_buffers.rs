//! Buffers, which nginx checks against each other.

use crate::dialect::ingress::annotation::{Buffers, Effect, reader::Reader, units};

/// The buffers.
pub(super) fn buffers(r: &mut Reader<'_>, default: &Buffers) -> Buffers {
    let number = r.number("proxy-buffers-number");
    let number = match r.or_ignored("proxy-buffers-number", number, "the setting's value is taken") {
        None => default.number,
        Some(number) if number < 2 => {
            r.stops("proxy-buffers-number", "at least 2 buffers are needed");
            default.number
        }
        Some(number) => u32::try_from(number).unwrap_or(u32::MAX),
    };
    let size = size(r, "proxy-buffer-size").unwrap_or(default.size);
    let busy = self::size(r, "proxy-busy-buffers-size").or(default.busy);
    let max_temp_file = temp_file(r, default.max_temp_file);
    let buffers = Buffers { number, size, busy, max_temp_file };
    against_each_other(r, &buffers, default);
    buffers
}

fn size(r: &mut Reader<'_>, name: &str) -> Option<u64> {
    let got = r.text(name);
    let text = r.or_ignored(name, got, "the setting's value is taken")?;
    let size = units::size(&text, false).filter(|size| *size > 0 && !text.contains(' '));
    if size.is_none() {
        r.stops(name, "it is not a size of nginx as `8k` or `1m`");
    }
    size
}

fn temp_file(r: &mut Reader<'_>, default: Option<u64>) -> Option<u64> {
    let name = "proxy-max-temp-file-size";
    let got = r.text(name);
    let Some(text) = r.or_ignored(name, got, "the setting's value is taken") else { return default };
    let size = units::size(&text, true);
    if size.is_none() {
        r.tell(
            name,
            Effect::Ignored,
            format!("`{text}` is not a size of nginx; its default of 1 GiB is taken"),
        );
    }
    size
}

/// nginx's own checks; only where the Ingress has a part in it.
fn against_each_other(r: &mut Reader<'_>, buffers: &Buffers, default: &Buffers) {
    if buffers == default {
        return;
    }
    let Buffers { number, size, busy, max_temp_file } = *buffers;
    let all_but_one = size.saturating_mul(u64::from(number.saturating_sub(1)));
    let name = match () {
        () if r.has("proxy-busy-buffers-size") => "proxy-busy-buffers-size",
        () if r.has("proxy-buffers-number") => "proxy-buffers-number",
        () => "proxy-buffer-size",
    };
    if busy.is_some_and(|busy| busy < size) {
        r.stops(name, "busy buffers are at least as large as one buffer");
    }
    if busy.unwrap_or(size.saturating_mul(2)) > all_but_one {
        r.stops(name, "busy buffers are at most as large as all buffers but one");
    }
    if max_temp_file.is_some_and(|most| most != 0 && most < size) {
        r.stops("proxy-max-temp-file-size", "it is 0 or at least as large as one buffer");
    }
}
