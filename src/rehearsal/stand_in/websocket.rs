//! A WebSocket that echoes (RFC 6455): the handshake's answer, then frames as they come.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{answer::Received, sha1::sha1};

/// Section 1.3.
const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const CLOSE: u8 = 0x8;

/// The answer to a handshake, when the request is one (section 4.2.1).
pub(super) fn handshake(request: &Received) -> Option<String> {
    let wanted = request.method == "GET"
        && request.has_token("upgrade", "websocket")
        && request.has_token("connection", "upgrade")
        && request.header("sec-websocket-version") == Some(b"13");
    let key = request.header("sec-websocket-key").filter(|_| wanted)?;
    let accept = STANDARD.encode(sha1(&[key, MAGIC].concat()));
    let protocol = request
        .header("sec-websocket-protocol")
        .and_then(|offered| offered.split(|byte| *byte == b',').next())
        .and_then(|first| str::from_utf8(first.trim_ascii()).ok())
        .map(|first| format!("Sec-WebSocket-Protocol: {first}\r\n"))
        .unwrap_or_default();
    Some(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
    ))
}

/// Sends every message back until a side closes. `buffer` holds what came after the handshake.
pub(super) async fn echo(stream: &mut TcpStream, mut buffer: BytesMut) -> io::Result<()> {
    loop {
        fill(stream, &mut buffer, 2).await?;
        let (first, second) = (buffer.get_u8(), buffer.get_u8());
        let opcode = first & 0x0f;
        let length = match second & 0x7f {
            126 => {
                fill(stream, &mut buffer, 2).await?;
                u64::from(buffer.get_u16())
            }
            127 => {
                fill(stream, &mut buffer, 8).await?;
                buffer.get_u64()
            }
            short => u64::from(short),
        };
        // Clients mask, always (section 5.1); a control frame is short (section 5.5).
        if second & 0x80 == 0 || (opcode >= CLOSE && length > 125) {
            return close(stream, 1002).await;
        }
        fill(stream, &mut buffer, 4).await?;
        let mask = buffer.get_u32().to_be_bytes();
        let answer = match opcode {
            PING => Some((first & 0xf0) | PONG),
            PONG => None,
            _ => Some(first),
        };
        if let Some(answer) = answer {
            stream.write_all(&head(answer, length)).await?;
        }
        let (mut left, mut at) = (length, 0);
        while left > 0 {
            fill(stream, &mut buffer, 1).await?;
            let take = (buffer.len() as u64).min(left) as usize;
            let mut part = buffer.split_to(take);
            for byte in &mut part[..] {
                *byte ^= mask[at % 4];
                at += 1;
            }
            left -= take as u64;
            if answer.is_some() {
                stream.write_all(&part).await?;
            }
        }
        if opcode == CLOSE {
            return stream.shutdown().await;
        }
    }
}

fn head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match length {
        0..=125 => head.push(length as u8),
        126..=0xffff => {
            head.push(126);
            head.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            head.push(127);
            head.extend_from_slice(&length.to_be_bytes());
        }
    }
    head
}

async fn close(stream: &mut TcpStream, code: u16) -> io::Result<()> {
    let mut frame = vec![0x80 | CLOSE, 2];
    frame.extend_from_slice(&code.to_be_bytes());
    stream.write_all(&frame).await?;
    stream.shutdown().await
}

async fn fill(stream: &mut TcpStream, buffer: &mut BytesMut, wanted: usize) -> io::Result<()> {
    while buffer.len() < wanted {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Received {
        Received {
            method: "GET".into(),
            headers: headers.iter().map(|(n, v)| ((*n).into(), v.as_bytes().to_vec())).collect(),
            ..Received::default()
        }
    }

    #[test]
    fn a_handshake_is_answered_as_in_the_standard() {
        let sample = [
            ("Upgrade", "WebSocket"),
            ("Connection", "keep-alive, Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Protocol", "chat, superchat"),
        ];
        let answer = handshake(&request(&sample)).unwrap();
        assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "section 1.3");
        assert!(answer.contains("Sec-WebSocket-Protocol: chat\r\n"), "one of those offered");
        for missing in 0..4 {
            let mut less = sample.to_vec();
            let (name, _) = less.remove(missing);
            assert_eq!(handshake(&request(&less)), None, "without {name}");
        }
    }
}
