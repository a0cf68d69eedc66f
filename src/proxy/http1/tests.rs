//! Properties of the codec over bytes that nobody would send: it ends, takes no more than it was given, and never panics.

use proptest::prelude::*;

use super::{
    body::{Decoder, Step},
    framing::Framing,
    head,
};
use crate::proxy::{buffer::Buffer, facts::Facts, response::AnswerFacts};

/// Bytes that are often nearly right.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "GET / HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\n",
            "Host: a\r\n",
            "Content-Length: 3\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Connection: close, x\r\n",
            "\r\n",
            "\n",
            "\r",
            "5\r\nhello\r\n",
            "0\r\n",
            "ffffffffffffff\r\n",
            ";",
            ": ",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn heads_are_read_or_refused_and_alike_however_they_are_cut(bytes in bytes(), cut in 1..40_usize) {
        let mut scanned = 0;
        let whole = head::end(&bytes, &mut scanned);
        let (mut scanned, mut piecewise) = (0, Ok(None));
        for end in (cut..bytes.len()).step_by(cut).chain([bytes.len()]) {
            piecewise = head::end(&bytes[..end], &mut scanned);
            if !matches!(piecewise, Ok(None)) {
                break;
            }
        }
        prop_assert_eq!(piecewise, whole);
        if let Ok(Some(length)) = whole {
            prop_assert!(length <= bytes.len());
            let mut lines = head::lines();
            if let Ok(head) = head::request(&bytes[..length], &mut lines) {
                let _ = Facts::of(head.fields).map(|facts| facts.declared.of_request(head.modern));
            }
            let mut lines = head::lines();
            if let Ok(head) = head::response(&bytes[..length], &mut lines) {
                let _ = AnswerFacts::of(head.fields).map(|facts| facts.declared.of_response(head.modern, head.status, false));
            }
        }
    }

    #[test]
    fn bodies_end_or_are_refused_and_nothing_is_made_up(
        bytes in bytes(),
        cut in 1..40_usize,
        framing in prop_oneof![Just(Framing::Chunked), Just(Framing::Close), (0..40_u64).prop_map(Framing::Length)],
    ) {
        let mut decoder = Decoder::new(framing);
        let (mut buffer, mut given, mut taken) = (Buffer::default(), 0, 0);
        // Each step takes something, asks for more, or ends: twice the bytes are more than enough.
        for _ in 0..=2 * bytes.len() + 2 {
            match decoder.step(&mut buffer) {
                Ok(Step::End) | Err(_) => break,
                Ok(Step::Data(count)) => {
                    prop_assert!(count > 0 && count <= buffer.len());
                    buffer.consume(count);
                    decoder.took(count);
                    taken += count;
                }
                Ok(Step::More) => {
                    let piece = bytes.get(given..(given + cut).min(bytes.len())).unwrap_or_default();
                    if piece.is_empty() {
                        decoder.end_of_stream();
                        break;
                    }
                    buffer.extend(piece);
                    given += piece.len();
                }
            }
        }
        prop_assert!(taken + buffer.len() <= given);
        if let Framing::Length(length) = framing {
            prop_assert!(taken as u64 <= length);
        }
    }
}
