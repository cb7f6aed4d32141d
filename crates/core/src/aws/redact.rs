//! Responses that repeat the credentials of a call: the secret access key, the session token, the
//! token of a container or of a web identity. What is compared is made when there is something to
//! compare, and not at a start.

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::Aws;
use super::error::store_error;
use super::settings::own;
use crate::env::Env;
use crate::secret_value::SecretValue;
use crate::shown::{KnownValues, is_uuid};
use crate::store::{Action, Receipt, StoreError};

/// What is shorter is a placeholder such as `test`, which stands in many texts by chance. AWS's
/// keys have 40 characters.
const SHORTEST: usize = 16;

/// So many are kept: those of a program and of the role that is assumed with them, and the same
/// before, which a call may have been signed with.
const KEPT: usize = 4;

/// The secrets that calls are signed with, and those that lead to them.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    signed_with: Mutex<Vec<Credentials>>,
    /// The tokens that were read from files last.
    tokens: Mutex<Vec<SecretValue>>,
    sources: Vec<SecretValue>,
}

impl Secrets {
    /// What the environment and the profiles have of them.
    pub(super) fn new<'a>(env: &'a Env, of_profiles: impl Iterator<Item = &'a str>) -> Self {
        let token = own(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
        let sources = token.into_iter().chain(of_profiles).map(SecretValue::from);
        Secrets { sources: sources.collect(), ..Secrets::default() }
    }

    /// Notes credentials that calls are signed with from now on.
    pub(super) fn note(&self, credentials: &Credentials) {
        let mut signed_with = self.signed_with.lock().unwrap_or_else(PoisonError::into_inner);
        signed_with.push(credentials.clone());
        let extra = signed_with.len().saturating_sub(KEPT);
        signed_with.drain(..extra);
    }

    /// Notes the tokens that a call sends from now on.
    pub(super) fn note_tokens(&self, tokens: Vec<SecretValue>) {
        *self.tokens.lock().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// All of them that are long enough to count.
    fn known(&self) -> KnownValues {
        let signed_with = self.signed_with.lock().unwrap_or_else(PoisonError::into_inner);
        let of_calls = signed_with
            .iter()
            .flat_map(|one| [Some(one.secret_access_key()), one.session_token()])
            .flatten();
        let mut secrets: Vec<SecretValue> = of_calls.map(SecretValue::from).collect();
        secrets.extend(self.sources.iter().cloned());
        secrets.extend(self.tokens.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        secrets.retain(|secret| secret.expose().len() >= SHORTEST);
        KnownValues::new(&secrets)
    }

    /// The error without what repeats one of them.
    pub(super) fn hide(&self, mut error: StoreError) -> StoreError {
        error.hide_for_now(&self.known());
        error
    }
}

impl Aws {
    /// Reduces an error of the SDK to what may be shown. `action` is the call, as IAM writes it.
    pub fn error<E>(&self, action: Action, error: &SdkError<E, HttpResponse>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.without_credentials(store_error(action, error))
    }

    /// The error without what repeats the credentials that the call was signed with.
    pub(super) fn without_credentials(&self, error: StoreError) -> StoreError {
        self.credentials.secrets().hide(error)
    }

    /// What no text of a response may repeat.
    pub(super) fn known_credentials(&self) -> KnownValues {
        self.credentials.secrets().known()
    }

    /// Whether a text of a response repeats the credentials.
    pub(super) fn repeats_credentials(&self, text: &str) -> bool {
        text.len() >= SHORTEST && self.known_credentials().are_in(text)
    }

    /// A text of a response that does not repeat the credentials.
    #[cfg(feature = "write")]
    pub(super) fn kept(&self, text: Option<String>) -> Option<String> {
        text.filter(|text| !self.repeats_credentials(text))
    }

    /// The ids of a response, without those that repeat the credentials.
    pub(super) fn receipt(&self, version_id: Option<&str>, request_id: Option<&str>) -> Receipt {
        let is_id = |id: &&str| is_uuid(id) || !self.repeats_credentials(id);
        Receipt::new(version_id.filter(is_id), request_id.filter(is_id))
    }
}
