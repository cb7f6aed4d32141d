//! What people and programs see: data on stdout, messages on stderr, dates and reports in them.

pub(crate) mod dates;
pub(crate) mod log;
pub(crate) mod output;
