//! Responses that AWS would not send: unusable ones are not retried, those of an overloaded server
//! are.

use hydrant_emulator::{Emulator, Fault, Operation};

use crate::faults::matrix::{Row, recovers};

/// A batch that cannot be parsed is read id by id, and each of the two fails for good.
const UNUSABLE: Row<'_> = Row {
    deadline: "5s",
    code: 76,
    says: "the response could not be parsed",
    calls: Some([1, 3, 1]),
};
const OVERLOADED: Row<'_> =
    Row { deadline: "2s", code: 69, says: "AWS cannot be reached", calls: None };

#[test]
fn no_json() {
    UNUSABLE.emulated(|emulator, _| emulator.fault(None, Fault::Garbage, usize::MAX));
}

#[test]
fn json_of_another_structure() {
    UNUSABLE.emulated(|emulator, _| emulator.fault(None, Fault::WrongShape, usize::MAX));
    UNUSABLE
        .emulated(|emulator, _| emulator.fault(None, Fault::Body("[1, 2]".to_owned()), usize::MAX));
}

#[test]
fn endless_responses() {
    Row { says: "the answer is longer than any of AWS's", ..UNUSABLE }
        .emulated(|emulator, _| emulator.fault(None, Fault::Endless, usize::MAX));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Emulator::start().unwrap();
    let to = Fault::Redirect(elsewhere.endpoint());
    Row { says: "HTTP 307", ..UNUSABLE }
        .emulated(|emulator, _| emulator.fault(None, to.clone(), usize::MAX));
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_server_error_once_and_twice() {
    recovers([2; 3], |emulator, _| emulator.fault(None, Fault::Status(500), 1));
    recovers([2; 3], |emulator, _| emulator.fault(None, Fault::Page(503), 1));
    recovers([3; 3], |emulator, _| emulator.fault(None, Fault::Status(502), 2));
}

#[test]
fn a_server_error_forever() {
    Row { says: "HTTP 503", ..OVERLOADED }
        .emulated(|emulator, _| emulator.fault(None, Fault::Page(503), usize::MAX));
    Row { says: "InternalServiceError", ..OVERLOADED }.emulated(|emulator, column| {
        for operation in [column.operation(), Operation::GetSecretValue] {
            emulator.refuse(operation, "InternalServiceError", "oh");
        }
    });
}

#[test]
fn throttled_once_and_twice() {
    recovers([2; 3], |emulator, column| emulator.throttle(column.operation(), 1));
    recovers([3; 3], |emulator, column| emulator.throttle(column.operation(), 2));
}

#[test]
fn throttled_for_ever() {
    Row { deadline: "2s", code: 69, says: "still throttled at the deadline", calls: None }
        .emulated(|emulator, column| emulator.throttle(column.operation(), usize::MAX));
}
