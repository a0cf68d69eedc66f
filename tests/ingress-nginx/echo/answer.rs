//! What a back end answers: what it got, or the fault that the request asks for.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};

use super::{Hit, Seat};

/// A request, however it came.
#[derive(Default)]
pub(super) struct Received {
    pub(super) method: String,
    pub(super) target: Vec<u8>,
    pub(super) host: String,
    pub(super) protocol: &'static str,
    pub(super) headers: BTreeMap<String, Vec<String>>,
    pub(super) body_bytes: usize,
}

/// An answer, however it goes.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Records a request and waits as long as it asks. None: the connection is to break off.
pub(super) async fn answer(mut request: Received, seat: &Seat) -> Option<Reply> {
    let id = request.headers.remove("x-oracle-id").and_then(|ids| ids.into_iter().next()).unwrap_or_default();
    let hit = Hit {
        number: 0,
        address: seat.address,
        owner: seat.owner.clone(),
        method: request.method.clone(),
        path: lossy(&request.target),
        host: request.host.clone(),
        protocol: request.protocol,
        sni: seat.sni.clone(),
        headers: request.headers.clone(),
        body_bytes: request.body_bytes,
    };
    let (hit, first) = seat.book.record(hit, &id);
    let said =
        |name: &str| request.headers.get(name).and_then(|values| values.first()).map_or("", |value| value);
    let number = |name: &str| said(name).parse::<u64>().ok();
    let code = |name: &str, otherwise: u16| number(name).and_then(|n| n.try_into().ok()).unwrap_or(otherwise);
    let mut headers = BTreeMap::from([("Content-Type".to_owned(), "application/json".to_owned())]);
    let mut status = 200;
    if decoded_path(&request.target).starts_with(b"/verify") {
        headers.insert("X-User".to_owned(), "alice".to_owned());
        let allowed = said("x-allow") == "yes";
        status = code("x-verify-status", if allowed { 200 } else { 401 });
    } else if said("x-code").is_empty() {
        status = code("x-echo-status", status);
    }
    let fault = said("x-echo-fail-first");
    if first && fault == "close" {
        return None;
    }
    if first && !fault.is_empty() {
        status = code("x-echo-fail-first", status);
    }
    tokio::time::sleep(Duration::from_millis(number("x-echo-delay").unwrap_or_default())).await;
    headers.insert("X-Echo-Hit".to_owned(), hit.number.to_string());
    let extra: Map<String, Value> = serde_json::from_str(said("x-echo-headers")).unwrap_or_default();
    for (name, value) in extra {
        let Some(value) = value.as_str() else { continue };
        headers.retain(|other, _| !other.eq_ignore_ascii_case(&name));
        headers.insert(name, value.to_owned());
    }
    let body = if request.method == "HEAD" || matches!(status, 204 | 304) {
        Vec::new()
    } else {
        let shown = json!({
            "address": hit.address.to_string(), "method": hit.method, "path": hit.path, "host": hit.host,
            "protocol": hit.protocol, "headers": hit.headers, "sni": hit.sni, "body_bytes": hit.body_bytes,
            "hit": hit.number, "id": id,
        });
        format!("{shown}\n").into_bytes()
    };
    Some(Reply { status, headers: headers.into_iter().collect(), body })
}

/// Bytes that are not UTF-8 become one `U+FFFD` each.
pub(super) fn lossy(bytes: &[u8]) -> String {
    let chunks =
        bytes.utf8_chunks().map(|chunk| chunk.valid().to_owned() + &"\u{fffd}".repeat(chunk.invalid().len()));
    chunks.collect()
}

/// The path of a target, decoded as far as it can be.
fn decoded_path(target: &[u8]) -> Vec<u8> {
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, behind @ ..] = rest {
        let code = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = code.filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(decoded.unwrap_or(*byte));
        rest = if decoded.is_some() { &behind[2..] } else { behind };
    }
    out
}
