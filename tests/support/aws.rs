//! The servers for the wire tests, moto, ministack and the emulator, and the test data, written
//! with the AWS SDK.
//!
//! Needs `crate::support`. Names begin with a prefix for each test: all tests share one moto.

use std::collections::BTreeMap;
use std::future::Future;

use aws_sdk_secretsmanager as secretsmanager;
use aws_sdk_ssm as ssm;
use hydrant_emulator::{Call, Emulator};

use crate::support::{Ran, Sandbox, moto};

/// The region that [`Sandbox::at`] sets.
pub(crate) const HOME: &str = "us-east-1";
/// Another one.
pub(crate) const AWAY: &str = "eu-west-1";

/// A server, and the tools to fill it.
pub(crate) struct Server {
    endpoint: String,
    credentials: (&'static str, &'static str),
    emulator: Option<Emulator>,
    prefix: String,
    runtime: tokio::runtime::Runtime,
}

/// Creates a user with this policy and prints an access key of the user.
const USER: &str = "
import boto3, sys
endpoint, name, policy = sys.argv[1:]
iam = boto3.client('iam', endpoint_url=endpoint, region_name='us-east-1',
                   aws_access_key_id='root', aws_secret_access_key='rootsecret')
iam.create_user(UserName=name)
iam.put_user_policy(UserName=name, PolicyName='all', PolicyDocument=policy)
key = iam.create_access_key(UserName=name)['AccessKey']
print(key['AccessKeyId'], key['SecretAccessKey'])
";

impl Server {
    /// Runs as a new user of this name with this policy, if the server enforces policies.
    pub(crate) fn as_user(&self, sandbox: Sandbox, name: &str, policy: &str) -> Sandbox {
        let python = std::env::var_os("HYDRANT_TEST_PYTHON");
        let python =
            python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
        let mut command = std::process::Command::new(python);
        let output =
            command.args(["-c", USER, self.endpoint(), name, policy]).output().expect("python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let key = String::from_utf8(output.stdout).expect("an access key");
        let (id, secret) = key.trim().split_once(' ').expect("an access key");
        sandbox.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret)
    }

    /// The server that this project did not write.
    pub(crate) fn moto() -> Self {
        Self::new(moto(), ("test", "test"), None)
    }

    /// The one that enforces policies. This is its root user.
    pub(crate) fn ministack() -> Self {
        let endpoint = std::env::var("HYDRANT_TEST_MINISTACK");
        let endpoint = endpoint
            .expect("HYDRANT_TEST_MINISTACK is not set: run the tests through scripts/test");
        Self::new(endpoint, ("root", "rootsecret"), None)
    }

    /// The emulator, in this process.
    pub(crate) fn emulator() -> Self {
        let emulator = Emulator::start().expect("an emulator");
        Self::new(emulator.endpoint(), ("test", "test"), Some(emulator))
    }

    fn new(
        endpoint: String,
        credentials: (&'static str, &'static str),
        emulator: Option<Emulator>,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Server {
            endpoint,
            credentials,
            emulator,
            prefix: format!("t{:014x}", fastrand::u64(..) >> 8),
            runtime,
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The emulator, for behaviour that no other server has.
    pub(crate) fn handle(&self) -> &Emulator {
        self.emulator.as_ref().expect("the emulator")
    }

    /// For differences between the two.
    pub(crate) fn is_moto(&self) -> bool {
        self.emulator.is_none()
    }

    /// The calls that the emulator received in this run of the binary, in the order of arrival.
    /// moto does not record them.
    pub(crate) fn calls_of(&self, run: impl FnOnce()) -> Option<Vec<Call>> {
        if let Some(emulator) = &self.emulator {
            emulator.clear_calls();
        }
        run();
        self.emulator.as_ref().map(Emulator::calls)
    }

    /// How many connections the emulator has accepted. moto does not record them.
    pub(crate) fn connections(&self) -> Option<usize> {
        self.emulator.as_ref().map(Emulator::connections)
    }

    /// This test's name for something.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    /// A sandbox that uses this server. In the manifest `PREFIX` stands for the prefix of this
    /// test's names.
    pub(crate) fn sandbox(&self, manifest: &str) -> Sandbox {
        Sandbox::new(&format!("version = 1\n{}", manifest.replace("PREFIX", &self.prefix)))
            .at(&self.endpoint)
    }

    /// Creates a secret, without a value for `None`, and returns its ARN.
    pub(crate) fn secret(&self, region: &str, name: &str, value: Option<&str>) -> String {
        let call = self.secrets(region).create_secret().name(self.name(name));
        let answer = self.wait(call.set_secret_string(value.map(str::to_owned)).send());
        answer.expect("CreateSecret").arn.expect("an ARN")
    }

    /// Gives a secret a new current value, and returns the version's id.
    pub(crate) fn put(&self, region: &str, name: &str, value: &str) -> String {
        let call =
            self.secrets(region).put_secret_value().secret_id(self.name(name)).secret_string(value);
        self.wait(call.send()).expect("PutSecretValue").version_id.expect("a version id")
    }

    /// The current value of a secret.
    pub(crate) fn value(&self, region: &str, name: &str) -> String {
        let call = self.secrets(region).get_secret_value().secret_id(self.name(name));
        self.wait(call.send()).expect("GetSecretValue").secret_string.expect("a text")
    }

    /// Whether there is a secret, with a value or without.
    pub(crate) fn has(&self, region: &str, name: &str) -> bool {
        self.wait(self.secrets(region).describe_secret().secret_id(self.name(name)).send()).is_ok()
    }

    /// The ids of a secret's versions with their stages.
    pub(crate) fn versions(&self, region: &str, name: &str) -> BTreeMap<String, Vec<String>> {
        let call = self
            .secrets(region)
            .list_secret_version_ids()
            .secret_id(self.name(name))
            .include_deprecated(true);
        let versions =
            self.wait(call.send()).expect("ListSecretVersionIds").versions.unwrap_or_default();
        let each = versions.into_iter().map(|version| {
            let mut stages = version.version_stages.unwrap_or_default();
            stages.sort_unstable();
            (version.version_id.expect("an id"), stages)
        });
        each.collect()
    }

    /// Creates a parameter, and returns its ARN (PutParameter does not).
    pub(crate) fn parameter(
        &self,
        region: &str,
        name: &str,
        value: &str,
        kind: ssm::types::ParameterType,
    ) -> String {
        let name = format!("/{}", self.name(name));
        let call = self.parameters(region).put_parameter().name(&name).value(value).r#type(kind);
        self.wait(call.send()).expect("PutParameter");
        let parameter = self
            .wait(self.parameters(region).get_parameter().name(&name).send())
            .expect("GetParameter");
        parameter.parameter.and_then(|parameter| parameter.arn).expect("an ARN")
    }

    pub(crate) fn secrets(&self, region: &str) -> secretsmanager::Client {
        let (id, secret) = self.credentials;
        let config = secretsmanager::Config::builder()
            .behavior_version(secretsmanager::config::BehaviorVersion::latest())
            .credentials_provider(secretsmanager::config::Credentials::new(
                id, secret, None, None, "test",
            ))
            .region(secretsmanager::config::Region::new(region.to_owned()))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        secretsmanager::Client::from_conf(config.build())
    }

    pub(crate) fn parameters(&self, region: &str) -> ssm::Client {
        let (id, secret) = self.credentials;
        let config = ssm::Config::builder()
            .behavior_version(ssm::config::BehaviorVersion::latest())
            .credentials_provider(ssm::config::Credentials::new(id, secret, None, None, "test"))
            .region(ssm::config::Region::new(region.to_owned()))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        ssm::Client::from_conf(config.build())
    }

    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// An ARN without its random suffix.
pub(crate) fn partial(arn: &str) -> &str {
    &arn[..arn.len() - "-AbCdEf".len()]
}

/// The same without the request ids, which every server invents.
pub(crate) fn without_request_ids(mut ran: Ran) -> Ran {
    let parts = ran.stderr.split(" (request ").enumerate();
    let parts = parts.map(
        |(index, part)| if index == 0 { part } else { part.split_once(')').expect("an id").1 },
    );
    ran.stderr = parts.collect();
    ran
}

/// The same without the lines of hints, whose text is for the tests of the command line.
pub(crate) fn without_hints(mut ran: Ran) -> Ran {
    ran.stderr =
        ran.stderr.split_inclusive('\n').filter(|line| !line.starts_with("  hint: ")).collect();
    ran
}

/// Makes a test against moto and a test against the emulator from each function that takes a
/// [`Server`].
macro_rules! on_both {
    ($($name:ident)*) => {
        mod on_moto {
            $(#[test] fn $name() { super::$name(&$crate::support::aws::Server::moto()); })*
        }
        mod on_the_emulator {
            $(#[test] fn $name() { super::$name(&$crate::support::aws::Server::emulator()); })*
        }
    };
}
