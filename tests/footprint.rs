//! What a start costs in calls, connections, system calls and concurrency, for each row of the
//! benchmark: these figures determine the time, and hold on any machine.

use std::process::Command;

use hydrant::{Env, Hydrator};
use hydrant_emulator::{ConnectionFault, Emulator, Fault, Operation, ParameterType, TlsIdentity};

use crate::support::confined::{self, Filter};
use crate::support::{Ran, Sandbox};

const HOME: &str = "us-east-1";

fn emulator() -> Emulator {
    Emulator::start().expect("an emulator")
}

/// `V0` to `V{count - 1}`, each with these keys.
fn entries(count: usize, keys: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| format!("[secrets.V{index}]\n{}\n", keys(index))).collect()
}

fn sandbox(settings: &str, entries: &str, emulator: &Emulator) -> Sandbox {
    Sandbox::new(&format!("version = 1\n[settings]\nenv_file = false\n{settings}\n{entries}"))
        .with(emulator)
}

/// A start with this many secrets, one for each variable, and its cost: calls, connections.
fn secrets(count: usize) -> (usize, usize) {
    let emulator = emulator();
    for index in 0..count {
        emulator.create_secret(HOME, &format!("demo/{index}"), Some("held")).expect("a secret");
    }
    let sandbox =
        sandbox("", &entries(count, |index| format!("secret_id = \"demo/{index}\"")), &emulator);
    let last = format!("V{}", count - 1);
    sandbox.run(["run", "--", "printenv", &last]).prints("held\n");
    (emulator.calls().len(), emulator.connections())
}

#[test]
fn secrets_cost_one_call_for_twenty_and_a_connection_for_each_call_at_once() {
    assert_eq!(secrets(1), (1, 1));
    assert_eq!(secrets(20), (1, 1));
    let (calls, connections) = secrets(100);
    assert_eq!(calls, 5);
    assert!(connections <= 5, "{connections} connections");
    let (calls, connections) = secrets(1000);
    assert_eq!(calls, 50);
    assert!(connections <= 16, "{connections} connections");
}

#[test]
fn a_thousand_keys_of_one_secret_are_one_call() {
    let emulator = emulator();
    let keys: Vec<_> = (0..1000).map(|index| format!("\"k{index}\": \"{index}\"")).collect();
    emulator
        .create_secret(HOME, "demo/json", Some(&format!("{{{}}}", keys.join(","))))
        .expect("a secret");
    let entries =
        entries(1000, |index| format!("secret_id = \"demo/json\"\njson_key = \"k{index}\""));
    sandbox("", &entries, &emulator).run(["run", "--", "printenv", "V999"]).prints("999\n");
    assert_eq!((emulator.calls().len(), emulator.connections()), (1, 1));
}

/// Two hosts over TLS, like AWS's, with `count` secrets on one and their ARNs on the other.
struct Hosts {
    secrets: Emulator,
    parameters: Emulator,
    sandbox: Sandbox,
}

fn hosts(count: usize) -> Hosts {
    let identity = TlsIdentity::trusted_for("localhost").expect("a certificate");
    let start = || Emulator::builder().tls(&identity).start().expect("an emulator");
    let (secrets, parameters) = (start(), start());
    for index in 0..count {
        let arn =
            secrets.create_secret(HOME, &format!("demo/{index}"), Some("held")).expect("a secret");
        let name = format!("/demo/{index}-arn");
        parameters.put_parameter(HOME, &name, &arn, ParameterType::String).expect("a parameter");
    }
    let manifest = entries(count, |index| format!("arn_parameter = \"/demo/{index}-arn\""));
    let sandbox = Sandbox::new(&format!("version = 1\n{manifest}"));
    let authority = sandbox.file("ca.pem", identity.ca_pem());
    let sandbox = sandbox
        .env("AWS_CA_BUNDLE", authority)
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.endpoint())
        .env("AWS_ENDPOINT_URL_SSM", parameters.endpoint())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", HOME);
    Hosts { secrets, parameters, sandbox }
}

#[test]
fn references_in_parameters_cost_a_call_for_ten_of_them() {
    for (count, lookups) in [(1, 1), (20, 2)] {
        let Hosts { secrets, parameters, sandbox } = hosts(count);
        sandbox.run(["run", "--", "printenv", "V0"]).prints("held\n");
        assert_eq!((parameters.calls().len(), secrets.calls().len()), (lookups, 1));
        assert!(parameters.connections() <= lookups, "{} connections", parameters.connections());
        // One is opened early for the read. If it is not ready in time, the read opens another.
        assert!((1..=2).contains(&secrets.connections()), "{} connections", secrets.connections());
    }
}

#[test]
fn the_connection_to_secrets_manager_is_opened_during_the_call_to_parameter_store() {
    let Hosts { secrets, parameters, sandbox } = hosts(1);
    // It ends before any secret could be read.
    parameters.deny(Operation::GetParameters);
    // As long as it takes to reach the other host: the connection is ready before the response.
    parameters.fault(None, Fault::Stall, 1);
    let ran = sandbox.run(["run", "--", "true"]);
    assert_eq!(ran.code, Some(77), "{ran:?}");
    assert_eq!((secrets.calls().len(), secrets.connections()), (0, 1));
    // The one endpoint for both is not called twice.
    let both = emulator();
    both.put_parameter(HOME, "/demo/arn", "demo/key", ParameterType::String).expect("a parameter");
    both.create_secret(HOME, "demo/key", Some("held")).expect("a secret");
    let sandbox = self::sandbox("", "[secrets.V0]\narn_parameter = \"/demo/arn\"\n", &both);
    sandbox.run(["run", "--", "printenv", "V0"]).prints("held\n");
    assert_eq!((both.calls().len(), both.connections()), (2, 1));
    // And none is opened if no parameter is read.
    let Hosts { secrets, parameters, sandbox } = hosts(1);
    sandbox.file("secrets.toml", "version = 1\n[secrets.V0]\nvalue_parameter = \"/demo/0-arn\"\n");
    assert_eq!(sandbox.run(["run", "--", "true"]).code, Some(0));
    assert_eq!((parameters.connections(), secrets.connections()), (1, 0));
}

#[test]
fn only_the_first_hydration_of_a_program_opens_a_connection_early() {
    let (secrets, parameters) = (emulator(), emulator());
    // It is never used for another host, and the read for which it was opened never comes.
    secrets.fault_connections(ConnectionFault::CloseOnAccept, usize::MAX);
    parameters.deny(Operation::GetParameters);
    parameters.fault(None, Fault::Latency(std::time::Duration::from_millis(200)), usize::MAX);
    let env = Env::new([
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.endpoint().as_str()),
        ("AWS_ENDPOINT_URL_SSM", parameters.endpoint().as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", HOME),
    ]);
    let manifest = "version = 1\n[secrets.KEY]\narn_parameter = \"/demo/arn\"\nrequired = false\n";
    let hydrator = Hydrator::builder()
        .manifest_text(manifest)
        .no_env_file()
        .env(env)
        .build()
        .expect("a manifest");
    for round in 1..=3 {
        hydrator.read().values_blocking().expect("an optional entry stops nothing");
        assert_eq!((parameters.calls().len(), secrets.connections()), (round, 1));
    }
}

#[test]
fn no_more_calls_are_under_way_than_the_manifest_allows() {
    for (settings, most) in [("", 16), ("concurrency = 3", 3), ("concurrency = 1", 1)] {
        let emulator = emulator();
        for index in 0..40 {
            emulator.create_secret(HOME, &format!("demo/{index}"), Some("held")).expect("a secret");
            let name = format!("/demo/{index}");
            emulator
                .put_parameter(HOME, &name, "held", ParameterType::SecureString)
                .expect("a parameter");
        }
        // Every second entry is a separate call to Secrets Manager, the others are four calls to
        // Parameter Store.
        let manifest = entries(80, |index| match index % 2 {
            0 => format!("secret_id = \"demo/{}\"\nversion_stage = \"AWSCURRENT\"", index / 2),
            _ => format!("value_parameter = \"/demo/{}\"", index / 2),
        });
        // Slow enough for all of them to overlap.
        emulator.fault(None, Fault::Latency(std::time::Duration::from_millis(20)), usize::MAX);
        sandbox(settings, &manifest, &emulator)
            .run(["run", "--", "printenv", "V79"])
            .prints("held\n");
        assert_eq!(
            (emulator.calls().len(), emulator.peak_concurrent_calls()),
            (44, most),
            "{settings}"
        );
        assert!(emulator.connections() <= most, "{} connections", emulator.connections());
    }
}

fn confined(sandbox: &Sandbox) -> Command {
    confined::confined(&sandbox.command(["run", "--", "printenv", "KEY"]), Filter::Idle)
}

#[cfg(target_os = "linux")]
#[test]
fn a_start_with_everything_set_opens_no_socket_and_starts_no_thread() {
    use std::os::unix::process::ExitStatusExt;

    let emulator = emulator();
    emulator.create_secret(HOME, "demo/key", Some("held")).expect("a secret");
    let manifest = "[secrets.KEY]\nsecret_id = \"demo/key\"\n";
    let set = sandbox("", manifest, &emulator).env("KEY", "set");
    Ran::of(confined(&set).output().expect("python3")).prints("set\n");
    // The filter works.
    let unset = sandbox("", manifest, &emulator);
    let ended = confined(&unset).output().expect("python3");
    assert_eq!(ended.status.signal(), Some(rustix::process::Signal::SYS.as_raw()), "{ended:?}");
    assert_eq!(emulator.connections(), 0);
}
