//! The manifest: its path and what selected it, its problems, its profile and its entries.

use hydrant_core::shown;

use super::{Finding, Mark, Section};

/// The facts about the manifest.
pub(crate) struct Facts<'a> {
    /// The path, as it was named.
    pub(crate) path: &'a str,
    /// The option or variable that names it.
    pub(crate) named_by: Option<&'static str>,
    /// The problems of the manifest, or of what was selected in it.
    pub(crate) problems: Vec<Finding>,
    /// The profile that is overlaid, and the option or variable that selects it.
    pub(crate) profile: Option<(&'a str, &'static str)>,
    /// The existing profiles; `None` if the manifest could not be read.
    pub(crate) profiles: Option<Vec<&'a str>>,
    /// The number of selected entries, and of all; `None` if unknown.
    pub(crate) entries: Option<(usize, usize)>,
}

pub(crate) fn findings(facts: Facts<'_>) -> Vec<Finding> {
    let ok = |name, message: String| Finding::new(Section::Manifest, name, Mark::Ok, message);
    let mut findings = Vec::new();
    if facts.profiles.is_some() {
        let named_by = facts.named_by.map(|name| format!(" ({name})")).unwrap_or_default();
        findings.push(ok("path", format!("{}{named_by}", facts.path)));
    }
    findings.extend(facts.problems);
    match (facts.profile, &facts.profiles) {
        (Some((name, chosen_by)), Some(known)) if known.contains(&name) => {
            let name = shown::unquoted(name);
            findings.push(
                ok("profile", format!("{name} ({chosen_by})")).detail("profile", name.into_owned()),
            );
        }
        (None, Some(known)) if !known.is_empty() => {
            let message = format!("none is selected of {}", shown::list(known.iter().copied()));
            findings.push(
                ok("profile", message)
                    .hint("select one with --profile NAME or HYDRANT_PROFILE".to_owned()),
            );
        }
        _ => {}
    }
    if let Some((selected, all)) = facts.entries {
        let finding = match (selected, all) {
            (_, 0) => Finding::new(
                Section::Manifest,
                "entries",
                Mark::Warning,
                "the manifest has no entries",
            )
            .hint("add one: hydrant add NAME".to_owned()),
            (selected, all) if selected == all => ok("entries", format!("all {all}")),
            (selected, all) => ok("entries", format!("{selected} of {all} (--only)")),
        };
        findings.push(finding.detail("selected", selected).detail("all", all));
    }
    findings
}
