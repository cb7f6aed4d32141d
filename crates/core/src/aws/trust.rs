//! Which certificate authorities are trusted: those of `AWS_CA_BUNDLE` alone, else the system's,
//! which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace.
//!
//! What is named by a variable is parsed here before the SDK sees it: it panics on what it cannot
//! parse.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_types::base64;
use once_cell::race::OnceBox;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificates;
use super::forms::refused;
use crate::bounded_file;
use crate::env::Env;
use crate::shown;
use crate::store::StoreError;

/// Name a file, and folders, in the place of the system's; an empty one too.
const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// Which certificate authorities are trusted, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The variable that says so; `None` for the system's own.
    pub variable: Option<&'static str>,
    /// What the variable holds: a file or a folder.
    pub path: Option<String>,
    /// How many certificates can be used.
    pub usable: usize,
    /// How many cannot.
    pub unusable: usize,
}

/// Where the authorities are that are to be trusted. Nothing of it is read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// `AWS_CA_BUNDLE`.
    Bundle(PathBuf),
    /// What these variables lead to, in the place of the system's.
    Variables {
        file: Option<PathBuf>,
        folders: Option<OsString>,
    },
    System,
    /// The system's own, whatever the variables of the process say.
    SystemFiles,
}

/// Where Linux distributions have the authorities of the system, the first that is there.
const SYSTEM_FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
];

/// Read once, as the SDK does. No other thread waits for the one that reads.
static SYSTEM_PEM: OnceBox<Vec<u8>> = OnceBox::new();

fn system_file() -> Option<&'static Path> {
    SYSTEM_FILES.into_iter().map(Path::new).find(|path| path.is_file())
}

impl Trust {
    /// What the process's environment asks for. An env file may not say whom to trust.
    pub(super) fn named_by(env: &Env, isolated: bool) -> Self {
        match env.process("AWS_CA_BUNDLE").filter(|value| !value.is_empty()) {
            Some(path) => Trust::Bundle(path.into()),
            None => {
                let file = env.process(FILE).map(PathBuf::from);
                let folders = env.process(FOLDERS).map(OsString::from);
                if file.is_none() && folders.as_ref().is_none_or(|folders| folders.is_empty()) {
                    return if isolated { Trust::SystemFiles } else { Trust::System };
                }
                Trust::Variables { file, folders }
            }
        }
    }

    /// Reads the authorities, from the disk: a millisecond or more.
    pub(super) fn load(&self) -> Result<TlsContext, StoreError> {
        let store = match self {
            Trust::Bundle(path) => TrustStore::empty().with_pem_certificate(bundle(path)?.0),
            Trust::Variables { file, folders } => TrustStore::empty()
                .with_pem_certificate(pem(&named(file.as_deref(), folders.as_deref())?.0)),
            // The SDK reads them, once, and leaves out what it cannot parse.
            Trust::System => TrustStore::default(),
            // Without one no authority is trusted.
            Trust::SystemFiles => {
                let pem = SYSTEM_PEM.get_or_init(|| Box::new(pem(&of_system().0)));
                TrustStore::empty().with_pem_certificate(pem.as_slice())
            }
        };
        let context = TlsContext::builder().with_trust_store(store).build();
        context
            .map_err(|error| refused(format!("the certificates to trust cannot be used: {error}")))
    }
}

/// What is trusted, to be told and not to be used.
///
/// # Errors
///
/// Those of [`Trust::load`]; a system without an authority is not one of them, since plain http
/// needs none.
pub(super) fn survey(env: &Env, isolated: bool) -> Result<Trusted, StoreError> {
    let told = |variable: &str| {
        env.process(variable).map(|path| shown::path(Path::new(path)).into_owned())
    };
    let (variable, usable, unusable) = match Trust::named_by(env, isolated) {
        Trust::Bundle(path) => {
            let (_, usable) = bundle(&path)?;
            let variable = "AWS_CA_BUNDLE";
            return Ok(Trusted {
                variable: Some(variable),
                path: told(variable),
                usable,
                unusable: 0,
            });
        }
        Trust::Variables { file, folders } => {
            let (usable, unusable) = named(file.as_deref(), folders.as_deref())?;
            let variable = if file.is_some() { FILE } else { FOLDERS };
            (Some(variable), usable, unusable)
        }
        Trust::System => {
            let found = rustls_native_certs::load_native_certs();
            let (usable, unusable) = usable(found.certs, found.errors.len());
            (None, usable, unusable)
        }
        Trust::SystemFiles => {
            let (usable, unusable) = of_system();
            (None, usable, unusable)
        }
    };
    Ok(Trusted { variable, path: variable.and_then(told), usable: usable.len(), unusable })
}

/// A PEM file, every certificate of which can be used, and how many there are.
fn bundle(path: &Path) -> Result<(Vec<u8>, usize), StoreError> {
    let refuse = |what: String| refused(format!("AWS_CA_BUNDLE: {}: {what}", shown::path(path)));
    let pem =
        bounded_file::read(path, certificates::LIMIT).map_err(|error| refuse(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        let certificate = certificate.map_err(|error| refuse(format!("no PEM file: {error}")))?;
        let added = roots.add(certificate);
        added.map_err(|error| {
            refuse(format!("certificate {} cannot be used: {error}", index + 1))
        })?;
    }
    match roots.len() {
        0 => Err(refuse("there is no certificate in it".to_owned())),
        count => Ok((pem, count)),
    }
}

/// The certificates that variables lead to and that can be used, of which there must be some, and
/// how many cannot.
fn named(
    file: Option<&Path>,
    folders: Option<&OsStr>,
) -> Result<(Vec<CertificateDer<'static>>, usize), StoreError> {
    let found = certificates::read(file, folders);
    let why = found.first_error.map(|error| format!(": {error}")).unwrap_or_default();
    let (usable, unusable) = usable(found.certificates, found.unread);
    if usable.is_empty() {
        let variable = if file.is_some() { FILE } else { FOLDERS };
        return Err(refused(format!("{variable} leads to no certificate that can be used{why}")));
    }
    Ok((usable, unusable))
}

/// The same of the file of the system, which need not be there.
fn of_system() -> (Vec<CertificateDer<'static>>, usize) {
    let found = certificates::read(system_file(), None);
    usable(found.certificates, found.unread)
}

/// Those that can be used, and how many cannot, beside what was not even read.
fn usable(
    mut all: Vec<CertificateDer<'static>>,
    unread: usize,
) -> (Vec<CertificateDer<'static>>, usize) {
    let count = all.len();
    all.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    let unusable = unread + count - all.len();
    (all, unusable)
}

/// Certificates as PEM: the SDK takes nothing else.
fn pem(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    let each = certificates.iter().map(|certificate| {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            base64::encode(certificate)
        )
    });
    each.collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreErrorKind;

    #[test]
    fn a_bundle_that_cannot_be_used_is_refused_with_its_variable_and_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.pem");
        let check = |text: Option<&str>, expected: &str| {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let error =
                Trust::named_by(&Env::new([("AWS_CA_BUNDLE", path.to_str().unwrap())]), false)
                    .load()
                    .unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Settings);
            let message = error.to_string();
            assert!(
                message.starts_with(&format!("AWS_CA_BUNDLE: {}: ", path.display())),
                "{message}"
            );
            assert!(message.contains(expected), "{message}");
        };
        check(None, "No such file");
        check(Some(""), "there is no certificate in it");
        check(Some("not a certificate"), "there is no certificate in it");
        check(Some("-----BEGIN CERTIFICATE-----\n"), "no PEM file");
        check(Some("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"), "no PEM file");
        check(
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "certificate 1 cannot be used",
        );
    }
}
