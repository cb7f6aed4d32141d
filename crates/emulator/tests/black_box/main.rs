//! The emulator from outside: over raw HTTP, as an AWS SDK uses it.

mod client;

mod parameters;
mod refusals;
mod secrets_list;
mod secrets_read;
mod secrets_rotate;
mod secrets_update;
mod secrets_write;
mod wire;

#[cfg(feature = "faults")]
mod dead;
#[cfg(feature = "faults")]
mod faults;
#[cfg(feature = "faults")]
mod quotas;
#[cfg(feature = "faults")]
mod tls;
