//! `hydrant generate`: what all targets have in common, and one module per target. The output is
//! checked with the tools of its users: formatters, linters, compilers, mocks of AWS.

mod cdk;
mod cloudformation;
mod common;
mod deployment;
mod ecs;
mod env_example;
mod github_actions;
mod kubernetes;
mod lambda_layer;
mod samples;
mod sharing;
mod terraform;
mod tools;
mod yaml;
