//! A fault in the middle of a batch's pages: the first ones come, the last does not, or comes late.

use std::time::Duration;

use hydrant_emulator::{Emulator, Fault, Operation};

use crate::faults::matrix::{HOME, start};
use crate::support::{Ran, Sandbox};

/// How many pages come before the fault: the empty one at the beginning of a batch, and that of the
/// first secret.
const WHOLE: usize = 2;

/// The preparation of an emulator before a run.
type Prepare<'a> = &'a dyn Fn(&Emulator);

/// Runs with two secrets in pages of one, `WHOLE` pages of them without a fault.
fn paged(deadline: &str, required: bool, prepare: impl FnOnce(&Emulator)) -> (Ran, Emulator, bool) {
    let emulator = Emulator::start().expect("an emulator");
    let mut manifest = format!("version = 1\n[settings]\ndeadline = \"{deadline}\"\n");
    for index in 0..2 {
        emulator.create_secret(HOME, &format!("demo/s{index}"), Some("value 0")).expect("a secret");
        manifest +=
            &format!("[secrets.V{index}]\nsecret_id = \"demo/s{index}\"\nrequired = {required}\n");
    }
    emulator.page_batches(1);
    prepare(&emulator);
    let sandbox = Sandbox::new(&manifest).with(&emulator);
    let ran = start(&sandbox, deadline);
    let started = sandbox.path().join("started").exists();
    (ran, emulator, started)
}

/// Correct responses, and then the fault.
fn then(emulator: &Emulator, fault: &Fault, times: usize) {
    emulator.fault(Some(Operation::BatchGetSecretValue), Fault::Latency(Duration::ZERO), WHOLE);
    emulator.fault(Some(Operation::BatchGetSecretValue), fault.clone(), times);
}

#[test]
fn a_page_that_fails_once_is_read_again_and_no_other() {
    for fault in
        [Fault::CutDuringResponse, Fault::ResetBeforeResponse, Fault::Page(503), Fault::Stall]
    {
        let (ran, emulator, _) = paged("30s", true, |emulator| then(emulator, &fault, 1));
        ran.prints("started with [value 0]\n");
        assert_eq!(emulator.calls().len(), WHOLE + 2, "{fault:?}: {:?}", emulator.calls());
    }
}

/// If the batch itself fails, each id may still be read: hydrant does that with a server that does
/// not support batches.
#[test]
fn a_page_that_the_server_never_gives_is_made_up_for_by_single_reads() {
    for fault in [Fault::Page(503), Fault::Garbage] {
        let (ran, emulator, _) = paged("30s", true, |emulator| then(emulator, &fault, usize::MAX));
        ran.prints("started with [value 0]\n");
        let singles = emulator
            .calls()
            .iter()
            .filter(|call| call.operation == Operation::GetSecretValue)
            .count();
        assert_eq!(singles, 2, "{fault:?}: {:?}", emulator.calls());
    }
}

#[test]
fn a_page_that_never_comes_is_a_failure_of_the_batch() {
    let throttled =
        |emulator: &Emulator| emulator.limit(&[Operation::BatchGetSecretValue], 0, WHOLE as u32);
    let cut = |emulator: &Emulator| then(emulator, &Fault::CutDuringResponse, usize::MAX);
    let stalled = |emulator: &Emulator| then(emulator, &Fault::Stall, usize::MAX);
    let cases: [(&str, Prepare<'_>); 3] = [
        ("still throttled at the deadline", &throttled),
        ("was cut off", &cut),
        ("no response", &stalled),
    ];
    for (says, prepare) in cases {
        for required in [false, true] {
            let (ran, _, started) = paged("2s", required, prepare);
            assert_eq!(ran.code, Some(if required { 69 } else { 0 }), "{ran:?}");
            assert!(ran.stderr.contains(says), "{ran:?}");
            assert_eq!(started, !required, "{ran:?}");
        }
    }
}
