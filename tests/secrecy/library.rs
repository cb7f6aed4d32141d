//! Secrecy of the library: under a program's own subscriber, at TRACE and for every crate, nothing
//! shows a value, whatever the faults. Neither do the Debug and Display forms of the results. The
//! same holds for the writer.

use std::fmt::Write as _;
use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use hydrant::write::{JsonWrite, PutOptions, RecoveryWindow, Rotation, import_steps};
use hydrant::{Env, Error, Hydration, Hydrator, SecretValue};
use hydrant_emulator::Operation;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::writer::MakeWriterExt;

use super::canary::{ODD, PLAIN, forms, found};
use super::fixture::{self, FAULTS};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The AWS SDK reads these from the environment of the process, which no test changes: this test
/// starts another process.
#[test]
fn nothing_is_shown_if_the_sdk_should_show_everything() {
    let mut itself = Command::new(std::env::current_exe().unwrap());
    itself.args([
        "--exact",
        "secrecy::library::under_a_subscriber_of_everything",
        "--ignored",
        "--nocapture",
    ]);
    for (name, value) in
        [("LOG_SENSITIVE_BODIES", "true"), ("LOG_SIGNABLE_BODY", "true"), ("RUST_LOG", "trace")]
    {
        itself.env(name, value);
    }
    let output = itself.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "the process that the test above starts"]
fn under_a_subscriber_of_everything() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer((move || writer.clone()).with_max_level(tracing::Level::TRACE));
    subscriber.init();
    tracing::trace!("{PLAIN}");
    assert!(found(&forms(PLAIN), &log.take()).is_some(), "it collects");

    for canary in [PLAIN, ODD] {
        let forms = forms(canary);
        for (fault, _) in FAULTS {
            let shown = outcomes(canary, fault);
            assert_eq!(found(&forms, shown.as_bytes()), None, "{fault}: {shown}");
            let logged = log.take();
            assert!(!logged.is_empty(), "{fault}");
            assert_eq!(
                found(&forms, &logged),
                None,
                "{fault}: {}",
                String::from_utf8_lossy(&logged)
            );
        }
        // All at once: they mostly wait.
        std::thread::scope(|scope| {
            for fault in FAULTS.iter().map(|(fault, _)| *fault).chain(REPEATING) {
                let forms = &forms;
                scope.spawn(move || {
                    let shown = written(canary, fault);
                    assert_eq!(found(forms, shown.as_bytes()), None, "writes, {fault}: {shown}");
                });
            }
        });
        let logged = log.take();
        assert!(!logged.is_empty());
        assert_eq!(found(&forms, &logged), None, "writes: {}", String::from_utf8_lossy(&logged));
    }
}

/// What a program may print of a blocking call and of an asynchronous one.
fn outcomes(canary: &str, fault: &str) -> String {
    let emulator = fixture::account(canary, fault);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut shown = String::new();
    for strict in [false, true] {
        let hydrator = hydrator(canary, &emulator.endpoint(), fault, strict);
        show(&mut shown, &hydrator.read().values_blocking());
        show(&mut shown, &runtime.block_on(hydrator.read().values()));
        _ = write!(shown, "{hydrator:?}");
    }
    shown
}

/// Codes with which AWS repeats the value of a write.
const REPEATING: [&str; 3] =
    ["ValidationException", "AccessDeniedException", "InternalServiceError"];

/// What a program may print of the writer's calls, all of them at once.
fn written(canary: &str, fault: &str) -> String {
    let emulator = match REPEATING.contains(&fault) {
        true => fixture::account(canary, "none"),
        false => fixture::account(canary, fault),
    };
    if REPEATING.contains(&fault) {
        let message = format!("Value '{canary}' at 'secretString' failed to satisfy constraint");
        for operation in
            [Operation::PutSecretValue, Operation::CreateSecret, Operation::PutParameter]
        {
            emulator.refuse(operation, fault, &message);
        }
    }
    // A code that is retried needs no long wait.
    let manifest = if fault == "InternalServiceError" { "500" } else { fault };
    let hydrator = hydrator(canary, &emulator.endpoint(), manifest, false);
    let value = || SecretValue::from(canary);
    let (whole, create) = (PutOptions::new, || PutOptions::new().create(true));
    let [merge, replace] =
        [JsonWrite::Merge, JsonWrite::Replace].map(|json| PutOptions::new().json(json));
    let writer = hydrator.write().actor("ada");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut shown = format!("{writer:?} {:?}", value());
    runtime.block_on(async {
        let puts = [
            ("RAW", whole()),
            ("OF_JSON", merge.clone()),
            ("DEEP", merge.clone()),
            ("OF_JSON", replace),
            ("NO_OBJECT", merge.clone()),
            ("BROKEN_JSON", merge.clone()),
            ("BINARY", whole()),
            ("ABSENT", create()),
            ("PASTED", whole()),
            ("PASTED_PARAMETER", whole()),
            ("BY_PARAMETER", whole()),
            ("PARAMETER", whole()),
        ];
        let puts = puts.map(|(variable, options)| writer.put(variable, value(), options));
        let import = async {
            let session = writer.session(&["RAW", "OF_JSON", "DEEP"]).await?;
            let values = session
                .destinations
                .iter()
                .flatten()
                .map(|destination| (destination.clone(), value()));
            let steps = import_steps(values.collect()).expect("no two of them clash");
            let done = session.import(&steps, &merge, |_| {}).await?;
            Ok(format!("{session:?} {steps:?} {done:?}"))
        };
        let (puts, rest) = futures_util::future::join(
            futures_util::future::join_all(puts),
            futures_util::future::join4(
                writer.status(),
                writer.history("RAW"),
                writer.rotate("RAW", Rotation::new()),
                import,
            ),
        )
        .await;
        assert!(fault != "none" || puts.iter().any(Result::is_ok), "{puts:?}");
        puts.iter().for_each(|put| showing(&mut shown, put));
        let (status, history, rotated, imported) = rest;
        showing(&mut shown, &status);
        showing(&mut shown, &history);
        showing(&mut shown, &rotated);
        showing(&mut shown, &imported);
        let (rollback, deleted) = futures_util::future::join(
            writer.rollback("RAW", None),
            writer.delete("ABSENT", RecoveryWindow::Days(7)),
        )
        .await;
        showing(&mut shown, &rollback);
        showing(&mut shown, &deleted);
    });
    shown
}

fn showing<T: std::fmt::Debug>(shown: &mut String, result: &Result<T, Error>) {
    _ = write!(shown, "{result:?}");
    if let Err(error) = result {
        chain(shown, error);
    }
}

fn hydrator(canary: &str, endpoint: &str, fault: &str, strict: bool) -> Hydrator {
    // A key with a space is refused before it signs anything.
    let key = if canary.contains(' ') { PLAIN } else { canary };
    let env = Env::new([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", key),
        ("AWS_REGION", "us-east-1"),
        ("KEPT", canary),
        ("PASTED_ARN", canary),
    ]);
    let builder =
        Hydrator::builder().manifest_text(&fixture::manifest(fault)).no_env_file().env(env);
    builder.strict(strict).build().expect("a sound manifest")
}

fn show(shown: &mut String, result: &Result<Hydration, Error>) {
    _ = write!(shown, "{result:?}");
    match result {
        Ok(hydration) => {
            for entry in &hydration.report.entries {
                _ = write!(shown, "{entry:?}");
            }
        }
        Err(error) => chain(shown, error),
    }
}

fn chain(shown: &mut String, error: &impl std::error::Error) {
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        _ = write!(shown, "{error} {error:?}");
        next = error.source();
    }
}
