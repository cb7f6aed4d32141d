//! `cloudformation`: the template, what a linter and a formatter say of it, and its deployment.
