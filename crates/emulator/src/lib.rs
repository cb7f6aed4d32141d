//! An embedded AWS Secrets Manager and Parameter Store, for development, tests and benchmarks.
//!
//! [`Emulator::start`] opens an endpoint of plain HTTP on 127.0.0.1 and never on another address.
//! It speaks the JSON protocol of both services (awsJson1.1) and supports STS's GetCallerIdentity,
//! so every AWS SDK and the AWS CLI can use it. It ends when the handle is dropped. Codes, messages
//! and limits are those of AWS, as far as AWS has shown or documented them.
//!
//! **It protects nothing.** It verifies no signature, needs no credentials, encrypts nothing and
//! keeps every value in memory: any process of the machine that finds the port can read everything.
//! Do not give it real values.
//!
//! ```
//! use hydrant_emulator::{Emulator, Operation, ParameterType};
//!
//! # fn main() -> Result<(), hydrant_emulator::Error> {
//! let emulator = Emulator::start()?;
//! let arn = emulator.create_secret("us-east-1", "demo/openai-api-key", Some("not-a-real-key"))?;
//! emulator.put_parameter("us-east-1", "/demo/llm/openai-api-key-secret-arn", &arn, ParameterType::String)?;
//!
//! // Point an SDK at it: AWS_ENDPOINT_URL, any access key and any region.
//! assert!(emulator.endpoint().starts_with("http://127.0.0.1:"));
//!
//! // Let it fail as AWS does, and look at the recorded calls.
//! emulator.deny(Operation::BatchGetSecretValue);
//! assert!(emulator.calls().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Regions and accounts
//!
//! Secrets and parameters live in the region that signed the call (the credential scope of its
//! `Authorization` header; `us-east-1` without one). The account is `123456789012` unless
//! [`Builder::account_id`] says otherwise.
//!
//! # What is not emulated
//!
//! Operations that [`Operation`] does not name, signatures, policies and KMS (see
//! [`Emulator::deny`] and [`Emulator::refuse`] for their effects), replication, removing tags,
//! filters other than by name (and a parameter's type), `/aws/reference/secretsmanager/` in
//! Parameter Store, quotas (see below), and the passage of time: a secret that is pending deletion
//! stays so.
//!
//! No rotation function is ever run. RotateSecret accepts any function ARN, stores the schedule and
//! the dates that DescribeSecret and ListSecrets return, and does not change the value: as if the
//! function had ended at once and changed nothing. No rotation starts by itself, and the next date
//! of a `cron()` schedule is not returned.
//!
//! Beyond 100 versions the oldest one without a label is dropped, however young it is. AWS keeps
//! versions that are younger than a day, and may refuse a new version with LimitExceededException:
//! use [`Emulator::refuse`] for that.
//!
//! # Faults, for tests only
//!
//! With the feature `faults`, which is off by default and belongs in `[dev-dependencies]`, an
//! emulator can simulate network failures (`Emulator::fault`, `Emulator::fault_connections`),
//! throttle as AWS does (`Emulator::limit`), and serve TLS with valid and invalid certificates
//! (`Builder::tls`). It reports how many calls were in progress at once
//! (`Emulator::peak_concurrent_calls`), and `DeadEndpoint` is an address where nothing responds.
//! Without the feature none of this is compiled.

// In the order in which a call passes through them.
mod emulator;
mod exchange;
mod seed;
mod server;
mod shared;
mod wire;

mod operation;
mod world;

mod calls;
mod refusals;

#[cfg(feature = "faults")]
mod faults;

mod parameters;
mod secrets;
mod sts;

mod api_error;
mod arn;
mod constraints;
mod error;
mod generated;
mod pages;
mod scope;

pub use calls::Call;
pub use emulator::{Builder, Emulator};
pub use error::Error;
#[cfg(feature = "faults")]
pub use faults::{ConnectionFault, DeadEndpoint, Fault, TlsIdentity};
pub use operation::Operation;
pub use parameters::ParameterType;
