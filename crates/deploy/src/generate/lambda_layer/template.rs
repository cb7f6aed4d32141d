//! The functions' settings, as a template of AWS SAM: the layer, their variables, and the policy
//! that their roles need.

use super::super::cloudformation::{READ_POLICY, managed_policy, reference};
use super::super::comment::comment;
use super::super::permissions::{permissions, too_long};
use super::super::stack::Stack;
use super::super::start::start;
use super::super::yaml::{list, map, text, word};
use super::super::{Generated, Input, Result};
use super::{Options, words, wrapper};
use crate::error::GenerateError;
use crate::policy::Purpose;

const ABOUT: &str =
    "A layer that hydrates functions at their start, and the policy to read their secrets";
/// The id of the layer.
const LAYER: &str = "HydrantLayer";

pub(super) fn template(input: &Input, options: &Options) -> Result {
    // Lambda sets the region itself, and refuses a function that does.
    let mut start = start(input, "")?;
    start.environment.remove("AWS_REGION");
    let policy = permissions(
        &start.reads,
        &Stack::default(),
        &[Purpose::Run],
        input.batch,
        &input.manifest,
    )?;
    if policy.is_empty() {
        return Err(GenerateError::usage("there is nothing to generate: no entry is selected"));
    }
    let attached = map([("Policies", list([reference(READ_POLICY)]))]);
    let header = input.header("#", &words(options), "layer.yaml")
        + &comment("#", 0, "\nA function that is to be hydrated needs the policy too:")
        + &comment("#", 1, &attached.to_string());
    let architectures = || list([word(options.architecture.as_str())]);
    let wrapper = ("AWS_LAMBDA_EXEC_WRAPPER".to_owned(), word(format!("/opt/{}", wrapper::NAME)));
    let variables = start.environment.into_iter().map(|(name, value)| (name, text(value)));
    let function = map([
        ("Architectures", architectures()),
        ("Layers", list([reference(LAYER)])),
        ("Environment", map([("Variables", map([wrapper].into_iter().chain(variables)))])),
    ]);
    let layer = map([
        ("Type", word("AWS::Serverless::LayerVersion")),
        (
            "Properties",
            map([
                ("LayerName", word("hydrant")),
                ("ContentUri", word("layer.zip")),
                ("CompatibleArchitectures", architectures()),
            ]),
        ),
    ]);
    let template = map([
        ("AWSTemplateFormatVersion", word("2010-09-09")),
        ("Transform", word("AWS::Serverless-2016-10-31")),
        ("Description", word(ABOUT)),
        ("Globals", map([("Function", function)])),
        ("Resources", map([(LAYER.to_owned(), layer), managed_policy(&policy)])),
    ]);
    let text = format!("{header}{template}");
    Ok(Generated {
        text,
        notices: start.notices,
        warnings: too_long(&policy).into_iter().collect(),
    })
}
