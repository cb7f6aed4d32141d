//! hydrant's core: from a committed manifest, `secrets.toml`, to the environment of a process.
//!
//! The modules are listed in the order in which a value passes them. Each stage's output is the
//! next stage's input: [`manifest`] → [`plan`] → [`resolve`] → [`fetch`] → [`extract`] → [`report`]
//! → [`apply`]. Decisions are pure: only the adapters in [`aws`] and [`apply`] have side effects.
//! Most programs use the crate `hydrant`, which connects all this.

#[cfg(windows)]
compile_error!(
    "hydrant does not run on Windows: build and run the program in WSL 2, or in a Linux container"
);

pub mod manifest;
pub mod reference;
pub mod selector;
pub mod source;

pub mod json_pointer;

mod env;
mod env_file;
pub mod plan;
pub mod resolve;

mod batch;
pub mod fetch;
mod limits;
mod pages;
mod parameters;
pub mod read;
mod retry;

pub mod de;
pub mod describe;
pub mod extract;
mod messages;
pub mod reason;
pub mod report;

pub mod apply;
pub mod events;
mod hydrate;
mod threads;

#[cfg(any(test, feature = "memory"))]
mod memory_store;
pub mod response;
mod severity;
pub mod store;
mod stores;

#[cfg(feature = "write")]
pub mod write;

pub mod aws;

pub mod bounded_file;
pub mod descriptors;
pub mod nearest;
pub mod program;
pub mod reserved;
mod secret_value;
pub mod shown;

#[cfg(test)]
mod tests;

pub use env::{Env, Layer};
pub use env_file::{EnvFile, EnvFileError, EnvFileProblem, EnvFileProblemKind, EnvFileSetting};
pub use hydrate::{check_live, hydrate, hydrate_without};
pub use limits::{Batch, CONCURRENT_CALLS, DEFAULT_DEADLINE, Limits};
pub use manifest::{Manifest, Selection};
#[cfg(any(test, feature = "memory"))]
pub use memory_store::{MemoryStore, RecordedCall};
pub use messages::Message;
pub use report::{EntryReport, Hydration, Outcome, Report, Values};
pub use secret_value::SecretValue;
pub use severity::Severity;
pub use store::{ParameterStore, SecretStore};
pub use stores::Stores;
