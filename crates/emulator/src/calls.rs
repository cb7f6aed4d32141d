//! The record of the calls that were received.
//!
//! It has the ids and the caller of a call, and never a value.

use serde_json::Value;

use crate::operation::Operation;
use crate::wire::Origin;

/// A call that the emulator received, including refused calls. Never contains a value.
///
/// ```
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let emulator = hydrant_emulator::Emulator::start()?;
/// // … a program reads secrets …
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
    /// The secrets or parameters in the call, as written and in its order.
    pub ids: Vec<String>,
    /// The version id in the call.
    pub version_id: Option<String>,
    /// The version stage in the call.
    pub version_stage: Option<String>,
    /// The ClientRequestToken of a write, which becomes the id of the new version and identifies a
    /// repeated call.
    pub client_request_token: Option<String>,
    /// The access key id that signed the call.
    pub access_key_id: Option<String>,
    /// The TCP connection of the call, counted from 1.
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

/// The ids in a request, in whichever of the four members they are.
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
