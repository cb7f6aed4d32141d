//! The options that every command takes. The doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The options that every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// The manifest; by default HYDRANT_MANIFEST, then secrets.toml in the working folder
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest: Option<PathBuf>,
    /// The profile of the manifest to overlay; by default HYDRANT_PROFILE
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Use only these entries of the manifest (several: --only A --only B, or --only A,B)
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    // As a doc comment, `[vars]` would be a link.
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    #[arg(help = "A value for ${NAME}; overrides HYDRANT_VAR_NAME and [vars]")]
    pub(crate) vars: Vec<String>,
    /// Read this env file instead of the manifest's; it must exist
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "no_env_file")]
    pub(crate) env_file: Option<PathBuf>,
    /// Do not read an env file
    #[arg(long, global = true)]
    pub(crate) no_env_file: bool,
    /// Read from AWS even if a variable is already set, to try a deployment on a laptop
    #[arg(long, global = true, conflicts_with = "offline")]
    pub(crate) ignore_set: bool,
    /// Use only local values and open no socket; same as HYDRANT_OFFLINE=1
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Stop after this time, as in 10s; by default HYDRANT_DEADLINE, then settings.deadline, then
    /// ten seconds
    #[arg(long, global = true, value_name = "DURATION")]
    pub(crate) deadline: Option<String>,
    /// Allow plain http to this host (always allowed for loopback); same as
    /// HYDRANT_ALLOW_HTTP=HOST,HOST
    #[arg(long, global = true, value_name = "HOST")]
    pub(crate) allow_http: Vec<String>,
    /// Record each read and each change in this file, as JSON lines; by default settings.audit_log
    /// of the manifest
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Who the work is done for, as recorded in the audit log
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) actor: Option<String>,
    /// Your own catalogue, in addition to the built-in one; by default HYDRANT_CATALOGUE
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) catalogue: Option<PathBuf>,
    /// Log more: -v each secret that is read, -vv every decision, -vvv everything; by default
    /// HYDRANT_LOG (error … trace, off)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// The format of messages on stderr: text, or one JSON object per line
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// The format of messages on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}
