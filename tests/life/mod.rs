//! The life of a secret: created, given values, rolled back, deleted and restored, by the real
//! binary.
//!
//! Tests for both moto and the emulator use `on_both!`. Tests that need the emulator's features use
//! only the emulator.

mod creation;
mod dry_run;
mod keys;
mod reports;
mod rollback;
mod rotation;
mod several;
mod sharing;
mod whole;

use crate::support::Ran;
use crate::support::aws::{HOME, Server, without_request_ids};

/// The end of a write's stderr.
const STALE: &str = "hydrant: running processes keep the old value until they restart\n";

/// One entry with a secret of the same name.
const ONE: &str = "[secrets.KEY]\nsecret_id = \"PREFIX/key\"\n";

/// The same without the request ids, and with dates as `<day>`, `<minute>` or `<time>`.
fn undated(ran: Ran) -> Ran {
    let Ran { code, stdout, stderr } = without_request_ids(ran);
    Ran { code, stdout: without_dates(&stdout), stderr: without_dates(&stderr) }
}

fn without_dates(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let forms = [
            ("0000-00-00T00:00:00Z", "<time>"),
            ("0000-00-00 00:00 UTC", "<minute>"),
            ("0000-00-00", "<day>"),
        ];
        match forms.iter().find(|(form, _)| is_like(rest, form)) {
            Some((form, shown)) => {
                left.push_str(shown);
                rest = &rest[form.len()..];
            }
            None => {
                left.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    left
}

/// Whether a text begins with this form, in which a zero is any digit.
fn is_like(text: &str, form: &str) -> bool {
    let fits =
        |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() >= form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// The id of the version that has a stage.
#[track_caller]
fn version_at(server: &Server, name: &str, stage: &str) -> String {
    let versions = server.versions(HOME, name);
    let mut at = versions.iter().filter(|(_, stages)| stages.iter().any(|other| other == stage));
    let (Some((id, _)), None) = (at.next(), at.next()) else {
        panic!("not one version at {stage}: {versions:?}")
    };
    id.clone()
}

/// The calls of a run that change something in AWS.
fn writes(server: &Server, run: impl FnOnce()) -> Vec<String> {
    let calls = server.calls_of(run).expect("the emulator's");
    let reads = ["Get", "Describe", "List", "BatchGet"];
    let actions = calls.iter().map(|call| call.operation.to_string());
    let actions = actions.filter(|action| {
        let (_, name) = action.split_once(':').expect("an action");
        !reads.iter().any(|read| name.starts_with(read))
    });
    actions.collect()
}
