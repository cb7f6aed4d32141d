//! The options that every command takes. The doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The options that every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// The manifest; else HYDRANT_MANIFEST names it, else it is secrets.toml in the working folder
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest: Option<PathBuf>,
    /// The profile of the manifest to overlay; else HYDRANT_PROFILE names it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Take only these entries of the manifest (several: --only A --only B, or --only A,B)
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    // As a doc comment, `[vars]` would be a link.
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    #[arg(help = "A value for ${NAME}; goes before HYDRANT_VAR_NAME and [vars]")]
    pub(crate) vars: Vec<String>,
    /// Read this env file instead of the manifest's; it must exist
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "no_env_file")]
    pub(crate) env_file: Option<PathBuf>,
    /// Read no env file
    #[arg(long, global = true)]
    pub(crate) no_env_file: bool,
    /// Read from AWS even where a variable is set already, to try the deployed mode on a laptop
    #[arg(long, global = true, conflicts_with = "offline")]
    pub(crate) ignore_set: bool,
    /// Take local values alone and open no socket; so does HYDRANT_OFFLINE=1
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// End after this long whatever is waited for, as in 10s; else HYDRANT_DEADLINE,
    /// settings.deadline, ten seconds
    #[arg(long, global = true, value_name = "DURATION")]
    pub(crate) deadline: Option<String>,
    /// Allow this host to be asked over plain http (loopback always is); so does
    /// HYDRANT_ALLOW_HTTP=HOST,HOST
    #[arg(long, global = true, value_name = "HOST")]
    pub(crate) allow_http: Vec<String>,
    /// Record what is read and changed in this file, as JSON lines; else settings.audit_log of the
    /// manifest names it
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) audit_log: Option<PathBuf>,
    /// On whose behalf, for the audit log
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) actor: Option<String>,
    /// A catalogue of your own, beside the built-in one; else HYDRANT_CATALOGUE names it
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) catalogue: Option<PathBuf>,
    /// Say more: -v each secret that is read, -vv every decision, -vvv everything; else HYDRANT_LOG
    /// (error … trace, off)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// The form of messages on stderr: lines for people, or one JSON object a line
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// The form of messages on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}
