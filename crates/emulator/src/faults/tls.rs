//! Certificates created on demand: a valid one, and invalid ones that a client must refuse.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::error::Error;

const TRUSTED: &str = "hydrant's emulated authority";

/// The certificate of an emulator, and the authority for a client to trust.
///
/// ```
/// use hydrant_emulator::{Emulator, TlsIdentity};
///
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let identity = TlsIdentity::trusted_for("localhost")?;
/// let emulator = Emulator::builder().tls(&identity).start()?;
/// assert!(emulator.endpoint().starts_with("https://localhost:"));
/// // Written to a file that SSL_CERT_FILE names, this makes a client trust it.
/// assert!(identity.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    ca_pem: String,
}

impl TlsIdentity {
    /// A certificate for this name, valid for clients that trust [`ca_pem`](Self::ca_pem).
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], for example if the name is not a DNS name.
    pub fn trusted_for(name: &str) -> Result<Self, Error> {
        let authority = authority(TRUSTED)?;
        Self::new(name, &authority, authority.pem(), |_| ())
    }

    /// A certificate for `localhost` that expired in 2021.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], as the others.
    pub fn expired() -> Result<Self, Error> {
        let authority = authority(TRUSTED)?;
        Self::new("localhost", &authority, authority.pem(), |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        })
    }

    /// A certificate for `elsewhere.invalid`, used by `localhost`.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], as the others.
    pub fn other_name() -> Result<Self, Error> {
        Self::trusted_for("elsewhere.invalid")
    }

    /// A certificate for `localhost` by an authority that nobody trusts: [`ca_pem`](Self::ca_pem)
    /// is of another one.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], as the others.
    pub fn untrusted() -> Result<Self, Error> {
        Self::new(
            "localhost",
            &authority("an authority that no one knows")?,
            authority(TRUSTED)?.pem(),
            |_| (),
        )
    }

    /// The certificate of the authority to trust, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    fn new(
        name: &str,
        authority: &CertifiedIssuer<'_, KeyPair>,
        ca_pem: String,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, Error> {
        let key = KeyPair::generate().map_err(certificate)?;
        let mut params = CertificateParams::new([name.to_owned()]).map_err(certificate)?;
        // What strict clients require in addition to the name and the signature.
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        let leaf = params.signed_by(&key, authority).map_err(certificate)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(certificate)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(certificate)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .map_err(certificate)?;
        Ok(Self { config: Arc::new(config), ca_pem })
    }
}

/// A separate authority for each identity. One with the same name and another key would look like a
/// forgery to a client.
fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().map_err(certificate)?;
    CertifiedIssuer::self_signed(params, key).map_err(certificate)
}

fn certificate(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Certificate(error.into())
}

/// Only the authority, not the key.
impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity").finish_non_exhaustive()
    }
}
