//! All state of the emulator, and the one way through it: record the call, refuse it if configured,
//! else execute it.
//!
//! Synchronous, and without sockets. Each operation is in `secrets`, `parameters` or `sts`.

use serde_json::Value;

use crate::api_error::ApiError;
use crate::calls::Call;
#[cfg(feature = "faults")]
use crate::faults::Limits;
use crate::operation::Operation;
use crate::parameters::{self, Parameters};
use crate::place::Place;
use crate::refusals::{Refusals, Target};
use crate::secrets::{self, Secrets};
use crate::sts;
use crate::wire::Origin;

/// Secrets, parameters, refusals, and recorded calls.
pub(crate) struct World {
    pub(crate) account: String,
    pub(crate) secrets: Secrets,
    pub(crate) parameters: Parameters,
    pub(crate) refusals: Refusals,
    #[cfg(feature = "faults")]
    pub(crate) limits: Limits,
    pub(crate) calls: Vec<Call>,
}

impl World {
    pub(crate) fn new(account: String) -> Self {
        Self {
            account,
            secrets: Secrets::default(),
            parameters: Parameters::default(),
            refusals: Refusals::default(),
            #[cfg(feature = "faults")]
            limits: Limits::default(),
            calls: Vec::new(),
        }
    }

    /// Executes a call.
    pub(crate) fn execute(
        &mut self,
        operation: Operation,
        origin: &Origin,
        body: Value,
    ) -> Result<Value, ApiError> {
        let call = Call::new(operation, origin, &body);
        let targets: Vec<Target> =
            call.ids.iter().map(|id| self.target(operation, &call.region, id)).collect();
        self.calls.push(call);
        #[cfg(feature = "faults")]
        self.limits.check(operation, std::time::Instant::now())?;

        let Self { account, secrets, parameters, refusals, .. } = self;
        let place = Place { region: &origin.region, account };
        refusals.check_call(operation, place, &targets)?;

        match operation {
            Operation::GetSecretValue => secrets::get_secret_value(secrets, place, body),
            Operation::BatchGetSecretValue => {
                secrets::batch_get_secret_value(secrets, refusals, place, body)
            }
            Operation::DescribeSecret => secrets::describe_secret(secrets, place, body),
            Operation::CreateSecret => secrets::create_secret(secrets, place, body),
            Operation::PutSecretValue => secrets::put_secret_value(secrets, place, body),
            Operation::UpdateSecret => secrets::update_secret(secrets, place, body),
            Operation::TagResource => secrets::tag_resource(secrets, place, body),
            Operation::RotateSecret => secrets::rotate_secret(secrets, place, body),
            Operation::CancelRotateSecret => secrets::cancel_rotate_secret(secrets, place, body),
            Operation::DeleteSecret => secrets::delete_secret(secrets, place, body),
            Operation::RestoreSecret => secrets::restore_secret(secrets, place, body),
            Operation::UpdateSecretVersionStage => {
                secrets::update_secret_version_stage(secrets, place, body)
            }
            Operation::ListSecretVersionIds => {
                secrets::list_secret_version_ids(secrets, place, body)
            }
            Operation::ListSecrets => secrets::list_secrets(secrets, place, body),
            Operation::GetParameters => {
                parameters::get_parameters(parameters, refusals, place, body)
            }
            Operation::GetParameter => parameters::get_parameter(parameters, place, body),
            Operation::PutParameter => parameters::put_parameter(parameters, place, body),
            Operation::DescribeParameters => {
                parameters::describe_parameters(parameters, place, body)
            }
            Operation::DeleteParameter => parameters::delete_parameter(parameters, place, body),
            Operation::GetCallerIdentity => Ok(sts::get_caller_identity(place)),
            Operation::LabelParameterVersion => {
                parameters::label_parameter_version(parameters, place, body)
            }
        }
    }

    /// The meaning of an id in a call: every way to name it, and the resource in a denial.
    fn target(&self, operation: Operation, region: &str, id: &str) -> Target {
        let place = Place { region, account: &self.account };
        if operation.is_ssm() {
            self.parameters.target(place, id)
        } else {
            self.secrets.target(place, id)
        }
    }
}
