/** A variable of the manifest, whose value is a secret. */
export type SecretVariable = keyof typeof ENTRIES;

/** An entry: the variable that takes the ARN of its secret, if there is one. */
interface Entry {
  readonly arnVariable?: string;
  /** The name of a secret of this file. */
  readonly secret?: string;
  /** The ARN of another one. */
  readonly arn?: string;
}

/** A secret to create; never with a value. */
interface Secret {
  readonly id: string;
  readonly name: string;
  /** The parameter that publishes its ARN. */
  readonly parameter?: string;
  readonly details?: Pick<CfnSecretProps, "description" | "kmsKeyId">;
}

/** A parameter that publishes the ARN of a secret. */
interface Parameter {
  readonly id: string;
  readonly name: string;
  readonly secret?: string;
  readonly arn?: string;
}

/** What a role needs, and for which entries. */
interface Permission {
  readonly sid: string;
  readonly actions: string[];
  readonly resources: readonly Resource[];
  readonly conditions?: Record<string, Record<string, string[]>>;
}

interface Resource {
  readonly secret?: string;
  readonly arn?: string;
  readonly neededBy: readonly SecretVariable[];
}

/** What the constructs below have in common. Where no variables are named, all of the manifest are meant. */
abstract class ManifestSecrets extends Construct {
  /** The ARN of a secret, whole or without its random end. */
  protected abstract arnOf(name: string): string;

  /** The same as a policy names it. */
  protected abstract resourceOf(name: string): string;

  /** Allows to read and to describe the secrets. */
  public grantRead(grantee: IGrantable, ...variables: SecretVariable[]): Grant {
    return this.grant(grantee, [...READ, ...DESCRIBE], variables);
  }

  /** Allows to set the secrets, and not to read them. */
  public grantWrite(
    grantee: IGrantable,
    ...variables: SecretVariable[]
  ): Grant {
    return this.grant(grantee, WRITE, variables);
  }

  /** The variables that hold ARNs, for anything that takes plain environment variables. An ARN is not secret. */
  public environment(...variables: SecretVariable[]): Record<string, string> {
    const environment: Record<string, string> = {};
    for (const variable of chosen(variables)) {
      const { arnVariable, secret, arn }: Entry = ENTRIES[variable];
      if (arnVariable !== undefined) {
        const value = secret === undefined ? arn : this.arnOf(secret);
        if (value !== undefined) environment[arnVariable] = value;
      }
    }
    return environment;
  }

  /** Gives a container of Amazon ECS the variables that hold ARNs. The task role is the one that reads. */
  public addToContainer(
    container: ContainerDefinition,
    ...variables: SecretVariable[]
  ): void {
    const environment = this.environment(...variables);
    for (const [name, value] of Object.entries(environment)) {
      container.addEnvironment(name, value);
    }
  }

  /** Gives a Lambda function the variables that hold ARNs. */
  public addToFunction(
    lambda: LambdaFunction,
    ...variables: SecretVariable[]
  ): void {
    const environment = this.environment(...variables);
    for (const [name, value] of Object.entries(environment)) {
      lambda.addEnvironment(name, value);
    }
  }

  /** The resources of a permission that some of these variables need. */
  protected resources(
    permission: Permission,
    variables: readonly SecretVariable[],
  ): string[] {
    const asked = new Set(chosen(variables));
    const needed = permission.resources.filter((resource) =>
      resource.neededBy.some((variable) => asked.has(variable)),
    );
    return needed.map(({ secret, arn }) =>
      secret === undefined ? (arn ?? "*") : this.resourceOf(secret),
    );
  }

  private grant(
    grantee: IGrantable,
    permissions: readonly Permission[],
    variables: readonly SecretVariable[],
  ): Grant {
    let grant = Grant.drop(grantee, "nothing is needed");
    for (const permission of permissions) {
      const resourceArns = this.resources(permission, variables);
      if (resourceArns.length === 0) continue;
      const conditions = permission.conditions;
      const added = Grant.addToPrincipal({
        grantee,
        actions: permission.actions,
        resourceArns,
        ...(conditions === undefined ? {} : { conditions }),
      });
      grant = grant.combine(added);
    }
    return grant;
  }
}

/** How the secrets are created. */
export interface HydrantSecretsProps {
  /** What becomes of the secrets when the stack goes: they stay (RETAIN), unless this says otherwise. */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Creates the secrets without a value, publishes their ARNs, and makes a policy for roles that read all of them.
 *
 * With CfnSecret, since `new Secret(…)` without a value has AWS make up a password, which a program would take for its key.
 */
export class HydrantSecrets extends ManifestSecrets {
  /** The ARN of the managed policy. */
  public readonly readPolicyArn: string;
  private readonly secrets = new Map<string, CfnSecret>();

  public constructor(
    scope: Construct,
    id: string,
    props: HydrantSecretsProps = {},
  ) {
    super(scope, id);
    for (const { id, name, details } of SECRETS) {
      const secret = new CfnSecret(this, id, { name, ...details });
      secret.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
      this.secrets.set(name, secret);
    }
    for (const { id, name, secret, arn = "" } of PARAMETERS) {
      const value = secret === undefined ? arn : this.arnOf(secret);
      new CfnParameter(this, id, { name, type: "String", value });
    }
    const policy = new CfnManagedPolicy(this, "ReadPolicy", {
      policyDocument: {
        Version: "2012-10-17",
        Statement: READ.map((permission) => ({
          Sid: permission.sid,
          Effect: "Allow",
          Action: permission.actions,
          Resource: this.resources(permission, []),
          Condition: permission.conditions,
        })),
      },
    });
    this.readPolicyArn = policy.ref;
  }

  protected arnOf(name: string): string {
    const secret = this.secrets.get(name);
    if (secret === undefined) throw new Error(`there is no secret ${name}`);
    return secret.attrId;
  }

  protected resourceOf(name: string): string {
    return this.arnOf(name);
  }
}

/**
 * The same secrets in another stack of the account and region: by the parameters that publish their ARNs, which AWS reads when
 * the stack is deployed, and by their names where there are none.
 */
export class ImportedHydrantSecrets extends ManifestSecrets {
  protected arnOf(name: string): string {
    return this.published(name) ?? named(name);
  }

  protected resourceOf(name: string): string {
    return this.published(name) ?? `${named(name)}-??????`;
  }

  private published(name: string): string | undefined {
    const secret = SECRETS.find((secret) => secret.name === name);
    return secret?.parameter === undefined
      ? undefined
      : StringParameter.valueForStringParameter(this, secret.parameter);
  }
}

function chosen(variables: readonly SecretVariable[]): SecretVariable[] {
  const all = Object.keys(ENTRIES) as SecretVariable[];
  return variables.length === 0 ? all : [...variables];
}

function named(name: string): string {
  return `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${name}`;
}
