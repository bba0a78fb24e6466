import type { PolicyContent } from '../wire/policy-content.ts';
import type { Connection } from './connection.ts';
import { isClientError } from './failure.ts';
import type { Io } from './io.ts';
import type { Term } from './policy-terms.ts';

/** What a policy grants, on what, as lists and details show it. */
export interface PolicySummary {
  readonly roles: readonly string[];
  readonly resource: string;
}

/** The attributes of a policy's resource, in either version's document. */
const termsIn = ({ resource, resources }: PolicyContent): Term[] =>
  ((resource ?? resources?.[0])?.attributes ?? []).map(({ name, key, operator, value }) => ({
    key: key ?? name ?? '',
    operator: operator ?? 'stringEquals',
    value: String(value),
  }));

const roleName = (crn: string): string => crn.slice(crn.lastIndexOf(':') + 1);

export const summaryOf = (policy: PolicyContent): PolicySummary => {
  const roles = policy.control?.grant?.roles ?? policy.roles ?? [];
  const terms = termsIn(policy)
    .filter(({ key }) => key !== 'accountId')
    .map(({ key, operator, value }) => `${key}${operator === 'stringMatch' ? '~' : '='}${value}`);
  return {
    roles: roles.map(({ role_id, display_name }) => display_name || roleName(role_id)),
    resource: terms.join(', ') || 'the whole account',
  };
};

/** The namespace and the region that a policy names exactly. */
const placeIn = (policy: PolicyContent): { namespace?: string; region?: string } => {
  const exact = new Map(
    termsIn(policy)
      .filter(({ operator }) => operator === 'stringEquals')
      .map(({ key, value }) => [key, value]),
  );
  const [namespace, region] = [exact.get('resource'), exact.get('region')];
  if (exact.get('serviceName') !== 'container-registry' || namespace === undefined) return {};
  return { namespace, ...(region === undefined ? {} : { region }) };
};

/** Warns of a policy on a namespace that the caller does not see. The server accepts it, as IBM's does. */
export const warnOfAbsentNamespace = async (
  io: Io,
  connection: Connection,
  policy: PolicyContent,
): Promise<void> => {
  const { namespace, region } = placeIn(policy);
  if (namespace === undefined) return;
  try {
    const current = await connection.regionIfAny();
    // only namespaces of the region in use can be listed
    if (!current || (region !== undefined && region !== current.name)) return;
    if ((await connection.namespaces.list()).includes(namespace)) return;
    const warning = `Warning: you see no namespace '${namespace}' in region '${current.name}'.`;
    io.complain(`${warning} The policy counts as soon as there is one.`);
  } catch (error) {
    if (!isClientError(error)) throw error;
    io.complain(`Warning: it is not known whether there is a namespace '${namespace}': ${error.message}`);
  }
};
