//! How a service starts: first the secrets, then the runtime, then the work.
//!
//! The program itself knows nothing of AWS: it reads `OPENAI_API_KEY` from its environment, as it
//! always did. Try it beside a `secrets.toml`, with `OPENAI_API_KEY` set, or with
//! `OPENAI_API_KEY_SECRET_ARN` and AWS credentials:
//!
//! ```text
//! cp secrets.toml.example secrets.toml
//! cargo run -p hydrant --example service
//! ```

use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    // Before the runtime, while this thread is the only one: the process's environment is set here.
    // An error ends the program with every entry that has no value, and nothing is set.
    hydrant::hydrate()?;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    match std::env::var("OPENAI_API_KEY") {
        Ok(key) => writeln!(
            out,
            "OPENAI_API_KEY is set ({} characters): serving with OpenAI",
            key.chars().count()
        )?,
        Err(_) => writeln!(out, "OPENAI_API_KEY is not set: serving without OpenAI")?,
    }
    Ok(())
}
