//! What each error means, and that its causes are told once.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io;
use std::time::Duration;

use hydrant_core::apply::ApplyError;
use hydrant_core::manifest::ReadError;
use hydrant_core::store::{Action, StoreError, StoreErrorKind};
use hydrant_core::write::{WriteFailure, WriteProblem};
use hydrant_core::{Env, EnvFileError, Manifest, MemoryStore, Selection};

use super::{Error, ErrorKind};
use crate::rewrite::CalledFrom;
use crate::{Builder, Hydrator};

const MANIFEST: &str = "version = 1\n[secrets.FIRST]\nsecret_id = \"demo/first\"\n\
                        [secrets.SECOND]\nsecret_id = \"demo/second\"\n";

fn io_error() -> io::Error {
    io::Error::other("the system says no")
}

fn store_error(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, Action::PutSecretValue, "the server says no")
}

fn write(problem: WriteProblem) -> Error {
    Error::Write(WriteFailure::new("FIRST", 2, problem))
}

fn stored(kind: StoreErrorKind) -> Error {
    write(WriteProblem::Store(store_error(kind)))
}

fn builder(store: &MemoryStore) -> Builder {
    Hydrator::builder().manifest_text(MANIFEST).env(Env::default()).stores(store.stores())
}

/// The error of a hydration in which these reads fail.
fn missing<const N: usize>(failures: [(&str, StoreErrorKind); N]) -> Error {
    let store = MemoryStore::new().secret("demo/first", "1").secret("demo/second", "2");
    failures.iter().for_each(|(id, kind)| store.fail(id, *kind));
    failed_reads(builder(&store))
}

/// One entry that is throttled, and one that nothing names a secret for.
fn throttled_and_without_reference() -> Error {
    let store = MemoryStore::new().secret("demo/first", "1");
    store.fail("demo/first", StoreErrorKind::Throttled);
    let text = "version = 1\n[secrets.FIRST]\nsecret_id = \"demo/first\"\n[secrets.SECOND]\n";
    failed_reads(builder(&store).manifest_text(text))
}

/// The deadline is short, since calls that may succeed later are made again until then.
fn failed_reads(builder: Builder) -> Error {
    let builder = builder.deadline(Duration::from_millis(20));
    let hydrator = builder.build().expect("a manifest without problems");
    hydrator.read().values_blocking().expect_err("a read fails")
}

fn unwritable_audit_log() -> Error {
    let folder = tempfile::tempdir().expect("a folder");
    let hydrator = builder(&MemoryStore::new()).audit_log(folder.path().join("none/audit.log"));
    let hydrator = hydrator.build().expect("a manifest without problems");
    hydrator.read().values_blocking().expect_err("there is no such folder")
}

fn selection(profile: &str, text: &str) -> Error {
    let manifest = Manifest::parse("secrets.toml".as_ref(), text).expect("no problems yet");
    let profile = Some(profile.to_owned()).filter(|profile| !profile.is_empty());
    let selection = Selection { profile, ..Selection::default() };
    manifest.select(&selection, &Env::default()).map(|_| ()).expect_err("a wrong selection").into()
}

/// Each error with its kind, whether it is transient, and how many errors its chain has.
fn table() -> Vec<(Error, ErrorKind, bool, usize)> {
    use ErrorKind::{
        Conflict, Denied, File, Internal, InvalidValue, Manifest as InManifest, Missing, Refused,
        Setup, Unavailable, Unusable, Usage,
    };
    use StoreErrorKind as Kind;
    let path = || "secrets.toml".into();
    let bad = Manifest::parse("secrets.toml".as_ref(), "version = 2").expect_err("an old version");
    let no_value = "version = 1\n[secrets.KEY]\nsecret_id = \"${org}/key\"\n";
    vec![
        (Error::Manifest(bad.into()), InManifest, false, 1),
        (ReadError::Io { path: path(), source: io_error() }.into(), File, false, 2),
        (ReadError::NotUtf8 { path: path(), line: 3 }.into(), InManifest, false, 1),
        (selection("unknown", MANIFEST), Usage, false, 1),
        (selection("", no_value), InManifest, false, 1),
        (EnvFileError::Io { path: path(), source: io_error() }.into(), File, false, 2),
        (EnvFileError::NotUtf8 { path: path(), line: 3 }.into(), InManifest, false, 1),
        (missing([("demo/first", Kind::Denied)]), Denied, false, 1),
        (missing([("demo/first", Kind::Throttled)]), Unavailable, true, 1),
        (
            missing([("demo/first", Kind::TimedOut), ("demo/second", Kind::Unreachable)]),
            Unavailable,
            true,
            1,
        ),
        (throttled_and_without_reference(), Unavailable, false, 1),
        (missing([("demo/first", Kind::Malformed)]), Unusable, false, 1),
        (stored(Kind::Absent), Missing, false, 2),
        (stored(Kind::Denied), Denied, false, 2),
        (stored(Kind::Undecryptable), Denied, false, 2),
        (stored(Kind::Throttled), Unavailable, true, 2),
        (stored(Kind::Unreachable), Unavailable, true, 2),
        (stored(Kind::TimedOut), Unavailable, true, 2),
        (stored(Kind::Credentials), Setup, false, 2),
        (stored(Kind::RefusedEndpoint), Setup, false, 2),
        (stored(Kind::Settings), Setup, false, 2),
        (stored(Kind::Rejected), Unusable, false, 2),
        (stored(Kind::Malformed), Unusable, false, 2),
        (write(WriteProblem::Absent(store_error(Kind::Absent))), Missing, false, 2),
        (write(WriteProblem::UnknownVersion), Missing, false, 1),
        (write(WriteProblem::EmptyValue), InvalidValue, false, 1),
        (write(WriteProblem::TooLong { most: 65_536 }), InvalidValue, false, 1),
        (write(WriteProblem::InvalidToken), InvalidValue, false, 1),
        (write(WriteProblem::TokenUsed), InvalidValue, false, 1),
        (write(WriteProblem::BadWindow), Usage, false, 1),
        (write(WriteProblem::ChangedMeanwhile), Conflict, true, 1),
        (write(WriteProblem::ExistsAlready { name: "demo".to_owned() }), Conflict, false, 1),
        (write(WriteProblem::Managed), Refused, false, 1),
        (write(WriteProblem::OtherAccount), Refused, false, 1),
        (Error::Connection(store_error(Kind::Credentials)), Setup, false, 2),
        (Error::Connection(store_error(Kind::TimedOut)), Unavailable, true, 2),
        (Error::Offline, Usage, false, 1),
        (Error::Apply(ApplyError::Nul { variable: "KEY".to_owned() }), Unusable, false, 2),
        (Error::Apply(ApplyError::ThreadsUnknown(io_error())), Internal, false, 3),
        (ApplyError::OtherThreads { count: 1 }.into(), Usage, false, 1),
        (Error::InsideRuntime { from: CalledFrom::here() }, Usage, false, 1),
        (Error::Forked, Usage, true, 1),
        (Error::OtherOptions { first: path() }, Usage, false, 1),
        (Error::Runtime(io_error()), Internal, false, 2),
        (Error::Panicked, Internal, false, 1),
        (unwritable_audit_log(), File, false, 2),
        (Error::SetTwice { variable: "KEY".to_owned() }, Usage, false, 1),
        (Error::Setting { variable: "HYDRANT_OFFLINE", expected: "1 or 0" }, Usage, false, 1),
    ]
}

/// A variant that is new does not compile here: give it a number and a line in the table.
fn number(error: &Error) -> usize {
    match error {
        Error::Manifest(_) => 0,
        Error::Selection(_) => 1,
        Error::EnvFile(_) => 2,
        Error::MissingSecrets(_) => 3,
        Error::Write(_) => 4,
        Error::Connection(_) => 5,
        Error::Offline => 6,
        Error::Apply(_) => 7,
        Error::OtherThreads { .. } => 8,
        Error::InsideRuntime { .. } => 9,
        Error::Forked => 10,
        Error::OtherOptions { .. } => 11,
        Error::Runtime(_) => 12,
        Error::Panicked => 13,
        Error::Audit(_) => 14,
        Error::SetTwice { .. } => 15,
        Error::Setting { .. } => 16,
    }
}

#[test]
fn every_error_has_a_kind() {
    let table = table();
    for (error, kind, transient, _) in &table {
        assert_eq!((error.kind(), error.is_transient()), (*kind, *transient), "{error:?}");
    }
    let numbers: BTreeSet<_> = table.iter().map(|(error, ..)| number(error)).collect();
    assert!(numbers.into_iter().eq(0..=16));
}

#[test]
fn every_cause_is_in_the_chain_and_told_once() {
    for (error, _, _, length) in table() {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let causes = causes.map(ToString::to_string);
        let chain: Vec<_> = std::iter::once(error.to_string()).chain(causes).collect();
        assert_eq!(chain.len(), length, "{chain:?}");
        for (index, cause) in chain.iter().enumerate() {
            assert!(!cause.is_empty(), "{chain:?}");
            assert!(chain[..index].iter().all(|before| !before.contains(cause)), "{chain:?}");
        }
        assert_eq!(format!("{error:?}"), chain.join(": "));
    }
}

#[test]
fn the_error_of_aws_is_found_in_the_chain() {
    for error in
        [stored(StoreErrorKind::Denied), Error::Connection(store_error(StoreErrorKind::Denied))]
    {
        let source = error.source().and_then(|source| source.downcast_ref::<StoreError>());
        assert_eq!(source.map(|source| source.kind), Some(StoreErrorKind::Denied));
    }
}
