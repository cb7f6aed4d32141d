//! The versions of one secret and the staging labels on them.
//!
//! A label is on one version of a secret. If AWSCURRENT leaves a version, AWSPREVIOUS moves to it.

use std::collections::BTreeSet;

use super::SecretValue;
use crate::generated;

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// AWS keeps about this many versions, and drops the oldest of those without a label.
const KEPT: usize = 100;

/// In the order of their creation.
#[derive(Default)]
pub(super) struct Versions(Vec<Version>);

pub(super) struct Version {
    pub(super) id: String,
    pub(super) value: SecretValue,
    pub(super) stages: BTreeSet<String>,
    pub(super) created: f64,
    pub(super) accessed: Option<f64>,
}

impl Versions {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Version> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Version> {
        self.0.iter().find(|version| version.id == id)
    }

    pub(super) fn by_id_mut(&mut self, id: &str) -> Option<&mut Version> {
        self.0.iter_mut().find(|version| version.id == id)
    }

    pub(super) fn by_stage(&self, stage: &str) -> Option<&Version> {
        self.0.iter().find(|version| version.stages.contains(stage))
    }

    pub(super) fn by_stage_mut(&mut self, stage: &str) -> Option<&mut Version> {
        self.0.iter_mut().find(|version| version.stages.contains(stage))
    }

    /// Adds a version and moves the labels to it.
    pub(super) fn add(&mut self, id: &str, value: SecretValue, stages: &[String]) {
        let created = generated::now();
        self.0.push(Version {
            id: id.to_owned(),
            value,
            stages: BTreeSet::new(),
            created,
            accessed: None,
        });
        for stage in stages {
            self.move_stage(stage, Some(id));
        }
        while self.0.len() > KEPT {
            let Some(oldest) = self.0.iter().position(|version| version.stages.is_empty()) else {
                break;
            };
            self.0.remove(oldest);
        }
    }

    /// Moves a label from the version that has it to another one, if given.
    pub(super) fn move_stage(&mut self, stage: &str, to: Option<&str>) {
        let from = self.by_stage(stage).map(|version| version.id.clone());
        if from.as_deref() == to {
            return;
        }
        for version in &mut self.0 {
            version.stages.remove(stage);
        }
        if let Some(version) = to.and_then(|id| self.by_id_mut(id)) {
            version.stages.insert(stage.to_owned());
        }
        if stage == CURRENT && from.is_some() {
            self.move_stage(PREVIOUS, from.as_deref());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(versions: &Versions) -> Vec<(String, Vec<String>)> {
        versions
            .iter()
            .map(|version| (version.id.clone(), version.stages.iter().cloned().collect()))
            .collect()
    }

    fn labelled(id: &str, stages: &[&str]) -> (String, Vec<String>) {
        (id.to_owned(), stages.iter().map(|stage| (*stage).to_owned()).collect())
    }

    fn add(versions: &mut Versions, id: &str, stages: &[&str]) {
        let stages: Vec<String> = stages.iter().map(|stage| (*stage).to_owned()).collect();
        versions.add(id, SecretValue::Text(id.to_owned()), &stages);
    }

    #[test]
    fn previous_follows_current() {
        let mut versions = Versions::default();
        add(&mut versions, "1", &[CURRENT]);
        add(&mut versions, "2", &[CURRENT, "blue"]);
        add(&mut versions, "3", &["AWSPENDING"]);
        assert_eq!(
            stages(&versions),
            [
                labelled("1", &[PREVIOUS]),
                labelled("2", &[CURRENT, "blue"]),
                labelled("3", &["AWSPENDING"])
            ]
        );
        versions.move_stage(CURRENT, Some("3"));
        assert_eq!(
            stages(&versions),
            [
                labelled("1", &[]),
                labelled("2", &[PREVIOUS, "blue"]),
                labelled("3", &[CURRENT, "AWSPENDING"])
            ]
        );
        versions.move_stage("blue", None);
        assert_eq!(stages(&versions)[1], labelled("2", &[PREVIOUS]));
    }

    #[test]
    fn rolling_back_swaps_the_two_labels() {
        let mut versions = Versions::default();
        add(&mut versions, "1", &[CURRENT]);
        add(&mut versions, "2", &[CURRENT]);
        versions.move_stage(CURRENT, Some("1"));
        assert_eq!(stages(&versions), [labelled("1", &[CURRENT]), labelled("2", &[PREVIOUS])]);
    }

    #[test]
    fn the_oldest_unlabelled_version_makes_room() {
        let mut versions = Versions::default();
        add(&mut versions, "kept", &["blue"]);
        for number in 0..150 {
            add(&mut versions, &number.to_string(), &[CURRENT]);
        }
        assert_eq!(versions.iter().count(), KEPT);
        assert!(versions.by_id("kept").is_some() && versions.by_id("149").is_some());
        assert!(versions.by_id("50").is_none());
    }
}
