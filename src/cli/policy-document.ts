import { readFile } from 'node:fs/promises';
import type { PolicySubject, PolicyVersion } from '../client/policies.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import { equal, type Term, termsOf } from './policy-terms.ts';
import { roleCrns } from './role-names.ts';

/** The part of a document that says whose the policy is. */
const subjectIn = (version: PolicyVersion, subject: PolicySubject): object => {
  const [[key, value] = ['', '']] = Object.entries(subject);
  return version === 'v2'
    ? { subject: { attributes: [equal(key, value)] } }
    : { subjects: [{ attributes: [{ name: key, value }] }] };
};

const documentOf = (version: PolicyVersion, roles: readonly string[], terms: readonly Term[]): object => {
  const roleIds = roles.map((role_id) => ({ role_id }));
  if (version === 'v2') {
    return { control: { grant: { roles: roleIds } }, resource: { attributes: terms } };
  }
  const attributes = terms.map(({ key: name, operator, value }) => ({ name, value, operator }));
  return { roles: roleIds, resources: [{ attributes }] };
};

const documentIn = async (path: string): Promise<object> => {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path.replace(/^@/, ''), 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the policy: ${reason}.`, { cause: error });
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  throw new CliError(EXIT.USAGE, `There is no policy in ${path}: it is not a JSON object.`);
};

/** The policy that --file or the options describe. Its subject is `subject`, also where the file names another one. */
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
  const whose = subjectIn(version, subject);
  if (path !== undefined) return { type: 'access', ...(await documentIn(path)), ...whose };
  const terms = await termsOf(connection, input);
  const service = terms.find(({ key }) => key === 'serviceName')?.value;
  const crns = await roleCrns(connection, (roles ?? '').split(','), service);
  const described = input.given({ description: 'description' });
  return { type: 'access', ...whose, ...documentOf(version, crns, terms), ...described };
};
