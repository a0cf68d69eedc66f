//! Which program holds a port, for the message that says it is taken. Linux; elsewhere nobody is named.

use std::{fs, net::SocketAddr};

/// What a port is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Tcp,
    Udp,
}

/// `nginx (process 123)` for each address; none when it can not be seen, as with other users' programs. One walk over all
/// that all programs have open, which takes a while: not to be waited for.
pub(super) fn of(addresses: &[SocketAddr], over: Over) -> Vec<(SocketAddr, Option<String>)> {
    let (table, state) = match over {
        Over::Tcp => ("/proc/net/tcp", LISTENS),
        Over::Udp => ("/proc/net/udp", UNCONNECTED),
    };
    let table = fs::read_to_string(table).unwrap_or_default();
    let socket = |address: &SocketAddr| Some(format!("socket:[{}]", listening(&table, *address, state)?));
    let sockets: Vec<_> = addresses.iter().map(socket).collect();
    let mut names = vec![None; addresses.len()];
    let unnamed = |names: &[Option<String>]| {
        sockets.iter().zip(names).any(|(socket, name)| socket.is_some() && name.is_none())
    };
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if !unnamed(&names) {
            break;
        }
        let number = process.file_name();
        if number.to_str().is_none_or(|name| name.parse::<u32>().is_err()) {
            continue;
        }
        let open = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        for to in open.filter_map(|fd| fs::read_link(fd.path()).ok()) {
            for (socket, name) in sockets.iter().zip(&mut names) {
                if name.is_none() && socket.as_ref().is_some_and(|socket| to.as_os_str() == socket.as_str()) {
                    let program = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
                    *name = Some(format!("{} (process {})", program.trim(), number.display()));
                }
            }
        }
    }
    addresses.iter().copied().zip(names).collect()
}

/// `TCP_LISTEN`
const LISTENS: &str = "0A";
/// `TCP_CLOSE`: a UDP socket without a peer.
const UNCONNECTED: &str = "07";

/// The inode of the socket that listens at an IPv4 address, or at all of them.
fn listening<'t>(table: &'t str, address: SocketAddr, state: &str) -> Option<&'t str> {
    let SocketAddr::V4(address) = address else { return None };
    let here = format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    let all = format!("00000000:{:04X}", address.port());
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [_, local, _, is, rest @ ..] = fields.as_slice() else { return None };
        (*is == state && (*local == here || *local == all)).then_some(())?;
        rest.get(5).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn listening_programs_are_named() {
        let bind = || std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (one, gone, other) = (bind(), bind(), bind());
        let addresses = [&one, &gone, &other].map(|listener| listener.local_addr().unwrap());
        drop(gone);
        let named = of(&addresses, Over::Tcp);
        assert_eq!(named.iter().map(|(address, _)| *address).collect::<Vec<_>>(), addresses);
        let own = format!("(process {})", std::process::id());
        let ours = |name: &Option<String>| name.as_ref().is_some_and(|name| name.ends_with(&own));
        assert_eq!(named.iter().map(|(_, name)| ours(name)).collect::<Vec<_>>(), [true, false, true]);
        let udp = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let (_, name) = of(&[udp.local_addr().unwrap()], Over::Udp).remove(0);
        assert!(ours(&name), "{name:?}");
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
                assert_eq!(listening(table, address.parse().unwrap(), LISTENS), inode, "{why}");
            }
        }
    }
}
