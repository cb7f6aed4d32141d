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

#![cfg_attr(
    not(feature = "unstable"),
    expect(dead_code, unreachable_pub, reason = "what the feature `unstable` gives is unused")
)]
// The features that an item needs, as docs.rs shows them.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod applied;
mod audit;
mod builder;
mod by_form;
mod call;
mod connection;
mod environment;
mod error;
#[cfg(feature = "unstable")]
mod examine;
mod fork;
mod hydrator;
#[cfg(all(feature = "write", feature = "unstable"))]
mod import;
mod once;
mod read_call;
mod recording;
mod rewrite;
mod rfc3339;
mod runtime;
mod setting;
mod span;
#[cfg(feature = "unstable")]
mod unstable;
mod watch;
#[cfg(feature = "write")]
mod write_call;
#[cfg(feature = "write")]
mod write_session;

pub use audit::AuditError;
pub use builder::Builder;
pub use error::{Error, ErrorKind, MissingSecrets};
pub use hydrator::Hydrator;
pub use once::hydrate;
pub use read_call::Read;
pub use rewrite::CalledFrom;
#[cfg(feature = "write")]
pub use write_call::Write;

pub use hydrant_core::reason::Reason;
pub use hydrant_core::{
    EntryReport, Env, Hydration, Layer, Message, Outcome, Report, SecretValue, Severity, Values,
};
#[cfg(feature = "memory")]
pub use hydrant_core::{MemoryStore, RecordedCall};

/// Values as a type of your own: the error of [`Values::deserialize`].
pub mod de {
    pub use hydrant_core::de::Error;
}

/// What the write side takes and gives.
#[cfg(feature = "write")]
pub mod write {
    pub use hydrant_core::write::delete::{DEFAULT_WINDOW, Deleted};
    pub use hydrant_core::write::options::{JsonWrite, PutOptions};
    pub use hydrant_core::write::rollback::Rollback;
    pub use hydrant_core::write::rotate::Rotation;
    pub use hydrant_core::write::status::{State, Status};
    pub use hydrant_core::write::store::SecretVersion;
    pub use hydrant_core::write::whole::Written;
    pub use hydrant_core::write::{RecoveryWindow, WriteFailure, WriteProblem};

    #[cfg(feature = "unstable")]
    pub use hydrant_core::write::{
        delete::check_delete,
        destination::{Destination, DestinationKind},
        import::{ImportStep, import_steps},
        put::check_put,
        status::Unlisted,
        whole::foreseen,
    };
}

/// The stores that a hydrator calls, for stores of your own: the traits have one AWS call for each
/// method.
///
/// Types that may grow are made with `new` or `default`, and their fields are set afterwards.
pub mod store {
    pub use hydrant_core::Stores;
    pub use hydrant_core::reference::{Arn, ParameterId, SecretId, Version};
    pub use hydrant_core::store::{
        Action, BatchAnswer, BatchItemError, BatchRequest, PARAMETERS_PER_CALL, Parameter,
        ParameterDescription, ParameterPage, ParameterStore, ParametersAnswer, ParametersRequest,
        Payload, Receipt, Secret, SecretDescription, SecretRequest, SecretStore, StoreError,
        StoreErrorKind,
    };

    #[cfg(feature = "write")]
    pub use hydrant_core::write::Writers;
    #[cfg(feature = "write")]
    pub use hydrant_core::write::store::{
        CreateRequest, DeleteRequest, MoveStageRequest, ParameterWriter, PutParameterRequest,
        PutRequest, RecoveryWindow, RotateRequest, SecretAt, SecretVersion, SecretWriter,
        SecretsPage, VersionsPage, WrittenVersion,
    };
}

#[cfg(all(feature = "write", feature = "unstable"))]
pub use write_session::WriteSession;
/// What the command line and tools on the stages need. No promise: it may change in any release.
#[cfg(feature = "unstable")]
pub use {
    crate::environment::check_environment,
    crate::examine::{Examination, ExaminedEndpoint, ExaminedEntry},
    crate::rfc3339::rfc3339,
    crate::setting::{Given, Setting},
    crate::watch::Watch,
    hydrant_core as core,
    hydrant_core::{EnvFile, Manifest, Selection},
};

/// Holds the guides to what they say: their examples run as doctests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/library.md")]
    struct Library;
}
