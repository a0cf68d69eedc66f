//! How an entry point reads requests: by the letter, or as nginx does.

use super::{Pages, path::is_readable};

/// How a port reads requests, and how it answers what it can not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// By the letter of RFC 9110 and 9112: what two readers could take for two things is refused.
    #[default]
    Strict,
    /// As nginx: looser with lines, hosts, versions and bytes of a path, and with limits of its own. The client's hop-by-hop
    /// headers mean what they mean to nginx, chunked bodies get a length, and refusals have nginx's pages.
    Nginx(HeadBuffers),
}

/// Room for the head of a request, as nginx shares it out: a line never lies in two buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadBuffers {
    /// Bytes of the first one (`client_header_buffer_size`).
    pub first: usize,
    /// How many further ones (`large_client_header_buffers`).
    pub count: usize,
    /// Bytes of each of them: the longest request line, and the longest header.
    pub size: usize,
}

impl Reading {
    /// How answers to what can not be read look.
    pub fn pages(self) -> Pages {
        match self {
            Self::Strict => Pages::Plain,
            Self::Nginx(_) => Pages::Html,
        }
    }

    /// Status and reason for a method or path that is refused, whatever the table says. `path`: without query and fragment.
    pub fn refusal(self, method: &str, path: &str) -> Option<(u16, &'static str)> {
        if self == Self::Strict {
            return None;
        }
        let is_word = method.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-'));
        if !is_word {
            Some((400, "the method is not in capital letters"))
        } else if !path.starts_with('/') {
            Some((400, "the request target is neither a path nor a URL"))
        } else if !is_readable(path) {
            Some((400, "the path leads above the root, or has `%00`, or `%` without two hexadecimal digits"))
        } else if matches!(method, "TRACE" | "CONNECT") {
            Some((405, "TRACE and CONNECT are not served"))
        } else {
            None
        }
    }
}

impl HeadBuffers {
    /// Most bytes of a whole head.
    pub fn most(&self) -> usize {
        self.size.saturating_mul(self.count).saturating_add(self.first)
    }

    /// The status for a head that has no room: 414 when its first line is too long, else 400.
    pub fn refusal(&self, head: &[u8]) -> Option<u16> {
        if head.len() <= self.first {
            return None;
        }
        let (mut room, mut left) = (self.first, self.count);
        for (at, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if line.len() > room {
                if left == 0 || line.len() > self.size {
                    return Some(if at == 0 { 414 } else { 400 });
                }
                (room, left) = (self.size, left - 1);
            }
            room -= line.len();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: HeadBuffers = HeadBuffers { first: 1024, count: 4, size: 8192 };

    #[test]
    fn a_line_never_lies_in_two_buffers() {
        // Lengths of lines, with their ends.
        let cases: [(&[usize], Option<u16>, &str); 8] = [
            (&[500, 500, 24], None, "all in the first"),
            (&[8192], None, "a line as long as a buffer"),
            (&[8193], Some(414), "a longer first line"),
            (&[40, 8193], Some(400), "a longer header"),
            (&[40, 8000, 8000, 8000, 8000], None, "one in each"),
            (&[40, 8000, 8000, 8000, 8000, 8000], Some(400), "and no fifth"),
            (&[1000, 4096, 4096, 4096, 4096, 4096, 4096, 4096, 4096], None, "two in each"),
            (&[1000, 4097, 4097, 4097, 4097, 4097], Some(400), "which do not fit together"),
        ];
        for (lines, wanted, why) in cases {
            let head: Vec<u8> =
                lines.iter().flat_map(|length| [vec![b'a'; length - 1], vec![b'\n']].concat()).collect();
            assert_eq!(DEFAULT.refusal(&head), wanted, "{why}");
        }
    }

    #[test]
    fn what_nginx_refuses_is_refused_whatever_the_table_says() {
        let cases = [
            ("GET", "/a%20b", None, "a path"),
            ("M-SEARCH", "/", None, "any word in capitals"),
            ("get", "/", Some(400), "small letters"),
            ("OPTIONS", "*", Some(400), "no path"),
            ("GET", "/..", Some(400), "above the root"),
            ("GET", "/a/..%2f..", Some(400), "decoded too"),
            ("GET", "/a/../b", None, "not above it"),
            ("GET", "//..", Some(400), "two slashes are one"),
            ("GET", "/%zz", Some(400), "no digits"),
            ("GET", "/%", Some(400), "nothing"),
            ("GET", "/%00", Some(400), "NUL"),
            ("GET", "/%ff", None, "any other byte"),
            ("TRACE", "/", Some(405), "never served"),
            ("TRACE", "/..", Some(400), "the path comes first"),
        ];
        for (method, path, wanted, why) in cases {
            let refused = Reading::Nginx(DEFAULT).refusal(method, path).map(|(status, _)| status);
            assert_eq!(refused, wanted, "{why}: {method} {path}");
            assert_eq!(Reading::Strict.refusal(method, path), None, "the strict reader has rules of its own");
        }
    }
}
