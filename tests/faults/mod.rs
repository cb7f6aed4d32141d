//! Faults of the network, of responses, of certificates, credentials and settings, and their effect
//! on the start.
//!
//! `matrix` has the columns of every row: a single read, a batch and a parameter, each optional and
//! required.

mod matrix;

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
mod responses;
mod scarce;
mod servers;
mod settings;
mod sources;
mod tls;
