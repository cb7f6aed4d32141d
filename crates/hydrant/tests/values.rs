//! The calls that return values: many at a time, with variables of their own, and without touching
//! the environment.

use std::sync::Arc;

use hydrant::{Builder, CalledFrom, Env, Error, Hydration, Hydrator, MemoryStore};

const MANIFEST: &str =
    "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"agents/${org}/openai\"\n";

fn organisations() -> Vec<String> {
    (0..16).map(|index| format!("org-{index}")).collect()
}

fn builder() -> Builder {
    let store = organisations().iter().fold(MemoryStore::new(), |store, name| {
        store.secret(&format!("agents/{name}/openai"), &format!("sk-test-{name}"))
    });
    Hydrator::builder()
        .manifest_text(MANIFEST)
        .env(Env::default())
        .no_env_file()
        .stores(store.stores())
}

fn key(hydration: &Hydration) -> &str {
    hydration.values.get("OPENAI_API_KEY").expect("a value").expose()
}

#[test]
fn blocking_calls_run_at_the_same_time_from_many_threads() {
    let hydrator = builder().build().unwrap();
    std::thread::scope(|scope| {
        for name in organisations() {
            let hydrator = &hydrator;
            scope.spawn(move || {
                for _ in 0..20 {
                    let hydration = hydrator.read().var("org", &name).values_blocking().unwrap();
                    assert_eq!(key(&hydration), format!("sk-test-{name}"));
                }
            });
        }
    });
    assert!(std::env::var_os("OPENAI_API_KEY").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn async_calls_run_at_the_same_time_on_many_threads() {
    let hydrator = Arc::new(builder().build().unwrap());
    let tasks = organisations().into_iter().map(|name| {
        let hydrator = hydrator.clone();
        tokio::spawn(async move {
            let hydration = hydrator.read().var("org", &name).values().await.unwrap();
            assert_eq!(key(&hydration), format!("sk-test-{name}"));
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_variable_cannot_leave_its_place_in_a_name() {
    let hydrator = builder().build().unwrap();
    for org in ["../other", "acme/openai", "", "a b"] {
        let error = hydrator.read().var("org", org).values().await.unwrap_err();
        assert!(matches!(error, Error::Selection(_)), "{error}");
        // A program has no options of a command line.
        assert!(error.to_string().contains("the program gives for `${org}`"), "{error}");
    }
    // What a call gives goes before the builder's, and the builder's before the manifest's.
    let hydrator = builder().var("org", "org-1").build().unwrap();
    assert_eq!(key(&hydrator.read().values().await.unwrap()), "sk-test-org-1");
    assert_eq!(key(&hydrator.read().var("org", "org-2").values().await.unwrap()), "sk-test-org-2");
}

#[test]
fn a_failed_read_of_an_optional_entry_is_an_error_only_if_strict() {
    let manifest = "version = 1\n[secrets.KEY]\nsecret_id = \"demo\"\nrequired = false\n";
    let builder = Hydrator::builder().manifest_text(manifest).env(Env::default()).no_env_file();
    let builder = builder.stores(MemoryStore::new().denied("demo").stores());
    let hydration = builder.clone().build().unwrap().read().values_blocking().unwrap();
    assert_eq!(hydration.report.entries[0].outcome.word(), "failed");
    let error = builder.strict(true).build().unwrap().read().values_blocking().unwrap_err();
    assert!(
        error.to_string().contains("KEY (secrets.toml:2): failed: access denied: demo"),
        "{error}"
    );
}

#[test]
fn check_live_reads_no_value_and_looks_past_what_is_set() {
    let manifest = "version = 1\n[secrets.A]\nsecret_id = \"a\"\n[secrets.B]\nsecret_id = \"b\"\nrequired = false\n\
                    [secrets.C]\nsecret_id = \"c\"\n[secrets.D]\nvalue_parameter = \"/d\"\n";
    let store = MemoryStore::new()
        .secret("a", "sk-test-a")
        .empty_secret("b")
        .denied("c")
        .parameter("/d", "sk-test-d");
    let env = Env::new([("A", "sk-test-local")]);
    let hydrator =
        Hydrator::builder().manifest_text(manifest).env(env).no_env_file().stores(store.stores());
    let hydrator = hydrator.build().unwrap();
    let blocking = hydrator.read().check_live_blocking().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for report in [blocking, runtime.block_on(hydrator.read().check_live()).unwrap()] {
        let words: Vec<_> = report.entries.iter().map(|entry| entry.outcome.word()).collect();
        assert_eq!(words, ["present", "missing", "failed", "present"]);
    }
}

#[test]
fn settings_in_variables_that_make_no_sense_are_refused() {
    let refused = builder().env(Env::new([("HYDRANT_OFFLINE", "perhaps")])).build().unwrap_err();
    assert_eq!(refused.to_string(), "HYDRANT_OFFLINE is not 1 or 0");
    let offline =
        builder().var("org", "acme").env(Env::new([("HYDRANT_OFFLINE", "1")])).build().unwrap();
    let error = offline.read().values_blocking().unwrap_err();
    assert!(
        error.to_string().contains("not set locally, and AWS is not called (offline)"),
        "{error}"
    );
}

/// In a child that has the harness with two threads, whatever this run has.
#[test]
fn the_harness_of_tests_is_shown_how_to_read_the_values() {
    const CHILD: &str = "TEST_IN_CHILD";
    if std::env::var_os(CHILD).is_none() {
        let name = "the_harness_of_tests_is_shown_how_to_read_the_values";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let ended = child.args(["--exact", name, "--test-threads=2"]).env(CHILD, "1").output();
        let ended = ended.unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
        return;
    }
    let error = builder().var("org", "org-0").apply().unwrap_err();
    let from = CalledFrom::OtherThread;
    assert!(matches!(&error, Error::OtherThreads { from: found, .. } if *found == from), "{error}");
    assert!(error.to_string().contains("in a test, which `cargo test` runs"), "{error}");
}
