import { Aws, RemovalPolicy } from "aws-cdk-lib";
import type { ContainerDefinition } from "aws-cdk-lib/aws-ecs";
import { CfnManagedPolicy, Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSecret, type CfnSecretProps } from "aws-cdk-lib/aws-secretsmanager";
import { CfnParameter, StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
