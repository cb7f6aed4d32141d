//! Generated input for what reads texts that others wrote: whatever they hold, there is an answer
//! and never a panic.
//!
//! Each file owns one subject and states its promises as properties. A run tries 256 cases each, or
//! as many as PROPTEST_CASES says; `scripts/fuzz` runs them for as long as it is told. What fails
//! is kept in `../proptest-regressions/`, is tried first from then on, and is committed.

mod env_files;
mod escapes;
mod json;
mod manifests;
mod python;
mod references;
mod substitution;
mod texts;
