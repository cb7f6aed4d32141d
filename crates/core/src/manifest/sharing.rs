//! Entries that share an ARN variable or a parameter share one secret: its source keys, its name
//! to create and its KMS key.
//!
//! This covers all entries of the manifest, selected or not, so that reads, writes, policies and
//! generated files get the same sources without their own rules.

use std::collections::BTreeMap;

use super::Entry;
use super::create_name::{create_name, kebab_case};
use super::fill::Filled;
use super::keys::Key;
use super::problems::{Lines, Problems};
use super::scope::Scope;
use crate::selector::Selector;
use crate::shown::backquoted;
use crate::source::SourceKeys;

/// An entry with the keys that it was built from.
pub(super) struct Built<'a> {
    pub(super) entry: Entry,
    pub(super) keys: Filled<'a>,
    pub(super) is_selected: bool,
}

impl Built<'_> {
    /// Whether it takes a part of its secret, as far as the manifest shows.
    fn takes_part(&self) -> bool {
        let secret = self.entry.source_keys.secret();
        let has_suffix = secret.is_some_and(|secret| secret.json_key.is_some());
        has_suffix || self.entry.selector != Selector::Raw
    }
}

/// Gives each entry the keys that the others set for the shared secret, and reports differences.
pub(super) fn share(built: &mut [Built<'_>], lines: &Lines, problems: &mut Problems) {
    for group in groups(built) {
        let members = || group.iter().map(|&index| &built[index]);
        if members().any(|one| one.is_selected) {
            report_difference(Key::CreateName, members(), lines, problems);
            report_difference(Key::KmsKey, members(), lines, problems);
        }
        let secret = Secret::of(members);
        for &index in &group {
            secret.give(&mut built[index]);
        }
    }
}

/// The entries that share a secret, by their indices: two or more each.
fn groups(built: &[Built<'_>]) -> Vec<Vec<usize>> {
    let mut first = BTreeMap::new();
    let mut group_of: Vec<usize> = (0..built.len()).collect();
    for (index, one) in built.iter().enumerate() {
        let keys = &one.entry.source_keys;
        let variable = keys.variable().map(|name| ("variable", name));
        let parameter = keys.parameter().map(|id| ("parameter", id.as_str()));
        for shared in variable.into_iter().chain(parameter) {
            let other = *first.entry(shared).or_insert(index);
            let (one, other) = (root(&mut group_of, index), root(&mut group_of, other));
            group_of[one.max(other)] = one.min(other);
        }
    }
    let mut groups = BTreeMap::<usize, Vec<usize>>::new();
    for index in 0..built.len() {
        let group = root(&mut group_of, index);
        if group != index {
            groups.entry(group).or_insert_with(|| vec![group]).push(index);
        }
    }
    groups.into_values().collect()
}

fn root(group_of: &mut [usize], mut index: usize) -> usize {
    while group_of[index] != index {
        group_of[index] = group_of[group_of[index]];
        index = group_of[index];
    }
    index
}

fn report_difference<'b, 'a: 'b>(
    key: Key,
    members: impl Iterator<Item = &'b Built<'a>>,
    lines: &Lines,
    problems: &mut Problems,
) {
    let mut written = members.filter_map(|one| Some((&one.entry.name, one.keys.get(key)?)));
    let Some((first, (first_key, text))) = written.next() else { return };
    for (name, (raw, _)) in written.filter(|(_, (_, other))| *other != text) {
        let (scope, key, first) = (Scope::Entry(name), key.name(), backquoted(first));
        let line = lines.line(first_key.key_span.start);
        let message = format!(
            "{scope}`{key}` differs from the one of {first} (line {line}), which shares the secret"
        );
        let help = "write it once, or give each entry its own ARN variable and parameter";
        problems.add(raw.key_span.clone(), message).help(help);
    }
}

/// A secret that several entries share.
struct Secret {
    /// The keys that they share; each entry keeps its own.
    keys: SourceKeys,
    create_name: Option<String>,
    /// Whether they name different secrets, each in its own `secret_id`.
    is_ambiguous: bool,
    kms_key: Option<String>,
    part_taken_by: Option<String>,
}

impl Secret {
    fn of<'b, 'a: 'b, I: Iterator<Item = &'b Built<'a>>>(members: impl Fn() -> I) -> Self {
        let all = || members().map(|one| &one.entry.source_keys);
        let keys = SourceKeys::agreed(all);
        let is_ambiguous = keys.secret().is_none() && all().any(|keys| keys.secret().is_some());
        let shared = |key: Key| members().find_map(|one| Some(one.keys.get(key)?.1.to_owned()));
        let of_source = || all().find_map(|one| create_name(keys.secret(), one.parameter()));
        let of_variable = || {
            let name = all().find_map(SourceKeys::variable)?;
            Some(kebab_case(name.strip_suffix("_SECRET_ARN").unwrap_or(name)))
        };
        Secret {
            create_name: shared(Key::CreateName).or_else(of_source).or_else(of_variable),
            is_ambiguous: is_ambiguous && shared(Key::CreateName).is_none(),
            kms_key: shared(Key::KmsKey),
            part_taken_by: members().find(|one| one.takes_part()).map(|one| one.entry.name.clone()),
            keys,
        }
    }

    fn give(&self, one: &mut Built<'_>) {
        let takes_part = one.takes_part();
        let Entry { name, source_keys: own, create_name, kms_key, part_taken_by, .. } =
            &mut one.entry;
        if !(self.is_ambiguous && own.secret().is_some()) {
            self.create_name.iter().for_each(|shared| create_name.clone_from(shared));
        }
        kms_key.clone_from(&self.kms_key);
        *part_taken_by = self.part_taken_by.clone().filter(|_| !takes_part);
        own.take(&self.keys, name);
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Manifest, Selection};
    use crate::{Env, manifest::SelectError};

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf";

    fn select(entries: &str, selection: &Selection) -> Result<Vec<String>, String> {
        let text = format!("version = 1\n{entries}");
        let manifest = Manifest::parse("m".as_ref(), &text).expect("a manifest");
        let selected = match manifest.select(selection, &Env::default()) {
            Ok(selected) => selected,
            Err(error @ SelectError::Manifest(_)) => return Err(error.to_string()),
            Err(error) => panic!("{error}"),
        };
        let each = selected.entries.iter().map(|entry| {
            let keys = &entry.source_keys;
            let said = [
                Some(entry.name.clone()),
                keys.arn_var.as_ref().map(|name| format!("var={name}")),
                keys.arn_parameter.as_ref().map(|id| format!("parameter={id}")),
                keys.secret_id.as_ref().map(|secret| format!("secret={secret}")),
                keys.value_parameter.as_ref().map(|id| format!("value={id}")),
                Some(format!("create={}", entry.create_name)),
                entry.kms_key.as_ref().map(|key| format!("kms={key}")),
                entry.part_taken_by.as_ref().map(|name| format!("part={name}")),
            ];
            said.into_iter().flatten().collect::<Vec<_>>().join(" ")
        });
        Ok(each.collect())
    }

    /// Each entry with its source keys, its `create_name`, its KMS key and the entry that takes a
    /// part.
    fn check(entries: &str, expected: &[&str]) {
        assert_eq!(select(entries, &Selection::default()).as_deref(), Ok(&*owned(expected)));
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn refused(entries: &str, expected: &[&str]) {
        let found = select(entries, &Selection::default()).expect_err(entries);
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{entries}");
    }

    #[test]
    fn entries_of_one_variable_have_one_name_to_create() {
        let both = "arn_var = \"LLM_KEYS_SECRET_ARN\"\n";
        check(
            &format!("[secrets.A]\n{both}json_key = \"a\"\n[secrets.B]\n{both}json_key = \"b\"\n"),
            &[
                "A var=LLM_KEYS_SECRET_ARN create=llm-keys",
                "B var=LLM_KEYS_SECRET_ARN create=llm-keys",
            ],
        );
        // The default of one entry, written out in the other.
        check(
            "[secrets.A]\njson_key = \"a\"\n[secrets.B]\narn_var = \"A_SECRET_ARN\"\njson_key \
                 = \"b\"\n",
            &["A var=A_SECRET_ARN create=a", "B var=A_SECRET_ARN create=a"],
        );
        // A variable that only one entry has changes nothing.
        check("[secrets.A]\narn_var = \"X_SECRET_ARN\"\n", &["A var=X_SECRET_ARN create=a"]);
    }

    #[test]
    fn what_one_says_of_the_secret_counts_for_all() {
        let both = "arn_var = \"X\"\n";
        check(
            &format!(
                "[secrets.A]\n{both}arn_parameter = \"/demo/x-secret-arn\"\nkms_key = \"alias/k\"\n\
                 [secrets.B]\n{both}[secrets.C]\narn_parameter = \"/demo/x-secret-arn\"\n"
            ),
            &["A", "B", "C"]
                .map(|name| {
                    format!("{name} var=X parameter=/demo/x-secret-arn create=demo/x kms=alias/k")
                })
                .each_ref()
                .map(String::as_str),
        );
        check(
            &format!(
                "[secrets.A]\n{both}secret_id = \"{ARN}:a::\"\n[secrets.B]\n{both}json_key \
                     = \"b\"\n\
                 [secrets.C]\n{both}create_name = \"own\"\n"
            ),
            &[
                &format!("A var=X secret={ARN}:a:: create=own"),
                &format!("B var=X secret={ARN} create=own"),
                &format!("C var=X secret={ARN} create=own part=A"),
            ],
        );
        // A value that is in a parameter itself is not a secret that entries share.
        check(
            &format!(
                "[secrets.A]\n{both}value_parameter = \"/v\"\n[secrets.B]\n{both}secret_id \
                     = \"s\"\n"
            ),
            &["A var=X value=/v create=s", "B var=X secret=s create=s"],
        );
        // An entry does not look into its own variable.
        check(
            "[secrets.A]\narn_var = \"B\"\narn_parameter = \"/p\"\n[secrets.B]\narn_parameter \
                 = \"/p\"\n",
            &["A var=B parameter=/p create=p", "B parameter=/p create=p"],
        );
    }

    #[test]
    fn what_they_name_differently_stays_their_own() {
        let both = "arn_parameter = \"/p\"\n";
        check(
            &format!(
                "[secrets.A]\n{both}secret_id = \"a\"\n[secrets.B]\n{both}secret_id \
                     = \"b\"\n[secrets.C]\n{both}"
            ),
            &[
                "A parameter=/p secret=a create=a",
                "B parameter=/p secret=b create=b",
                "C parameter=/p create=p",
            ],
        );
        // Parameters of other regions, accounts and versions are other parameters.
        let arn = |region: &str| format!("arn:aws:ssm:{region}:123456789012:parameter/p");
        let (here, there) = (arn("us-east-1"), arn("eu-west-1"));
        check(
            &format!(
                "[secrets.A]\narn_parameter = \"{here}\"\n[secrets.B]\narn_parameter \
                     = \"{there}\"\njson_key = \"b\"\n\
                 [secrets.C]\narn_parameter = \"/p:3\"\nkms_key = \"alias/k\"\n"
            ),
            &[
                &format!("A parameter={here} create=p"),
                &format!("B parameter={there} create=p"),
                "C parameter=/p:3 create=p kms=alias/k",
            ],
        );
    }

    #[test]
    fn what_they_contradict_each_other_in_is_reported() {
        let help = "(write it once, or give each entry its own ARN variable and parameter)";
        let differs = |at: &str, entry: &str, key: &str, other: &str, line: usize| {
            format!(
                "m:{at}: entry {entry}: `{key}` differs from the one of `{other}` (line {line}), \
                     which shares the secret {help}"
            )
        };
        let both = "arn_var = \"X\"\n";
        refused(
            &format!(
                "[secrets.A]\n{both}create_name = \"a\"\nkms_key = \"alias/k\"\n[secrets.B]\n{both}\
                 [secrets.C]\n{both}kms_key = \"alias/l\"\ncreate_name = \"c\"\n"
            ),
            &[
                &differs("10:1", "C", "kms_key", "A", 5),
                &differs("11:1", "C", "create_name", "A", 4),
            ],
        );
        // It comes with the other problems of the manifest.
        let text = format!(
            "version = 1\n[secrets.A]\n{both}create_name = \"a\"\n[secrets.B]\n{both}create_name \
                 = \"b\"\n[secrets.C]\ncolour = 1\n"
        );
        let error =
            Manifest::parse_for("m".as_ref(), &text, &Selection::default(), &Env::default());
        let found = error.expect_err("two problems").to_string();
        let lines: Vec<_> = found.lines().collect();
        assert_eq!(lines[0], differs("7:1", "B", "create_name", "A", 4));
        assert!(lines.len() == 2 && lines[1].contains("unknown key `colour`"), "{found}");
        // It does not matter if none of them is selected. The same text in both is fine.
        let entries = format!(
            "[secrets.A]\n{both}create_name = \"a\"\n[secrets.B]\n{both}create_name \
                 = \"b\"\n[secrets.C]\n"
        );
        let only = Selection { only: vec!["C".to_owned()], ..Selection::default() };
        assert_eq!(select(&entries, &only), Ok(owned(&["C var=C_SECRET_ARN create=c"])));
        let same = entries.replace("\"b\"", "\"a\"");
        assert!(select(&same, &Selection::default()).is_ok());
    }

    #[test]
    fn the_selection_does_not_change_what_is_shared_and_a_profile_does() {
        let entries = "[secrets.A]\narn_var = \"X\"\narn_parameter = \"/${org}/x\"\njson_key \
            = \"a\"\n\
                       [secrets.B]\narn_var = \"X\"\n[secrets.C]\narn_var = \"${unset}\"\n\
                       [profiles.own.secrets.A]\narn_var = \"A\"\narn_parameter = \"/own\"\n\
                       [profiles.name.secrets.A]\ncreate_name = \"named\"\n";
        let entries = entries.replace("\"A\"\n", "\"OWN\"\n");
        let with = |profile: Option<&str>, org: Option<&str>| {
            let selection = Selection {
                profile: profile.map(str::to_owned),
                only: vec!["B".to_owned()],
                vars: org.map(|org| ("org".to_owned(), org.to_owned())).into_iter().collect(),
            };
            select(&entries, &selection).unwrap().remove(0)
        };
        assert_eq!(with(None, Some("acme")), "B var=X parameter=/acme/x create=acme/x part=A");
        assert_eq!(
            with(Some("name"), Some("acme")),
            "B var=X parameter=/acme/x create=named part=A"
        );
        assert_eq!(with(Some("own"), None), "B var=X create=b");
        // The other entry is not known without a value for its `${name}`.
        assert_eq!(with(None, None), "B var=X create=b");
    }
}
