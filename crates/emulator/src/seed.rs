//! Fills the stores through the handle, with the same operations as over the wire, neither recorded
//! nor refused.
//!
//! What AWS would refuse (a name that exists, a value that is too long) is refused here too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::arn::{self, Arn};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::generated;
use crate::parameters::{self, ParameterType};
use crate::scope::Scope;
use crate::secrets;
use crate::world::World;

/// Filling the stores. None of these calls is recorded or refused as a call over the wire would be.
impl Emulator {
    /// Creates a secret, without a value for `None`, and returns its ARN.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as for CreateSecret: the name is taken or invalid, or the value is empty
    /// or too long.
    pub fn create_secret(
        &self,
        region: &str,
        name: &str,
        value: Option<&str>,
    ) -> Result<String, Error> {
        self.in_region(region, |world, scope| {
            let body = creation(name, value);
            Ok(text(&secrets::create_secret(&mut world.secrets, scope, body)?, "ARN"))
        })
    }

    /// Creates the secret with a given ARN, in the ARN's region and account, and returns its whole
    /// ARN: the same if the ARN ends in a hyphen and six characters, otherwise with a random
    /// suffix.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnArn`], or [`Error::Refused`] as for [`create_secret`](Self::create_secret).
    pub fn create_secret_with_arn(&self, arn: &str, value: Option<&str>) -> Result<String, Error> {
        let parsed = Arn::parse(arn).filter(Arn::is_whole);
        let (parsed, name) = parsed
            .and_then(|parsed| Some((parsed, parsed.secret_name()?)))
            .ok_or(Error::NotAnArn { expected: "secret" })?;
        let (name, suffix) = match arn::split_suffix(name) {
            Some((name, suffix)) => (name, Some(suffix)),
            None => (name, None),
        };
        let scope = Scope { region: parsed.region, account: parsed.account };
        let mut world = self.shared.world();
        let body = creation(name, value);
        let output = secrets::create_secret_with_suffix(&mut world.secrets, scope, body, suffix)?;
        Ok(text(&output, "ARN"))
    }

    /// Gives a secret a new current value and returns the version's id. The previous value becomes
    /// AWSPREVIOUS.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as for PutSecretValue: there is no such secret, or the value is empty or
    /// too long.
    pub fn put_secret_value(&self, region: &str, id: &str, value: &str) -> Result<String, Error> {
        self.put(region, id, json!({ "SecretString": value }))
    }

    /// Like [`put_secret_value`](Self::put_secret_value), with the given labels instead of
    /// AWSCURRENT.
    ///
    /// # Errors
    ///
    /// As for [`put_secret_value`](Self::put_secret_value).
    pub fn put_secret_value_staged(
        &self,
        region: &str,
        id: &str,
        value: &str,
        version_stages: &[&str],
    ) -> Result<String, Error> {
        self.put(region, id, json!({ "SecretString": value, "VersionStages": version_stages }))
    }

    /// Like [`put_secret_value`](Self::put_secret_value), with the given version id (32 to 64
    /// characters).
    ///
    /// # Errors
    ///
    /// As for [`put_secret_value`](Self::put_secret_value).
    pub fn put_secret_version(
        &self,
        region: &str,
        id: &str,
        value: &str,
        version_id: &str,
    ) -> Result<(), Error> {
        self.put(region, id, json!({ "SecretString": value, "ClientRequestToken": version_id }))?;
        Ok(())
    }

    /// Like [`put_secret_value`](Self::put_secret_value), with bytes: a `SecretBinary`.
    ///
    /// # Errors
    ///
    /// As for [`put_secret_value`](Self::put_secret_value).
    pub fn put_secret_binary(&self, region: &str, id: &str, value: &[u8]) -> Result<String, Error> {
        self.put(region, id, json!({ "SecretBinary": STANDARD.encode(value) }))
    }

    /// Marks a secret for deletion in 30 days: it still exists, but cannot be read.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as for DeleteSecret: there is no such secret, or it is already marked.
    pub fn delete_secret(&self, region: &str, id: &str) -> Result<(), Error> {
        self.in_region(region, |world, scope| {
            secrets::delete_secret(&mut world.secrets, scope, json!({ "SecretId": id }))?;
            Ok(())
        })
    }

    /// Creates a parameter or gives it a new version, and returns its ARN. The tier follows from
    /// the value's length.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as for PutParameter: an invalid name (an ARN, for example), a parameter
    /// of another type, a value that is empty or too long.
    pub fn put_parameter(
        &self,
        region: &str,
        name: &str,
        value: &str,
        kind: ParameterType,
    ) -> Result<String, Error> {
        self.in_region(region, |world, scope| put_parameter(world, scope, name, value, kind))
    }

    /// Creates the parameter with a given ARN, in the ARN's region and account, which may be
    /// another account. A name of a single part gets no leading slash.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnArn`], or [`Error::Refused`] as for [`put_parameter`](Self::put_parameter).
    pub fn put_parameter_with_arn(
        &self,
        arn: &str,
        value: &str,
        kind: ParameterType,
    ) -> Result<String, Error> {
        let parsed = Arn::parse(arn).filter(Arn::is_whole);
        let (parsed, name) = parsed
            .and_then(|parsed| Some((parsed, parsed.parameter_name()?)))
            .ok_or(Error::NotAnArn { expected: "parameter" })?;
        let name = if name.contains('/') { format!("/{name}") } else { name.to_owned() };
        let scope = Scope { region: parsed.region, account: parsed.account };
        put_parameter(&mut self.shared.world(), scope, &name, value, kind)
    }

    /// Moves a label to a version of a parameter.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as for LabelParameterVersion: there is no such parameter or version.
    pub fn label_parameter_version(
        &self,
        region: &str,
        name: &str,
        version: i64,
        label: &str,
    ) -> Result<(), Error> {
        self.in_region(region, |world, scope| {
            let body = json!({ "Name": name, "ParameterVersion": version, "Labels": [label] });
            parameters::label_parameter_version(&mut world.parameters, scope, body)?;
            Ok(())
        })
    }

    /// Deletes a parameter.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as for DeleteParameter: there is no such parameter.
    pub fn delete_parameter(&self, region: &str, name: &str) -> Result<(), Error> {
        self.in_region(region, |world, scope| {
            parameters::delete_parameter(&mut world.parameters, scope, json!({ "Name": name }))?;
            Ok(())
        })
    }

    fn put(&self, region: &str, id: &str, mut body: Value) -> Result<String, Error> {
        body["SecretId"] = json!(id);
        if body.get("ClientRequestToken").is_none() {
            body["ClientRequestToken"] = json!(generated::uuid());
        }
        self.in_region(region, |world, scope| {
            Ok(text(&secrets::put_secret_value(&mut world.secrets, scope, body)?, "VersionId"))
        })
    }

    fn in_region<T>(
        &self,
        region: &str,
        action: impl FnOnce(&mut World, Scope<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut world = self.shared.world();
        let account = world.account.clone();
        action(&mut world, Scope { region, account: &account })
    }
}

fn creation(name: &str, value: Option<&str>) -> Value {
    json!({ "Name": name, "SecretString": value, "ClientRequestToken": generated::uuid() })
}

fn put_parameter(
    world: &mut World,
    scope: Scope<'_>,
    name: &str,
    value: &str,
    kind: ParameterType,
) -> Result<String, Error> {
    let body = json!({ "Name": name, "Value": value, "Type": kind.name(), "Overwrite": true, "Tier": "Intelligent-Tiering" });
    parameters::put_parameter(&mut world.parameters, scope, body)?;
    Ok(arn::parameter_arn(scope.region, scope.account, name))
}

/// A member that every response of the operation has.
fn text(output: &Value, member: &str) -> String {
    output[member].as_str().unwrap_or_default().to_owned()
}
