//! Many hydrations in one process: two hundred at once against the quotas of AWS, and ten thousand
//! one after the other. What they leave behind in the process is measured, so these tests share it
//! with no others.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hydrant::{Env, Hydrator};
use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};

const HOME: &str = "us-east-1";

/// Two references in parameters, and the two secrets behind them: one call each is the least.
const MANIFEST: &str = "version = 1\n[settings]\ndeadline = \"30s\"\n\
    [secrets.A]\narn_parameter = \"/demo/a-arn\"\n[secrets.B]\narn_parameter = \"/demo/b-arn\"\n";
const LEAST: usize = 2;

/// How many hydrations storm at once.
const STORM: usize = 200;

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
        let tasks = (0..STORM).map(|_| hydrator.read().values());
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
    let tasks = (0..count).map(|_| hydrator.read().values());
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

/// The descriptors of blocking calls that this process holds: event queues, and connections to this
/// endpoint. The emulator's side of them is not hydrant's.
#[cfg(target_os = "linux")]
fn held_by_calls(endpoint: &str) -> usize {
    let port: u16 = endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let sockets = std::fs::read_to_string("/proc/net/tcp").expect("the sockets");
    let remote = format!(":{port:04X}");
    let to_endpoint: Vec<String> = sockets
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.get(2).is_some_and(|address| address.ends_with(&remote)))
        .filter_map(|fields| fields.get(9).map(|inode| format!("socket:[{inode}]")))
        .collect();
    let open = std::fs::read_dir("/proc/self/fd").expect("the descriptors of the process");
    let targets = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let targets = targets.filter_map(|target| target.into_os_string().into_string().ok());
    let counts =
        |target: &String| target.starts_with("anon_inode:[event") || to_endpoint.contains(target);
    targets.filter(counts).count()
}

/// Runtimes that wait for the next blocking call.
#[cfg(target_os = "linux")]
const IDLE: usize = 4;

/// All of them are in flight at once, half of them on threads of a runtime that may block.
#[test]
#[cfg(target_os = "linux")]
fn a_hundred_threads_leave_at_most_four_runtimes() {
    const THREADS: usize = 100;
    let _alone = alone();
    let emulator = filled();
    let hydrator = hydrator(&emulator, ONE);
    let caller = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(THREADS)
        .enable_all()
        .build()
        .expect("a runtime");
    let before = held_by_calls(&emulator.endpoint());
    hydrator.read().values_blocking().expect("a hydration");
    let each = held_by_calls(&emulator.endpoint()) - before;
    assert!(each > 0);

    emulator.clear_calls();
    emulator.fault(None, Fault::Hold, THREADS);
    let call = || {
        let read = hydrator.read();
        move || read.values_blocking().expect("a hydration").values.iter().count()
    };
    let plain: Vec<_> = (0..THREADS / 2).map(|_| std::thread::spawn(call())).collect();
    let blocking: Vec<_> = (0..THREADS / 2).map(|_| caller.spawn_blocking(call())).collect();
    while emulator.calls().len() < THREADS {
        std::thread::yield_now();
    }
    assert!(held_by_calls(&emulator.endpoint()) - before >= THREADS * each);
    emulator.release();
    plain.into_iter().for_each(|thread| assert_eq!(thread.join().expect("a thread"), 1));
    for task in blocking {
        assert_eq!(caller.block_on(task).expect("a task"), 1);
    }
    let left = held_by_calls(&emulator.endpoint()) - before;
    assert!(left <= IDLE * each, "{left} descriptors, {each} for each runtime");

    // They are used again, and end with the hydrator.
    hydrator.read().values_blocking().expect("a hydration");
    assert!(held_by_calls(&emulator.endpoint()) - before <= left);
    drop(hydrator);
    assert_eq!(held_by_calls(&emulator.endpoint()), before);
}
