//! Faults of the network, of the answers, of certificates, credentials and settings: what becomes
//! of the start.
//!
//! The columns of every row stand in `matrix`: a single read, a batch and a parameter, each
//! optional and required.

mod matrix;

mod answers;
mod connections;
mod credentials;
mod deadline;
mod generated;
mod hostile;
mod items;
mod metadata;
mod offline;
mod pages;
mod programs;
mod scarce;
mod servers;
mod settings;
mod sources;
mod tls;
