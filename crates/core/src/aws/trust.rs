//! Which certificate authorities are trusted: those of `AWS_CA_BUNDLE` alone, else the system's, which `SSL_CERT_FILE` and
//! `SSL_CERT_DIR` replace.
//!
//! Everything is parsed here once before the SDK sees it: it panics on what it cannot parse.

use std::path::Path;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::CONNECT;
use crate::env::Env;
use crate::store::{StoreError, StoreErrorKind};

/// The variables that `rustls-native-certs` reads, from the process's environment.
const SYSTEM: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The authorities that the environment asks to be trusted.
pub(super) fn trusted(env: &Env) -> Result<TlsContext, StoreError> {
    // An env file may not say whom to trust.
    let own = |name: &str| env.process(name).filter(|value| !value.is_empty());
    let store = match own("AWS_CA_BUNDLE") {
        Some(path) => TrustStore::empty().with_pem_certificate(bundle(Path::new(path))?),
        None => {
            let set = SYSTEM.iter().copied().find(|name| own(name).is_some());
            set.map_or(Ok(()), check_system)?;
            TrustStore::default()
        }
    };
    let context = TlsContext::builder().with_trust_store(store).build();
    context.map_err(|error| settings(format!("the certificates to trust cannot be used: {error}")))
}

/// A PEM file, every certificate of which can be used.
fn bundle(path: &Path) -> Result<Vec<u8>, StoreError> {
    let refuse = |what: String| settings(format!("AWS_CA_BUNDLE: {}: {what}", path.display()));
    let pem = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        let certificate = certificate.map_err(|error| refuse(format!("no PEM file: {error}")))?;
        let added = roots.add(certificate);
        added.map_err(|error| refuse(format!("certificate {} cannot be used: {error}", index + 1)))?;
    }
    if roots.is_empty() { Err(refuse("there is no certificate in it".to_owned())) } else { Ok(pem) }
}

/// Loads the system's authorities as the SDK does, to see that there are some where a variable says where.
fn check_system(variable: &str) -> Result<(), StoreError> {
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(found.certs);
    if usable > 0 {
        return Ok(());
    }
    let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
    Err(settings(format!("{variable} leads to no certificate that can be used{why}")))
}

fn settings(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Settings, CONNECT, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_cannot_be_used_is_refused_with_its_variable_and_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.pem");
        let check = |text: Option<&str>, expected: &str| {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let error = trusted(&Env::new([("AWS_CA_BUNDLE", path.to_str().unwrap())])).unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Settings);
            let message = error.to_string();
            assert!(message.starts_with(&format!("AWS_CA_BUNDLE: {}: ", path.display())), "{message}");
            assert!(message.contains(expected), "{message}");
        };
        check(None, "No such file");
        check(Some(""), "there is no certificate in it");
        check(Some("not a certificate"), "there is no certificate in it");
        check(Some("-----BEGIN CERTIFICATE-----\n"), "no PEM file");
        check(Some("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"), "no PEM file");
        check(Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "certificate 1 cannot be used");
    }
}
