import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import type { Connection } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import type { Input } from '../input.ts';
import { roleCrns } from '../role-names.ts';
import { keyIn, secretOf } from '../secret.ts';

interface Credential {
  readonly user: string;
  readonly password: string;
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const nameOf = (input: Input, fallback: string): string => {
  const name = input.text('name') ?? fallback;
  if (NAME.test(name)) return name;
  throw new CliError(EXIT.USAGE, `'${name}' is no name for a Kubernetes secret. Give --name NAME.`);
};

/** The secret as JSON strings, which are YAML too. Source: Kubernetes, "Pull an Image from a Private Registry". */
export const manifestOf = (
  { name, namespace, host }: { name: string; namespace: string | undefined; host: string },
  { user, password }: Credential,
): string => {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  const config = JSON.stringify({ auths: { [host]: { username: user, password, auth } } });
  return [
    'apiVersion: v1',
    'kind: Secret',
    'type: kubernetes.io/dockerconfigjson',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    ...(namespace === undefined ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
    'data:',
    `  .dockerconfigjson: ${Buffer.from(config).toString('base64')}`,
    '',
  ].join('\n');
};

const given = async ({ io }: Context, option: string, user: string): Promise<Credential> => {
  const password = keyIn(await secretOf(io, option, 'credential'));
  if (password) return { user, password };
  throw new CliError(EXIT.USAGE, 'The credential is empty.');
};

/** A service ID that reads one namespace and nothing else, with a key: what a pull secret should hold. */
const made = async (connection: Connection, serviceId: string, namespace: string): Promise<Credential> => {
  const { iam, account } = connection;
  const region = await connection.region();
  const description = `Pulls from ${namespace}`;
  const created = await iam.serviceIds.create({ account_id: account, name: serviceId, description });
  try {
    const [role_id] = await roleCrns(connection, ['Reader'], undefined);
    const attribute = (key: string, value: string) => ({ key, operator: 'stringEquals', value });
    const place = [
      ['accountId', account],
      ['serviceName', 'container-registry'],
      ['region', region.name],
      ['resourceType', 'namespace'],
      ['resource', namespace],
    ] as const;
    await iam.policies.create('v2', {
      type: 'access',
      description,
      subject: { attributes: [attribute('iam_id', created.iam_id)] },
      control: { grant: { roles: [{ role_id }] } },
      resource: { attributes: place.map(([key, value]) => attribute(key, value)) },
    });
    const key = { name: 'pull-secret', description, iam_id: created.iam_id, account_id: account };
    const { apikey = '' } = await iam.apiKeys.create(key);
    return { user: 'iamapikey', password: apikey };
  } catch (error) {
    // half of it would be a service ID nobody knows of
    await iam.serviceIds.remove(created.id).catch(() => {});
    throw error;
  }
};

const credentialFor = async (context: Context, connection: Connection, input: Input): Promise<Credential> => {
  const [option, namespace] = [input.text('credential'), input.optionalArgument('namespace')];
  const isMade = input.on('createServiceId');
  if ((option === undefined) === !isMade) {
    throw new CliError(
      EXIT.USAGE,
      'Say what to pull with: either --credential @FILE (or - for standard input) or --create-service-id.',
    );
  }
  if (option !== undefined) return given(context, option, input.text('user') ?? 'iamapikey');
  if (namespace === undefined) {
    throw new CliError(EXIT.USAGE, 'Name the namespace the service ID is to read: pull-secret NAMESPACE.');
  }
  if (!(await connection.namespaces.list()).includes(namespace)) {
    throw new CliError(EXIT.NOT_FOUND, `You see no namespace '${namespace}' in this region.`);
  }
  return made(connection, input.text('serviceIdName') ?? `pull-${namespace}`, namespace);
};

/** A new file for its owner only, opened before a key is made. */
const openOutput = (path: string): number => {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.FAILED, `Cannot create the file for the secret: ${reason}.`, { cause: error });
  }
};

const pullSecret: Command = {
  name: 'pull-secret',
  summary: 'Write a Kubernetes pull secret for this registry, as YAML',
  args: [{ name: 'namespace', summary: 'Namespace of the registry it is for', count: 'optional' }],
  flags: [
    { flags: '--credential <secret>', summary: 'An API key or token: @FILE, or - for standard input' },
    { flags: '--user <name>', summary: 'User name that says what the credential is; default: iamapikey' },
    { flags: '--create-service-id', summary: 'Make a service ID that reads the namespace, and a key for it' },
    { flags: '--service-id-name <name>', summary: 'Its name; default: pull-NAMESPACE' },
    { flags: '--host <host>', summary: 'Host of the registry; default: that of the region in use' },
    { flags: '--name <name>', summary: 'Name of the secret; default: the host with dashes' },
    {
      flags: '--kube-namespace <namespace>',
      summary: 'Kubernetes namespace it belongs to; default: none is named',
    },
    {
      flags: '--file <path>',
      summary: 'Write it to a new file, readable by its owner only; default: standard output',
    },
  ],
  async run(context, input) {
    const { io, connect } = context;
    const connection = await connect();
    const host = input.text('host') ?? (await connection.region()).registry;
    const place = {
      host,
      name: nameOf(input, host.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')),
      namespace: input.text('kubeNamespace'),
    };
    const path = input.text('file');
    const file = path === undefined ? undefined : openOutput(path);
    let isKept = false;
    try {
      const manifest = manifestOf(place, await credentialFor(context, connection, input));
      if (file === undefined) return io.lines(...manifest.trimEnd().split('\n'));
      writeSync(file, manifest);
      fsyncSync(file);
      isKept = true;
      io.say(`The secret '${place.name}' is in ${path}: kubectl apply -f ${path}`);
      io.ok();
    } finally {
      if (file !== undefined) closeSync(file);
      if (path !== undefined && file !== undefined && !isKept) rmSync(path, { force: true });
    }
  },
};

export const pullSecretCommands: readonly Command[] = [pullSecret];
