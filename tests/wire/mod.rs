//! The wire: the binary and real calls, against a server that no one here wrote (moto) and against
//! the emulator.
//!
//! What holds for both stands in the files that use `on_both!`; what only the emulator can be made
//! to do (count, deny, throttle, leave out) in `batches` and `refusals`.

mod references;
mod regions;
mod values;
mod versions;

mod absent;
mod parameters;

mod batches;
mod refusals;

mod laptop;
mod library;
