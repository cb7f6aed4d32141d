//! Credentials: resolved before the first call, checked before anything is signed with them,
//! resolved again only when they are about to end.
//!
//! What a source of credentials gives may be anything: a file with a line break at its end, a
//! program's output, the response of a metadata endpoint. The SDK panics when it signs with what
//! HTTP cannot carry.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
use super::repeats::Secrets;
use super::{clock, error};
use crate::shown;
use crate::store::{Action, StoreError, StoreErrorKind};

/// Credentials that end sooner than this are renewed before a hydration begins.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// How many characters an access key id, a secret key and a session token have at most. AWS's own
/// have 16 to 128, 40, and some thousand.
const ID_MAX: usize = 128;
const SECRET_MAX: usize = 1024;
const TOKEN_MAX: usize = 16 << 10;

/// The parts of credentials, with the variable and the words for each, and how long it may be.
pub(super) const PARTS: [(&str, &str, usize); 3] = [
    ("AWS_ACCESS_KEY_ID", "the access key id", ID_MAX),
    ("AWS_SECRET_ACCESS_KEY", "the secret access key", SECRET_MAX),
    ("AWS_SESSION_TOKEN", "the session token", TOKEN_MAX),
];

/// What is wrong with a text that has to be one word which an HTTP header can carry. Never a part
/// of it.
pub(super) fn flaw(text: &str, most: usize) -> Option<String> {
    let what = if text.is_empty() {
        "is empty"
    } else if text.ends_with(['\n', '\r']) {
        "ends in a line break"
    } else if text.contains(['\n', '\r']) {
        "contains a line break"
    } else if text.trim().len() < text.len() {
        "begins or ends with white space"
    } else if text.contains(' ') {
        "contains a space"
    } else if text.chars().any(char::is_control) {
        "contains a control character"
    } else if !text.is_ascii() {
        "contains a character that is not ASCII"
    } else if text.len() > most {
        return Some(format!("is longer than {most} characters"));
    } else {
        return None;
    };
    Some(what.to_owned())
}

/// What is wrong with credentials, whatever gave them.
pub(super) fn flaw_of(credentials: &Credentials) -> Option<String> {
    let texts = [
        Some(credentials.access_key_id()),
        Some(credentials.secret_access_key()),
        credentials.session_token(),
    ];
    let mut flaws = texts.iter().zip(PARTS).filter_map(|(text, (_, name, most))| {
        let flaw = flaw((*text)?, most)?;
        Some(format!("{name} {flaw}"))
    });
    let end = || {
        let is_time = credentials.expiry().is_none_or(clock::is_usable);
        (!is_time)
            .then(|| "the time of their end is not between the years 2000 and 9999".to_owned())
    };
    flaws.next().or_else(end)
}

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

/// What a thread ended with, or the text of its panic.
pub(super) type Ended<T> = Result<T, Box<dyn Any + Send>>;

/// Runs this on a thread of its own, at once; the future waits for what it sends. A panic there
/// goes on here. That there is no thread to be had is an error, where tokio's own threads panic.
pub(super) fn on_thread<T: Send + 'static>(
    work: impl FnOnce() + Send + 'static,
    receiver: oneshot::Receiver<Ended<T>>,
) -> Result<impl Future<Output = Result<T, StoreError>> + Send, StoreError> {
    let failed =
        |message: String| StoreError::new(StoreErrorKind::Unreachable, Action::Connect, message);
    let started = std::thread::Builder::new().name("hydrant".to_owned()).spawn(work);
    let thread = started.map_err(|error| failed(format!("no thread could be started: {error}")))?;
    Ok(async move {
        let ended = receiver.await;
        // It has sent what it had: nothing of it is left when the caller goes on, and counts its
        // threads.
        let joined = thread.join();
        match (ended, joined) {
            (Ok(Ok(value)), _) => Ok(value),
            (Ok(Err(panic)), _) | (Err(_), Err(panic)) => resume_unwind(panic),
            (Err(_), Ok(())) => Err(failed("a thread ended without a result".to_owned())),
        }
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_told_without_the_text() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(flaw(text, 16).as_deref(), expected, "{text:?}")
        };
        check("AKIAX", None);
        check("wJalr/+=~!", None);
        check("", Some("is empty"));
        check("AKIAX\n", Some("ends in a line break"));
        check("AKIAX\r\n", Some("ends in a line break"));
        check("AK\nIAX", Some("contains a line break"));
        check(" AKIAX", Some("begins or ends with white space"));
        check("AKIAX\t", Some("begins or ends with white space"));
        check("AK IAX", Some("contains a space"));
        check("AK\0IAX", Some("contains a control character"));
        check("AK\tIAX", Some("contains a control character"));
        check("AK\u{7f}IAX", Some("contains a control character"));
        check("AKÏAX", Some("contains a character that is not ASCII"));
        check("AK\u{a0}IAX", Some("contains a character that is not ASCII"));
        check("AKIAXAKIAXAKIAXAKIAX", Some("is longer than 16 characters"));
    }

    #[test]
    fn every_part_of_credentials_is_checked() {
        let of = |id: &str, secret: &str, token: Option<&str>, end| {
            flaw_of(&Credentials::new(id, secret, token.map(str::to_owned), end, "test"))
        };
        let now = SystemTime::now();
        assert_eq!(of("a", "b", None, None), None);
        assert_eq!(of("a", "b", Some("c"), Some(now)), None);
        assert_eq!(
            of("a\n", "b", None, None).as_deref(),
            Some("the access key id ends in a line break")
        );
        assert_eq!(
            of("a", "b\r", None, None).as_deref(),
            Some("the secret access key ends in a line break")
        );
        assert_eq!(
            of("a", "b", Some("c d"), None).as_deref(),
            Some("the session token contains a space")
        );
        assert_eq!(of("a", "b", Some(""), None).as_deref(), Some("the session token is empty"));
        let far = now + Duration::from_secs(60 * 60 * 24 * 366 * 10_000);
        let message = "the time of their end is not between the years 2000 and 9999";
        assert_eq!(of("a", "b", None, Some(far)).as_deref(), Some(message));
    }

    #[tokio::test]
    async fn a_panic_on_the_thread_goes_on_with_the_caller() {
        let (sender, receiver) = oneshot::channel::<Ended<()>>();
        let work = move || _ = sender.send(Err(Box::new("canary")));
        let panicked = AssertUnwindSafe(on_thread(work, receiver).unwrap());
        let caught = futures_util::FutureExt::catch_unwind(panicked).await.unwrap_err();
        assert_eq!(caught.downcast_ref::<&str>(), Some(&"canary"));
        let (sender, receiver) = oneshot::channel::<Ended<u8>>();
        let sent = on_thread(move || _ = sender.send(Ok(3)), receiver);
        assert_eq!(sent.unwrap().await, Ok(3));
        let (sender, receiver) = oneshot::channel::<Ended<u8>>();
        let dropped = on_thread(move || drop(sender), receiver).unwrap().await.unwrap_err();
        assert_eq!(dropped.kind, StoreErrorKind::Unreachable);
    }
}
