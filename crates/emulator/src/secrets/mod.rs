//! Secrets Manager: the store, and how ids are looked up in it.
//!
//! The operations are in the files next to this one, staging labels in `versions`.

mod delete;
mod list;
mod read;
mod rotate;
mod update;
mod versions;
mod write;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api_error::ApiError;
use crate::arn::{self, Arn};
use crate::constraints;
use crate::generated;
use crate::refusals::Target;
use crate::scope::Scope;

pub(crate) use delete::{delete_secret, restore_secret};
pub(crate) use list::{describe_secret, list_secret_version_ids, list_secrets};
pub(crate) use read::{batch_get_secret_value, get_secret_value};
pub(crate) use rotate::{cancel_rotate_secret, rotate_secret};
pub(crate) use update::{tag_resource, update_secret};
pub(crate) use write::{
    create_secret, create_secret_with_suffix, put_secret_value, update_secret_version_stage,
};

use rotate::Rotation;
use versions::{CURRENT, Versions};

/// The secrets of every region and account, by name.
#[derive(Default)]
pub(crate) struct Secrets {
    by_key: BTreeMap<Key, Secret>,
    /// How many items a page of a batch has. `None` for all in one.
    pub(crate) batch_page: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    region: String,
    account: String,
    name: String,
}

struct Secret {
    arn: String,
    name: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    tags: Vec<Value>,
    created: f64,
    changed: f64,
    accessed: Option<f64>,
    /// When it was marked for deletion.
    deletion: Option<f64>,
    /// How it is rotated, if that was ever configured.
    rotation: Option<Rotation>,
    versions: Versions,
}

/// A secret's value. It has no `Debug`, so that nothing can print it.
#[derive(Clone, PartialEq, Eq)]
enum SecretValue {
    Text(String),
    Binary(Vec<u8>),
}

impl Secret {
    /// Adds a version. A new current value counts as a rotation, whoever made it.
    fn add_version(&mut self, token: &str, value: SecretValue, stages: &[String]) {
        self.versions.add(token, value, stages);
        self.changed = generated::now();
        if let Some(rotation) =
            self.rotation.as_mut().filter(|_| stages.iter().any(|stage| stage == CURRENT))
        {
            rotation.restart(self.changed);
        }
    }
}

impl Secrets {
    /// Everything that an id names; see [`Target`].
    pub(crate) fn target(&self, scope: Scope<'_>, id: &str) -> Target {
        let mut aliases = vec![id.to_owned()];
        let Some(secret) = self.key(scope, id).and_then(|key| self.by_key.get(&key)) else {
            return Target { aliases, resource: id.to_owned() };
        };
        aliases.push(secret.name.clone());
        aliases.push(secret.arn.clone());
        if let Some((partial, _)) = arn::split_suffix(&secret.arn) {
            aliases.push(partial.to_owned());
        }
        Target { aliases, resource: secret.arn.clone() }
    }

    /// The secret of an id: a name, or an ARN with or without its suffix.
    fn find(&mut self, scope: Scope<'_>, id: Option<&str>) -> Result<&mut Secret, ApiError> {
        let id = constraints::required("secretId", id)?;
        constraints::length("secretId", Some(id), id.chars().count(), 1, 2048)?;
        self.key(scope, id).and_then(|key| self.by_key.get_mut(&key)).ok_or_else(not_found)
    }

    /// Like `find`, for the operations that a pending deletion forbids.
    fn find_usable(&mut self, scope: Scope<'_>, id: Option<&str>) -> Result<&mut Secret, ApiError> {
        let secret = self.find(scope, id)?;
        if secret.deletion.is_some() {
            return Err(ApiError::invalid_request(
                "You can't perform this operation on the secret because it was marked for deletion.",
            ));
        }
        Ok(secret)
    }

    fn key(&self, scope: Scope<'_>, id: &str) -> Option<Key> {
        let key = |account: &str, name: &str| Key {
            region: scope.region.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
        };
        let Some(arn) = Arn::parse(id) else {
            let key = key(scope.account, id);
            return self.by_key.contains_key(&key).then_some(key);
        };
        let name = arn.secret_name().filter(|_| arn.region == scope.region)?;
        match arn::split_suffix(name) {
            // A text that looks like a whole ARN is treated as one: there partial ARNs stop
            // working.
            Some((short, _)) => {
                let key = key(arn.account, short);
                self.by_key.get(&key).is_some_and(|secret| secret.arn == id).then_some(key)
            }
            None => {
                let key = key(arn.account, name);
                self.by_key.contains_key(&key).then_some(key)
            }
        }
    }
}

fn not_found() -> ApiError {
    ApiError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}
