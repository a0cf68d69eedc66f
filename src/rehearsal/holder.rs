//! Which program holds a port, for the message that says it is taken. Linux; elsewhere nobody is named.

use std::{fs, net::SocketAddr, path::Path};

/// `nginx (process 123)`; none when it can not be seen, as with other users' programs.
pub(super) fn of(address: SocketAddr) -> Option<String> {
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let socket = format!("socket:[{}]", listening(&table, address)?);
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok()))
        .find_map(|process| {
            let holds = |path: &Path| {
                let open = fs::read_dir(path.join("fd")).ok()?.flatten();
                open.filter_map(|fd| fs::read_link(fd.path()).ok())
                    .any(|to| to.as_os_str() == socket.as_str())
                    .then_some(())
            };
            holds(&process.path())?;
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            Some(format!("{} (process {})", name.trim(), process.file_name().display()))
        })
}

/// The inode of the socket that listens at an IPv4 address, or at all of them.
fn listening(table: &str, address: SocketAddr) -> Option<&str> {
    let SocketAddr::V4(address) = address else { return None };
    let here = format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    let all = format!("00000000:{:04X}", address.port());
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        // 0A is TCP_LISTEN.
        let [_, local, _, "0A", rest @ ..] = fields.as_slice() else { return None };
        (*local == here || *local == all).then_some(())?;
        rest.get(5).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_listening_program_is_named() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let named = of(listener.local_addr().unwrap()).unwrap();
        assert!(named.ends_with(&format!("(process {})", std::process::id())), "{named}");
    }

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 4242 1\n\
            1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000  0 4243 1\n\
            2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0  0 4244 1\n";
        let cases = [
            ("127.0.0.1:8080", Some("4242"), "listens there"),
            ("127.0.0.1:8081", None, "is connected, does not listen"),
            ("127.0.0.9:80", Some("4244"), "all addresses are that one too"),
            ("127.0.0.2:8080", None, "another address"),
        ];
        if cfg!(target_endian = "little") {
            for (address, inode, why) in cases {
                assert_eq!(listening(table, address.parse().unwrap()), inode, "{why}");
            }
        }
    }
}
