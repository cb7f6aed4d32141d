//! What programs do before and after they fork.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use async_trait::async_trait;
use futures_util::FutureExt;
use hydrant::store::{
    BatchAnswer, BatchRequest, Secret, SecretDescription, SecretRequest, SecretStore, StoreError,
    Stores,
};
use hydrant::write::{Destination, PutOptions};
use hydrant::{Env, Error, Hydrator, SecretValue};
use tokio::runtime::{Builder, Runtime};

use crate::children::{
    COUNT, MANIFEST, all_succeed, child, children, code, hydrator, read_of, value,
};

/// A test by its name; it is told where the server is.
pub(crate) type Case = fn(&str);

pub(crate) const ALL: &[(&str, Case)] = &[
    ("eight_children_read_what_they_call_for", eight_children),
    ("eight_children_beside_a_thread_with_a_call_in_flight", eight_children_beside_a_thread),
    ("eight_children_with_runtimes_of_their_own", eight_async_children),
    ("children_leave_the_connections_of_the_parent_alone", children_leave_the_parent_alone),
    ("a_call_of_the_parent_is_an_error_in_a_child", a_call_of_the_parent),
    ("places_of_the_parent_are_an_error_in_a_child", places_of_the_parent),
    ("hydrate_in_a_child_gives_the_first_report", hydrate_in_a_child),
    ("a_child_of_a_child_reads_too", a_grandchild),
    ("an_intent_has_one_outcome_across_a_fork", one_outcome),
    ("eight_children_and_their_parent_lose_no_record", one_log),
];

/// A number that no child has.
const PARENT: usize = COUNT;

fn read(hydrator: &Hydrator, index: usize) -> i32 {
    // More than once: a connection that is shared shows in the second response.
    (0..3)
        .map(|_| code(read_of(hydrator, index).values_blocking(), index))
        .max()
        .unwrap_or_default()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn eight_children(endpoint: &str) {
    let hydrator = hydrator(endpoint);
    assert_eq!(read(&hydrator, PARENT), 0);
    let children = children(0..COUNT, |index| read(&hydrator, index));
    // The parent goes on meanwhile.
    assert_eq!(read(&hydrator, PARENT), 0);
    all_succeed(children);
}

fn eight_children_beside_a_thread(endpoint: &str) {
    let hydrator = hydrator(endpoint);
    // Two at once, so that one runtime rests while the thread has a call in flight on the other.
    thread::scope(|scope| {
        let other = scope.spawn(|| read(&hydrator, PARENT));
        assert_eq!(read(&hydrator, PARENT).max(other.join().expect("the thread")), 0);
    });
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let busy = scope.spawn(|| {
            let mut worst = 0;
            while !ended.load(Ordering::Relaxed) {
                worst = worst.max(code(read_of(&hydrator, PARENT).values_blocking(), PARENT));
            }
            worst
        });
        let children = children(0..COUNT, |index| read(&hydrator, index));
        all_succeed(children);
        ended.store(true, Ordering::Relaxed);
        assert_eq!(busy.join().expect("the thread"), 0);
    });
}

fn eight_async_children(endpoint: &str) {
    let hydrator = hydrator(endpoint);
    let read = |runtime: &Runtime, index| {
        runtime.block_on(async {
            let first = code(read_of(&hydrator, index).values().await, index);
            first.max(code(read_of(&hydrator, index).values().await, index))
        })
    };
    // Its threads drive the connections.
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    assert_eq!(read(&runtime, PARENT), 0);
    let in_flight = thread::scope(|scope| {
        let in_flight = scope.spawn(|| read(&runtime, PARENT));
        all_succeed(children(0..COUNT, |index| read(&current_thread(), index)));
        in_flight.join().expect("the thread")
    });
    assert_eq!(in_flight.max(read(&runtime, PARENT)), 0);
}

fn children_leave_the_parent_alone(endpoint: &str) {
    let mut hydrator = Some(hydrator(endpoint));
    let runtime = current_thread();
    let read_both = |hydrator: &Option<Hydrator>| {
        let hydrator = hydrator.as_ref().expect("not dropped");
        let call = runtime.block_on(read_of(hydrator, PARENT).values());
        read(hydrator, PARENT).max(code(call, PARENT))
    };
    assert_eq!(read_both(&hydrator), 0);
    // A child that ends in order drops what it inherited.
    let pid = child(|| {
        drop(hydrator.take());
        0
    });
    all_succeed(vec![pid]);
    assert_eq!(read_both(&hydrator), 0);
}

/// Polls a call until it has begun, and waits for the server.
async fn begin(call: impl Future + Unpin) {
    let mut call = call;
    for _ in 0..20 {
        assert!((&mut call).now_or_never().is_none(), "it waits for the server");
        tokio::task::yield_now().await;
    }
}

fn a_call_of_the_parent(endpoint: &str) {
    let hydrator = hydrator(endpoint);
    let runtime = current_thread();
    runtime.block_on(async {
        // What a first call initializes for the whole process is there before the fork.
        assert_eq!(code(read_of(&hydrator, PARENT).values().await, PARENT), 0);
        let mut call = Box::pin(read_of(&hydrator, PARENT).values());
        begin(&mut call).await;
        let pid = child(|| {
            // Not on the parent's runtime, nor with its connection.
            let polled = (&mut call).now_or_never();
            drop(call);
            match polled {
                Some(Err(Error::Forked)) => {
                    let own = || current_thread().block_on(read_of(&hydrator, 1).values());
                    code(thread::scope(|scope| scope.spawn(own).join().expect("the thread")), 1)
                }
                _ => 5,
            }
        });
        all_succeed(vec![pid]);
        let call = read_of(&hydrator, PARENT).values().await;
        assert_eq!(code(call, PARENT), 0);
    });
}

fn places_of_the_parent(endpoint: &str) {
    let hydrator = hydrator(endpoint);
    let runtime = current_thread();
    let writer = hydrator.write().var("index", PARENT.to_string());
    let session = runtime.block_on(writer.session(&["KEY"])).expect("its destination");
    let destination: Destination = session.destinations[0].clone().expect("its destination");
    let put = |runtime: &Runtime| {
        let new = SecretValue::from(value(PARENT));
        runtime.block_on(session.put(&destination, &new, &PutOptions::new()))
    };
    let pid = child(|| {
        let runtime = current_thread();
        let refused = matches!(put(&runtime), Err(Error::Forked));
        // Found anew they are the child's own.
        let found = runtime.block_on(writer.session(&["KEY"])).is_ok();
        i32::from(!refused || !found)
    });
    all_succeed(vec![pid]);
    put(&runtime).expect("written by the parent");
}

fn hydrate_in_a_child(endpoint: &str) {
    let at = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let manifest = "version = 1\n[settings]\nregion = \"us-east-1\"\n[secrets.KEY]\nsecret_id = \"team/1/key\"\n";
    let builder = Hydrator::builder().manifest_text(manifest).no_env_file().env(Env::new(at));
    let apply = || builder.clone().apply().map(|report| report.entries.len());
    assert_eq!(apply().expect("hydrated"), 1);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        // Other threads call it all the time.
        let busy = || {
            while !ended.load(Ordering::Relaxed) {
                apply().expect("the first report");
            }
        };
        (0..2).for_each(|_| _ = scope.spawn(busy));
        for _ in 0..10 {
            let work = |_| {
                i32::from(apply().ok() != Some(1) || std::env::var("KEY").ok() != Some(value(1)))
            };
            all_succeed(children(0..COUNT, work));
        }
        ended.store(true, Ordering::Relaxed);
    });
}

fn a_grandchild(endpoint: &str) {
    let hydrator = hydrator(endpoint);
    assert_eq!(read(&hydrator, PARENT), 0);
    let pid = child(|| {
        let own = read(&hydrator, 1);
        all_succeed(children(2..5, |index| read(&hydrator, index)));
        own.max(read(&hydrator, 1))
    });
    all_succeed(vec![pid]);
}

/// A hydrator that records, with its log.
fn recording(endpoint: &str) -> (tempfile::TempDir, PathBuf, Hydrator) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("audit.jsonl");
    let env = hydrator(endpoint).env().clone();
    let builder =
        Hydrator::builder().manifest_text(MANIFEST).no_env_file().env(env).audit_log(&log);
    (folder, log, builder.build().expect("a sound manifest"))
}

/// A store that never responds, and says that it was called.
struct Silent(Arc<AtomicBool>);

#[async_trait]
impl SecretStore for Silent {
    async fn get_secret_value(&self, _: &SecretRequest) -> Result<Secret, StoreError> {
        self.0.store(true, Ordering::Relaxed);
        std::future::pending().await
    }
    async fn batch_get_secret_value(&self, _: &BatchRequest) -> Result<BatchAnswer, StoreError> {
        std::future::pending().await
    }
    async fn describe_secret(&self, _: &SecretRequest) -> Result<SecretDescription, StoreError> {
        std::future::pending().await
    }
}

fn one_outcome(_: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("audit.jsonl");
    let called = Arc::new(AtomicBool::new(false));
    let secrets = Arc::new(Silent(called.clone()));
    let stores = Stores::new(secrets).region("us-east-1");
    let builder = Hydrator::builder().manifest_text(MANIFEST).no_env_file().env(Env::default());
    let hydrator = builder.audit_log(&log).stores(stores).build().expect("a sound manifest");
    current_thread().block_on(async {
        let mut call = Some(Box::pin(read_of(&hydrator, PARENT).values()));
        while !called.load(Ordering::Relaxed) {
            assert!(
                call.as_mut().is_some_and(|call| call.now_or_never().is_none()),
                "it never responds"
            );
            tokio::task::yield_now().await;
        }
        let pid = child(|| {
            drop(call.take());
            0
        });
        all_succeed(vec![pid]);
        assert_eq!(events(&log), ["intent"]);
        drop(call);
        assert_eq!(events(&log), ["intent", "outcome"]);
    });
}

fn one_log(endpoint: &str) {
    let (_folder, log, hydrator) = recording(endpoint);
    assert_eq!(read(&hydrator, PARENT), 0);
    let children = children(0..COUNT, |index| read(&hydrator, index));
    assert_eq!(read(&hydrator, PARENT), 0);
    all_succeed(children);
    let events = events(&log);
    let count = |name: &str| events.iter().filter(|event| *event == name).count();
    // Three reads of each child, and two times three of the parent.
    assert_eq!((count("intent"), count("outcome")), (3 * COUNT + 6, 3 * COUNT + 6));
}

fn events(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let records =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"));
    records.map(|record| record["event"].as_str().expect("an event").to_owned()).collect()
}
