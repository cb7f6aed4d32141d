//! How a value is put: whether what does not exist is created, what becomes of a JSON secret's
//! other keys, and a token that makes a repeated put one version.

use crate::manifest::Entry;
use crate::reference::Reference;

use super::{WriteFailure, WriteProblem, new_token};

/// How a value is put.
///
/// ```
/// use hydrant_core::write::options::{JsonWrite, PutOptions};
///
/// let options = PutOptions::new()
///     .create(true)
///     .json(JsonWrite::Merge)
///     .token("3b86e0c1-4f2a-4c1d-9b7e-0123456789ab");
/// assert!(options.create);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutOptions {
    /// Whether a secret or a parameter that does not exist is created.
    pub create: bool,
    /// What becomes of the other keys of a JSON secret.
    pub json: JsonWrite,
    /// The id of the version that is made; a random one for `None`.
    pub token: Option<String>,
}

/// What becomes of the other keys of a JSON secret, of which an entry is one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonWrite {
    /// Nothing is written: a put has to say which of the two is meant.
    #[default]
    Refuse,
    /// They stay, which needs the right to read the secret.
    Merge,
    /// They go: the new value is an object of the written key alone.
    Replace,
}

impl PutOptions {
    /// Creates nothing, refuses one key of a JSON secret, and has a random token.
    pub fn new() -> Self {
        PutOptions::default()
    }

    /// Whether a secret or a parameter that does not exist is created.
    pub fn create(self, create: bool) -> Self {
        PutOptions { create, ..self }
    }

    /// What becomes of the other keys of a JSON secret.
    pub fn json(self, json: JsonWrite) -> Self {
        PutOptions { json, ..self }
    }

    /// A token that makes a put idempotent, however often a program repeats it: 32 to 64 ASCII
    /// characters, such as a UUID, without spaces. It is AWS's
    /// [ClientRequestToken](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html)
    /// and becomes the id of the version, so it must not be made from the value.
    ///
    /// The same token with the same value makes one version. With another value it is
    /// [`WriteProblem::TokenUsed`]. A parameter takes no token
    /// ([`WriteProblem::TokenForParameter`]).
    pub fn token(self, token: impl Into<String>) -> Self {
        PutOptions { token: Some(token.into()), ..self }
    }

    /// The token of the version to make: the one that was given, or a random UUID, which says
    /// nothing of the value.
    pub(super) fn version_token(&self) -> String {
        self.token.clone().unwrap_or_else(new_token)
    }
}

/// What can be told of the token before a destination is looked for.
///
/// # Errors
///
/// [`WriteProblem::InvalidToken`], [`WriteProblem::TokenForParameter`].
pub fn check_token(options: &PutOptions, entry: &Entry) -> Result<(), WriteFailure> {
    let Some(token) = &options.token else { return Ok(()) };
    let problem = if !is_token(token) {
        WriteProblem::InvalidToken
    } else if matches!(entry.source_keys.reference(), Some((_, Reference::Parameter(_)))) {
        WriteProblem::TokenForParameter
    } else {
        return Ok(());
    };
    Err(WriteFailure::of(entry, None, problem))
}

/// Whether AWS takes a text as a token. It says 32 to 64 characters. Only visible ASCII is taken
/// here, since a version's id is shown.
fn is_token(text: &str) -> bool {
    (32..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
