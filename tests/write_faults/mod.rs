//! Faults of writes: lost responses, refusals, changes in between, a killed process, a log that
//! cannot be written. The result is read with the AWS SDK, not with hydrant.

mod account;

mod audited;
mod foreign;
mod import;
mod lost;
mod odd;
mod pages;
mod refused;
mod together;
