import { NAMESPACE } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import type { Connection } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import type { Input } from '../input.ts';
import { PullServiceIds } from '../pull-service-id.ts';
import { keyIn, secretOf } from '../secret.ts';
import { SecretFile } from '../secret-file.ts';

interface Credential {
  readonly user: string;
  readonly password: string;
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const nameOf = (input: Input, fallback: string): string => {
  const name = input.text('name') ?? fallback;
  if (NAME.test(name)) return name;
  throw new CliError(EXIT.USAGE, `'${name}' is not a valid name of a Kubernetes secret. Give --name NAME.`);
};

/** The manifest, with JSON strings, which are valid in YAML. Source: Kubernetes, "Pull an Image from a Private Registry". */
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
    throw new CliError(
      EXIT.USAGE,
      'Name the namespace that the service ID may pull from: pull-secret NAMESPACE.',
    );
  }
  if (!(await connection.namespaces.list()).includes(namespace)) {
    throw new CliError(EXIT.NOT_FOUND, `You see no namespace '${namespace}' in this region.`);
  }
  const serviceIds = new PullServiceIds(connection, context.io);
  const name = input.text('serviceIdName') ?? `pull-${namespace}`;
  return { user: 'iamapikey', password: await serviceIds.newKey(name, namespace) };
};

const pullSecret: Command = {
  name: 'pull-secret',
  summary: 'Write a Kubernetes pull secret for this registry, as YAML',
  args: [{ ...NAMESPACE, summary: 'Namespace of the registry it is for', count: 'optional' }],
  flags: [
    { flags: '--credential <secret>', summary: 'An API key or token: @FILE, or - for standard input' },
    { flags: '--user <name>', summary: 'User name that says what the credential is; default: iamapikey' },
    {
      flags: '--create-service-id',
      summary: 'Create a service ID that pulls from the namespace, and a key for it',
    },
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
    using file = path === undefined ? undefined : new SecretFile(path, 'secret');
    const manifest = manifestOf(place, await credentialFor(context, connection, input));
    if (!file) return io.lines(manifest.trimEnd().split('\n'));
    file.keep(manifest);
    io.say(`The secret '${place.name}' is in ${path}: kubectl apply -f ${path}`);
    io.ok();
  },
};

export const pullSecretCommands: readonly Command[] = [pullSecret];
