//! What a program's own subscriber gets: one span for each hydration, and events of reads and
//! writes with the same fields, at info level only where that was asked for.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use hydrant::write::PutOptions;
use hydrant::{Builder, Env, Hydrator, MemoryStore};
use serde_json::Value;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

const MANIFEST: &str = "version = 1\n\
    [secrets.KEY]\nsecret_id = \"demo/key\"\n\
    [secrets.LOCAL]\nsecret_id = \"demo/local\"\n\
    [secrets.ABSENT]\nsecret_id = \"demo/absent\"\nrequired = false\n\
    [secrets.DENIED]\nsecret_id = \"demo/denied\"\nrequired = false\n";

fn builder() -> Builder {
    let store = MemoryStore::new().secret("demo/key", "canary").denied("demo/denied");
    Hydrator::builder()
        .manifest_text(MANIFEST)
        .env(Env::new([("LOCAL", "canary")]))
        .no_env_file()
        .writers(store.writers())
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that the program's subscriber writes, up to a level.
fn logged(level: Level, program: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let own = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || own.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, program);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The spans that closed, and the events.
fn apart(lines: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    lines.into_iter().partition(|line| line["fields"]["message"] == "close")
}

fn block_on<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(call)
}

#[test]
fn each_hydration_has_a_span_with_what_it_came_to() {
    let hydrator = builder().build().unwrap();
    let lines = logged(Level::TRACE, || {
        hydrator.read().values_blocking().unwrap();
        block_on(hydrator.read().values()).unwrap();
        // Nothing is called for this one.
        hydrator.read().only(["LOCAL"]).values_blocking().unwrap();
    });
    let (spans, events) = apart(lines);
    let counts = ["entries", "hydrated", "kept", "defaulted", "skipped", "missing", "failed"];
    let found: Vec<_> = spans
        .iter()
        .map(|line| {
            let span = &line["span"];
            assert_eq!(
                (&span["name"], &span["manifest"]),
                (&"hydrate".into(), &"secrets.toml".into())
            );
            assert!(span["duration_ms"].is_u64() && line["level"] == "INFO", "{line}");
            counts.map(|count| span[count].as_u64().unwrap())
        })
        .collect();
    assert_eq!(found, [[4, 1, 1, 0, 0, 1, 1], [4, 1, 1, 0, 0, 1, 1], [1, 0, 1, 0, 0, 0, 0]]);
    assert!(events.iter().all(|event| event["span"]["name"] == "hydrate"), "{events:?}");
}

#[test]
fn a_hydration_that_fails_has_its_span_too() {
    let hydrator = builder().strict(true).profile("team");
    let hydrator = hydrator.manifest_text(&format!("{MANIFEST}[profiles.team]\n")).build().unwrap();
    let (spans, events) = apart(logged(Level::DEBUG, || {
        hydrator.read().values_blocking().unwrap_err();
    }));
    assert_eq!(spans.len(), 1);
    assert_eq!(
        (&spans[0]["span"]["failed"], &spans[0]["span"]["profile"]),
        (&1.into(), &"team".into())
    );
    // What stops the start comes with the error, and so at debug level.
    let failed: Vec<_> =
        events.iter().filter(|event| event["fields"]["outcome"] == "failed").collect();
    let [event] = failed[..] else { panic!("{events:?}") };
    assert_eq!(
        (&event["level"], &event["fields"]["variables"]),
        (&"DEBUG".into(), &"DENIED".into())
    );
    assert_eq!(event["fields"]["reason"], "denied");
}

#[test]
fn nothing_is_at_info_level_unless_it_was_asked_for() {
    let requests = |hydrator: &Hydrator| {
        let write = hydrator.write();
        hydrator.read().only(["KEY"]).values_blocking().unwrap();
        block_on(write.put("KEY", "canary".into(), PutOptions::new())).unwrap();
    };
    let hydrator = builder().build().unwrap();
    let (_, events) = apart(logged(Level::INFO, || requests(&hydrator)));
    assert_eq!(events, [] as [Value; 0]);
    let hydrator = builder().info_events(true).build().unwrap();
    let (_, events) = apart(logged(Level::INFO, || requests(&hydrator)));
    let messages: Vec<_> = events.iter().map(|event| &event["fields"]["message"]).collect();
    assert_eq!(messages, ["read demo/key for KEY", "put of KEY"]);
}

#[test]
fn reads_and_writes_have_the_same_fields() {
    let hydrator = builder().build().unwrap();
    let (_, events) = apart(logged(Level::DEBUG, || {
        hydrator.read().only(["KEY", "DENIED"]).values_blocking().unwrap();
        let write = hydrator.write();
        block_on(write.put("KEY", "canary".into(), PutOptions::new())).unwrap();
        block_on(write.put("DENIED", "canary".into(), PutOptions::new())).unwrap_err();
    }));
    let common = ["action", "variables", "reference", "outcome", "message"];
    let found: BTreeSet<_> = events
        .iter()
        .map(|event| {
            let fields = event["fields"].as_object().unwrap();
            assert!(common.iter().all(|name| fields.contains_key(*name)), "{event}");
            let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            ["action", "variables", "reference", "outcome", "reason"].map(text).join(" ")
        })
        .collect();
    let expected = [
        "put DENIED demo/denied failed denied",
        "put KEY demo/key done ",
        "read DENIED demo/denied failed denied",
        "read KEY demo/key hydrated ",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}
