//! Fills a process's environment from AWS Secrets Manager and Parameter Store by one committed
//! manifest, `secrets.toml`.
//!
//! For most services it is one call at the start of `main`, before any runtime or thread is
//! started:
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     hydrant::hydrate()?;
//!     let key = std::env::var("OPENAI_API_KEY");
//!     // … start the runtime, serve
//!     # drop(key);
//!     Ok(())
//! }
//! ```
//!
//! A [`Hydrator`] takes options, and gives values without touching the environment: to many
//! requests at once, in a crate that forbids `unsafe_code`, or inside an async runtime. The log
//! gets one event for each secret that was read and each entry without a value, through
//! [`tracing`](https://docs.rs/tracing); never a value.

mod applied;
mod audit;
mod builder;
mod connection;
mod environment;
mod error;
mod examine;
mod fork;
mod hydrator;
mod once;
mod recording;
mod rewrite;
mod rfc3339;
mod runtime;
mod setting;
mod watch;
#[cfg(feature = "write")]
mod writer;

pub use audit::AuditError;
pub use builder::Builder;
pub use environment::check_environment;
pub use error::{Error, MissingSecrets};
pub use examine::{Examination, ExaminedEndpoint, ExaminedEntry};
pub use hydrator::Hydrator;
pub use once::hydrate;
pub use rewrite::CalledFrom;
#[doc(hidden)]
pub use rfc3339::rfc3339;
#[doc(hidden)]
pub use setting::{Given, Setting};
#[doc(hidden)]
pub use watch::Watch;
#[cfg(feature = "write")]
pub use writer::{WriteSession, Writer};

/// What the write side takes and answers with.
#[cfg(feature = "write")]
pub mod write {
    pub use hydrant_core::write::delete::{DEFAULT_WINDOW, Deleted, check_delete};
    pub use hydrant_core::write::destination::{Destination, DestinationKind};
    pub use hydrant_core::write::import::{ImportStep, import_steps};
    pub use hydrant_core::write::put::{JsonWrite, PutOptions, check_put};
    pub use hydrant_core::write::rollback::Rollback;
    pub use hydrant_core::write::rotate::Rotation;
    pub use hydrant_core::write::status::{State, Status, Unlisted};
    pub use hydrant_core::write::store::SecretVersion;
    pub use hydrant_core::write::whole::Written;
    pub use hydrant_core::write::{
        ParameterWriter, RecoveryWindow, SecretWriter, WriteFailure, WriteProblem, Writers,
    };
}

pub use hydrant_core::{
    EntryReport, Env, EnvFile, Hydration, Layer, Manifest, Message, Outcome, ParameterStore,
    Report, SecretStore, SecretValue, Selection, Stores, Values,
};
#[cfg(feature = "memory")]
pub use hydrant_core::{MemoryStore, RecordedCall};

/// The stages and types beneath: for stores of one's own, and for tools that sit on the pipeline.
pub use hydrant_core as core;

/// Holds the guides to what they say: their examples run as doctests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/library.md")]
    struct Library;
}
