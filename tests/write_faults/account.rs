//! An account to write to, and its contents afterwards.

use std::ffi::OsString;
use std::future::Future;
use std::io::Write;
use std::process::{Child, Command, Stdio};

use aws_sdk_secretsmanager as secretsmanager;
use hydrant_emulator::{Call, Emulator, Fault, Operation};

use crate::support::{Ran, Sandbox};

pub(crate) const HOME: &str = "us-east-1";

/// An emulator, and the AWS SDK to inspect it.
pub(crate) struct Account {
    pub(crate) emulator: Emulator,
    client: secretsmanager::Client,
    runtime: tokio::runtime::Runtime,
}

/// A version of a secret: its id and its labels, sorted.
pub(crate) type Version = (String, Vec<String>);

impl Account {
    pub(crate) fn new() -> Self {
        let emulator = Emulator::start().expect("an emulator");
        let config = secretsmanager::Config::builder()
            .behavior_version(secretsmanager::config::BehaviorVersion::latest())
            .credentials_provider(secretsmanager::config::Credentials::new(
                "test", "test", None, None, "test",
            ))
            .region(secretsmanager::config::Region::new(HOME))
            .endpoint_url(emulator.endpoint())
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Account { emulator, client: secretsmanager::Client::from_conf(config.build()), runtime }
    }

    /// With one secret.
    pub(crate) fn with(name: &str, value: &str) -> Self {
        let account = Self::new();
        account.secret(name, value);
        account
    }

    pub(crate) fn secret(&self, name: &str, value: &str) {
        self.emulator.create_secret(HOME, name, Some(value)).expect("a secret");
    }

    /// The calls of one operation so far.
    pub(crate) fn calls(&self, operation: Operation) -> Vec<Call> {
        self.emulator.calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// The next response of an operation gets this fault, and the one after it none.
    pub(crate) fn lose(&self, operation: Operation, fault: &Fault) {
        self.emulator.fault(Some(operation), fault.clone(), 1);
    }

    /// What a read returns now. Faults and denials are removed first.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.emulator.clear_faults();
        let answer = self.wait(self.client.get_secret_value().secret_id(name).send());
        answer.ok().and_then(|answer| answer.secret_string)
    }

    /// Every version, in no order, including those without a label.
    pub(crate) fn versions(&self, name: &str) -> Vec<Version> {
        self.emulator.clear_faults();
        let call = self
            .client
            .list_secret_version_ids()
            .secret_id(name)
            .include_deprecated(true)
            .max_results(100);
        let versions =
            self.wait(call.send()).expect("ListSecretVersionIds").versions.expect("versions");
        let each = versions.into_iter().map(|version| {
            let mut stages = version.version_stages.unwrap_or_default();
            stages.sort();
            (version.version_id.expect("a version id"), stages)
        });
        each.collect()
    }

    /// The version with a label.
    pub(crate) fn at(&self, name: &str, stage: &str) -> Option<String> {
        let mut versions = self.versions(name).into_iter();
        versions.find(|(_, stages)| stages.iter().any(|one| one == stage)).map(|(id, _)| id)
    }

    /// Whether it exists and is marked for deletion.
    pub(crate) fn is_deleted(&self, name: &str) -> bool {
        self.emulator.clear_faults();
        let answer = self.wait(self.client.describe_secret().secret_id(name).send());
        answer.expect("DescribeSecret").deleted_date.is_some()
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// Starts it with these bytes on its standard input.
pub(crate) fn start(mut command: Command, input: &[u8]) -> Child {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // A command that is refused before it reads leaves a closed pipe.
    _ = child.stdin.take().expect("its standard input").write_all(input);
    child
}

pub(crate) fn end(child: Child) -> Ran {
    Ran::of(child.wait_with_output().expect("its end"))
}

/// Runs it with these bytes on its standard input.
pub(crate) fn give<A: Into<OsString>>(
    sandbox: &Sandbox,
    args: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Ran {
    end(start(sandbox.command(args), input))
}

/// Waits until the emulator has seen so many calls of an operation, or the process has ended.
#[track_caller]
pub(crate) fn await_calls(
    emulator: &Emulator,
    operation: Option<Operation>,
    count: usize,
    child: &mut Child,
) {
    let counted = |call: &Call| operation.is_none_or(|operation| call.operation == operation);
    while emulator.calls().iter().filter(|call| counted(call)).count() < count {
        if let Some(status) = child.try_wait().expect("its state") {
            panic!("it ended with {status} before {count} calls: {:?}", emulator.calls());
        }
        std::thread::yield_now();
    }
}
