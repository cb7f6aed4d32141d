//! Writing: setting secrets without reading them, with options of the call's own.

use std::time::Duration;

use hydrant_core::SecretValue;
use hydrant_core::manifest::SelectError;
use hydrant_core::write::RecoveryWindow;
use hydrant_core::write::delete::Deleted;
use hydrant_core::write::destination::Destination;
use hydrant_core::write::options::{PutOptions, check_token};
use hydrant_core::write::rollback::Rollback;
use hydrant_core::write::rotate::Rotation;
use hydrant_core::write::status::Status;
use hydrant_core::write::store::SecretVersion;
use hydrant_core::write::whole::Written;

use crate::call::Call;
use crate::error::Error;
use crate::hydrator::Hydrator;
use crate::write_session::WriteSession;

/// Sets the secrets of a manifest, for roles that may write and describe but never read a value. A
/// service lets its users set with it what they cannot read.
///
/// Made by [`Hydrator::write`]. It owns what it needs and is cheap to clone, so a service may keep
/// one in its state. Each call finds the destinations of the entries it is asked for, as a read
/// does, and acts there. The futures own what they need too, and are [`Send`]: they can be spawned.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// use hydrant::{Env, Hydrator, MemoryStore, SecretValue, write::PutOptions};
///
/// let hydrator = Hydrator::builder()
///     .manifest_text("version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"${org}/openai\"\n")
///     .env(Env::default())
///     .writers(MemoryStore::new().writers())
///     .build()?;
/// let write = hydrator.write().var("org", "acme").actor("ada@example.com");
/// let options = PutOptions::new().create(true);
/// let written = write.put("OPENAI_API_KEY", SecretValue::from("sk-acme"), options).await?;
/// assert_eq!(written.place, "acme/openai");
/// assert_eq!(write.status_of("OPENAI_API_KEY").await?.version, Some(written.version));
/// # Ok::<(), hydrant::Error>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a write does nothing until one of its calls is made"]
pub struct Write {
    call: Call,
}

impl Hydrator {
    /// The write side, with this hydrator's options: sets secrets without reading them.
    pub fn write(&self) -> Write {
        Write { call: Call::new(self) }
    }
}

impl Write {
    /// A value for `${name}`, such as the organisation of a request. Goes before the builder's,
    /// `HYDRANT_VAR_name` and `[vars]`.
    pub fn var(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Write { call: self.call.var(name.into(), value.into()) }
    }

    /// Takes only the named entries for [`Write::status`], whatever the builder's `only` says. The
    /// calls that name their entry ignore both.
    pub fn only<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Write { call: self.call.only(names.into_iter().map(Into::into).collect()) }
    }

    /// For the audit log: on whose behalf, such as the user of a request. Goes before the
    /// builder's.
    pub fn actor(self, actor: impl Into<String>) -> Self {
        Write { call: self.call.with_actor(actor.into()) }
    }

    /// How long each call may take as a whole. Goes before the builder's, `HYDRANT_DEADLINE` and
    /// `settings.deadline`.
    pub fn deadline(self, deadline: Duration) -> Self {
        Write { call: self.call.deadline(deadline) }
    }

    /// Puts a new value: a new version of the secret, the secret itself with
    /// [`PutOptions::create`], or a parameter. Running processes keep the old value until they
    /// start again.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] with what is wrong with this entry; [`Error::Selection`] for a name that is
    /// not the name of an entry and for a `${name}`; [`Error::Offline`]; [`Error::Connection`] if
    /// AWS cannot be addressed at all; [`Error::Audit`].
    pub fn put(
        &self,
        variable: &str,
        value: SecretValue,
        options: PutOptions,
    ) -> impl Future<Output = Result<Written, Error>> + Send + use<> {
        let call = self.for_entry(variable);
        async move {
            let selected = call.selected()?;
            // Refused before anything is asked.
            selected.entries.iter().try_for_each(|entry| check_token(&options, entry))?;
            let (session, destination) = single(call.session(selected).await?)?;
            session.put(&destination, &value, &options).await
        }
    }

    /// Whether each entry that this call takes has a value, since when, and when it is due for
    /// rotation.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`], [`Error::Offline`], [`Error::Connection`], [`Error::Audit`]. What is
    /// wrong with one entry is in its status.
    pub fn status(&self) -> impl Future<Output = Result<Vec<Status>, Error>> + Send + use<> {
        let call = self.call.clone();
        async move {
            let selected = call.selected()?;
            call.session(selected).await?.status().await
        }
    }

    /// The same for one entry.
    ///
    /// # Errors
    ///
    /// Those of [`Write::status`].
    pub fn status_of(
        &self,
        variable: &str,
    ) -> impl Future<Output = Result<Status, Error>> + Send + use<> {
        let status = Write { call: self.for_entry(variable) }.status();
        async move { status.await?.pop().ok_or_else(no_entry) }
    }

    /// The versions of an entry's secret, the newest first.
    ///
    /// # Errors
    ///
    /// Those of [`Write::put`].
    pub fn history(
        &self,
        variable: &str,
    ) -> impl Future<Output = Result<Vec<SecretVersion>, Error>> + Send + use<> {
        let call = self.for_entry(variable);
        async move {
            let (session, destination) = call.single().await?;
            session.history(&destination).await
        }
    }

    /// Moves AWSCURRENT back: to this version (an id, enough of its beginning, or a staging label),
    /// or to AWSPREVIOUS.
    ///
    /// # Errors
    ///
    /// Those of [`Write::put`].
    pub fn rollback(
        &self,
        variable: &str,
        to: Option<&str>,
    ) -> impl Future<Output = Result<Rollback, Error>> + Send + use<> {
        let (call, to) = (self.for_entry(variable), to.map(str::to_owned));
        async move {
            let (session, destination) = call.single().await?;
            let plan = session.rollback_plan(&destination, to.as_deref()).await?;
            session.rollback(&destination, &plan).await?;
            Ok(plan)
        }
    }

    /// Deletes an entry's secret, to be restored within the window.
    ///
    /// # Errors
    ///
    /// Those of [`Write::put`].
    pub fn delete(
        &self,
        variable: &str,
        window: RecoveryWindow,
    ) -> impl Future<Output = Result<Deleted, Error>> + Send + use<> {
        let call = self.for_entry(variable);
        async move {
            let (session, destination) = call.single().await?;
            session.delete(&destination, window).await
        }
    }

    /// Takes a deletion back.
    ///
    /// # Errors
    ///
    /// Those of [`Write::put`].
    pub fn restore(
        &self,
        variable: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let call = self.for_entry(variable);
        async move {
            let (session, destination) = call.single().await?;
            session.restore(&destination).await
        }
    }

    /// Starts AWS's rotation. Gives the version that it makes, if AWS says.
    ///
    /// # Errors
    ///
    /// Those of [`Write::put`].
    pub fn rotate(
        &self,
        variable: &str,
        rotation: Rotation,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send + use<> {
        let call = self.for_entry(variable);
        async move {
            let (session, destination) = call.single().await?;
            session.rotate(&destination, &rotation).await
        }
    }

    /// The call for one entry.
    fn for_entry(&self, variable: &str) -> Call {
        self.call.clone().only(vec![variable.to_owned()])
    }

    /// The destinations of these entries, found once for several calls; those of all that this call
    /// takes for none.
    ///
    /// # Errors
    ///
    /// Those of [`Write::status`]. What is wrong with one entry is in its destination.
    #[cfg(feature = "unstable")]
    pub async fn session(&self, variables: &[&str]) -> Result<WriteSession, Error> {
        let call = match variables {
            [] => self.call.clone(),
            _ => self.call.clone().only(variables.iter().map(|name| (*name).to_owned()).collect()),
        };
        let selected = call.selected()?;
        call.session(selected).await
    }
}

impl Call {
    /// The destination of the one entry that the call takes, with the connection.
    async fn single(self) -> Result<(WriteSession, Destination), Error> {
        let selected = self.selected()?;
        single(self.session(selected).await?)
    }
}

fn single(mut session: WriteSession) -> Result<(WriteSession, Destination), Error> {
    let destination = session.destinations.pop().ok_or_else(no_entry)??;
    Ok((session, destination))
}

/// The selection has refused a name that no entry has.
fn no_entry() -> Error {
    Error::Selection(SelectError::Usage(Vec::new()))
}
