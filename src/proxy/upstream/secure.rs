//! TLS to backends: what a rule says of it, as a configuration of rustls.

use std::{fmt, io, rc::Rc, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    proxy::UpstreamProtocol,
    routing::{BackendProtocol, BackendTls},
};

/// How an endpoint is spoken to.
#[derive(Clone, Debug, Default)]
pub(in crate::proxy) struct Way {
    pub(in crate::proxy) protocol: UpstreamProtocol,
    /// Over TLS.
    pub(super) secure: Option<Rc<Secure>>,
    /// HTTP/2 has the host as a header, not as `:authority` (nginx `grpc_pass`).
    pub(super) host_header: bool,
}

impl From<UpstreamProtocol> for Way {
    fn from(protocol: UpstreamProtocol) -> Self {
        Self { protocol, ..Self::default() }
    }
}

impl Way {
    /// What a rule says. `encrypted`: the request came over TLS.
    pub(in crate::proxy) fn of(spoken: &BackendProtocol, encrypted: bool) -> Self {
        let h2 = spoken.is_h2();
        let protocol = if h2 { UpstreamProtocol::H2c } else { UpstreamProtocol::Http1 };
        let secure = spoken.tls(encrypted).map(|tls| Rc::new(Secure::new(tls, h2)));
        Self { protocol, secure, host_header: h2 }
    }

    /// The same without TLS.
    pub(in crate::proxy) fn without_tls(self) -> Self {
        Self { secure: None, ..self }
    }

    /// Tells connections to one address apart; 0 is without TLS.
    pub(super) fn id(&self) -> u64 {
        self.secure.as_ref().map_or(0, |secure| secure.id)
    }
}

/// TLS as one rule wants it.
pub(in crate::proxy) struct Secure {
    id: u64,
    /// Or why there is none.
    made: Result<(TlsConnector, ServerName<'static>), String>,
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secure({:x}, {:?})", self.id, self.made.as_ref().map(|(_, name)| name))
    }
}

impl Secure {
    fn new(tls: &BackendTls, h2: bool) -> Self {
        // What is asked for in ALPN is a part of the connection too.
        let id = tls.id().wrapping_add(u64::from(h2)).max(1);
        let made = config(tls, h2).map(|config| TlsConnector::from(Arc::new(config))).and_then(|connector| {
            let name = ServerName::try_from(tls.name.to_string());
            Ok((connector, name.map_err(|_| format!("`{}` is no name of a server", tls.name))?))
        });
        Self { id, made }
    }

    /// Shakes hands.
    pub(super) async fn begin(&self, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        match &self.made {
            Ok((connector, name)) => connector.connect(name.clone(), socket).await,
            Err(why) => Err(io::Error::other(why.clone())),
        }
    }
}

fn config(tls: &BackendTls, h2: bool) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut versions = Vec::new();
    if tls.v12 {
        versions.push(&rustls::version::TLS12);
    }
    if tls.v13 {
        versions.push(&rustls::version::TLS13);
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(|error| error.to_string())?;
    let builder = match &tls.authorities {
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(&pem.0).flatten() {
                // One that can not be read takes nothing from the others.
                let _ = roots.add(certificate);
            }
            builder.with_root_certificates(roots)
        }
        None => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer(provider))),
    };
    let mut config = match &tls.client {
        Some((chain, key)) => {
            let chain = CertificateDer::pem_slice_iter(&chain.0).collect::<Result<Vec<_>, _>>();
            let key = PrivateKeyDer::from_pem_slice(&key.0);
            let (Ok(chain), Ok(key)) = (chain, key) else {
                return Err("the certificate for backends can not be read".to_owned());
            };
            builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?
        }
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = tls.sends_name;
    if h2 {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    Ok(config)
}

/// Takes any certificate, as nginx does unless it is told to verify. The handshake itself is checked.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
