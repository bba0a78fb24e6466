import { readFile } from 'node:fs/promises';
import type { PolicySubject, PolicyVersion } from '../client/policies.ts';
import type { PolicyContent } from '../wire/policy-content.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import { resourceGroupNamed } from './named.ts';
import { roleCrns } from './role-names.ts';

/** One attribute of a policy's resource, in neither version's words. */
interface Term {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
}

/** What a policy grants, on what, as lists and details show it. */
export interface PolicySummary {
  readonly roles: readonly string[];
  readonly resource: string;
}

const equal = (key: string, value: string): Term => ({ key, operator: 'stringEquals', value });

const fromPair = (pair: string): Term => {
  const [, key, value] = /^\s*([A-Za-z_]+)\s*=(.+)$/.exec(pair) ?? [];
  if (!key || !value) {
    throw new CliError(EXIT.USAGE, `'${pair}' is no attribute. Give --attributes NAME=VALUE,NAME=VALUE.`);
  }
  return { key, operator: /[*?]/.test(value) ? 'stringMatch' : 'stringEquals', value };
};

const OPTIONS = [
  ['serviceName', 'serviceName'],
  ['serviceInstance', 'serviceInstance'],
  ['region', 'region'],
  ['resourceType', 'resourceType'],
  ['resource', 'resource'],
] as const;

const resourceGroupOf = async (connection: Connection, input: Input): Promise<string | undefined> => {
  const [name, id] = [input.text('resourceGroupName'), input.text('resourceGroupId')];
  if (name !== undefined && id !== undefined) {
    throw new CliError(EXIT.USAGE, 'Use either --resource-group-name or --resource-group-id.');
  }
  return name === undefined ? id : (await resourceGroupNamed(connection, name)).id;
};

/** The resource the options describe; without a service or resource group it is every service of the account. */
const termsOf = async (connection: Connection, input: Input): Promise<Term[]> => {
  const terms = [equal('accountId', connection.account)];
  for (const [key, option] of OPTIONS) {
    const value = input.text(option);
    if (value !== undefined) terms.push(equal(key, value));
  }
  const group = await resourceGroupOf(connection, input);
  if (group !== undefined) terms.push(equal('resourceGroupId', group));
  const pairs = input.text('attributes');
  if (pairs !== undefined) terms.push(...pairs.split(',').map(fromPair));
  if (input.on('accountManagement')) terms.push(equal('serviceType', 'platform_service'));
  const isBound = terms.some(({ key }) => ['serviceName', 'serviceType', 'resourceGroupId'].includes(key));
  return isBound ? terms : [...terms, equal('serviceType', 'service')];
};

const documentOf = (
  version: PolicyVersion,
  subject: PolicySubject,
  roles: string[],
  terms: Term[],
): object => {
  const [[key, value] = ['', '']] = Object.entries(subject);
  const roleIds = roles.map((role_id) => ({ role_id }));
  if (version === 'v2') {
    return {
      type: 'access',
      subject: { attributes: [equal(key, value)] },
      control: { grant: { roles: roleIds } },
      resource: { attributes: terms },
    };
  }
  const named = ({ key: name, operator, value }: Term) => ({ name, value, operator });
  return {
    type: 'access',
    subjects: [{ attributes: [{ name: key, value }] }],
    roles: roleIds,
    resources: [{ attributes: terms.map(named) }],
  };
};

/** The document in a file, for this subject whatever subject it states. */
const documentIn = async (version: PolicyVersion, subject: PolicySubject, path: string): Promise<object> => {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path.replace(/^@/, ''), 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the policy: ${reason}.`, { cause: error });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new CliError(EXIT.USAGE, `${path} holds no policy: it is not a JSON object.`);
  }
  const [[key, value] = ['', '']] = Object.entries(subject);
  const whose =
    version === 'v2'
      ? { subject: { attributes: [equal(key, value)] } }
      : { subjects: [{ attributes: [{ name: key, value }] }] };
  return { type: 'access', ...document, ...whose };
};

/** The policy that a command line describes, by --file or by options. */
export const policyWanted = async (
  connection: Connection,
  version: PolicyVersion,
  subject: PolicySubject,
  input: Input,
): Promise<object> => {
  const [path, roles] = [input.text('file'), input.text('roles')];
  if ((path === undefined) === (roles === undefined)) {
    throw new CliError(
      EXIT.USAGE,
      'Say what the policy grants: either --file JSON_FILE or --roles ROLE,ROLE.',
    );
  }
  if (path !== undefined) return documentIn(version, subject, path);
  const service = input.text('serviceName');
  const crns = await roleCrns(connection, (roles ?? '').split(','), service);
  const document = documentOf(version, subject, crns, await termsOf(connection, input));
  return { ...document, ...input.given({ description: 'description' }) };
};

const roleName = (crn: string): string => crn.slice(crn.lastIndexOf(':') + 1);

/** Reads either version's document. */
export const summaryOf = (policy: PolicyContent): PolicySummary => {
  const roles = policy.control?.grant?.roles ?? policy.roles ?? [];
  const attributes = (policy.resource ?? policy.resources?.[0])?.attributes ?? [];
  const terms = attributes
    .filter(({ name, key }) => (key ?? name) !== 'accountId')
    .map(({ name, key, value, operator }) => {
      const text = String(value);
      return `${key ?? name}${operator === 'stringMatch' ? '~' : '='}${text}`;
    });
  return {
    roles: roles.map(({ role_id, display_name }) => display_name || roleName(role_id)),
    resource: terms.join(', ') || 'the whole account',
  };
};
