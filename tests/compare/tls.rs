//! TLS as a client that takes any certificate.

use std::{io, net::TcpStream, sync::Arc};

use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

#[path = "../cli/any_certificate.rs"]
mod any_certificate;

use any_certificate::believing;

/// Made once: they hold tickets of sessions.
pub type Settings = Arc<ClientConfig>;

/// A client that believes anybody.
pub fn anyone() -> Settings {
    let mut config = believing().with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Arc::new(config)
}

/// Shakes hands.
pub fn open(
    mut tcp: TcpStream,
    host: &str,
    settings: &Settings,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::clone(settings), name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut tcp)?;
    }
    Ok(StreamOwned::new(connection, tcp))
}
