import { CliError } from './cli-error.ts';
import type { Flag } from './command.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import { resourceGroupNamed } from './named.ts';
import { namespaces, regions, resourceGroups } from './suggestions.ts';

/** One attribute of a policy's resource, in the words of version 2. */
export interface Term {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
}

const REGISTRY = 'container-registry';

/** The options that say what a policy reaches. */
export const REACH: readonly Flag[] = [
  {
    flags: '--namespace <namespace>',
    summary: 'On this namespace of the registry',
    suggest: namespaces,
  },
  {
    flags: '--repository <repository>',
    summary: 'On this repository, NAMESPACE/REPOSITORY; * and ? are wildcards',
  },
  { flags: '--service-name <service>', summary: 'On this service, such as container-registry' },
  { flags: '--all-services', summary: 'On every service of the account' },
  { flags: '--service-instance <instance>', summary: 'On this instance of the service' },
  { flags: '--region <region>', summary: 'In this region; default: in all', suggest: regions },
  { flags: '--resource-type <type>', summary: 'On resources of this type, such as namespace' },
  { flags: '--resource <resource>', summary: 'On this resource: the name of a namespace' },
  {
    flags: '--resource-group-name <name>',
    summary: 'On what is in this resource group',
    suggest: resourceGroups,
  },
  { flags: '--resource-group-id <id>', summary: 'The same, by its ID' },
  { flags: '--account-management', summary: 'On the services that manage the account' },
  {
    flags: '--attributes <pairs>',
    summary: 'More attributes, NAME=VALUE separated by commas; * and ? are wildcards',
  },
];

/** Every policy must have one of these attributes: each limits it to something that the person named. */
const BOUNDS = ['serviceName', 'serviceType', 'resourceGroupId'];

export const equal = (key: string, value: string): Term => ({ key, operator: 'stringEquals', value });

const isPattern = (text: string): boolean => /[*?]/.test(text);

const term = (key: string, value: string): Term =>
  isPattern(value) ? { key, operator: 'stringMatch', value } : equal(key, value);

const usage = (message: string): CliError => new CliError(EXIT.USAGE, message);

const fromPair = (pair: string): Term => {
  const [, key, value] = /^\s*([A-Za-z_]+)\s*=(.+)$/.exec(pair) ?? [];
  if (key && value) return term(key, value);
  throw usage(`'${pair}' is not an attribute. Give --attributes NAME=VALUE,NAME=VALUE.`);
};

/** The namespace that --namespace or --repository names; undefined where neither names exactly one. */
const namespaceOf = (input: Input): string | undefined => {
  const [namespace, repository] = [input.text('namespace'), input.text('repository')];
  if (repository === undefined) return namespace;
  const [first = '', rest] = repository.split('/', 2);
  if (!first || !rest) {
    throw usage(`'${repository}' is not a repository. Give NAMESPACE/REPOSITORY, such as birds/blue*.`);
  }
  if (namespace !== undefined && namespace !== first) {
    throw usage(`The repository '${repository}' is not in the namespace '${namespace}'.`);
  }
  return isPattern(first) ? undefined : first;
};

/** What --namespace and --repository stand for. */
const shortForms = (input: Input): Term[] => {
  const repository = input.text('repository');
  const namespace = namespaceOf(input);
  if ((namespace ?? repository) === undefined) return [];
  if ((input.text('resource') ?? input.text('resourceType')) !== undefined) {
    throw usage('Use either --namespace and --repository, or --resource-type and --resource.');
  }
  if ((input.text('serviceName') ?? REGISTRY) !== REGISTRY || input.on('allServices')) {
    throw usage(`--namespace and --repository are for the service ${REGISTRY}.`);
  }
  return [
    equal('serviceName', REGISTRY),
    ...(namespace === undefined ? [] : [equal('resourceType', 'namespace'), equal('resource', namespace)]),
    ...(repository === undefined ? [] : [term('repository', repository)]),
  ];
};

const OPTIONS = ['serviceName', 'serviceInstance', 'region', 'resourceType', 'resource'] as const;

const longForms = (input: Input, taken: ReadonlySet<string>): Term[] =>
  OPTIONS.flatMap((name) => {
    const value = input.text(name);
    return value === undefined || taken.has(name) ? [] : [equal(name, value)];
  });

const resourceGroupOf = async (connection: Connection, input: Input): Promise<Term[]> => {
  const [name, id] = [input.text('resourceGroupName'), input.text('resourceGroupId')];
  if (name !== undefined && id !== undefined) {
    throw usage('Use either --resource-group-name or --resource-group-id.');
  }
  const group = name === undefined ? id : (await resourceGroupNamed(connection, name)).id;
  return group === undefined ? [] : [equal('resourceGroupId', group)];
};

const allServices = (input: Input, terms: readonly Term[]): Term[] => {
  const isBound = terms.some(({ key }) => BOUNDS.includes(key));
  if (!input.on('allServices')) {
    if (isBound) return [];
    throw usage(
      'Say what the policy reaches: --namespace NAME, --service-name NAME or --resource-group-name NAME. For every service of the account use --all-services.',
    );
  }
  if (terms.some(({ key }) => key === 'serviceName' || key === 'serviceType')) {
    throw usage('Use either --all-services or the name of a service.');
  }
  return [equal('serviceType', 'service')];
};

/** The resource that the options describe. Throws where nothing limits it: it would be the whole account. */
export const termsOf = async (connection: Connection, input: Input): Promise<Term[]> => {
  const short = shortForms(input);
  const terms = [...short, ...longForms(input, new Set(short.map(({ key }) => key)))];
  terms.push(...(await resourceGroupOf(connection, input)));
  const pairs = input.text('attributes');
  if (pairs !== undefined) terms.push(...pairs.split(',').map(fromPair));
  if (input.on('accountManagement')) terms.push(equal('serviceType', 'platform_service'));
  return [equal('accountId', connection.account), ...terms, ...allServices(input, terms)];
};
