//! Generated input for the parsers of texts from outside: every text gives a result and never a
//! panic.
//!
//! Each file owns one subject and states its promises as properties. A run tries 256 cases of each,
//! or as many as PROPTEST_CASES says. `scripts/fuzz` runs them for a given time. A failing case is
//! kept in `../proptest-regressions/`, tried first from then on, and committed.

mod env_files;
mod escapes;
mod json;
mod manifests;
mod python;
mod references;
mod substitution;
mod texts;
