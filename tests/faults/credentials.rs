//! Credentials that are not found, or that AWS rejects: a configuration error, and never retried.

use hydrant_emulator::{Emulator, Operation};

use crate::faults::matrix::{Row, start};
use crate::support::Sandbox;

const SETUP: Row<'_> =
    Row { deadline: "5s", code: 78, says: "no usable AWS credentials", calls: Some([1; 3]) };

#[test]
fn nowhere() {
    let emulator = Emulator::start().unwrap();
    SETUP.set(|sandbox| {
        sandbox.env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", "us-east-1")
    });
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn refused_by_aws() {
    for code in
        ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"]
    {
        Row { says: code, ..SETUP }.emulated(|emulator, column| {
            emulator.refuse(column.operation(), code, "the security token is not valid")
        });
    }
}

/// There is one message for all entries, and it does not contain the credentials.
#[test]
fn one_message_for_all() {
    let emulator = Emulator::start().unwrap();
    emulator.refuse(Operation::GetParameters, "ExpiredTokenException", "expired");
    emulator.refuse(Operation::BatchGetSecretValue, "ExpiredTokenException", "expired");
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..4 {
        manifest += &format!("[secrets.V{index}]\nsecret_id = \"demo/s{index}\"\n");
    }
    let sandbox =
        Sandbox::new(&manifest).with(&emulator).env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI");
    let ran = start(&sandbox, "10s");
    assert_eq!((ran.code, ran.stderr.matches("error:").count()), (Some(78), 1), "{ran:?}");
    assert!(!ran.stderr.contains("wJalrXUtnFEMI"), "{ran:?}");
}
