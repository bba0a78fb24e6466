import assert from 'node:assert/strict';
import { type Answer, Caller, read } from '../access/caller.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { basic, type TestRegistry } from '../support/registry.ts';

export { read };

export const PASSWORD = 'correct horse battery';

export const ASSUME = 'urn:ibm:params:oauth:grant-type:assume';
export const PASSCODE = 'urn:ibm:params:oauth:grant-type:passcode';
export const CR_TOKEN = 'urn:ibm:params:oauth:grant-type:cr-token';
export const APIKEY = 'urn:ibm:params:oauth:grant-type:apikey';

/** A request to /identity/token; `client` names itself bx. */
export const grant = async (
  registry: TestRegistry,
  fields: Record<string, string>,
  client?: 'bx',
): Promise<Answer> =>
  read(
    await registry.fetch('/identity/token', {
      method: 'POST',
      headers: client ? { Authorization: basic(client, client) } : {},
      body: new URLSearchParams(fields),
    }),
  );

/** A request with an access token. */
export const as = (
  registry: TestRegistry,
  token: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  Caller.bearing(registry, token).send(method, path, body, { Account: registry.accountId, ...headers });

/** Somebody who was invited and has accepted. */
export interface Person {
  readonly iamId: string;
  readonly email: string;
  readonly token: string;
}

/** Invites and accepts, in the registry's account or another one with its owner's token. */
export const invite = async (
  registry: TestRegistry,
  email: string,
  { token, account = registry.accountId }: { token?: string; account?: string } = {},
): Promise<{ iamId: string; code: string }> => {
  const owner = token ?? (await registry.login()).access_token;
  const { status, body } = await as(registry, owner, 'POST', `/v2/accounts/${account}/users`, {
    users: [{ email, account_role: 'Member' }],
  });
  assert.equal(status, 202, JSON.stringify(body));
  return { iamId: body.resources[0].id, code: body.resources[0].invitation_code };
};

export const accept = (
  registry: TestRegistry,
  code: string,
  more: object = {},
  token?: string,
): Promise<Answer> => Caller.bearing(registry, token).post('/v1/invitations/accept', { code, ...more });

export const join = async (registry: TestRegistry, email: string): Promise<Person> => {
  const { iamId, code } = await invite(registry, email);
  const accepted = await accept(registry, code, {
    password: PASSWORD,
    first_name: 'Ada',
    last_name: 'Byron',
  });
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
  const login = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD });
  assert.equal(login.status, 200, JSON.stringify(login.body));
  return { iamId, email, token: login.body.access_token };
};

/** A trusted profile with whatever it trusts by name. */
export const newProfile = async (
  registry: TestRegistry,
  name: string,
  ...identities: { type: 'user' | 'serviceid'; identifier: string; accounts?: string[] }[]
): Promise<{ id: string; iam_id: string; crn: string; entity_tag: string }> => {
  const { access_token: token } = await registry.login();
  const made = await as(registry, token, 'POST', '/v1/profiles', { name, account_id: registry.accountId });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  for (const each of identities) {
    const path = `/v1/profiles/${made.body.id}/identities/${each.type}`;
    const trusted = await as(registry, token, 'POST', path, each);
    assert.equal(trusted.status, 200, JSON.stringify(trusted.body));
  }
  return made.body;
};

/** Grants a role by a policy, as the owner. */
export const grantRole = async (
  registry: TestRegistry,
  iamId: string,
  role: string,
  attributes: Readonly<Record<string, string>> = { serviceType: 'platform_service' },
): Promise<void> => {
  const { access_token: token } = await registry.login();
  const policy = v2Policy(iamId, role, registry.accountId, attributes);
  const made = await as(registry, token, 'POST', '/v2/policies', policy);
  assert.equal(made.status, 201, JSON.stringify(made.body));
};
