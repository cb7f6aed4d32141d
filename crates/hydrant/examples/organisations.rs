//! One hydrator for the requests of many organisations: values per request, and no environment at
//! all.
//!
//! It asks a store in memory; with `--aws` it asks AWS for `agents/NAME/shared/openai_api_key` of
//! each organisation named:
//!
//! ```text
//! cargo run -p hydrant --example organisations
//! cargo run -p hydrant --example organisations -- --aws acme zeta
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

use hydrant::{Env, Hydrator, MemoryStore};

const MANIFEST: &str = r#"
version = 1

# Every request brings its own `org`.
[secrets.OPENAI_API_KEY]
secret_id = "agents/${org}/shared/openai_api_key"
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut organisations: Vec<String> = std::env::args().skip(1).collect();
    let builder = Hydrator::builder().manifest_text(MANIFEST).no_env_file();
    let builder = if organisations.first().is_some_and(|first| first == "--aws") {
        organisations.remove(0);
        // What is set for this process is not any organisation's.
        builder.ignore_set(true)
    } else {
        let store = MemoryStore::new()
            .secret("agents/acme/shared/openai_api_key", "sk-test-acme")
            .secret("agents/zeta/shared/openai_api_key", "sk-test-of-zeta")
            .empty_secret("agents/nova/shared/openai_api_key");
        builder.env(Env::default()).stores(store.stores())
    };
    if organisations.is_empty() {
        organisations = ["acme", "zeta", "nova", "../acme"].map(str::to_owned).into();
    }

    // One for the whole program: its clients and connections are shared by all requests.
    let hydrator = Arc::new(builder.build()?);
    let requests = organisations.into_iter().map(|organisation| {
        let hydrator = hydrator.clone();
        tokio::spawn(async move { handle(&hydrator, &organisation).await })
    });
    for request in requests.collect::<Vec<_>>() {
        writeln!(io::stdout(), "{}", request.await?)?;
    }
    Ok(())
}

/// One request: the key of its organisation, or why there is none.
async fn handle(hydrator: &Hydrator, organisation: &str) -> String {
    match hydrator.read().var("org", organisation).values().await {
        Ok(hydration) => match hydration.values.get("OPENAI_API_KEY") {
            // `expose` is the only way to the value, and easy to search for.
            Some(key) => {
                format!("{organisation}: a key of {} characters", key.expose().chars().count())
            }
            None => format!("{organisation}: no key"),
        },
        Err(error) => format!("{organisation}: {error}"),
    }
}
