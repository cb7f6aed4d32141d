//! Credentials: resolved before the first call, checked before anything is signed with them,
//! resolved again only when they are about to end.
//!
//! What a source of credentials gives may be anything: a file with a line break at its end, a
//! program's output, the response of a metadata endpoint. The SDK panics when it signs with what
//! HTTP cannot carry.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use futures_util::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::{RwLock, oneshot};

use super::credential_process::CredentialProcess;
use super::files::PathFiles;
use super::identity::{self, CredentialSource};
use super::parts::flaw_of;
use super::redact::Secrets;
use super::thread::on_thread;
use super::{clock, error};
use crate::shown;
use crate::store::{Action, StoreError, StoreErrorKind};

/// Credentials that end sooner than this are renewed before a hydration begins.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// Credentials that every client shares.
#[derive(Debug)]
pub(super) struct CachedCredentials {
    source: SharedCredentialsProvider,
    /// What the SDK reads by path to get them; `None` for keys that are at hand.
    files: Option<PathFiles>,
    /// The program that they come from, at first or last.
    process: Option<Arc<CredentialProcess>>,
    /// The AWS profile that counts.
    profile: String,
    secrets: Arc<Secrets>,
    current: RwLock<Option<Credentials>>,
}

impl CachedCredentials {
    pub(super) fn new(
        source: SharedCredentialsProvider,
        files: Option<PathFiles>,
        process: Option<Arc<CredentialProcess>>,
        profile: String,
        secrets: Arc<Secrets>,
    ) -> Self {
        CachedCredentials { source, files, process, profile, secrets, current: RwLock::new(None) }
    }

    /// What no response may repeat.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Credentials that last and can be signed with.
    pub(super) async fn get(&self) -> Result<Credentials, StoreError> {
        let now = SystemTime::now();
        clock::check(now)?;
        let lasts = |current: &&Credentials| clock::lasts(current.expiry(), now, RENEW_BEFORE);
        if let Some(current) = self.current.read().await.as_ref().filter(lasts) {
            return Ok(current.clone());
        }
        let mut current = self.current.write().await;
        if let Some(current) = current.as_ref().filter(lasts) {
            return Ok(current.clone());
        }
        let fresh = self.resolve().await?;
        if let Some(flaw) = flaw_of(&fresh) {
            let source = identity::source_of(&fresh).describe(&self.profile);
            return Err(StoreError::new(
                StoreErrorKind::Credentials,
                Action::Connect,
                format!("{source}: {flaw}"),
            ));
        }
        self.secrets.note(&fresh);
        *current = Some(fresh.clone());
        Ok(fresh)
    }

    /// The access key id of those that were resolved last.
    pub(super) async fn access_key_id(&self) -> Option<String> {
        self.current.read().await.as_ref().map(|current| current.access_key_id().to_owned())
    }

    async fn resolve(&self) -> Result<Credentials, StoreError> {
        let reduce = |error: CredentialsError| {
            self.secrets.hide(error::credentials_error(Action::Connect, &error))
        };
        // Before whoever gives up goes on: what a program started must not outlive that.
        let _given_up = GiveUp(self.process.as_deref());
        match &self.files {
            None => self.source.provide_credentials().await.map_err(reduce),
            Some(files) => {
                resolve_on_thread(self.source.clone(), files.clone(), self.secrets.clone())
                    .await?
                    .map_err(reduce)
            }
        }
    }
}

/// Ends the program that is still waited for when this is dropped.
struct GiveUp<'a>(Option<&'a CredentialProcess>);

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        if let Some(process) = self.0 {
            process.give_up();
        }
    }
}

/// Resolves credentials on a thread of its own, since the SDK blocks it while it reads a file: the
/// caller can give up, and the thread ends when the file does. Its files are checked there too.
async fn resolve_on_thread(
    source: SharedCredentialsProvider,
    files: PathFiles,
    secrets: Arc<Secrets>,
) -> Result<Result<Credentials, CredentialsError>, StoreError> {
    let handle = Handle::current();
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        match files.check() {
            Ok(tokens) => secrets.note_tokens(tokens),
            Err(problem) => {
                _ = sender.send(Ok(Err(problem)));
                return;
            }
        }
        let mut sender = sender;
        let work = AssertUnwindSafe(|| {
            handle.block_on(async {
                // Nobody waits any more once the receiver is gone. Asked first: the runtime may be
                // gone with it.
                let given_up = pin!(sender.closed());
                match select(given_up, pin!(super::quietly(source.provide_credentials()))).await {
                    Either::Left(_) => None,
                    Either::Right((resolved, _)) => Some(resolved),
                }
            })
        });
        let ended = catch_unwind(work).map(|resolved| Ok(resolved.unwrap_or_else(given_up)));
        _ = sender.send(ended);
    };
    on_thread(work, receiver)?.await?
}

/// Nobody sees it.
fn given_up() -> Result<Credentials, CredentialsError> {
    Err(CredentialsError::not_loaded_no_source())
}

/// What the SDK's clients are handed: the same credentials, for each of their calls.
#[derive(Debug)]
pub(super) struct ForClients(pub(super) Arc<CachedCredentials>);

impl ProvideCredentials for ForClients {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let credentials = async { self.0.get().await.map_err(CredentialsError::provider_error) };
        future::ProvideCredentials::new(credentials)
    }
}

impl CredentialSource {
    /// The source in words, to begin a message with.
    fn describe(self, profile: &str) -> String {
        let profile = shown::unquoted(profile);
        match self {
            CredentialSource::Keys(_) => "access keys".to_owned(),
            CredentialSource::Profile => format!("the AWS profile {profile}"),
            CredentialSource::AssumedRole => {
                format!("the role that the AWS profile {profile} assumes")
            }
            CredentialSource::Sso => format!("IAM Identity Center, by the AWS profile {profile}"),
            CredentialSource::Login => format!("aws login, by the AWS profile {profile}"),
            CredentialSource::Process => format!("credential_process of the AWS profile {profile}"),
            CredentialSource::WebIdentity => "the web identity".to_owned(),
            CredentialSource::Container => "the credentials endpoint of the container".to_owned(),
            CredentialSource::InstanceMetadata => "instance metadata".to_owned(),
            CredentialSource::Other => "a source of credentials".to_owned(),
        }
    }
}
