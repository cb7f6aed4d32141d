//! The tests, each the `main` of a process with an empty environment.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;

use hydrant::{Builder, Error, Hydrator, Layer, MemoryStore, Outcome, Report};

use crate::store::{Count, counting, leaving_a_thread, thread};

/// A test's name, and the test.
type Case = (&'static str, fn());

pub(crate) const ALL: [Case; 20] = [
    ("a_fetch_fills_the_environment", a_fetch_fills_the_environment),
    (
        "a_second_call_gives_the_first_report_and_asks_nothing",
        a_second_call_gives_the_first_report_and_asks_nothing,
    ),
    ("a_second_call_reads_no_file", a_second_call_reads_no_file),
    ("other_options_are_an_error", other_options_are_an_error),
    ("a_failed_first_call_is_not_remembered", a_failed_first_call_is_not_remembered),
    (
        "nothing_is_set_where_a_required_value_is_missing",
        nothing_is_set_where_a_required_value_is_missing,
    ),
    ("nothing_is_asked_while_another_thread_runs", nothing_is_asked_while_another_thread_runs),
    ("a_thread_that_is_ending_is_waited_for", a_thread_that_is_ending_is_waited_for),
    ("nothing_is_set_if_the_fetch_leaves_a_thread", nothing_is_set_if_the_fetch_leaves_a_thread),
    ("inside_a_runtime_it_is_an_error", inside_a_runtime_it_is_an_error),
    ("only_entries_of_the_env_file_are_set", only_entries_of_the_env_file_are_set),
    ("a_value_with_a_nul_is_refused", a_value_with_a_nul_is_refused),
    ("an_audit_log_leaves_no_thread", an_audit_log_leaves_no_thread),
    ("nothing_to_set_is_nothing_to_refuse", nothing_to_set_is_nothing_to_refuse),
    (
        "nothing_to_set_is_nothing_to_refuse_in_a_runtime",
        nothing_to_set_is_nothing_to_refuse_in_a_runtime,
    ),
    (
        "nothing_to_set_is_nothing_to_refuse_with_workers",
        nothing_to_set_is_nothing_to_refuse_with_workers,
    ),
    ("what_it_set_is_read_again", what_it_set_is_read_again),
    ("a_refusal_shows_what_to_write", a_refusal_shows_what_to_write),
    ("a_runtime_is_shown_what_to_write", a_runtime_is_shown_what_to_write),
    ("what_the_program_set_counts_as_set", what_the_program_set_counts_as_set),
];

const MANIFEST: &str = "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"demo/openai\"\nrequired = false\n\
                        [secrets.GEMINI_API_KEY]\nsecret_id = \"demo/gemini\"\nrequired = false\n";

fn filled() -> MemoryStore {
    MemoryStore::new()
        .secret("demo/openai", "sk-test-openai")
        .secret("demo/gemini", "sk-test-gemini")
}

fn builder() -> Builder {
    Hydrator::builder().manifest_text(MANIFEST).no_env_file()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// That none of the entries was set.
fn nothing_is_set() {
    assert_eq!((variable("OPENAI_API_KEY"), variable("GEMINI_API_KEY")), (None, None));
}

/// Sets a variable of this process, as a program does that has one thread.
fn set(name: &str, value: &str) {
    #[expect(unsafe_code, reason = "a program that sets a variable itself")]
    // SAFETY: No other thread runs when a case calls it.
    unsafe {
        std::env::set_var(name, value);
    }
}

fn a_fetch_fills_the_environment() {
    builder().stores(filled().stores()).apply().unwrap();
    assert_eq!(variable("OPENAI_API_KEY").as_deref(), Some("sk-test-openai"));
    assert_eq!(variable("GEMINI_API_KEY").as_deref(), Some("sk-test-gemini"));
}

fn a_second_call_gives_the_first_report_and_asks_nothing() {
    let count = Count::default();
    let builder = builder().stores(counting(filled(), &count));
    let first = builder.clone().apply().unwrap();
    assert_eq!(first.get("OPENAI_API_KEY").unwrap().outcome, Outcome::Hydrated);
    assert_eq!(count.get(), 1);
    assert_eq!(builder.clone().apply().unwrap(), first);
    // The same options by the other way in.
    assert_eq!(builder.build().unwrap().apply().unwrap(), first);
    assert_eq!(count.get(), 1);
}

fn a_second_call_reads_no_file() {
    let first = hydrant::hydrate().unwrap();
    assert_eq!(first.get("OPENAI_API_KEY").unwrap().outcome, Outcome::Kept(Layer::EnvFile));
    fs::remove_file("secrets.toml").unwrap();
    assert_eq!(hydrant::hydrate().unwrap(), first);
}

fn other_options_are_an_error() {
    let builder = builder().stores(filled().stores());
    builder.clone().apply().unwrap();
    for other in [
        builder.clone().strict(true),
        builder.clone().only(["OPENAI_API_KEY"]),
        Hydrator::builder(),
    ] {
        let error = other.apply().unwrap_err();
        assert!(matches!(error, Error::OtherOptions { .. }), "{error}");
    }
    builder.apply().unwrap();
}

fn a_failed_first_call_is_not_remembered() {
    let manifest = "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"demo/openai\"\n";
    let required = || Hydrator::builder().manifest_text(manifest).no_env_file();
    let error = required().stores(MemoryStore::new().stores()).apply().unwrap_err();
    assert!(matches!(error, Error::MissingSecrets(_)), "{error}");
    nothing_is_set();
    required().stores(filled().stores()).apply().unwrap();
    assert_eq!(variable("OPENAI_API_KEY").as_deref(), Some("sk-test-openai"));
}

fn nothing_is_set_where_a_required_value_is_missing() {
    let manifest = format!(
        "{MANIFEST}[secrets.ONE]\nsecret_id = \"demo/one\"\n[secrets.TWO]\nsecret_id = \"demo/two\"\n"
    );
    let stores = filled().denied("demo/two").stores();
    let error = Hydrator::builder()
        .manifest_text(&manifest)
        .no_env_file()
        .stores(stores)
        .apply()
        .unwrap_err();
    let expected = "2 of 4 entries of secrets.toml have no value\n\
        ONE (secrets.toml:8): the secret has no value to read: demo/one; AWS said: ResourceNotFoundException: \
        Secrets Manager can't find the specified secret.\n  \
        hint: give it a value\n\
        TWO (secrets.toml:10): access denied: demo/two; AWS said: AccessDeniedException: denied by the in-memory \
        store\n  \
        hint: allow secretsmanager:GetSecretValue on demo/two in the role's policy";
    assert_eq!(error.to_string(), expected);
    nothing_is_set();
}

fn nothing_is_asked_while_another_thread_runs() {
    let (stop, thread) = thread();
    let count = Count::default();
    let builder = builder().stores(counting(filled(), &count));
    let error = builder.clone().apply().unwrap_err();
    assert!(matches!(error, Error::OtherThreads { count: 1, .. }), "{error:?}");
    assert_eq!(count.get(), 0);
    nothing_is_set();
    drop(stop);
    thread.join().unwrap();
    builder.apply().unwrap();
}

/// The system lists a thread until it has wholly ended, even one that was joined.
fn a_thread_that_is_ending_is_waited_for() {
    for _ in 0..20 {
        let (stop, _thread) = thread();
        drop(stop);
        hydrant::core::apply::only_thread().unwrap();
    }
}

fn nothing_is_set_if_the_fetch_leaves_a_thread() {
    let error = builder().stores(leaving_a_thread(filled())).apply().unwrap_err();
    assert!(matches!(error, Error::OtherThreads { .. }), "{error:?}");
    nothing_is_set();
}

fn inside_a_runtime_it_is_an_error() {
    let builder = builder().stores(filled().stores());
    let used = builder.clone().build().unwrap();
    used.read().values_blocking().unwrap();
    let runtimes = [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ];
    for mut runtime in runtimes {
        runtime.enable_all().build().unwrap().block_on(async {
            let inside =
                |error: Error| assert!(matches!(error, Error::InsideRuntime { .. }), "{error}");
            inside(builder.clone().apply().unwrap_err());
            inside(used.apply().unwrap_err());
            assert_eq!(used.read().values_blocking().unwrap().values.iter().count(), 2);
            assert_eq!(used.read().check_live_blocking().unwrap().entries.len(), 2);
            assert_eq!(used.read().values().await.unwrap().values.iter().count(), 2);
        });
    }
    // A hydrator that has a runtime of its own may be dropped inside another.
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { drop(used) });
    nothing_is_set();
}

fn only_entries_of_the_env_file_are_set() {
    let report = hydrant::hydrate().unwrap();
    assert_eq!(report.get("OPENAI_API_KEY").unwrap().outcome, Outcome::Kept(Layer::EnvFile));
    assert_eq!(variable("OPENAI_API_KEY").as_deref(), Some("sk-test-file"));
    assert_eq!(report.get("GEMINI_API_KEY").unwrap().outcome.word(), "skipped");
    assert_eq!((variable("GEMINI_API_KEY"), variable("DATABASE_URL")), (None, None));
}

fn a_value_with_a_nul_is_refused() {
    let stores = filled().secret("demo/gemini", "sk-test\0").stores();
    let error = builder().stores(stores).apply().unwrap_err();
    assert!(
        format!("{error:?}").contains("the value of GEMINI_API_KEY contains a NUL byte"),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("sk-test"), "{error:?}");
    nothing_is_set();
}

fn an_audit_log_leaves_no_thread() {
    let count = Count::default();
    let audited = || builder().stores(counting(filled(), &count));
    let error = audited().audit_log("no/audit.jsonl").apply().unwrap_err();
    assert!(matches!(&error, Error::Audit(error) if !error.was_done()), "{error:?}");
    assert_eq!(count.get(), 0);
    nothing_is_set();
    audited().audit_log("audit.jsonl").apply().unwrap();
    assert_eq!(variable("OPENAI_API_KEY").as_deref(), Some("sk-test-openai"));
    hydrant::core::apply::only_thread().unwrap();
    assert_eq!(fs::read_to_string("audit.jsonl").unwrap().lines().count(), 2);
}

/// One entry is set, and nothing says where the other is; another thread runs.
fn with_nothing_to_set(call: impl FnOnce(Builder) -> Result<Report, Error>) {
    set("OPENAI_API_KEY", "sk-test-set");
    let manifest =
        "version = 1\n[secrets.OPENAI_API_KEY]\n[secrets.GEMINI_API_KEY]\nrequired = false\n";
    let count = Count::default();
    let (stop, thread) = thread();
    let builder = Hydrator::builder().manifest_text(manifest).no_env_file();
    let report = call(builder.stores(counting(filled(), &count))).unwrap();
    assert_eq!(report.get("OPENAI_API_KEY").unwrap().outcome, Outcome::Kept(Layer::Process));
    assert_eq!(report.get("GEMINI_API_KEY").unwrap().outcome.word(), "skipped");
    assert_eq!(count.get(), 0);
    drop(stop);
    thread.join().unwrap();
}

fn nothing_to_set_is_nothing_to_refuse() {
    with_nothing_to_set(Builder::apply);
}

fn nothing_to_set_is_nothing_to_refuse_in_a_runtime() {
    let [mut runtime, _] = runtimes();
    with_nothing_to_set(|builder| runtime.build().unwrap().block_on(async { builder.apply() }));
}

fn nothing_to_set_is_nothing_to_refuse_with_workers() {
    let [_, mut runtime] = runtimes();
    with_nothing_to_set(|builder| runtime.build().unwrap().block_on(async { builder.apply() }));
}

fn runtimes() -> [tokio::runtime::Builder; 2] {
    [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()]
}

fn what_it_set_is_read_again() {
    builder().stores(filled().stores()).apply().unwrap();
    let rotated = filled().secret("demo/openai", "sk-test-rotated");
    let hydration =
        builder().stores(rotated.stores()).build().unwrap().read().values_blocking().unwrap();
    assert_eq!(hydration.report.get("OPENAI_API_KEY").unwrap().outcome, Outcome::Hydrated);
    assert_eq!(hydration.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-test-rotated");
    // The environment itself stays as it is.
    assert_eq!(variable("OPENAI_API_KEY").as_deref(), Some("sk-test-openai"));
}

fn what_the_program_set_counts_as_set() {
    set("GEMINI_API_KEY", "sk-test-before");
    builder().stores(filled().stores()).apply().unwrap();
    set("OPENAI_API_KEY", "sk-test-after");
    let rotated = filled().secret("demo/openai", "rotated").secret("demo/gemini", "rotated");
    let hydration =
        builder().stores(rotated.stores()).build().unwrap().read().values_blocking().unwrap();
    let value = |name: &str| hydration.values.get(name).unwrap().expose().to_owned();
    assert_eq!(value("OPENAI_API_KEY"), "sk-test-after");
    assert_eq!(value("GEMINI_API_KEY"), "sk-test-before");
}

/// The lines of an error that show what to write, as a program would have them.
fn rewrite_in(error: &Error) -> String {
    let text = error.to_string();
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    lines.collect::<Vec<_>>().join("\n")
}

fn a_refusal_shows_what_to_write() {
    let (stop, thread) = thread();
    let builder = || builder().stores(filled().stores());
    let error = builder().apply().unwrap_err();
    let expected = "1 other thread(s) are running, and setting a variable while one of them reads the environment is \
        undefined behaviour; call it first in `main`, or read the values with `Read::values_blocking`:\n    \
        fn main() -> Result<(), Box<dyn std::error::Error>> {\n        \
        hydrant::hydrate()?;\n        \
        // then the logger, the runtime and everything else that starts a thread\n        \
        Ok(())\n    }";
    assert_eq!(error.to_string(), expected);
    // `main` prints the same of an error that it returns.
    assert_eq!(format!("{error:?}"), expected);
    drop(stop);
    thread.join().unwrap();

    let named = std::thread::Builder::new().name("tests::a_test".to_owned());
    let error = named.spawn(move || builder().apply().unwrap_err()).unwrap().join().unwrap();
    let expected = "1 other thread(s) are running, and setting a variable while one of them reads the environment is \
        undefined behaviour; call it first in `main`, on the thread of `main`; in a test, which `cargo test` runs \
        on a thread of its own, read the values:\n    \
        let hydration = hydrant::Hydrator::builder().build()?.read().values_blocking()?;\n    \
        let key = hydration.values.get(\"OPENAI_API_KEY\");";
    assert_eq!(error.to_string(), expected);
    nothing_is_set();
}

fn a_runtime_is_shown_what_to_write() {
    for (mut runtime, expected) in runtimes().into_iter().zip([
        "fn main() -> Result<(), Box<dyn std::error::Error>> {\n    \
         hydrant::hydrate()?;\n    \
         let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;\n    \
         runtime.block_on(async {\n        \
         // what the async `main` did\n        \
         Ok(())\n    })\n}",
        "fn main() -> Result<(), Box<dyn std::error::Error>> {\n    \
         hydrant::hydrate()?;\n    \
         tokio::runtime::Runtime::new()?.block_on(async {\n        \
         // what the async `main` did\n        \
         Ok(())\n    })\n}",
    ]) {
        let apply = async { builder().stores(filled().stores()).apply() };
        let error = runtime.enable_all().build().unwrap().block_on(apply).unwrap_err();
        let first = "this call blocks and sets variables, and the thread runs an async runtime; \
            call it before the runtime starts:";
        assert_eq!(error.to_string().lines().next(), Some(first));
        assert_eq!(rewrite_in(&error), expected);
    }
    nothing_is_set();
}
