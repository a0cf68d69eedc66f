//! Questions about names of no zone, handed to another server byte for byte: over UDP, over TCP where UDP does not do.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// How long each of two packets may go unanswered. With TCP behind it all is over before a client's own 5 s are.
const UDP_WAIT: Duration = Duration::from_millis(1200);
/// Packets sent.
const TRIES: usize = 2;
/// For a whole answer over TCP.
const TCP_WAIT: Duration = Duration::from_secs(2);
/// TC, in the third byte.
const TRUNCATED: u8 = 0x02;

/// Asks; gives the answer with the question's own number, of at most `most` bytes.
///
/// # Errors
/// No answer in time, over either.
pub(super) async fn ask(to: SocketAddr, query: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let short = over_udp(to, query).await;
    match short {
        Ok(answer) if answer.get(2).is_some_and(|flags| flags & TRUNCATED == 0) && answer.len() <= most => {
            Ok(answer)
        }
        short => {
            let long = timeout(TCP_WAIT, over_tcp(to, query)).await.map_err(io::Error::from).flatten();
            match (long, short) {
                (Ok(answer), _) if answer.len() <= most => Ok(answer),
                // Who asked comes again over TCP.
                (Ok(answer), _) | (Err(_), Ok(answer)) => Ok(cut(&answer)),
                (Err(error), Err(_)) => Err(error),
            }
        }
    }
}

async fn over_udp(to: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let any =
        if to.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for _ in 0..TRIES {
        // A port and a number of its own each time: who can not see the question can not answer it.
        let socket = UdpSocket::bind::<SocketAddr>(any).await?;
        socket.connect(to).await?;
        let mut packet = query.to_vec();
        number(&mut packet, fastrand::u16(..));
        let answered = timeout(UDP_WAIT, async {
            socket.send(&packet).await?;
            loop {
                let length = socket.recv(&mut buffer).await?;
                let answer = buffer.get(..length).unwrap_or_default();
                if belongs(&packet, answer) {
                    return Ok(renumbered(answer, query));
                }
            }
        });
        match answered.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => last = error,
            Err(_) => {}
        }
    }
    Err(last)
}

async fn over_tcp(to: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    let mut packet = query.to_vec();
    number(&mut packet, fastrand::u16(..));
    let length = u16::try_from(packet.len()).map_err(io::Error::other)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&packet);
    stream.write_all(&framed).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    if belongs(&packet, &answer) {
        return Ok(renumbered(&answer, query));
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is to another question"))
}

fn number(packet: &mut [u8], id: u16) {
    if let Some(place) = packet.first_chunk_mut() {
        *place = id.to_be_bytes();
    }
}

fn renumbered(answer: &[u8], query: &[u8]) -> Vec<u8> {
    let mut answer = answer.to_vec();
    if let (Some(place), Some(id)) = (answer.first_chunk_mut::<2>(), query.first_chunk::<2>()) {
        *place = *id;
    }
    answer
}

/// Header and question alone, marked as cut off.
fn cut(answer: &[u8]) -> Vec<u8> {
    let question = question(answer).unwrap_or_default();
    let mut short = answer.iter().take(12).copied().collect::<Vec<_>>();
    if let Some(flags) = short.get_mut(2) {
        *flags |= TRUNCATED;
    }
    for (place, byte) in short.iter_mut().skip(4).zip([0, u8::from(!question.is_empty()), 0, 0, 0, 0, 0, 0]) {
        *place = byte;
    }
    short.extend_from_slice(question);
    short
}

/// Whether a packet answers the one that was sent: its number, an answer, the same question whatever its letters' case.
fn belongs(sent: &[u8], got: &[u8]) -> bool {
    let head = got.len() >= 12 && got.first_chunk::<2>() == sent.first_chunk::<2>();
    let (flags, code) = (got.get(2).copied().unwrap_or(0), got.get(3).copied().unwrap_or(0) & 0x0f);
    let same = match (question(sent), question(got)) {
        (Some(sent), Some(got)) => sent.eq_ignore_ascii_case(got),
        // A failure may come without it.
        (_, None) => code != 0,
        (None, Some(_)) => false,
    };
    head && flags & 0x80 != 0 && same
}

/// The bytes of the one question, none when there is not exactly one.
fn question(packet: &[u8]) -> Option<&[u8]> {
    if packet.get(4..6)? != [0, 1] {
        return None;
    }
    let mut at = 12;
    loop {
        match packet.get(at)? {
            0 => return packet.get(12..at + 5),
            length @ 1..=63 => at += 1 + usize::from(*length),
            // A pointer has nothing before it to point at.
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question for `a.b`, type A, with this number and these flags.
    fn packet(id: u8, flags: u8, code: u8, name: &[u8]) -> Vec<u8> {
        let mut packet = vec![0, id, flags, code, 0, 1, 0, 0, 0, 0, 0, 0];
        packet.extend_from_slice(name);
        packet.extend_from_slice(&[0, 1, 0, 1]);
        packet
    }

    #[test]
    fn only_the_answer_to_the_question_that_was_asked_is_taken() {
        let sent = packet(7, 1, 0, b"\x01a\x01b\x00");
        let cases = [
            (packet(7, 0x81, 0, b"\x01a\x01b\x00"), true, "the answer"),
            (packet(7, 0x81, 0, b"\x01A\x01b\x00"), true, "letters' case does not matter"),
            (packet(8, 0x81, 0, b"\x01a\x01b\x00"), false, "another number"),
            (packet(7, 0x01, 0, b"\x01a\x01b\x00"), false, "a question"),
            (packet(7, 0x81, 0, b"\x01a\x01c\x00"), false, "another name"),
            (vec![0, 7, 0x81, 2, 0, 0, 0, 0, 0, 0, 0, 0], true, "a failure without its question"),
            (vec![0, 7, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0], false, "success without a question"),
            (vec![0, 7, 0x81], false, "no whole header"),
            (Vec::new(), false, "nothing"),
        ];
        for (got, expected, why) in cases {
            assert_eq!(belongs(&sent, &got), expected, "{why}");
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_to_its_question() {
        let mut long = packet(7, 0x81, 0, b"\x01a\x01b\x00");
        long[7] = 3;
        long.extend_from_slice(&[0; 600]);
        let mut expected = packet(7, 0x83, 0, b"\x01a\x01b\x00");
        expected[7] = 0;
        assert_eq!(cut(&long), expected);
        assert_eq!(cut(&[1, 2]), [1, 2], "garbage stays garbage");
    }
}
