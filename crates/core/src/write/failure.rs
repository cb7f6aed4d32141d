//! Why a write did not come about: typed, with the entry, the place and what AWS said. No way to a
//! value.

use std::fmt;

use crate::manifest::Entry;
use crate::reason::Reason;
use crate::reference::Version;
use crate::selector::Selector;
use crate::severity::Severity;
use crate::shown::{KnownValues, quoted};
use crate::store::{Action, StoreError, StoreErrorKind};

/// Why nothing was written for an entry, or what is left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteFailure {
    /// The variable.
    pub variable: String,
    /// The entry's line in the manifest, from 1.
    pub line: usize,
    /// The place, as it may be shown.
    pub place: Option<String>,
    /// What is wrong.
    pub problem: Box<WriteProblem>,
}

/// What is wrong with a write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteProblem {
    /// Nothing names a destination, or what names one cannot be used.
    NoDestination(Reason),
    /// AWS, or the connection, refused it.
    Store(StoreError),
    /// There is no such secret or parameter, and creating one was not asked for.
    Absent(StoreError),
    /// There is no such parameter, and creating one was not asked for.
    ParameterAbsent,
    /// The reference is an ARN, which no secret that is created now would have.
    ArnCannotBeCreated(StoreError),
    /// A secret has the name to create already, and nothing names it for the entry: it may be
    /// somebody else's.
    ExistsAlready {
        /// The name to create.
        name: String,
    },
    /// PutParameter and DeleteParameter take no ARN, which may be another account's or region's,
    /// and no version.
    ParameterCannotBeWritten,
    /// AWS manages it: the name is one of an AWS service's.
    Managed,
    /// The ARN is one of another account than that of the credentials.
    OtherAccount,
    /// The entry is pinned to a version, and a deletion takes all of them.
    Pinned(Version),
    /// The entry is one key of a JSON secret, and what becomes of the others was not said.
    PartOfJson(Selector),
    /// The entry takes the whole value, so that there is nothing to merge into or to replace.
    WholeValue,
    /// The entry takes the whole value of a secret that it shares, and another one a part of it.
    PartTaken {
        /// The other entry's variable.
        other: String,
    },
    /// The value that is there has no place for the key.
    NotMergeable(Reason),
    /// Several entries write here, one the whole value and another a part, or two the same part.
    Clash {
        /// The other entry's variable.
        other: String,
    },
    /// The value is empty.
    EmptyValue,
    /// The value is longer than the 65,536 bytes of a secret, or the 8 KB of a parameter.
    TooLong {
        /// The most bytes that it can have.
        most: usize,
    },
    /// The token is not 32 to 64 visible ASCII characters, or repeats the value.
    InvalidToken,
    /// The token is that of a version with another value, or of a merge that was given up.
    TokenUsed,
    /// PutParameter takes no token.
    TokenForParameter,
    /// Somebody else wrote a version in between.
    ChangedMeanwhile,
    /// Parameters have no such thing.
    NotASecret {
        /// The call that there is for secrets alone.
        action: Action,
    },
    /// No version can be gone back to.
    NoPreviousVersion,
    /// The version that was asked for is not one of the secret's.
    UnknownVersion,
    /// Several versions begin as what was asked for does.
    AmbiguousVersion,
    /// The version that was asked for is the current one.
    AlreadyCurrent,
    /// The secret was never given a value.
    NeverFilled,
    /// A parameter cannot be restored, so that it is deleted only at once.
    NoRecovery,
    /// The window is not one of AWS's.
    BadWindow,
    /// No function rotates the secret.
    NoRotationFunction,
}

impl WriteFailure {
    /// A failure of the entry in this line, where no destination was found.
    pub fn new(variable: impl Into<String>, line: usize, problem: WriteProblem) -> Self {
        let problem = Box::new(problem);
        WriteFailure { variable: variable.into(), line, place: None, problem }
    }

    pub(crate) fn of(entry: &Entry, place: Option<String>, problem: WriteProblem) -> Self {
        WriteFailure { place, ..WriteFailure::new(&entry.name, entry.line, problem) }
    }

    /// Without what repeats a value of the same call.
    pub(crate) fn without(mut self, known: &KnownValues) -> Self {
        match &mut *self.problem {
            WriteProblem::NoDestination(reason) | WriteProblem::NotMergeable(reason) => {
                reason.hide(known)
            }
            WriteProblem::Store(error)
            | WriteProblem::Absent(error)
            | WriteProblem::ArnCannotBeCreated(error) => {
                error.hide(known);
            }
            _ => {}
        }
        self
    }

    /// How severe it is.
    pub fn severity(&self) -> Severity {
        use WriteProblem as Problem;
        match &*self.problem {
            Problem::NoDestination(reason) | Problem::NotMergeable(reason) => reason.severity(),
            Problem::Store(error) => error.severity(),
            Problem::Absent(_)
            | Problem::ParameterAbsent
            | Problem::ArnCannotBeCreated(_)
            | Problem::NoPreviousVersion
            | Problem::UnknownVersion
            | Problem::NeverFilled => Severity::Missing,
            _ => Severity::Unusable,
        }
    }

    /// The error of AWS or of the connection behind it.
    pub fn store_error(&self) -> Option<&StoreError> {
        match &*self.problem {
            WriteProblem::NoDestination(reason) | WriteProblem::NotMergeable(reason) => {
                reason.store_error()
            }
            WriteProblem::Store(error)
            | WriteProblem::Absent(error)
            | WriteProblem::ArnCannotBeCreated(error) => Some(error),
            _ => None,
        }
    }

    /// One word for reports and the audit log.
    pub fn word(&self) -> &'static str {
        use WriteProblem as Problem;
        match &*self.problem {
            Problem::NoDestination(reason) | Problem::NotMergeable(reason) => reason.word(),
            Problem::Store(error) => error.kind.word(),
            Problem::Absent(_) | Problem::ParameterAbsent | Problem::ArnCannotBeCreated(_) => {
                "absent"
            }
            Problem::ChangedMeanwhile => "changed_meanwhile",
            Problem::ExistsAlready { .. } => "exists_already",
            Problem::Clash { .. } => "clash",
            Problem::TokenUsed => "token_used",
            Problem::NoPreviousVersion | Problem::UnknownVersion | Problem::AmbiguousVersion => {
                "no_such_version"
            }
            Problem::AlreadyCurrent => "already_current",
            Problem::NeverFilled => "empty",
            Problem::NoRotationFunction => "no_rotation_function",
            _ => "refused",
        }
    }

    /// Whether the change may have been made all the same: it was sent, and no answer came.
    pub fn may_have_been_done(&self) -> bool {
        matches!(&*self.problem, WriteProblem::Store(error) if error.may_have_been_done())
    }

    /// Whether the same write may succeed later: AWS was not reached, throttled the call or did not
    /// respond in time, or another write came in between. Where it [may have been
    /// done](WriteFailure::may_have_been_done), a put with the token of the first attempt makes no
    /// second version.
    pub fn is_transient(&self) -> bool {
        matches!(&*self.problem, WriteProblem::ChangedMeanwhile)
            || self.store_error().is_some_and(StoreError::is_transient)
    }

    /// What to do about it, where nobody has a command line.
    pub fn hint(&self) -> Option<String> {
        use WriteProblem as Problem;
        let variable = &self.variable;
        let place = self.place.as_deref().unwrap_or("it");
        Some(match &*self.problem {
            Problem::NoDestination(Reason::NoReference { .. }) => {
                "create it, or name the secret in the entry".to_owned()
            }
            Problem::NoDestination(reason) | Problem::NotMergeable(reason) => {
                return reason.hint(variable, place);
            }
            Problem::Store(error) if error.kind == StoreErrorKind::Undecryptable => {
                format!(
                    "allow kms:GenerateDataKey and kms:Decrypt on the key \
                    that encrypts {place}, and see that it is enabled"
                )
            }
            Problem::Store(error)
                if error.kind == StoreErrorKind::Absent && !error.is_not_found() =>
            {
                "see what AWS says; a secret that is \
                    scheduled for deletion can be restored"
                    .to_owned()
            }
            Problem::Store(error) if error.may_have_been_done() => format!(
                "{}; if it got there, it may have been done all the same",
                error.hint(place)?
            ),
            Problem::Store(error) => return error.hint(place),
            Problem::Absent(_) | Problem::ParameterAbsent => {
                "create it, or correct the reference".to_owned()
            }
            Problem::ArnCannotBeCreated(_) => "a new secret gets an ARN of its own: take the old \
                    reference away, create the secret, then publish its ARN"
                .to_owned(),
            Problem::ExistsAlready { name } => {
                format!(
                    "if {name} is meant for {variable}, name it in the entry \
                    (secret_id, or its ARN where the entry looks); else set create_name"
                )
            }
            Problem::ParameterCannotBeWritten => {
                "name it in its own account and region, without a version".to_owned()
            }
            Problem::Managed => "change it with the AWS service that made it".to_owned(),
            Problem::OtherAccount => "change it with credentials of its own account".to_owned(),
            Problem::Pinned(_) => "remove the version from the entry or its \
                reference, if the whole secret is to go"
                .to_owned(),
            Problem::PartOfJson(_) => "merge changes this key and keeps the others (needs the \
                    right to read); replace writes an object of this key alone"
                .to_owned(),
            Problem::WholeValue => "leave merge and replace out".to_owned(),
            Problem::PartTaken { .. } => "set its keys one by one".to_owned(),
            Problem::Clash { .. } => "import them one by one, or correct the manifest".to_owned(),
            Problem::EmptyValue => "to take a value away, delete the secret".to_owned(),
            Problem::TooLong { .. } => "store it elsewhere, and its place here".to_owned(),
            Problem::InvalidToken => "make a random token, such as a UUID".to_owned(),
            Problem::TokenUsed => "make a new token for a new value".to_owned(),
            Problem::TokenForParameter => "leave the token out".to_owned(),
            Problem::ChangedMeanwhile => {
                "nothing of the other change was lost: run it again".to_owned()
            }
            Problem::NotASecret { .. } => "Parameter Store's own tools have \
                what there is for parameters"
                .to_owned(),
            Problem::NoPreviousVersion | Problem::UnknownVersion | Problem::AmbiguousVersion => {
                "see the versions of the secret".to_owned()
            }
            Problem::AlreadyCurrent => return None,
            Problem::NeverFilled => "give it a value".to_owned(),
            Problem::NoRecovery => "delete it at once".to_owned(),
            Problem::BadWindow => "7 to 30 days, or at once".to_owned(),
            Problem::NoRotationFunction => {
                "make a new key where it is made, then put it".to_owned()
            }
        })
    }
}

impl WriteProblem {
    /// The same without what AWS said, which may repeat a reference that may not be shown. The code
    /// stays.
    pub(crate) fn without_message(mut self) -> Self {
        match &mut self {
            WriteProblem::Store(error)
            | WriteProblem::Absent(error)
            | WriteProblem::ArnCannotBeCreated(error)
                if error.code.is_some() =>
            {
                error.message = None;
            }
            WriteProblem::NoDestination(reason) | WriteProblem::NotMergeable(reason) => {
                reason.drop_message();
            }
            _ => {}
        }
        self
    }
}

impl fmt::Display for WriteProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteProblem::NoDestination(reason) => reason.fmt(f),
            WriteProblem::Store(error) => f.write_str(match error.kind {
                StoreErrorKind::Undecryptable => "the value cannot be encrypted or decrypted",
                StoreErrorKind::Absent if error.is_not_found() => "there is no such secret",
                StoreErrorKind::Absent => "AWS does not do this in the state that the secret is in",
                _ => return error.kind.fmt(f),
            }),
            WriteProblem::Absent(_) => f.write_str("there is no such secret"),
            WriteProblem::ParameterAbsent => f.write_str("there is no such parameter"),
            WriteProblem::ArnCannotBeCreated(_) => f.write_str("there is no secret with this ARN"),
            WriteProblem::ExistsAlready { name } => {
                write!(
                    f,
                    "there is a secret {name} already, \
                    which nothing names for this entry"
                )
            }
            WriteProblem::ParameterCannotBeWritten => f.write_str(
                "the parameter is named with a version or by an \
                    ARN, and only a name can be changed or deleted",
            ),
            WriteProblem::Managed => f.write_str("an AWS service manages it"),
            WriteProblem::OtherAccount => {
                f.write_str("it belongs to another account than the credentials")
            }
            WriteProblem::Pinned(version) => {
                write!(
                    f,
                    "the entry is pinned to {version}, and a \
                    deletion takes every version of the secret"
                )
            }
            WriteProblem::PartOfJson(Selector::Pointer(pointer)) => {
                let pointer = quoted(pointer);
                write!(
                    f,
                    "the entry is what {pointer} points to in a JSON \
                    secret, and others may read the rest of it"
                )
            }
            WriteProblem::PartOfJson(Selector::Key(key)) => {
                let key = quoted(key);
                write!(
                    f,
                    "the entry is the key {key} of a JSON \
                    secret, and others may read the rest of it"
                )
            }
            WriteProblem::PartOfJson(Selector::Raw) | WriteProblem::WholeValue => f.write_str(
                "the entry takes the whole value of its \
                    secret: there is nothing to merge or replace",
            ),
            WriteProblem::PartTaken { other } => {
                write!(
                    f,
                    "{other} takes a part of the same secret, \
                    which the whole value would replace"
                )
            }
            WriteProblem::NotMergeable(reason) => {
                write!(f, "the new value has no place in the secret: {reason}")
            }
            WriteProblem::Clash { other } => {
                write!(f, "{other} is to be written to the same place")
            }
            WriteProblem::EmptyValue => f.write_str("the value is empty"),
            WriteProblem::TooLong { most } => {
                write!(f, "the value is longer than the {most} bytes that AWS takes")
            }
            WriteProblem::InvalidToken => f.write_str(
                "the token is not 32 to 64 visible ASCII \
                    characters, or it repeats the value",
            ),
            WriteProblem::TokenUsed => {
                f.write_str("the token was used before, and not for a version with this value")
            }
            WriteProblem::TokenForParameter => {
                f.write_str("a parameter cannot be written with a token")
            }
            WriteProblem::ChangedMeanwhile => f.write_str(
                "another version was written in \
                    between, so this one was taken back",
            ),
            WriteProblem::NotASecret { action } => {
                write!(f, "the value is a parameter, and {action} is for secrets")
            }
            WriteProblem::NoPreviousVersion => {
                f.write_str("no version of the secret is labelled AWSPREVIOUS")
            }
            WriteProblem::UnknownVersion => f.write_str("the secret has no such version"),
            WriteProblem::AmbiguousVersion => {
                f.write_str("several versions of the secret begin so")
            }
            WriteProblem::AlreadyCurrent => f.write_str("this version is AWSCURRENT already"),
            WriteProblem::NeverFilled => {
                f.write_str("the secret was created and never given a value")
            }
            WriteProblem::NoRecovery => {
                f.write_str("a parameter cannot be restored once it is deleted")
            }
            WriteProblem::BadWindow => {
                f.write_str("a recovery window of this length is not possible")
            }
            WriteProblem::NoRotationFunction => {
                f.write_str("no rotation function is set on the secret")
            }
        }
    }
}

/// `VARIABLE: what is wrong; place`, on one line. What AWS said is the source.
impl fmt::Display for WriteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)?;
        match &self.place {
            Some(place) => write!(f, "; {place}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for WriteFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.store_error()?)
    }
}
