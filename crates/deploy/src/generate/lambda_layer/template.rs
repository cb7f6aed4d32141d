//! The functions' settings, as a template of AWS SAM: the layer, their variables, and the policy
//! that their roles need.

use super::super::cloudformation::managed_policy;
use super::super::permissions::{permissions, too_long};
use super::super::stack::Stack;
use super::super::start::start;
use super::super::yaml::{quoted, word};
use super::super::{Generated, Input, Result};
use super::{Options, words, wrapper};
use crate::error::GenerateError;
use crate::policy::Purpose;

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
    let mut text = input.header("#", &words(options), "layer.yaml");
    text += &format!(
        "#
# A function that is to be hydrated needs the policy too:
#     Policies:
#       - !Ref ReadPolicy
AWSTemplateFormatVersion: \"2010-09-09\"
Transform: AWS::Serverless-2016-10-31
Description: A layer that hydrates functions at their start, and the policy to read their secrets
Globals:
  Function:
    Architectures:
      - {architecture}
    Layers:
      - !Ref HydrantLayer
    Environment:
      Variables:
        AWS_LAMBDA_EXEC_WRAPPER: /opt/{wrapper}
",
        architecture = options.architecture.as_str(),
        wrapper = wrapper::NAME,
    );
    for (name, value) in &start.environment {
        text += &format!("        {}: {}\n", word(name), quoted(value));
    }
    text += &format!(
        "Resources:
  HydrantLayer:
    Type: AWS::Serverless::LayerVersion
    Properties:
      LayerName: hydrant
      ContentUri: layer.zip
      CompatibleArchitectures:
        - {}
",
        options.architecture.as_str()
    );
    managed_policy(&mut text, &policy);
    Ok(Generated {
        text,
        notices: start.notices,
        warnings: too_long(&policy).into_iter().collect(),
    })
}
