//! Connections that cannot be established, or end too early, or never: AWS is unreachable, unless a
//! retry helps.

use std::time::Duration;

use hydrant_emulator::{ConnectionFault, DeadEndpoint, Fault};

use crate::faults::matrix::{Row, recovers};

const UNREACHABLE: Row<'_> =
    Row { deadline: "2s", code: 69, says: "AWS cannot be reached", calls: None };
const SILENT: Row<'_> = Row { deadline: "2s", code: 69, says: "no response", calls: None };

#[test]
fn refused() {
    let dead = DeadEndpoint::refusing().unwrap();
    Row { says: "Connection refused", ..UNREACHABLE }.set(|sandbox| sandbox.at(&dead.endpoint()));
}

#[test]
fn packets_are_swallowed() {
    let dead = DeadEndpoint::swallowing().unwrap();
    Row { says: "", ..UNREACHABLE }.set(|sandbox| sandbox.at(&dead.endpoint()));
}

#[test]
fn accepted_without_a_response() {
    let dead = DeadEndpoint::silent().unwrap();
    SILENT.set(|sandbox| sandbox.at(&dead.endpoint()));
    SILENT.emulated(|emulator, _| {
        emulator.fault_connections(ConnectionFault::NeverAnswerHandshake, usize::MAX)
    });
}

#[test]
fn reset_or_closed_at_once() {
    for fault in [ConnectionFault::ResetOnAccept, ConnectionFault::CloseOnAccept] {
        Row { calls: Some([0; 3]), ..UNREACHABLE }
            .emulated(|emulator, _| emulator.fault_connections(fault, usize::MAX));
    }
    recovers([1; 3], |emulator, _| emulator.fault_connections(ConnectionFault::ResetOnAccept, 1));
}

#[test]
fn reset_before_the_response() {
    UNREACHABLE
        .emulated(|emulator, _| emulator.fault(None, Fault::ResetBeforeResponse, usize::MAX));
    recovers([2; 3], |emulator, _| emulator.fault(None, Fault::ResetBeforeResponse, 1));
}

#[test]
fn reset_during_the_response() {
    Row { says: "was cut off", ..UNREACHABLE }
        .emulated(|emulator, _| emulator.fault(None, Fault::ResetDuringResponse, usize::MAX));
    recovers([2; 3], |emulator, _| emulator.fault(None, Fault::ResetDuringResponse, 1));
}

#[test]
fn cut_in_the_middle() {
    Row { says: "was cut off", ..UNREACHABLE }
        .emulated(|emulator, _| emulator.fault(None, Fault::CutDuringResponse, usize::MAX));
    recovers([2; 3], |emulator, _| emulator.fault(None, Fault::CutDuringResponse, 1));
}

#[test]
fn reset_after_the_response() {
    recovers([1; 3], |emulator, _| emulator.fault(None, Fault::ResetAfterResponse, usize::MAX));
}

#[test]
fn no_response_after_the_request_is_read() {
    SILENT.emulated(|emulator, _| emulator.fault(None, Fault::Stall, usize::MAX));
}

#[test]
fn one_lost_response_does_not_cost_the_whole_deadline() {
    recovers([2; 3], |emulator, _| emulator.fault(None, Fault::Stall, 1));
}

#[test]
fn one_byte_a_second() {
    let slowly = Fault::Trickle(Duration::from_secs(1));
    SILENT.emulated(|emulator, _| emulator.fault(None, slowly.clone(), usize::MAX));
}

#[test]
fn one_byte_a_second_from_the_first_of_the_head_on() {
    let slowly = Fault::TrickleHead(Duration::from_secs(1));
    SILENT.emulated(|emulator, _| emulator.fault(None, slowly.clone(), usize::MAX));
    recovers([2; 3], |emulator, _| emulator.fault(None, slowly.clone(), 1));
}

/// No name has a label of 64 letters: the resolver rejects it itself, and no packet is sent.
#[test]
fn a_name_that_does_not_resolve() {
    let host = "a".repeat(64);
    Row { says: &host, ..UNREACHABLE }.set(|sandbox| {
        let sandbox = sandbox
            .at("http://127.0.0.1:1")
            .env("AWS_ENDPOINT_URL", format!("http://{host}.invalid"));
        sandbox.env("HYDRANT_ALLOW_HTTP", format!("{host}.invalid"))
    });
}
