//! placeholder
use crate::args::Options;
use crate::failure::Failure;
/// Emulate
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}
pub(crate) fn run(_: &Options, _: &Args) -> Result<u8, Failure> { Ok(0) }
