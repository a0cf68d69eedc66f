//! SHA-1 (FIPS 180-4), for the handshake of RFC 6455 and nothing else: it protects no secret there.

/// The digest of a text.
pub(super) fn sha1(text: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut padded = text.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    // The length takes the last 8 bytes; a block more when they are not free.
    if padded.len() - text.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let end = padded.len() - 8;
    padded.truncate(end);
    padded.extend_from_slice(&(text.len() as u64 * 8).to_be_bytes());
    for block in padded.as_chunks::<64>().0 {
        round(&mut state, block);
    }
    let mut digest = [0; 20];
    for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
fn round(state: &mut [u32; 5], block: &[u8; 64]) {
    let mut w = [0_u32; 80];
    for (word, bytes) in w.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    for t in 16..80 {
        w[t] = (w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (t, word) in w.iter().enumerate() {
        let (f, k) = match t / 20 {
            0 => ((b & c) | (!b & d), 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (sum, word) in state.iter_mut().zip([a, b, c, d, e]) {
        *sum = sum.wrapping_add(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        let cases: &[(&[u8], &str, &str)] = &[
            (b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "nothing"),
            (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d", "one block"),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
                "the length needs a block of its own",
            ),
            (&[b'a'; 1000], "291e9a6c66994949b57ba5e650361e98fc36b1ba", "many blocks"),
            (&[b'a'; 55], "c1c8bbdc22796e28c0e15163d20899b65621d65a", "the length just fits"),
            (&[b'a'; 64], "0098ba824b5c16427bd7a1122a5a442a25ec644d", "a full block"),
        ];
        for (text, digest, why) in cases {
            let hex = sha1(text).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            assert_eq!(hex, *digest, "{why}");
        }
    }
}
