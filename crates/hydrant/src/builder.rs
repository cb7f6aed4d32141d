//! The options of a [`Hydrator`](crate::Hydrator), and how the manifest, the environment and the
//! env file are found.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hydrant_core::aws::Isolated;
use hydrant_core::manifest::{DEADLINE_FORM, EnvFileSetting, ReadError, parse_deadline};
use hydrant_core::reason::Hint;
#[cfg(feature = "write")]
use hydrant_core::write::Writers;
use hydrant_core::{Env, EnvFile, Manifest, SecretStore, Selection, Stores};

use crate::applied::process_environment;
use crate::environment;
use crate::error::Error;
use crate::setting::{Given, Setting};
use crate::watch::Watch;

/// The manifest where nothing names one, in the working folder.
const DEFAULT_MANIFEST: &str = "secrets.toml";

/// Options of a [`Hydrator`](crate::Hydrator).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hydrant::{Env, Hydrator, MemoryStore};
///
/// let hydrator = Hydrator::builder()
///     .manifest_text("version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"${org}/openai\"\n")
///     .var("org", "acme")
///     .env(Env::default())
///     .stores(MemoryStore::new().secret("acme/openai", "sk-test").stores())
///     .build()?;
/// let hydration = hydrator.read().values_blocking()?;
/// assert_eq!(hydration.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-test");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    pub(crate) source: Source,
    pub(crate) selection: Selection,
    pub(crate) env: Option<Env>,
    pub(crate) isolated: Option<Isolated>,
    pub(crate) env_file: EnvFileChoice,
    pub(crate) deadline: Option<Duration>,
    pub(crate) watch: Option<&'static dyn Watch>,
    pub(crate) hints: Option<Hint>,
    pub(crate) ignore_set: bool,
    pub(crate) offline: bool,
    pub(crate) strict: bool,
    pub(crate) info_events: bool,
    pub(crate) allow_http: Vec<String>,
    pub(crate) stores: Option<Stores>,
    pub(crate) names: Option<Stores>,
    #[cfg(feature = "write")]
    pub(crate) writers: Option<Writers>,
    pub(crate) audit_log: AuditLogChoice,
    pub(crate) actor: Option<String>,
    pub(crate) audit_as: Option<String>,
}

/// Where the manifest comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Source {
    /// `HYDRANT_MANIFEST`, else `secrets.toml` in the working folder.
    #[default]
    Found,
    Path(PathBuf),
    Text(Arc<str>),
}

/// Which env file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum EnvFileChoice {
    /// The one that the manifest's settings name.
    #[default]
    Settings,
    /// This one, which must exist.
    Path(PathBuf),
    Off,
}

/// Where reads and changes are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum AuditLogChoice {
    /// In the file that the manifest's settings name, if they name one.
    #[default]
    Settings,
    Path(PathBuf),
    Off,
}

impl Builder {
    /// The manifest's path; else `HYDRANT_MANIFEST` names it, else it is `secrets.toml` in the
    /// working folder.
    pub fn manifest(mut self, path: impl Into<PathBuf>) -> Self {
        self.source = Source::Path(path.into());
        self
    }

    /// The manifest's text, for programs that carry it (`include_str!`); its env file is looked for
    /// in the working folder.
    pub fn manifest_text(mut self, text: &str) -> Self {
        self.source = Source::Text(text.into());
        self
    }

    /// The profile to overlay; else `HYDRANT_PROFILE` names it.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.selection.profile = Some(name.into());
        self
    }

    /// Takes only the named entries of a manifest that several programs share.
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.selection.only = names.into_iter().map(Into::into).collect();
        self
    }

    /// A value for `${name}`; goes before `HYDRANT_VAR_name` and `[vars]`.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.selection.vars.push((name.into(), value.into()));
        self
    }

    /// The whole environment to work with; else the process's, as it is when [`Builder::build`] is
    /// called. Region, endpoints, AWS profile, credentials, proxy and certificates are those that
    /// it names, and nothing of these is taken from the process.
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self.isolated = Some(Isolated::new());
        self
    }

    /// Reads this env file instead of the manifest's; it must exist.
    pub fn env_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.env_file = EnvFileChoice::Path(path.into());
        self
    }

    /// Reads no env file.
    pub fn no_env_file(mut self) -> Self {
        self.env_file = EnvFileChoice::Off;
        self
    }

    /// How long one whole hydration may take; else `HYDRANT_DEADLINE`, else `settings.deadline`,
    /// else ten seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Reads even where a variable is set already.
    pub fn ignore_set(mut self, yes: bool) -> Self {
        self.ignore_set = yes;
        self
    }

    /// Takes local values alone and opens no socket; so does `HYDRANT_OFFLINE=1`.
    pub fn offline(mut self, yes: bool) -> Self {
        self.offline = yes;
        self
    }

    /// Makes a failed read (denied, unreachable, …) of an optional entry an error too.
    pub fn strict(mut self, yes: bool) -> Self {
        self.strict = yes;
        self
    }

    /// Emits the events of secrets that are read or written at info level. Else they are at debug
    /// level, but for [`hydrate`](crate::hydrate) and [`Builder::apply`], which happen once.
    pub fn info_events(mut self, yes: bool) -> Self {
        self.info_events = yes;
        self
    }

    /// Allows this host to be asked over plain http; so does `HYDRANT_ALLOW_HTTP`, a list with
    /// commas. Loopback always is.
    pub fn allow_http(mut self, host: impl Into<String>) -> Self {
        self.allow_http.push(host.into());
        self
    }

    /// Stores to ask instead of AWS, for tests.
    pub fn stores(mut self, stores: Stores) -> Self {
        self.stores = Some(stores);
        self
    }

    /// Reads the secrets that references name without an ARN from this store, and those named by an
    /// ARN, and parameters, from AWS or the given stores. AWS is connected only if something is
    /// read there. A hydrator with such a store writes nothing.
    pub fn names_from(mut self, store: Arc<dyn SecretStore>) -> Self {
        self.names = Some(Stores::new(store));
        self
    }

    /// Stores to read and to write instead of AWS, for tests.
    #[cfg(feature = "write")]
    pub fn writers(mut self, writers: Writers) -> Self {
        self.stores = Some(writers.stores.clone());
        self.writers = Some(writers);
        self
    }

    /// Records what is read in this file, whatever `settings.audit_log` says; relative to the
    /// working folder.
    ///
    /// Each call that asks AWS appends an intent, which is on disk before anything is asked, and an
    /// outcome. What cannot be recorded is not done. `docs/audit.md` has the form of the records.
    pub fn audit_log(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit_log = AuditLogChoice::Path(path.into());
        self
    }

    /// For the audit log: on whose behalf. A service that acts for many gives it with each call
    /// ([`Read::actor`](crate::Read::actor)).
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Reads the manifest and the env file, by these options and the process's variables.
    pub(crate) fn read(&mut self) -> Result<(Manifest, Env), Error> {
        let process = self.env.clone().unwrap_or_else(process_environment);
        self.take_variables(&process)?;
        let manifest = match &self.source {
            Source::Text(text) => {
                Manifest::parse_for(Path::new(DEFAULT_MANIFEST), text, &self.selection, &process)
                    .map_err(ReadError::Manifest)?
            }
            Source::Path(path) => Manifest::read_for(path, &self.selection, &process)?,
            Source::Found => {
                let named = Setting::Manifest.given(None, |name| process.process(name));
                let path = match named {
                    Some(Given::Option(path) | Given::Variable(path)) => path,
                    None => DEFAULT_MANIFEST.as_ref(),
                };
                Manifest::read_for(Path::new(path), &self.selection, &process)?
            }
        };
        environment::check_twice(&process, &manifest)?;
        let file = match self.env_file_path(&manifest) {
            None => None,
            Some((path, must_exist)) => match EnvFile::read(&path) {
                Err(error) if error.is_missing() && !must_exist => None,
                file => Some(file?),
            },
        };
        let env = match file {
            Some(file) => process.with_file(file),
            None => process,
        };
        Ok((manifest, env))
    }

    /// The env file's path, and whether it must exist; `None` where none is read.
    pub(crate) fn env_file_path(&self, manifest: &Manifest) -> Option<(PathBuf, bool)> {
        match (&self.env_file, &manifest.settings().env_file) {
            (EnvFileChoice::Off, _) => None,
            (EnvFileChoice::Path(path), _) => Some((path.clone(), true)),
            (EnvFileChoice::Settings, EnvFileSetting::Off) => None,
            (EnvFileChoice::Settings, EnvFileSetting::Path(path)) => {
                Some((manifest.path().parent().unwrap_or(Path::new("")).join(path), false))
            }
        }
    }

    /// What the process's `HYDRANT_*` variables say where no option does.
    pub(crate) fn take_variables(&mut self, process: &Env) -> Result<(), Error> {
        environment::check_own(process)?;
        let text = |name: &str| {
            process.process(name).and_then(|value| value.to_str()).filter(|text| !text.is_empty())
        };
        self.selection.profile =
            Setting::Profile.given(self.selection.profile.take(), text).map(|given| match given {
                Given::Option(name) => name,
                Given::Variable(name) => name.to_owned(),
            });
        match text("HYDRANT_OFFLINE") {
            None | Some("0" | "false") => {}
            Some("1" | "true") => self.offline = true,
            Some(_) => {
                return Err(Error::Setting { variable: "HYDRANT_OFFLINE", expected: "1 or 0" });
            }
        }
        if let Some(Given::Variable(text)) = Setting::Deadline.given(self.deadline, text) {
            let (variable, expected) = (Setting::Deadline.variable(), DEADLINE_FORM);
            let refused = Error::Setting { variable, expected };
            self.deadline = Some(parse_deadline(text).ok_or(refused)?);
        }
        let hosts = text("HYDRANT_ALLOW_HTTP").unwrap_or_default().split(',').map(str::trim);
        self.allow_http.extend(hosts.filter(|host| !host.is_empty()).map(str::to_owned));
        Ok(())
    }

    /// Whether another set of options would do the same.
    pub(crate) fn is_same(&self, other: &Builder) -> bool {
        let are_same = |one: &Option<Stores>, other: &Option<Stores>| match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(&one.secrets, &other.secrets),
            _ => false,
        };
        are_same(&self.stores, &other.stores)
            && are_same(&self.names, &other.names)
            && self.env == other.env
            && self.source == other.source
            && self.selection == other.selection
            && self.env_file == other.env_file
            && (self.deadline, self.ignore_set, self.offline, self.strict)
                == (other.deadline, other.ignore_set, other.offline, other.strict)
            && self.allow_http == other.allow_http
            && (&self.audit_log, &self.actor, &self.audit_as)
                == (&other.audit_log, &other.actor, &other.audit_as)
    }
}
