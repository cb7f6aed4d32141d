//! `hydrant generate`: what every target has in common, and one module a target. What is generated
//! is held against the tools of those it is for: formatters, linters, compilers, stand-ins for AWS.

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
