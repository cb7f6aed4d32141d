//! Metadata of instances and containers that drops packets or never responds, and a region that is
//! not found.
//!
//! The search ends by itself, with a note on where it looked, or at the deadline, whichever is
//! sooner.

use hydrant_emulator::{DeadEndpoint, Emulator};

use crate::faults::matrix::Row;
use crate::support::Sandbox;

fn metadata_at(sandbox: Sandbox, dead: &DeadEndpoint) -> Sandbox {
    sandbox
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", dead.endpoint())
        .env("AWS_REGION", "")
}

/// Everything but credentials.
fn at(sandbox: Sandbox, emulator: &Emulator) -> Sandbox {
    sandbox.env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", "us-east-1")
}

#[test]
fn credentials_from_instance_metadata_that_swallows_packets() {
    let (dead, emulator) = (DeadEndpoint::swallowing().unwrap(), Emulator::start().unwrap());
    let row = Row { deadline: "10s", code: 78, says: "no usable AWS credentials", calls: None };
    row.set(|sandbox| at(metadata_at(sandbox, &dead), &emulator));
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn credentials_from_instance_metadata_that_never_responds() {
    let (dead, emulator) = (DeadEndpoint::silent().unwrap(), Emulator::start().unwrap());
    let row = Row { deadline: "10s", code: 78, says: "no usable AWS credentials", calls: None };
    row.set(|sandbox| at(metadata_at(sandbox, &dead), &emulator));
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn a_region_from_instance_metadata_that_swallows_packets() {
    let (dead, emulator) = (DeadEndpoint::swallowing().unwrap(), Emulator::start().unwrap());
    let row = Row { deadline: "10s", code: 78, says: "no region", calls: None };
    row.set(|sandbox| metadata_at(sandbox.with(&emulator), &dead));
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn a_region_from_instance_metadata_that_never_responds() {
    let (dead, emulator) = (DeadEndpoint::silent().unwrap(), Emulator::start().unwrap());
    let row = Row { deadline: "10s", code: 78, says: "no region", calls: None };
    row.set(|sandbox| metadata_at(sandbox.with(&emulator), &dead));
    assert_eq!(emulator.connections(), 0);
}

/// hydrant waits longer than one second for the container's metadata.
#[test]
fn the_deadline_ends_the_search() {
    let (dead, emulator) = (DeadEndpoint::silent().unwrap(), Emulator::start().unwrap());
    let row = Row {
        deadline: "1s",
        code: 69,
        says: "before credentials and region were found",
        calls: None,
    };
    row.set(|sandbox| {
        at(sandbox, &emulator).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", dead.endpoint())
    });
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn a_region_that_is_not_found() {
    let emulator = Emulator::start().unwrap();
    let row = Row { deadline: "10s", code: 78, says: "no region", calls: None };
    row.set(|sandbox| sandbox.with(&emulator).env("AWS_REGION", ""));
    assert_eq!(emulator.connections(), 0);
}
