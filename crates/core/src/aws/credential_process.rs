//! `credential_process`: the program that an AWS profile names is run here, and not by the SDK,
//! which neither limits what it prints nor ends it.
//!
//! What it prints is never shown, and neither is its command, which may hold a secret. Its standard
//! error is hydrant's own, so that a person sees what it asks.
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>)

use std::fmt;
use std::io::{self, ErrorKind, IsTerminal};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Map, Value};
use tokio::net::unix::pipe::Receiver;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::clock;
use super::parts::flaw_of;
use super::redact::Secrets;
use crate::env::Env;
use crate::program::{Mark, Program};
use crate::store::{Action, StoreError, StoreErrorKind};

/// How many bytes it may print. Credentials with the longest session token take some thousand.
const LIMIT: usize = 64 << 10;

/// The waits between two looks whether it has ended get longer up to this.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// What a hydrator knows of the programs that give it credentials.
#[derive(Clone, Default)]
pub struct Programs {
    begin: Option<Arc<dyn Fn() -> Box<dyn Send> + Send + Sync>>,
    end: Option<Arc<dyn Fn() + Send + Sync>>,
    /// The one that was given up last.
    given_up: Arc<Mutex<Option<String>>>,
}

impl Programs {
    /// Calls `begin` before a program starts, and drops what it returns when the program has ended.
    /// Calls `end` before a program is ended that nobody waits for any more.
    pub fn followed(
        begin: impl Fn() -> Box<dyn Send> + Send + Sync + 'static,
        end: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Programs { begin: Some(Arc::new(begin)), end: Some(Arc::new(end)), ..Programs::default() }
    }

    /// The error that a program which was given up stands behind, where one was since this was
    /// asked last.
    pub fn late(&self) -> Option<StoreError> {
        let setting = self.given_up.try_lock().ok()?.take()?;
        let message = format!("{setting} had not ended, and was ended with what it started");
        Some(StoreError::new(StoreErrorKind::TimedOut, Action::CredentialProcess, message))
    }
}

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Programs").finish_non_exhaustive()
    }
}

/// The program of a profile.
pub(super) struct CredentialProcess {
    pub(super) command: String,
    /// The setting, its profile, file and line.
    pub(super) setting: String,
    /// The account that the profile says, if the program says none.
    pub(super) account: Option<String>,
    pub(super) programs: Programs,
    /// Where what it gives is noted: a role may be assumed with it.
    pub(super) secrets: Arc<Secrets>,
    /// The environment that it gets, where that is not the one of the process.
    pub(super) environment: Option<Env>,
    /// The one that runs.
    pub(super) running: Mutex<Option<Mark>>,
}

/// Its command may hold a secret.
impl fmt::Debug for CredentialProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialProcess").field("setting", &self.setting).finish_non_exhaustive()
    }
}

/// Why there are no credentials of a program.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("could not be run: {0}")]
    Run(#[from] io::Error),
    #[error("printed more than {} KiB, and was ended", LIMIT >> 10)]
    TooLarge,
    #[error("ended with exit code {0}")]
    Code(i32),
    #[error("was ended by signal {0}")]
    Signal(i32),
    #[error("printed nothing")]
    Nothing,
    #[error("did not print a JSON object (what it printed is not shown)")]
    NotJson,
    #[error("did not print \"Version\": 1")]
    Version,
    #[error("printed no {0}")]
    Missing(&'static str),
    #[error("did not print {0} as a text")]
    NotText(&'static str),
    #[error("printed an Expiration that is not a time as in 2030-01-31T12:00:00Z")]
    Expiration,
    #[error("printed credentials that have expired")]
    Expired,
    #[error("gave unusable credentials: {0}")]
    Flaw(String),
}

impl CredentialProcess {
    /// Ends what still runs, since nobody waits for it any more.
    pub(super) fn give_up(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mark) = running {
            self.programs.end.iter().for_each(|end| end());
            mark.end();
            if let Ok(mut given_up) = self.programs.given_up.try_lock() {
                *given_up = Some(self.setting.clone());
            }
        }
    }

    async fn credentials(&self) -> Result<Credentials, Problem> {
        let printed = self.run().await?;
        let credentials = parse(&printed, self.account.as_deref())?;
        if let Some(flaw) = flaw_of(&credentials) {
            return Err(Problem::Flaw(flaw));
        }
        if credentials.expiry().is_some_and(|end| end <= SystemTime::now()) {
            return Err(Problem::Expired);
        }
        self.secrets.note(&credentials);
        Ok(credentials)
    }

    /// Runs it, and gives what it printed. It is ended if this is dropped.
    async fn run(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let _begun = self.programs.begin.as_ref().map(|begin| begin());
        // Not the first that PATH has, which may be a file of a repository.
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(&self.command).stdout(Stdio::piped());
        // A pipe may bring a value that is to be written.
        command.stdin(if io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() });
        if let Some(env) = &self.environment {
            let variables =
                env.process_names().filter_map(|name| Some((name, env.process(name.to_str()?)?)));
            command.env_clear().envs(variables);
        }
        let mut program = Program::start(&mut command)?;
        let note = |mark| *self.running.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        note(Some(program.mark().clone()));
        let ended = match program.stdout() {
            Some(stdout) => read(&mut program, stdout).await,
            None => Err(Problem::Nothing),
        };
        note(None);
        let (printed, status) = ended?;
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(printed),
            (Some(code), _) => Err(Problem::Code(code)),
            (None, signal) => Err(Problem::Signal(signal.unwrap_or_default())),
        }
    }
}

/// Waits for its end, and for what it prints until then. What it has started may hold its standard
/// output open for longer.
async fn read(
    program: &mut Program,
    stdout: ChildStdout,
) -> Result<(Zeroizing<Vec<u8>>, ExitStatus), Problem> {
    let pipe = Receiver::from_owned_fd(OwnedFd::from(stdout))?;
    // As large as it can get: what grows leaves copies behind.
    let mut printed = Zeroizing::new(Vec::with_capacity(LIMIT));
    let mut wait = Duration::from_millis(1);
    let mut is_open = true;
    loop {
        if let Some(status) = program.try_wait()? {
            // What it printed last. The runtime may not know of it yet.
            take(&mut printed, |part| rustix::io::read(&pipe, part).map_err(io::Error::from))?;
            return Ok((printed, status));
        }
        is_open = is_open && take(&mut printed, |part| pipe.try_read(part))?;
        if is_open {
            _ = timeout(wait, pipe.readable()).await;
        } else {
            sleep(wait).await;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Reads what is there. Whether more may come.
fn take(
    printed: &mut Vec<u8>,
    read: impl Fn(&mut [u8]) -> io::Result<usize>,
) -> Result<bool, Problem> {
    let mut part = Zeroizing::new([0; 4096]);
    loop {
        match read(part.as_mut_slice()) {
            Ok(0) => return Ok(false),
            Ok(length) if printed.len() + length > LIMIT => return Err(Problem::TooLarge),
            Ok(length) => printed.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The credentials in what was printed. As in AWS's own SDKs the case of the keys does not matter,
/// and others than these are left alone.
fn parse(printed: &[u8], account: Option<&str>) -> Result<Credentials, Problem> {
    if printed.trim_ascii().is_empty() {
        return Err(Problem::Nothing);
    }
    let mut object: Map<String, Value> =
        serde_json::from_slice(printed).map_err(|_| Problem::NotJson)?;
    let mut text = |key: &str| {
        let found = object
            .iter_mut()
            .filter(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.take());
        found.last()
    };
    if text("Version").and_then(|version| version.as_f64()) != Some(1.0) {
        return Err(Problem::Version);
    }
    let mut string = |key: &'static str| match text(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::NotText(key)),
    };
    let id = string("AccessKeyId")?.ok_or(Problem::Missing("AccessKeyId"))?;
    let secret = string("SecretAccessKey")?.ok_or(Problem::Missing("SecretAccessKey"))?;
    let mut credentials = Credentials::builder().access_key_id(id).secret_access_key(secret);
    credentials.set_session_token(string("SessionToken")?);
    let end = string("Expiration")?.map(|text| {
        let date = DateTime::from_str(&text, Format::DateTimeWithOffset)
            .map_err(|_| Problem::Expiration)?;
        clock::time_of(date).ok_or(Problem::Expiration)
    });
    credentials.set_expiry(end.transpose()?);
    let account = string("AccountId")?.or_else(|| account.map(str::to_owned));
    credentials.set_account_id(account.map(AccountId::from));
    let mut credentials = credentials.provider_name("CredentialProcess").build();
    let features = credentials.get_property_mut_or_default::<Vec<AwsCredentialFeature>>();
    features.push(AwsCredentialFeature::CredentialsProcess);
    Ok(credentials)
}

/// What the SDK is handed in the place of its own.
#[derive(Debug)]
pub(super) struct ForProfile(pub(super) Arc<CredentialProcess>);

impl ProvideCredentials for ForProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.0.credentials().await.map_err(|problem| {
                let message = format!("{} {problem}", self.0.setting);
                let kind = StoreErrorKind::Credentials;
                let error = StoreError::new(kind, Action::CredentialProcess, message);
                CredentialsError::provider_error(error)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(printed: &str, expected: Result<(&str, Option<&str>, Option<&str>), &str>) {
        let found = parse(printed.as_bytes(), Some("111111111111"));
        let found = found.as_ref().map(|found| {
            (
                found.access_key_id(),
                found.session_token(),
                found.account_id().map(|account| account.as_str()),
            )
        });
        let found = found.map_err(ToString::to_string);
        assert_eq!(found, expected.map_err(str::to_owned), "{printed}");
    }

    #[test]
    fn a_document_of_version_1() {
        let own = Some("111111111111");
        let whole = r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c",
            "Expiration": "2126-05-02T18:36:00+00:00", "AccountId": "222222222222", "Other": {}}"#;
        check(whole, Ok(("a", Some("c"), Some("222222222222"))));
        check(
            r#"{"version":1,"accesskeyid":"a","SECRETACCESSKEY":"b","SessionToken":null}"#,
            Ok(("a", None, own)),
        );
        check("\n", Err("printed nothing"));
        let not_json = "did not print a JSON object (what it printed is not shown)";
        for text in
            ["canary", "[]", "null", r#"{"Version": 1"#, r#"{"Version": 1} x"#, "\u{feff}{}"]
        {
            check(text, Err(not_json));
        }
        let version = "did not print \"Version\": 1";
        for text in ["{}", r#"{"Version": 2}"#, r#"{"Version": "1"}"#, r#"{"Version": null}"#] {
            check(text, Err(version));
        }
        check(r#"{"Version":1,"SecretAccessKey":"b"}"#, Err("printed no AccessKeyId"));
        check(
            r#"{"Version":1,"AccessKeyId":"a","SecretAccessKey":1}"#,
            Err("did not print SecretAccessKey as a text"),
        );
        for key in ["SessionToken", "Expiration", "AccountId"] {
            let with = |value: &str| {
                format!(
                    r#"{{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","{key}":{value}}}"#
                )
            };
            for value in ["1", "123.5", "false", "[]", r#"{"a":"b"}"#] {
                check(&with(value), Err(&format!("did not print {key} as a text")));
            }
            check(&with("null"), Ok(("a", None, own)));
        }
        let end = |end: &str| {
            format!(
                r#"{{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"{end}"}}"#
            )
        };
        check(&end("2126-05-02T18:36:00Z"), Ok(("a", None, own)));
        let not_a_time = "printed an Expiration that is not a time as in 2030-01-31T12:00:00Z";
        for text in ["", "canary", "9999-12-31T23:59:59Z", "2126-05-02"] {
            check(&end(text), Err(not_a_time));
        }
    }

    #[test]
    fn its_command_is_not_in_its_debug_text() {
        let process = CredentialProcess {
            command: "get --password canary".to_owned(),
            setting: "credential_process of the AWS profile default".to_owned(),
            account: None,
            programs: Programs::default(),
            secrets: Arc::default(),
            environment: None,
            running: Mutex::default(),
        };
        assert!(!format!("{:?}", ForProfile(Arc::new(process))).contains("canary"));
    }
}
