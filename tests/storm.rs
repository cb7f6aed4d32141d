//! Many hydrations: two hundred at once against the quotas of AWS, in one process and in as many,
//! and ten thousand in one process.

mod support;

use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hydrant::{Env, Hydrator};
use hydrant_emulator::{Emulator, Operation, ParameterType};

use support::{Ran, Sandbox};

const HOME: &str = "us-east-1";

/// Two references in parameters, and the two secrets behind them: one call each is the least.
const MANIFEST: &str = "version = 1\n[settings]\ndeadline = \"30s\"\n\
    [secrets.A]\narn_parameter = \"/demo/a-arn\"\n[secrets.B]\narn_parameter = \"/demo/b-arn\"\n";
const LEAST: usize = 2;

/// How many hydrations storm at once.
const STORM: usize = 200;

/// How many processes do, and what the quotas are divided by. Two cores start a debug binary so
/// slowly that two hundred would never meet the quotas of AWS: a fifth of the processes meets a
/// fifth of the quotas.
const PROCESSES: usize = STORM / FEWER;
const FEWER: usize = 5;

/// One at a time: the memory of one test is not the other's.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn filled() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    for name in ["a", "b"] {
        let arn =
            emulator.create_secret(HOME, &format!("demo/{name}"), Some(&format!("value {name}")));
        let arn = arn.expect("a secret");
        emulator
            .put_parameter(HOME, &format!("/demo/{name}-arn"), &arn, ParameterType::String)
            .expect("a parameter");
    }
    emulator
}

fn hydrator(emulator: &Emulator, manifest: &str) -> Hydrator {
    let env = Env::new([
        ("AWS_ENDPOINT_URL", emulator.endpoint().as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", HOME),
    ]);
    Hydrator::builder()
        .manifest_text(manifest)
        .no_env_file()
        .env(env)
        .build()
        .expect("a sound manifest")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Quotas of an account: GetParameter and GetParameters share forty a second, batches have a
/// hundred.
#[test]
fn two_hundred_at_once_all_succeed_within_thirty_seconds() {
    let _alone = alone();
    let emulator = filled();
    // One for all: 200 that each read the certificates of the system would come one after the
    // other.
    let hydrator = hydrator(&emulator, MANIFEST);
    emulator.limit(&[Operation::GetParameter, Operation::GetParameters], 40, 40);
    emulator.limit(&[Operation::BatchGetSecretValue], 100, 100);
    let begin = Instant::now();
    runtime().block_on(async {
        let tasks = (0..STORM).map(|_| hydrator.values());
        for hydration in futures_util::future::join_all(tasks).await {
            let hydration = hydration.expect("every hydration succeeds");
            assert_eq!(hydration.values.get("A").map(|value| value.expose()), Some("value a"));
        }
    });
    let (took, calls) = (begin.elapsed(), emulator.calls().len());
    assert!(took < Duration::from_secs(35), "{took:?}");
    assert!(emulator.throttled() > 0, "the quotas were met");
    let said = format!(
        "{calls} calls of {STORM} hydrations, {} throttled, {took:?}",
        emulator.throttled()
    );
    assert!(calls < STORM * LEAST * 3, "{said}");
    // Without pauses that grow it is more than twice as many.
    assert!(emulator.throttled() < STORM * 9 / 4, "{said}");
    assert_eq!(
        emulator.calls().iter().filter(|call| call.operation == Operation::GetSecretValue).count(),
        0
    );
}

/// A shell that becomes the command once its standard input ends.
fn waiting(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "read -r go; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// The same with processes, each with its own clients, that begin at one moment.
#[test]
fn processes_that_begin_at_once_all_succeed_within_thirty_seconds() {
    let _alone = alone();
    let emulator = filled();
    emulator.limit(
        &[Operation::GetParameter, Operation::GetParameters],
        40 / FEWER as u32,
        40 / FEWER as u32,
    );
    emulator.limit(&[Operation::BatchGetSecretValue], 100 / FEWER as u32, 100 / FEWER as u32);
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    let (go, begin) = (std::io::pipe().expect("a pipe"), |input: &std::io::PipeReader| {
        let mut command = waiting(&sandbox.command([
            "run",
            "--",
            "sh",
            "-c",
            "test \"$A $B\" = 'value a value b'",
        ]));
        let input = input.try_clone().expect("the reading end");
        command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    });
    let (reader, writer) = go;
    let mut processes: Vec<Child> = (0..PROCESSES).map(|_| begin(&reader)).collect();
    drop(reader);
    assert!(emulator.calls().is_empty(), "all of them wait");
    assert!(
        processes.iter_mut().all(|child| child.try_wait().expect("its state").is_none()),
        "all of them are alive"
    );
    drop(writer);
    let begun = Instant::now();
    // Its deadline is its own: success is success within thirty seconds of its beginning.
    let ran: Vec<Ran> = processes
        .into_iter()
        .map(|one| Ran::of(one.wait_with_output().expect("its end")))
        .collect();
    let failed: Vec<&Ran> =
        ran.iter().filter(|ran| ran.code != Some(0) || !ran.stderr.is_empty()).collect();
    let (calls, took) = (emulator.calls().len(), begun.elapsed());
    let said = format!(
        "{calls} calls of {PROCESSES} processes, {} throttled, {took:?}",
        emulator.throttled()
    );
    assert!(failed.is_empty(), "{} failed, the first with {:?}; {said}", failed.len(), failed[0]);
    assert!(emulator.throttled() > 0, "the quotas were met: {said}");
    assert!(calls < PROCESSES * LEAST * 3, "{said}");
    assert_eq!(
        emulator.calls().iter().filter(|call| call.operation == Operation::GetSecretValue).count(),
        0
    );
}

/// Resident memory in kilobytes, and the number of open descriptors.
fn held() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status of the process");
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kilobytes =
        rss.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number");
    (kilobytes, std::fs::read_dir("/proc/self/fd").expect("the descriptors of the process").count())
}

/// One call each.
const ONE: &str = "version = 1\n[secrets.A]\nsecret_id = \"demo/a\"\n";

/// The emulator forgets its calls between rounds: what it keeps is not hydrant's.
async fn round(hydrator: &Hydrator, emulator: &Emulator, count: usize) {
    let tasks = (0..count).map(|_| hydrator.values());
    for hydration in futures_util::future::join_all(tasks).await {
        assert_eq!(hydration.expect("a hydration").values.iter().count(), 1);
    }
    emulator.clear_calls();
}

/// `HYDRANT_TEST_HYDRATIONS` makes it more or fewer.
#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_in_one_process_leave_nothing_behind() {
    let _alone = alone();
    let count = std::env::var("HYDRANT_TEST_HYDRATIONS").ok();
    let count: usize = count.map_or(10_000, |count| count.parse().expect("a number of hydrations"));
    let emulator = filled();
    runtime().block_on(async {
        let hydrator = hydrator(&emulator, ONE);
        for _ in 0..10 {
            round(&hydrator, &emulator, 10).await;
        }
        let (memory, descriptors) = held();
        for _ in 0..count / 10 {
            round(&hydrator, &emulator, 10).await;
        }
        let (memory_after, descriptors_after) = held();
        // 10,000 leaks of 1 KB would be 10 MB.
        assert!(memory_after < memory + 8 * 1024, "from {memory} to {memory_after} KB");
        assert!(
            descriptors_after <= descriptors + 4,
            "from {descriptors} to {descriptors_after} descriptors"
        );
    });
}
