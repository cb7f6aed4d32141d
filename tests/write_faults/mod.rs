//! Faults of writes: lost answers, refusals, changes in between, a process that is killed, a log
//! that cannot be written. What is there afterwards is asked with the AWS SDK, not with hydrant.

mod account;

mod audited;
mod foreign;
mod import;
mod lost;
mod odd;
mod pages;
mod refused;
mod together;
