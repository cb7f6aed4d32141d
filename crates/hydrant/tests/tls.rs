//! What TLS computes with, ring or aws-lc by feature: a handshake with a real server, and the key
//! exchange that is offered first.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use hydrant::{Env, Hydration, Hydrator};
use hydrant_emulator::{Emulator, TlsIdentity};
use rustls::NamedGroup;
use rustls::server::Acceptor;

/// With aws-lc one that a quantum computer does not break either; ring has none.
const PREFERRED: NamedGroup = match cfg!(any(feature = "aws-lc", feature = "fips")) {
    true => NamedGroup::X25519MLKEM768,
    false => NamedGroup::X25519,
};

/// Reads the secret `demo` from an endpoint, whose authority is trusted.
fn read(endpoint: &str, ca_pem: &str) -> Hydration {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, ca_pem).expect("a file");
    let env = Env::new([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_CA_BUNDLE", authority.to_str().expect("a path of text")),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ]);
    let manifest = "version = 1\n[secrets.KEY]\nsecret_id = \"demo\"\nrequired = false\n";
    let hydrator = Hydrator::builder().manifest_text(manifest).env(env).no_env_file().build();
    hydrator.expect("a sound manifest").read().values_blocking().expect("nothing that is required")
}

#[test]
fn a_value_is_read_over_it() {
    let identity = TlsIdentity::trusted_for("localhost").unwrap();
    let emulator = Emulator::builder().tls(&identity).start().unwrap();
    emulator.create_secret("us-east-1", "demo", Some("sk-test-over-tls")).unwrap();
    let hydration = read(&emulator.endpoint(), identity.ca_pem());
    assert_eq!(
        hydration.values.get("KEY").map(|value| value.expose()),
        Some("sk-test-over-tls"),
        "{hydration:?}"
    );
}

#[test]
fn the_key_exchange_that_is_offered_first() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut acceptor = Acceptor::default();
        loop {
            acceptor.read_tls(&mut client).unwrap();
            if let Some(accepted) = acceptor.accept().unwrap() {
                return accepted.client_hello().named_groups().unwrap().first().copied();
            }
        }
    });
    // The server hangs up after the first words.
    let hydration =
        read(&format!("https://localhost:{port}"), TlsIdentity::untrusted().unwrap().ca_pem());
    assert_eq!(hydration.report.entries[0].outcome.word(), "failed");
    assert_eq!(server.join().unwrap(), Some(PREFERRED));
}
