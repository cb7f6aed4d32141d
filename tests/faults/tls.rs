//! Certificates: the authority to trust, and certificates that a client must refuse.

use hydrant_emulator::{ConnectionFault, Emulator, ParameterType, TlsIdentity};

use crate::faults::matrix::{HOME, Row, start};
use crate::support::Sandbox;

const REFUSED: Row<'_> =
    Row { deadline: "2s", code: 69, says: "invalid peer certificate", calls: None };

fn at(sandbox: Sandbox, endpoint: &str, variable: &str, pem: &str) -> Sandbox {
    let authority = sandbox.file("authority.pem", pem);
    sandbox.at("http://127.0.0.1:1").env("AWS_ENDPOINT_URL", endpoint).env(variable, authority)
}

#[track_caller]
fn refused(identity: &TlsIdentity, says: &str) {
    let emulator = Emulator::builder().tls(identity).start().expect("an emulator");
    Row { says, ..REFUSED }
        .set(|sandbox| at(sandbox, &emulator.endpoint(), "SSL_CERT_FILE", identity.ca_pem()));
    assert!(emulator.calls().is_empty());
}

#[test]
fn of_an_authority_that_is_trusted() {
    let identity = TlsIdentity::trusted_for("localhost").unwrap();
    let emulator = Emulator::builder().tls(&identity).start().unwrap();
    emulator.put_parameter(HOME, "/demo/p0", "value 0", ParameterType::SecureString).unwrap();
    let manifest = "version = 1\n[secrets.V0]\nvalue_parameter = \"/demo/p0\"\n";
    for variable in ["SSL_CERT_FILE", "AWS_CA_BUNDLE"] {
        let sandbox = at(Sandbox::new(manifest), &emulator.endpoint(), variable, identity.ca_pem());
        start(&sandbox, "10s").prints("started with [value 0]\n");
    }
    // Only the bundle counts.
    let other = TlsIdentity::untrusted().unwrap();
    let sandbox =
        at(Sandbox::new(manifest), &emulator.endpoint(), "SSL_CERT_FILE", identity.ca_pem());
    let bundle = sandbox.file("bundle.pem", other.ca_pem());
    let sandbox = sandbox.env("AWS_CA_BUNDLE", bundle).env("AWS_MAX_ATTEMPTS", "1");
    assert_eq!(start(&sandbox, "10s").code, Some(69));
}

#[test]
fn a_handshake_that_never_comes_or_is_broken_off() {
    let identity = TlsIdentity::trusted_for("localhost").unwrap();
    for (fault, says) in [
        // The connection and the attempt have the same limit: which of the two reports it is
        // random.
        (ConnectionFault::NeverAnswerHandshake, "666.666666ms"),
        (ConnectionFault::CloseOnAccept, "AWS cannot be reached"),
        (ConnectionFault::ResetOnAccept, "AWS cannot be reached"),
    ] {
        let emulator = Emulator::builder().tls(&identity).start().unwrap();
        emulator.fault_connections(fault, usize::MAX);
        Row { says, ..REFUSED }
            .set(|sandbox| at(sandbox, &emulator.endpoint(), "SSL_CERT_FILE", identity.ca_pem()));
        assert!(emulator.calls().is_empty() && emulator.connections() >= 6, "{fault:?}");
    }
}

#[test]
fn one_lost_handshake_does_not_cost_the_whole_deadline() {
    let identity = TlsIdentity::trusted_for("localhost").unwrap();
    let emulator = Emulator::builder().tls(&identity).start().unwrap();
    emulator.put_parameter(HOME, "/demo/p0", "value 0", ParameterType::SecureString).unwrap();
    emulator.fault_connections(ConnectionFault::NeverAnswerHandshake, 1);
    let manifest = "version = 1\n[settings]\ndeadline = \"30s\"\n[secrets.V0]\nvalue_parameter = \"/demo/p0\"\n";
    let sandbox =
        at(Sandbox::new(manifest), &emulator.endpoint(), "SSL_CERT_FILE", identity.ca_pem());
    let ran = start(&sandbox, "30s");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "started with [value 0]\n"), "{ran:?}");
    assert_eq!((emulator.connections(), emulator.calls().len()), (2, 1));
}

#[test]
fn of_an_authority_that_is_not_trusted() {
    refused(&TlsIdentity::untrusted().unwrap(), "invalid peer certificate: UnknownIssuer");
}

#[test]
fn expired() {
    refused(&TlsIdentity::expired().unwrap(), "invalid peer certificate: certificate expired");
}

#[test]
fn for_another_name() {
    refused(&TlsIdentity::other_name().unwrap(), "certificate not valid for name \"localhost\"");
}
