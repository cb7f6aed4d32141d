//! The two endpoints that `scripts/bench` measures against: TLS on loopback, every response 5 ms
//! after its request, seeded with the data for the rows of the benchmark. They serve until standard
//! input ends.
//!
//!     cargo run --release -p hydrant-emulator --features faults --example benchmark_endpoint -- FOLDER
//!
//! Writes the certificate of their authority to `FOLDER/ca.pem`, and prints a line of JSON with the
//! endpoints of Secrets Manager and Parameter Store. For a client they are two hosts, like AWS's.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use hydrant_emulator::{Emulator, Fault, ParameterType, TlsIdentity};
use serde_json::{Map, json};

const REGION: &str = "us-east-1";
const LATENCY: Duration = Duration::from_millis(5);
const SECRETS: usize = 1000;
const JSON_KEYS: usize = 1000;
const PARAMETERS: usize = 20;
/// secretspec names the secrets itself.
const NAMED_BY_SECRETSPEC: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("FOLDER is missing")?);
    let identity = TlsIdentity::trusted_for("localhost")?;
    std::fs::write(folder.join("ca.pem"), identity.ca_pem())?;
    let (secrets, parameters) = (endpoint(&identity)?, endpoint(&identity)?);
    // As long as a provider's key is.
    let value = |index| format!("sk-bench-{index:040}");
    for index in 0..NAMED_BY_SECRETSPEC {
        let name = format!("secretspec/bench/default/V{index}");
        secrets.create_secret(REGION, &name, Some(&value(index)))?;
    }
    for index in 0..SECRETS {
        let arn = secrets.create_secret(REGION, &format!("bench/{index}"), Some(&value(index)))?;
        if index < PARAMETERS {
            parameters.put_parameter(
                REGION,
                &format!("/bench/{index}-arn"),
                &arn,
                ParameterType::String,
            )?;
        }
    }
    let keys: Map<_, _> =
        (0..JSON_KEYS).map(|index| (format!("k{index}"), json!(format!("{index:040}")))).collect();
    secrets.create_secret(REGION, "bench/json", Some(&serde_json::to_string(&keys)?))?;
    let endpoints = json!({ "secrets": secrets.endpoint(), "parameters": parameters.endpoint() });
    writeln!(std::io::stdout(), "{endpoints}")?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn endpoint(identity: &TlsIdentity) -> Result<Emulator, hydrant_emulator::Error> {
    let emulator = Emulator::builder().tls(identity).start()?;
    emulator.fault(None, Fault::Latency(LATENCY), usize::MAX);
    Ok(emulator)
}
