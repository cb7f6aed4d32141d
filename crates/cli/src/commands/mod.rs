//! One command per file: its arguments, whose doc comment is the help text, then one function.

#[cfg(feature = "deploy")]
mod account_and_region;
pub(crate) mod add;
pub(crate) mod catalogue;
pub(crate) mod check;
pub(crate) mod delete;
pub(crate) mod doctor;
#[cfg(feature = "emulator")]
pub(crate) mod emulate;
pub(crate) mod export;
#[cfg(feature = "deploy")]
pub(crate) mod generate;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod plan;
#[cfg(feature = "deploy")]
pub(crate) mod policy;
pub(crate) mod put;
pub(crate) mod restore;
pub(crate) mod rollback;
pub(crate) mod rotate;
pub(crate) mod run;
pub(crate) mod status;
