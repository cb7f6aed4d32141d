//! Faults of the network, of the answers, of certificates, credentials and settings: what becomes of the start.
//!
//! The columns of every row stand in `matrix`: a single read, a batch and a parameter, each optional and required.

#[path = "../support/mod.rs"]
mod support;

mod matrix;

mod answers;
mod connections;
mod credentials;
mod deadline;
mod hostile;
mod items;
mod metadata;
mod pages;
mod servers;
mod settings;
mod tls;
