//! The record of the calls that were received.
//!
//! It names what was asked for and by whom; no value passes through here.

use serde_json::Value;

use crate::operation::Operation;
use crate::wire::Origin;

/// A call that the emulator received, refused calls included. Never a value.
///
/// ```
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let emulator = hydrant_emulator::Emulator::start()?;
/// // … a program asks for secrets …
/// for call in emulator.calls() {
///     println!("{} in {}: {}", call.operation, call.region, call.ids.join(", "));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// The region that signed the call.
    pub region: String,
    /// The secrets or parameters it names, as it names them and in its order.
    pub ids: Vec<String>,
    /// The version id it asks for.
    pub version_id: Option<String>,
    /// The version stage it asks for.
    pub version_stage: Option<String>,
    /// The ClientRequestToken that a write carries, which becomes the id of the version it makes: a
    /// repeated call is known by it.
    pub client_request_token: Option<String>,
    /// The access key id that signed it.
    pub access_key_id: Option<String>,
    /// The TCP connection it came over, counted from 1.
    pub connection: usize,
}

impl Call {
    pub(crate) fn new(operation: Operation, origin: &Origin, body: &Value) -> Self {
        let text = |member: &str| body.get(member).and_then(Value::as_str).map(str::to_owned);
        Self {
            operation,
            region: origin.region.clone(),
            ids: ids(body),
            version_id: text("VersionId"),
            version_stage: text("VersionStage"),
            client_request_token: text("ClientRequestToken"),
            access_key_id: origin.access_key_id.clone(),
            connection: origin.connection,
        }
    }
}

/// The ids in a request, whichever of the four members holds them.
fn ids(body: &Value) -> Vec<String> {
    ["SecretId", "SecretIdList", "Name", "Names"]
        .iter()
        .filter_map(|member| body.get(member))
        .flat_map(|found| match found {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        })
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect()
}
