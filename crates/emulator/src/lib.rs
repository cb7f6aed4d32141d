//! An embedded AWS Secrets Manager and Parameter Store, for development, tests and benchmarks.
//!
//! [`Emulator::start`] opens an endpoint of plain HTTP on 127.0.0.1 and never on another address.
//! It speaks the JSON protocol of both services (awsJson1.1), and answers STS's GetCallerIdentity,
//! so that every AWS SDK and the AWS CLI can be pointed at it, and it ends when the handle is
//! dropped. Codes, messages and limits are those of AWS, where AWS has shown or documented them.
//!
//! **It protects nothing.** It verifies no signature, asks for no credentials, encrypts nothing and
//! keeps every value in memory: any process of the machine that finds the port can read all of it.
//! Give it no value that matters.
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
//! // Let it fail as AWS does, and see what was asked.
//! emulator.deny(Operation::BatchGetSecretValue);
//! assert!(emulator.calls().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # What is kept apart
//!
//! Secrets and parameters live in the region that signed the call (the credential scope of its
//! `Authorization` header; `us-east-1` without one). The account is `123456789012` unless
//! [`Builder::account_id`] says otherwise.
//!
//! # What is not emulated
//!
//! Operations that [`Operation`] does not name; signatures, policies and KMS (see
//! [`Emulator::deny`] and [`Emulator::refuse`] for their effects); replication; removing tags;
//! filters other than by name (and a parameter's type); `/aws/reference/secretsmanager/` in
//! Parameter Store; quotas (see below); and the passage of time: a secret that is pending deletion
//! stays so.
//!
//! No rotation function is ever run. RotateSecret takes any ARN of a function, keeps the schedule
//! and the dates that DescribeSecret and ListSecrets tell, and leaves the value as it is: as if the
//! function had ended at once and changed nothing. No rotation comes by itself, and the next date
//! of a `cron()` schedule is not told.
//!
//! Of more than 100 versions the oldest without a label makes room, however young it is. AWS keeps
//! what is younger than a day, and may refuse a new version with LimitExceededException:
//! [`Emulator::refuse`] plays that.
//!
//! # Faults, for tests alone
//!
//! With the feature `faults`, which is off by default and belongs into `[dev-dependencies]`, an
//! emulator can be told to let the network fail (`Emulator::fault`, `Emulator::fault_connections`),
//! to throttle as AWS does (`Emulator::limit`), and to serve TLS with certificates good and bad
//! (`Builder::tls`); it tells how many calls were under way at once
//! (`Emulator::peak_concurrent_calls`), and `DeadEndpoint` is an address where nothing answers.
//! Without the feature none of it is compiled.

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
mod place;

pub use calls::Call;
pub use emulator::{Builder, Emulator};
pub use error::Error;
#[cfg(feature = "faults")]
pub use faults::{ConnectionFault, DeadEndpoint, Fault, TlsIdentity};
pub use operation::Operation;
pub use parameters::ParameterType;
