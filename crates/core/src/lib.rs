//! hydrant's core: manifest → plan → resolve → fetch → extract → report → apply.

mod env;
mod env_file;
pub mod manifest;
pub mod reference;

pub use env::{Env, Layer};
pub use env_file::EnvFile;
