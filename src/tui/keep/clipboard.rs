//! The clipboard of the terminal: OSC 52, which needs no library, no display, and works over ssh.
//!
//! A terminal gives no answer to it, so nobody can know whether the text arrived: what is told must say so.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The most bytes of text that are sent: with base64 and what stands around it a little under 100,000, which is where
/// terminals (xterm's, hterm's and those after them) stop to listen.
pub const MOST: usize = 74_994;

/// Why a text can not be copied, when it is too long. Half of a YAML is worse than none.
pub fn refuses(text: &str) -> Option<String> {
    (text.len() > MOST).then(|| {
        format!(
            "{} bytes, and terminals take {} at most: nothing was copied; `:save` writes a file",
            text.len(),
            MOST
        )
    })
}

/// The bytes that put a text on the clipboard.
///
/// Inside tmux it is said twice: to tmux itself, which takes it and passes it on where `set-clipboard` is `on`, and
/// through tmux to the terminal outside, where `allow-passthrough` is on. What is off swallows its one in silence.
pub fn sequence(text: &str, tmux: bool) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let mut bytes = plain.clone().into_bytes();
    if tmux {
        // A passed through sequence has its escapes twice.
        bytes.extend_from_slice(format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")).as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_as_base64_and_inside_tmux_also_through_it() {
        let cases: [(&str, bool, &[u8], &str); 4] = [
            ("shop/app", false, b"\x1b]52;c;c2hvcC9hcHA=\x07", "plain"),
            ("\u{1f600}\n", false, b"\x1b]52;c;8J+YgAo=\x07", "any bytes, standard alphabet"),
            ("", false, b"\x1b]52;c;\x07", "nothing empties it"),
            ("a", true, b"\x1b]52;c;YQ==\x07\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\", "both, escapes doubled"),
        ];
        for (text, tmux, bytes, why) in cases {
            assert_eq!(sequence(text, tmux), bytes, "{why}");
        }
    }

    #[test]
    fn what_a_terminal_would_cut_off_is_refused_whole() {
        assert_eq!(refuses(&"x".repeat(MOST)), None);
        let longest = sequence(&"x".repeat(MOST), false);
        assert!(longest.len() <= 100_000, "{}", longest.len());
        let why = refuses(&"x".repeat(MOST + 1)).unwrap();
        assert!(why.contains("74995 bytes") && why.contains(":save"), "{why}");
        assert!(refuses(&"ö".repeat(MOST / 2 + 1)).is_some(), "bytes count, not letters");
    }
}
