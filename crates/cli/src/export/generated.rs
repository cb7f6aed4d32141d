//! Generated values through every format and back: its reader gets the original bytes, or the
//! format refuses.
//!
//! Real readers are used if possible: sh, python-dotenv, jq, fish. Docker's is implemented here by
//! its rules, and the GitHub runner's next to its format. PowerShell's has a table next to its
//! format.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::sample::select;

use super::tests::NASTY;
use super::{FormatName, Pair};

/// The pairs of one text, by name.
type Pairs = BTreeMap<String, String>;

/// Values without NUL: those that broke something once, their concatenations, and any.
pub(super) fn values() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => select(NASTY).prop_map(str::to_owned),
        2 => "[\\\\'\"$`!#\n\r\t ]{0,6}",
        1 => "[ -~]{0,8}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat().replace('\0', ""))
}

/// Several at once, since a reader that is a process costs more than a value. A variable's name
/// must not mean anything to a shell.
fn pairs() -> impl Strategy<Value = Pairs> {
    prop::collection::btree_map("HT_[A-Za-z0-9_]{1,8}", values(), 1..12)
}

fn written(format: FormatName, pairs: &Pairs) -> Result<String, Vec<super::ExportProblem>> {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| Pair { name, value }).collect();
    let mut out = String::new();
    super::write(format, &pairs, &mut out).map(|()| out)
}

/// The output of a program that gets a text in a file, as its last argument.
fn asked(program: &mut Command, text: &str) -> Vec<u8> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("the file is written");
    let output = program.arg(file.path()).stdin(Stdio::null()).output().expect("the reader starts");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?} of {text:?}");
    output.stdout
}

/// `NAME=value`, each with a NUL after it, as `env -0` prints it; only the names that are looked
/// for.
fn read(printed: &[u8]) -> Pairs {
    let text = std::str::from_utf8(printed).expect("UTF-8");
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| name.starts_with("HT_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A format and its reader agree on a number of cases.
fn check(format: FormatName, cases_for_each: u32, reader: impl Fn(&str) -> Pairs) {
    let default = ProptestConfig::default();
    let config = ProptestConfig {
        cases: (default.cases / cases_for_each).max(1),
        source_file: Some(file!()),
        ..default
    };
    let run = proptest::test_runner::TestRunner::new(config).run(&pairs(), |pairs| {
        let text = written(format, &pairs).expect("the format holds every value without NUL");
        prop_assert_eq!(reader(&text), pairs, "{}", text);
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
}

fn python() -> Command {
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    Command::new(
        python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test"),
    )
}

/// Whether a program is installed. A missing one is named on stderr, past the harness that would
/// hide it.
fn is_there(program: &str, otherwise: &str) -> bool {
    let there = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        let _ = writeln!(std::io::stderr(), "{program} is missing: {otherwise}");
    }
    there
}

#[test]
fn sh_reads_every_value_back() {
    for script in [". \"$0\"; exec env -0", "eval \"$(cat \"$0\")\"; exec env -0"] {
        check(FormatName::Shell, 8, |text| {
            read(&asked(Command::new("sh").env_clear().envs(path()).args(["-c", script]), text))
        });
    }
}

#[test]
fn fish_reads_every_value_back() {
    if !is_there("fish", "NOT RUN: what the fish format writes is not read back") {
        return;
    }
    let script = "source $argv[1]; exec env -0";
    check(FormatName::Fish, 8, |text| {
        let mut fish = Command::new("fish");
        // In the C locale fish would take bytes for characters.
        fish.env_clear().envs(path()).env("LC_ALL", "C.UTF-8").args(["--no-config", "-c", script]);
        read(&asked(&mut fish, text))
    });
}

#[test]
fn jq_reads_every_value_back() {
    if is_there("jq", "python reads the JSON in its place") {
        let program = "to_entries[] | .key + \"=\" + .value + \"\\u0000\"";
        check(FormatName::Json, 8, |text| {
            read(&asked(Command::new("jq").args(["-j", program]), text))
        });
    } else {
        let program = "import json, sys\nfor pair in json.load(open(sys.argv[1], encoding='utf-8')).items():\n    \
            sys.stdout.buffer.write('='.join(pair).encode() + b'\\0')";
        check(FormatName::Json, 8, |text| read(&asked(python().args(["-c", program]), text)));
    }
}

#[test]
fn python_dotenv_reads_every_value_back() {
    let program = "import dotenv, sys\n\
        for pair in dotenv.dotenv_values(sys.argv[1], interpolate=False, encoding='utf-8').items():\n    \
        sys.stdout.buffer.write('='.join(pair).encode() + b'\\0')";
    check(FormatName::Dotenv, 16, |text| read(&asked(python().args(["-c", program]), text)));
}

#[test]
fn hydrant_reads_its_own_env_file_back() {
    check(FormatName::Dotenv, 1, |text| {
        let file = hydrant_core::EnvFile::parse(text).expect("an env file");
        file.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    });
}

proptest! {
    #[test]
    fn docker_reads_every_value_back_that_it_can(pairs in pairs()) {
        let has_break = |value: &String| value.contains(['\n', '\r']);
        match written(FormatName::Docker, &pairs) {
            Ok(text) => {
                prop_assert!(!pairs.values().any(has_break));
                prop_assert_eq!(read_as_docker_does(&text), pairs);
            }
            Err(refused) => {
                let refused: Vec<_> = refused.into_iter().map(|pair| pair.name).collect();
                let expected: Vec<_> = pairs.into_iter().filter(|(_, value)| has_break(value)).map(|(name, _)| name).collect();
                prop_assert_eq!(refused, expected);
            }
        }
    }
}

/// Docker's rules: a line feed, with a carriage return before it, ends a line; blanks before the
/// name and lines that are empty or begin with `#` are dropped; the value is all that follows the
/// first `=`.
fn read_as_docker_does(text: &str) -> Pairs {
    let lines =
        text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).map(str::trim_start);
    let pairs = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn path() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    std::env::var_os("PATH").map(|path| ("PATH", path)).into_iter()
}
