//! The wire: the binary and real calls, against a server that this project did not write (moto) and
//! against the emulator.
//!
//! Files with tests for both use `on_both!`. `batches` and `refusals` have those that need the
//! emulator (count, deny, throttle, leave out).

mod references;
mod regions;
mod values;
mod versions;

mod not_found;
mod parameters;

mod batches;
mod refusals;

mod laptop;
mod library;
