//! TLS: a client that trusts the authority is served, and refuses every other certificate for the
//! expected reason.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hydrant_emulator::{ConnectionFault, Emulator, Fault, TlsIdentity};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const REQUEST: &[u8] =
    b"POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: secretsmanager.ListSecrets\r\n\
                         connection: close\r\ncontent-length: 0\r\n\r\n";

/// Makes a call as a client that trusts only the identity's authority. Returns the bytes before the
/// error, and the error.
fn call(
    emulator: &Emulator,
    identity: &TlsIdentity,
    patience: Duration,
) -> (String, Option<io::Error>) {
    let endpoint = emulator.endpoint();
    let port = endpoint.strip_prefix("https://localhost:").expect("TLS").parse().expect("a port");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(identity.ca_pem().as_bytes()) {
        roots.add(certificate.expect("a certificate")).expect("an authority");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(patience)).expect("a timeout");
    let mut stream = StreamOwned::new(connection, stream);
    let mut bytes = Vec::new();
    let result = stream.write_all(REQUEST).and_then(|()| stream.read_to_end(&mut bytes));
    (String::from_utf8_lossy(&bytes).into_owned(), result.err())
}

fn serving(identity: &TlsIdentity) -> Emulator {
    Emulator::builder().tls(identity).start().expect("an endpoint on loopback")
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_client_that_trusts_the_authority_is_served() {
    let identity = TlsIdentity::trusted_for("localhost").expect("an identity");
    let emulator = serving(&identity);
    let (text, error) = call(&emulator, &identity, LONG);
    assert!(error.is_none(), "{error:?}");
    assert!(
        text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("{\"SecretList\":[]}"),
        "{text}"
    );
    assert_eq!(emulator.calls().len(), 1);
}

#[test]
fn a_bad_certificate_is_refused_for_its_reason() {
    for (identity, reason) in [
        (TlsIdentity::expired(), "certificate expired"),
        (TlsIdentity::other_name(), "not valid for name"),
        (TlsIdentity::untrusted(), "UnknownIssuer"),
    ] {
        let identity = identity.expect("an identity");
        let emulator = serving(&identity);
        let (text, error) = call(&emulator, &identity, LONG);
        let error = error.expect("an error").to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!((text.as_str(), emulator.calls().len()), ("", 0), "{reason}");
    }
}

#[test]
fn faults_reach_through_tls() {
    let identity = TlsIdentity::trusted_for("localhost").expect("an identity");
    let emulator = serving(&identity);
    for (fault, end, has_head) in [
        (Fault::ResetBeforeResponse, io::ErrorKind::ConnectionReset, false),
        (Fault::ResetDuringResponse, io::ErrorKind::ConnectionReset, true),
        (Fault::CutDuringResponse, io::ErrorKind::UnexpectedEof, true),
    ] {
        emulator.fault(None, fault.clone(), 1);
        let (text, error) = call(&emulator, &identity, LONG);
        assert_eq!(error.map(|error| error.kind()), Some(end), "{fault:?}");
        assert_eq!(text.starts_with("HTTP/1.1 200 OK\r\n"), has_head, "{fault:?}: {text}");
        assert!(!text.ends_with('}'), "{fault:?}: {text}");
    }
}

#[test]
fn a_handshake_can_get_no_response() {
    let identity = TlsIdentity::trusted_for("localhost").expect("an identity");
    let emulator = serving(&identity);
    emulator.fault_connections(ConnectionFault::NeverAnswerHandshake, 1);
    let (text, error) = call(&emulator, &identity, Duration::from_millis(100));
    assert_eq!(
        (text.as_str(), error.map(|error| error.kind())),
        ("", Some(io::ErrorKind::WouldBlock))
    );
}

#[test]
fn a_name_that_is_none_is_an_error() {
    let error = TlsIdentity::trusted_for("not\u{e4}scii").expect_err("no identity");
    assert_eq!(error.to_string(), "failed to make a certificate");
    assert!(!format!("{:?}", TlsIdentity::expired().expect("an identity")).contains("key"));
}
