//! `env-example`: an env file without values, to be copied to `.env`: for each entry its variable,
//! and the one that holds the reference.
//!
//! The variables stand there empty: readers of env files list them, and hydrant takes an empty
//! variable for one that is not set, so that a copy as it is hydrates.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hydrant_core::plan::Planned;

use super::{Generated, Input, on_one_line};

const ABOUT: &str = "
# Copy this to .env, which is not committed. A variable that is left empty counts as not set.
# Of each entry the first variable takes the value itself, which is then not read from AWS; the second takes the ARN of the
# secret that is read.
";

/// The env file without values.
pub fn generate(input: &Input) -> Generated {
    let mut text = input.header("#", &["env-example"], ".env.example");
    text.push_str(ABOUT);
    // Entries that take parts of one secret share the variable that holds its ARN.
    let mut told = BTreeSet::new();
    for Planned { entry, .. } in &input.committed.entries {
        let description =
            entry.description.as_deref().map(|text| on_one_line(text.trim())).unwrap_or_default();
        let need = if entry.need.is_required() { "" } else { "(optional)" };
        let about = [description.as_str(), need].join(" ");
        text.push('\n');
        // Writing to a String does not fail.
        if !about.trim().is_empty() {
            _ = writeln!(text, "# {}", about.trim());
        }
        _ = writeln!(text, "{}=", entry.name);
        if let Some(arn_var) = entry.source_keys.variable()
            && told.insert(arn_var)
        {
            _ = writeln!(text, "{arn_var}=");
        }
    }
    Generated { text, ..Generated::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::input;
    use super::*;

    #[test]
    fn every_variable_stands_once_and_empty() {
        let entries = "\
[secrets.A]
description = \" the first\\none \"
[secrets.B]
arn_var = \"BOTH_ARN\"
json_key = \"b\"
required = false
[secrets.C]
arn_var = \"BOTH_ARN\"
json_key = \"c\"
default = \"info\"
description = \"the third\"
[secrets.D]
value_parameter = \"/d\"
";
        let made = generate(&input(entries, &hydrant_core::Env::default()));
        let (_, lines) = made.text.split_once("is read.\n").unwrap();
        let expected = "
# the first\\none
A=
A_SECRET_ARN=

# (optional)
B=
BOTH_ARN=

# the third (optional)
C=

D=
";
        assert_eq!(lines, expected);
    }
}
