//! Hints: what to do about an error, with the options and commands of the command line. The
//! libraries know neither. Their own hints are used as they are if they apply everywhere.

use hydrant::EntryReport;
use hydrant::write::{WriteFailure, WriteProblem};
use hydrant_core::manifest::Help;
use hydrant_core::reason::Reason;
use hydrant_core::store::{StoreError, StoreErrorKind};

/// The hint for an entry without a value.
pub(crate) fn of_entry(entry: &EntryReport) -> Option<String> {
    entry.hint_in(of_reason)
}

/// The hint for a reason. `place` is the source as it may be shown.
pub(crate) fn of_reason(reason: &Reason, variable: &str, place: &str) -> Option<String> {
    Some(match reason {
        Reason::Offline => {
            format!("set {variable} in the environment or the env file, or run without --offline")
        }
        Reason::SecretAbsent(_) => format!(
            "give it a value: hydrant put {variable} (--create if there is no such secret); if it was deleted: hydrant restore {variable}"
        ),
        Reason::NotDescribed { .. } | Reason::VersionNotDescribed => {
            format!(
                "see whether it can be read: hydrant --only {variable} --ignore-set run -- true"
            )
        }
        Reason::Lookup { parameter, reason } => {
            return of_reason(reason, variable, &format!("parameter {parameter}"));
        }
        Reason::Store(error) => return of_store_error(error, place),
        reason => return reason.hint(variable, place),
    })
}

/// The hint for an error of AWS or of the connection.
pub(crate) fn of_store_error(error: &StoreError, place: &str) -> Option<String> {
    match error.kind {
        StoreErrorKind::RefusedEndpoint => Some(
            "use https, or allow the host with --allow-http HOST or HYDRANT_ALLOW_HTTP=HOST"
                .to_owned(),
        ),
        _ => error.hint(place),
    }
}

/// The hint for a problem of the manifest.
pub(crate) fn of_problem(help: &Help) -> String {
    match help {
        Help::SetVar { name, .. } => format!(
            "{}set it in [vars], with --var {name}=…, or as HYDRANT_VAR_{name}",
            help.suggestion()
        ),
        Help::Words(text) => text.clone(),
    }
}

/// The hint for a problem or a notice of a generated text.
#[cfg(feature = "deploy")]
pub(crate) fn of_deployment(hint: &hydrant_deploy::Hint) -> String {
    use hydrant_deploy::Hint;

    let words = match hint {
        Hint::Words(text) => return text.clone(),
        Hint::PutParameter(variable) => {
            return format!("hydrant put {variable} --create makes a SecureString");
        }
        Hint::GiveRegion => {
            "give it with --region, or set AWS_REGION or settings.region of the manifest"
        }
        Hint::GiveAccount => "give the account with --account",
        Hint::GiveAccountOrVariable => "give the account with --account, or set its ARN variable",
        Hint::HydrateOrLeaveOut => {
            "let the program hydrate itself (without --inject), or leave the entry out, with --only"
        }
        Hint::NameKeyOrHydrate => "give the key a name, or let the program hydrate itself (--run)",
        Hint::ShortenName => "use a shorter --name, or another variable",
        Hint::SplitFile => "make two files, with --only and --name",
        Hint::SplitTemplate => "make several, with --only",
        Hint::SplitStack => "make several stacks, with --only",
        Hint::RenameOrSplitStack => {
            "rename one (create_name, arn_parameter), or make two stacks, with --only"
        }
        Hint::UploadTemplate => "deploy it with --s3-bucket",
        Hint::NameOtherProgram => {
            "name one that can with --binary, or give the other --architecture"
        }
        Hint::BuildForMusl => {
            "build hydrant for musl (cargo build --release --target x86_64-unknown-linux-musl, or \
             aarch64), and name it with --binary"
        }
    };
    words.to_owned()
}

/// The hint for a failed write.
pub(crate) fn of_write(failure: &WriteFailure) -> Option<String> {
    let variable = &failure.variable;
    let place = failure.place.as_deref().unwrap_or("it");
    Some(match &*failure.problem {
        WriteProblem::NoDestination(Reason::NoReference { .. }) => {
            format!("create it with hydrant put {variable} --create, or name the secret in the entry")
        }
        WriteProblem::NoDestination(reason) | WriteProblem::NotMergeable(reason) => {
            return of_reason(reason, variable, place);
        }
        WriteProblem::Store(error) => match error.kind {
            StoreErrorKind::RefusedEndpoint => return of_store_error(error, place),
            StoreErrorKind::Absent if !error.is_not_found() => {
                "read AWS's message: hydrant restore brings back a secret that is scheduled for deletion".to_owned()
            }
            _ if error.may_have_been_done() => {
                format!("{}: hydrant status --only {variable}", failure.hint()?)
            }
            _ => return failure.hint(),
        },
        WriteProblem::Absent(_) | WriteProblem::ParameterAbsent => {
            "add --create to create it, or correct the reference".to_owned()
        }
        WriteProblem::PartOfJson(_) => {
            "use --merge to change only this key (needs permission to read), or --replace to write an object with only this key".to_owned()
        }
        WriteProblem::WholeValue => "run it without --merge and --replace".to_owned(),
        WriteProblem::PartTaken { other } => {
            format!("set its keys one by one: hydrant put {other} --merge")
        }
        WriteProblem::Clash { .. } => {
            "import them one by one (--only), or correct the manifest".to_owned()
        }
        WriteProblem::EmptyValue => "use hydrant delete to remove a value".to_owned(),
        WriteProblem::NoPreviousVersion
        | WriteProblem::UnknownVersion
        | WriteProblem::AmbiguousVersion => {
            format!("list the versions: hydrant history {variable}")
        }
        WriteProblem::NeverFilled => format!("give it a value: hydrant put {variable}"),
        WriteProblem::NoRecovery => "add --now".to_owned(),
        WriteProblem::BadWindow => "give 7 to 30 days, or --now".to_owned(),
        WriteProblem::NoRotationFunction => {
            format!("create a new key at the provider, then run hydrant put {variable}")
        }
        _ => return failure.hint(),
    })
}

#[cfg(test)]
mod tests {
    use hydrant_core::reference::ParameterId;
    use hydrant_core::selector::Selector;
    use hydrant_core::store::Action;

    use super::*;

    #[test]
    fn a_reason_leads_to_the_option_or_command_that_helps() {
        fn check(reason: &Reason, expected: &str) {
            assert_eq!(of_reason(reason, "KEY", "demo/key").as_deref(), Some(expected));
        }
        let read = "see whether it can be read: hydrant --only KEY --ignore-set run -- true";
        check(&Reason::VersionNotDescribed, read);
        let parameter = Box::new(ParameterId::Name("/demo/key".to_owned()));
        check(&Reason::NotDescribed { parameter: parameter.clone() }, read);
        let of_store = |kind| {
            let error = StoreError::new(kind, Action::GetParameters, "said so");
            Reason::Lookup { parameter: parameter.clone(), reason: Box::new(Reason::Store(error)) }
        };
        check(
            &of_store(StoreErrorKind::RefusedEndpoint),
            "use https, or allow the host with --allow-http HOST or HYDRANT_ALLOW_HTTP=HOST",
        );
        check(
            &of_store(StoreErrorKind::Denied),
            "allow ssm:GetParameters on parameter /demo/key in the role's policy",
        );
    }

    #[test]
    fn a_write_that_failed_leads_to_the_option_or_command_that_helps() {
        fn check(problem: WriteProblem, expected: &str) {
            let shown = format!("{problem:?}");
            let failure = WriteFailure::new("KEY", 2, problem);
            assert_eq!(of_write(&failure).as_deref(), Some(expected), "{shown}");
        }
        let nowhere = Reason::NoReference { keys: Box::default() };
        check(
            WriteProblem::NoDestination(nowhere),
            "create it with hydrant put KEY --create, or name the secret in the entry",
        );
        check(
            WriteProblem::NoDestination(Reason::Offline),
            "set KEY in the environment or the env file, or run without --offline",
        );
        let lost = |action| StoreError::new(StoreErrorKind::TimedOut, action, "no response");
        let why = "raise settings.deadline, or find out why the endpoint does not respond";
        check(WriteProblem::Store(lost(Action::DescribeSecret)), why);
        check(
            WriteProblem::Store(lost(Action::PutSecretValue)),
            &format!(
                "{why}; if it got there, it may have been done all the same: hydrant status --only KEY"
            ),
        );
        check(
            WriteProblem::PartOfJson(Selector::Key("key".to_owned())),
            "use --merge to change only this key (needs permission to read), or --replace to write an object with only this key",
        );
        check(WriteProblem::EmptyValue, "use hydrant delete to remove a value");
        check(WriteProblem::NeverFilled, "give it a value: hydrant put KEY");
        check(WriteProblem::NoRecovery, "add --now");
        check(WriteProblem::BadWindow, "give 7 to 30 days, or --now");
    }
}
