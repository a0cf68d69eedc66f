//! HTTP Archive 1.1 to 1.3, as the developer tools of browsers save it: of each entry the request, and nothing else.

use serde::Deserialize;

use super::{Format, Reader, Recorded, short};
use crate::{rehearsal::Url, routing::PortProtocol};

/// Largest body that is sent again, in bytes.
const LARGEST: usize = 64 * 1024;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    request: serde_json::Value,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default, rename = "postData")]
    post: Option<Post>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Post {
    #[serde(default)]
    text: Option<String>,
    /// Of version 1.3: `base64`.
    #[serde(default)]
    encoding: Option<String>,
}

/// Takes every entry.
pub(super) fn read(text: &str, reader: &mut Reader<'_>) -> Result<(), String> {
    let har: Har = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (entry, number) in har.log.entries.into_iter().zip(1..) {
        reader.take(number, request(entry.request).map(|request| (Format::Har, request)));
    }
    Ok(())
}

fn request(value: serde_json::Value) -> Result<Recorded, String> {
    let request: Request = serde_json::from_value(value).map_err(|error| format!("its request: {error}"))?;
    let Request { method, url, headers, post } = request;
    let upgrade = headers.iter().any(|header| header.name.eq_ignore_ascii_case("upgrade"));
    let lower = url.get(..6).unwrap_or_default().to_ascii_lowercase();
    if upgrade || lower.starts_with("ws:") || lower.starts_with("wss:") {
        return Err("a WebSocket is no request and answer".to_owned());
    }
    let url = Url::parse(&url).map_err(|why| format!("url `{}`: {why}", short(&url)))?;
    let target = url.target();
    let protocol = if url.scheme == "https" { PortProtocol::Https } else { PortProtocol::Http };
    Ok(Recorded {
        method,
        protocol: Some(protocol),
        host: Some(url.host),
        target,
        headers: headers
            .into_iter()
            .filter(|header| travels(&header.name))
            .map(|header| (header.name, header.value))
            .collect(),
        body: post.map_or(Ok(Vec::new()), body)?,
        ..Recorded::default()
    })
}

fn body(post: Post) -> Result<Vec<u8>, String> {
    let text = post.text.unwrap_or_default();
    let body = match post.encoding.as_deref() {
        Some("base64") => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD
                .decode(text)
                .map_err(|error| format!("its body is no base64: {error}"))?
        }
        Some(_) | None => text.into_bytes(),
    };
    if body.len() > LARGEST {
        return Err(format!("its body has {} bytes, more than 64 KiB", body.len()));
    }
    Ok(body)
}

/// Headers that are the request's own: not those of HTTP/2, of one connection, or that we write ourselves.
fn travels(name: &str) -> bool {
    const OURS: [&str; 12] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
    ];
    !name.starts_with(':') && !OURS.iter().any(|known| name.eq_ignore_ascii_case(known))
}
