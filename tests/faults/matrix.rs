//! One row of the matrix: the same fault for a single read, a batch and a parameter, optional and
//! required.

use std::time::{Duration, Instant};

use hydrant_emulator::{Emulator, Operation, ParameterType};

use crate::support::{Ran, Sandbox};

pub(crate) const HOME: &str = "us-east-1";

/// The extra time after the deadline of a start, on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// One secret.
    Single,
    /// Two secrets, in one batch.
    Batch,
    /// The value of one parameter.
    Parameter,
}

const COLUMNS: [Column; 3] = [Column::Single, Column::Batch, Column::Parameter];

impl Column {
    pub(crate) fn operation(self) -> Operation {
        match self {
            Column::Single => Operation::GetSecretValue,
            Column::Batch => Operation::BatchGetSecretValue,
            Column::Parameter => Operation::GetParameters,
        }
    }

    /// Puts it into an emulator.
    fn fill(self, emulator: &Emulator) {
        for (index, value) in ["value 0", "value 1"].iter().enumerate() {
            emulator.create_secret(HOME, &format!("demo/s{index}"), Some(value)).expect("a secret");
        }
        emulator
            .put_parameter(HOME, "/demo/p0", "value 0", ParameterType::SecureString)
            .expect("a parameter");
    }

    fn manifest(self, deadline: &str, required: bool) -> String {
        let entries: &[_] = match self {
            Column::Single => &["secret_id = \"demo/s0\""],
            Column::Batch => &["secret_id = \"demo/s0\"", "secret_id = \"demo/s1\""],
            Column::Parameter => &["value_parameter = \"/demo/p0\""],
        };
        let entry =
            |(index, place)| format!("[secrets.V{index}]\n{place}\nrequired = {required}\n");
        let entries: String = entries.iter().enumerate().map(entry).collect();
        format!("version = 1\n[settings]\ndeadline = \"{deadline}\"\n{entries}")
    }
}

/// The promise of a row.
pub(crate) struct Row<'a> {
    pub(crate) deadline: &'a str,
    /// The exit code if the entry is required.
    pub(crate) code: i32,
    /// The part of every message about the cause.
    pub(crate) says: &'a str,
    /// The number of calls for a single read, a batch and a parameter, if it is determined.
    pub(crate) calls: Option<[usize; 3]>,
}

impl Row<'_> {
    /// Every column against a prepared emulator.
    #[track_caller]
    pub(crate) fn emulated(&self, prepare: impl Fn(&Emulator, Column) + Sync) {
        each(|column, required| {
            let emulator = Emulator::start().expect("an emulator");
            column.fill(&emulator);
            prepare(&emulator, column);
            self.cell(column, required, |sandbox| sandbox.with(&emulator));
            if let Some(calls) = self.calls {
                assert_eq!(
                    emulator.calls().len(),
                    calls[column as usize],
                    "{column:?}, required: {required}"
                );
            }
        });
    }

    /// Every column with the caller's settings.
    #[track_caller]
    pub(crate) fn set(&self, set: impl Fn(Sandbox) -> Sandbox + Sync) {
        each(|column, required| self.cell(column, required, &set));
    }

    fn cell(&self, column: Column, required: bool, set: impl FnOnce(Sandbox) -> Sandbox) {
        let sandbox = set(Sandbox::new(&column.manifest(self.deadline, required)));
        let ran = start(&sandbox, self.deadline);
        let cell = format!("{column:?}, required: {required}: {ran:?}");
        assert!(ran.stderr.contains(self.says), "{:?} in {cell}", self.says);
        let (code, word) = if required { (self.code, "error") } else { (0, "warning") };
        assert_eq!(ran.code, Some(code), "{cell}");
        assert!(ran.stderr.contains(&format!("hydrant: {word}: ")), "{cell}");
        assert_eq!(ran.stdout, if required { "" } else { "started with []\n" }, "{cell}");
        assert_eq!(sandbox.path().join("started").exists(), !required, "{cell}");
        assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("missing"), "{cell}");
    }
}

/// A temporary fault: every column gets its value, with these numbers of calls.
#[track_caller]
pub(crate) fn recovers(calls: [usize; 3], prepare: impl Fn(&Emulator, Column) + Sync) {
    each(|column, required| {
        let emulator = Emulator::start().expect("an emulator");
        column.fill(&emulator);
        prepare(&emulator, column);
        let sandbox = Sandbox::new(&column.manifest("30s", required)).with(&emulator);
        let ran = start(&sandbox, "30s");
        let cell = format!("{column:?}, required: {required}: {ran:?}");
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), "started with [value 0]\n"),
            "{cell}"
        );
        assert_eq!(emulator.calls().len(), calls[column as usize], "{cell}");
    });
}

/// Runs a command that leaves a trace, and checks the deadline of the run.
pub(crate) fn start(sandbox: &Sandbox, deadline: &str) -> Ran {
    let deadline =
        Duration::from_secs(deadline.trim_end_matches('s').parse().expect("a number of seconds"));
    let begin = Instant::now();
    let ran = sandbox.run(["run", "--", "sh", "-c", "touch started; echo \"started with [$V0]\""]);
    assert!(
        begin.elapsed() < deadline + SLACK,
        "{:?} at a deadline of {deadline:?}: {ran:?}",
        begin.elapsed()
    );
    ran
}

/// All six at once: they mostly wait.
#[track_caller]
fn each(cell: impl Fn(Column, bool) + Sync) {
    std::thread::scope(|scope| {
        for column in COLUMNS {
            for required in [false, true] {
                let cell = &cell;
                scope.spawn(move || cell(column, required));
            }
        }
    });
}
