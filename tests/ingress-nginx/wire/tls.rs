//! TLS as a client that takes any certificate and only wants to know whose it is.

use std::{io, net::TcpStream, sync::Arc};

use rustls::{
    ClientConfig, ClientConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};

#[path = "../../cli/any_certificate.rs"]
mod any_certificate;

use super::certificate::common_name;
use any_certificate::believing;

/// A client's settings; the name to ask for, or one that is not sent.
pub(super) fn client(
    name: Option<&str>,
    client_pem: Option<&str>,
    alpn: &[&[u8]],
) -> (ClientConfig, ServerName<'static>) {
    let config = believing();
    let mut config = match client_pem {
        Some(pem) => {
            let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>();
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a key in PEM");
            config.with_client_auth_cert(chain.expect("certificates in PEM"), key).expect("a pair")
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    let server = name.and_then(|name| ServerName::try_from(name.to_owned()).ok());
    config.enable_sni = server.is_some();
    (config, server.unwrap_or_else(|| ServerName::try_from("nobody").expect("a good name")))
}

pub(super) fn handshake(
    mut socket: TcpStream,
    name: Option<&str>,
    client_pem: Option<&str>,
) -> io::Result<(StreamOwned<ClientConnection, TcpStream>, Option<String>)> {
    let (config, server) = client(name, client_pem, &[]);
    let mut connection = ClientConnection::new(Arc::new(config), server).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    let certificate = connection.peer_certificates().and_then(|chain| common_name(chain.first()?));
    Ok((StreamOwned::new(connection, socket), certificate))
}
