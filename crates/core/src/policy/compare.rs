//! Compare: what a policy in hand lacks of what is needed, and what it allows beyond.
//!
//! Allows are compared action by action and resource by resource. A pattern covers another if it
//! matches it with the other's own wildcards taken literally; `*` alone matches a `*`. A Deny
//! counts where it has no condition: whether one holds is not known here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{Document, Statement};

/// What differs between a policy in hand and what is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What is needed and not allowed.
    pub missing: Vec<Grant>,
    /// What is allowed and not needed.
    pub too_wide: Vec<Grant>,
}

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grant {
    /// The action, with wildcards in a policy in hand; `not …` for what `NotAction` leaves.
    pub action: String,
    /// The resource, likewise.
    pub resource: String,
    /// What the statement in hand is called: its Sid, else its number from 1; the Sid of the
    /// statement that is needed.
    pub statement: String,
    /// Which entries need it; none for what is not needed.
    pub variables: BTreeSet<String>,
    /// What is to be known of it, where action and resource do not tell.
    pub note: Option<&'static str>,
}

/// A file that is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// It is no JSON.
    #[error("it is no JSON (line {line}, column {column})")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It has no list of statements.
    #[error("it has no Statement")]
    NoStatement,
    /// A statement that cannot be read.
    #[error("statement {number} is none: {what}")]
    Statement {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// Operator and key, in lower case, to values.
type Flat = BTreeMap<(String, String), BTreeSet<String>>;

/// A statement in hand.
struct InHand {
    name: String,
    allow: bool,
    /// Whether what it names is what it leaves out.
    inverted: bool,
    principals: BTreeSet<String>,
    actions: Vec<String>,
    resources: Vec<String>,
    condition: Flat,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.too_wide.is_empty()
    }
}

/// Compares the text of a policy in hand with what is needed.
///
/// # Errors
///
/// [`NotAPolicy`].
pub fn compare(needed: &Document, in_hand: &str) -> Result<Difference, NotAPolicy> {
    let value: Value = serde_json::from_str(in_hand)
        .map_err(|error| NotAPolicy::Json { line: error.line(), column: error.column() })?;
    let statements = match value.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err(NotAPolicy::NoStatement),
    };
    let in_hand =
        statements.iter().enumerate().map(|(index, statement)| read(index + 1, statement));
    let in_hand = in_hand.collect::<Result<Vec<_>, _>>()?;
    let mut difference = Difference::default();
    for needed in &needed.statement {
        missing(needed, &in_hand, &mut difference.missing);
    }
    for statement in in_hand.iter().filter(|statement| statement.allow) {
        too_wide(statement, &needed.statement, &mut difference.too_wide);
    }
    Ok(difference)
}

fn missing(needed: &Statement, in_hand: &[InHand], missing: &mut Vec<Grant>) {
    let condition = flat_of(needed);
    for resource in &needed.resource {
        for action in &needed.action {
            let concerns = |statement: &&InHand| statement.names(needed, action, resource);
            let allowed = in_hand.iter().filter(|s| s.allow && !s.inverted).filter(concerns);
            let allowed =
                allowed.filter(|statement| implied(&statement.condition, &condition)).count() > 0;
            let denied = in_hand.iter().any(|statement| statement.denies(needed, action, resource));
            let note = match (allowed, denied) {
                (true, false) => continue,
                (_, true) => Some("a statement denies it, or may"),
                (false, false) => None,
            };
            let variables = match needed.principal {
                None => needed.needed_by.get(resource).cloned().unwrap_or_default(),
                Some(_) => needed.needed_by.values().flatten().cloned().collect(),
            };
            let (action, resource, statement) =
                ((*action).to_owned(), resource.clone(), needed.sid.to_owned());
            missing.push(Grant { action, resource, statement, variables, note });
        }
    }
}

fn too_wide(statement: &InHand, needed: &[Statement], too_wide: &mut Vec<Grant>) {
    for resource in &statement.resources {
        for action in &statement.actions {
            // Without its condition, which is what is wrong where this alone is needed.
            let mut alike = needed.iter().filter(|needed| {
                !statement.inverted
                    && needed.action.iter().any(|need| need.eq_ignore_ascii_case(action))
                    && needed
                        .resource
                        .iter()
                        .any(|need| covers(need, resource) || needed.principal.is_some())
                    && statement.principals == principals_of(needed)
            });
            let note = match alike.clone().next() {
                Some(_) if alike.any(|needed| implied(&flat_of(needed), &statement.condition)) => {
                    continue;
                }
                Some(_) => Some("it lacks the condition"),
                None if statement.inverted => Some("it allows everything but what it names"),
                None => None,
            };
            too_wide.push(Grant {
                action: action.clone(),
                resource: resource.clone(),
                statement: statement.name.clone(),
                variables: BTreeSet::new(),
                note,
            });
        }
    }
}

impl InHand {
    /// Whether it is about this action on this resource, whatever its condition.
    fn names(&self, needed: &Statement, action: &str, resource: &str) -> bool {
        let (lower, principals) = (action.to_ascii_lowercase(), principals_of(needed));
        self.actions.iter().any(|pattern| covers(&pattern.to_ascii_lowercase(), &lower))
            && (principals.is_empty() || principals.is_subset(&self.principals) || self.principals.contains("*"))
            // The whole ARN of the one secret that a pattern stands for is as good, and a secret's
            // own policy is about it alone.
            && (needed.principal.is_some()
                || self.resources.iter().any(|own| covers(own, resource) || (is_whole(own) && covers(resource, own))))
    }

    fn denies(&self, needed: &Statement, action: &str, resource: &str) -> bool {
        if self.allow || !self.condition.is_empty() {
            return false;
        }
        if self.inverted {
            return true;
        }
        let narrower = self.resources.iter().any(|own| covers(resource, own));
        let action_named =
            |pattern: &String| covers(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase());
        self.names(needed, action, resource) || (narrower && self.actions.iter().any(action_named))
    }
}

/// Whether what holds under `given` also meets `asked`.
fn implied(asked: &Flat, given: &Flat) -> bool {
    asked.iter().all(|(key, values)| given.get(key).is_some_and(|given| given.is_subset(values)))
}

fn is_whole(resource: &str) -> bool {
    !resource.contains(['*', '?'])
}

/// Whether a pattern with `*` and `?` matches a text, whose own wildcards are characters; but `?`
/// matches no `*`.
fn covers(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some('?') if text[t] != '*' => (p, t) = (p + 1, t + 1),
            Some(char) if *char == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((after, from)) = back else { return false };
                back = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|char| *char == '*')
}

fn principals_of(statement: &Statement) -> BTreeSet<String> {
    statement
        .principal
        .iter()
        .flat_map(BTreeMap::values)
        .map(|principal| principal_name(principal))
        .collect()
}

/// An account's number stands for the account's root.
fn principal_name(text: &str) -> String {
    match text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => format!("arn:aws:iam::{text}:root"),
        false => text.to_owned(),
    }
}

fn flat_of(statement: &Statement) -> Flat {
    let each = statement.condition.iter().flat_map(|(operator, keys)| {
        keys.iter().map(|(key, values)| {
            ((operator.to_ascii_lowercase(), key.to_ascii_lowercase()), values.clone())
        })
    });
    each.collect()
}

fn read(number: usize, statement: &Value) -> Result<InHand, NotAPolicy> {
    let wrong = |what| NotAPolicy::Statement { number, what };
    let allow = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(wrong("its Effect is neither Allow nor Deny")),
    };
    let mut inverted = statement.get("NotPrincipal").is_some();
    let mut list = |key: &str, not: &str, missing: &'static str| match (
        statement.get(key),
        statement.get(not),
    ) {
        (Some(value), None) => texts(value).ok_or(wrong(missing)),
        (None, Some(value)) => {
            inverted = true;
            let texts = texts(value).ok_or(wrong(missing))?;
            Ok(texts.into_iter().map(|text| format!("not {text}")).collect())
        }
        _ => Err(wrong(missing)),
    };
    let actions = list("Action", "NotAction", "it has no Action")?;
    let resources = list("Resource", "NotResource", "it has no Resource")?;
    let principals = match statement.get("Principal") {
        None => BTreeSet::new(),
        Some(Value::String(text)) => BTreeSet::from([text.clone()]),
        Some(Value::Object(kinds)) => {
            let all = kinds.iter().map(|(kind, value)| Some((kind, texts(value)?)));
            let all: Option<Vec<_>> = all.collect();
            let all = all.ok_or(wrong("its Principal cannot be read"))?;
            let named = |kind: &str, text: &str| match kind {
                "AWS" => principal_name(text),
                kind => format!("{kind}:{text}"),
            };
            all.iter()
                .flat_map(|(kind, texts)| texts.iter().map(|text| named(kind, text)))
                .collect()
        }
        Some(_) => return Err(wrong("its Principal cannot be read")),
    };
    let condition = match statement.get("Condition") {
        None => Flat::new(),
        Some(condition) => conditions(condition).ok_or(wrong("its Condition cannot be read"))?,
    };
    let name = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
    let name = name.map_or_else(|| number.to_string(), str::to_owned);
    Ok(InHand { name, allow, inverted, principals, actions, resources, condition })
}

fn conditions(value: &Value) -> Option<Flat> {
    let mut flat = Flat::new();
    for (operator, keys) in value.as_object()? {
        for (key, values) in keys.as_object()? {
            let name = (operator.to_ascii_lowercase(), key.to_ascii_lowercase());
            flat.insert(name, texts(values)?.into_iter().collect());
        }
    }
    Some(flat)
}

/// A text, or a list of texts; numbers and booleans stand for their texts in conditions.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => Some(vec![one(value)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_texts_and_narrower_patterns() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(covers(pattern, text), expected, "{pattern} {text}");
        };
        check("a", "a", true);
        check("a", "ab", false);
        check("*", "", true);
        check("*", "a*?", true);
        check("a-??????", "a-AbCdEf", true);
        check("a-??????", "a-??????", true);
        check("a-??????", "a-b-AbCdEf", false);
        check("a-??????", "a-*", false);
        check("a-*", "a-??????", true);
        check("*b*c", "abbac", true);
        check("*b*c", "abbcd", false);
        check("?", "*", false);
        // Many stars end all the same.
        check(&"*a".repeat(200), &"a".repeat(199), false);
    }

    #[test]
    fn a_deny_without_a_condition_counts_and_one_with_does_not() {
        let needed = Statement {
            sid: "ReadSecrets",
            effect: "Allow",
            principal: None,
            action: vec!["secretsmanager:GetSecretValue"],
            resource: vec!["arn:a-??????".to_owned()],
            condition: Default::default(),
            needed_by: BTreeMap::new(),
        };
        let document = Document { version: "2012-10-17", statement: vec![needed] };
        let check = |deny: &str, missing: usize| {
            let allow = r#"{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:a-??????"}"#;
            let text = format!(r#"{{"Statement": [{allow}, {{"Effect": "Deny", {deny}}}]}}"#);
            assert_eq!(compare(&document, &text).unwrap().missing.len(), missing, "{deny}");
        };
        check(r#""Action": "secretsmanager:Put*", "Resource": "*""#, 0);
        check(r#""Action": "*", "Resource": "arn:b-*""#, 0);
        check(r#""Action": "secretsmanager:get*", "Resource": "*""#, 1);
        check(r#""Action": "*", "Resource": "arn:a-AbCdEf""#, 1);
        check(r#""NotAction": "s3:*", "Resource": "*""#, 1);
        check(
            r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": false}}"#,
            0,
        );
    }
}
