// An application that uses every method of the generated constructs.
import { App, CfnOutput, DefaultStackSynthesizer, type IStackSynthesizer, Stack } from "aws-cdk-lib";
import { ContainerImage, FargateTaskDefinition } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { HydrantSecrets, ImportedHydrantSecrets } from "./hydrant-secrets";

const app = new App({ analyticsReporting: false });
// The CDK's own type does not work with exactOptionalPropertyTypes.
const synthesizer = () =>
  new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer;
const stack = (id: string) => new Stack(app, id, { synthesizer: synthesizer() });
const role = (scope: Stack, id: string) =>
  new Role(scope, id, { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });

const made = stack("Made");
const secrets = new HydrantSecrets(made, "Secrets");
new CfnOutput(made, "ReadPolicyArn", { value: secrets.readPolicyArn });

const granted = stack("Granted");
const own = new HydrantSecrets(granted, "Secrets");
own.grantRead(role(granted, "Reader")).assertSuccess();

const user = stack("User");
const imported = new ImportedHydrantSecrets(user, "Secrets");
imported.grantRead(role(user, "Reader")).assertSuccess();
imported.grantRead(role(user, "ReaderOfOne"), "KEY").assertSuccess();
imported.grantWrite(role(user, "Writer"), "KEY").assertSuccess();
const task = new FargateTaskDefinition(user, "Task");
const container = task.addContainer("app", { image: ContainerImage.fromRegistry("app") });
imported.addToContainer(container);
const lambda = new Function(user, "Function", {
  code: Code.fromInline("exports.handler = async () => {};"),
  handler: "index.handler",
  runtime: Runtime.NODEJS_22_X,
});
imported.addToFunction(lambda, "KEY");
new CfnOutput(user, "Plain", { value: user.toJsonString(imported.environment("KEY", "BY_NAME")) });

export function refused(): void {
  // @ts-expect-error: the manifest has no such variable
  imported.environment("KYE");
}

app.synth();
