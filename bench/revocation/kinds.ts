/** The ways rights end, each as: make something that works, and what ends it. */
import { randomBytes } from 'node:crypto';
import { basic, GRANTS, type Iam } from './iam.ts';

/** Something that works until it is revoked. */
export interface Outstanding {
  /** Authorization headers good for a pull. */
  readonly pulls: readonly string[];
  /** Access tokens that are refused altogether once it is revoked. */
  readonly tokens: readonly string[];
  revoke(): Promise<unknown>;
}

/** Made once for all trials of a kind; answers how one trial is made. */
export type Kind = (iam: Iam, repository: string) => Promise<(trial: number) => Promise<Outstanding>>;

const bearer = (token: string): string => `Bearer ${token}`;

/** All that a login with an API key leaves outstanding. */
const ofKey = async (iam: Iam, repository: string, secret: string) => {
  const { access_token: token } = await iam.exchange({ grant_type: GRANTS.apikey, apikey: secret });
  const bearers = await Promise.all([
    iam.bearer(repository, 'iamapikey', secret),
    iam.bearer(repository, 'iambearer', token),
  ]);
  return {
    pulls: [...bearers.map(bearer), basic('iamapikey', secret), basic('iambearer', token)],
    tokens: [token],
  };
};

const key =
  (revoke: (iam: Iam, id: string) => Promise<unknown>): Kind =>
  async (iam, repository) =>
  async (trial) => {
    const body = { name: `key ${trial}`, iam_id: iam.iamId, account_id: iam.accountId };
    const { id, apikey } = await iam.make('POST', '/v1/apikeys', body);
    return { ...(await ofKey(iam, repository, apikey)), revoke: () => revoke(iam, id) };
  };

const keyDeleted = key((iam, id) => iam.make('DELETE', `/v1/apikeys/${id}`));

/** A key that is switched off, and only then deleted: an identity has at most so many. */
const keyDisabled: Kind = async (iam, repository) => {
  let last: string | undefined;
  const make = await key((_iam, id) => {
    last = id;
    return iam.make('POST', `/v1/apikeys/${id}/disable`);
  })(iam, repository);
  return async (trial) => {
    if (last !== undefined) await iam.make('DELETE', `/v1/apikeys/${last}`);
    return make(trial);
  };
};

/** A person who stays a member of another account and is invited and removed in this one. */
const userRemoved: Kind = async (iam, repository) => {
  const email = 'bench@example.com';
  const users = `/v2/accounts/${iam.accountId}/users`;
  const invite = async () => (await iam.make('POST', users, { users: [{ email }] })).resources[0];
  const elsewhere = await iam.make('POST', '/api/v1/accounts', { name: 'Elsewhere' });
  const { access_token: owner } = await iam.exchange({
    grant_type: GRANTS.apikey,
    apikey: elsewhere.apikey,
  });
  const there = `/v2/accounts/${elsewhere.account_id}/users`;
  const [first] = (await iam.make('POST', there, { users: [{ email }] }, owner)).resources;
  const password = randomBytes(18).toString('base64url');
  await iam.make('POST', '/v1/invitations/accept', { code: first.invitation_code, password }, null);
  const login = { grant_type: 'password', username: email, password };
  const home = await iam.exchange({ ...login, bss_account: elsewhere.account_id }, 'bx');
  return async () => {
    const { invitation_code: code } = await invite();
    const { iam_id: id } = await iam.make('POST', '/v1/invitations/accept', { code }, home.access_token);
    await iam.reader(id);
    const refresh = { grant_type: 'refresh_token', refresh_token: home.refresh_token };
    const { access_token: token } = await iam.exchange({ ...refresh, account: iam.accountId }, 'bx');
    const docker = await iam.bearer(repository, 'iambearer', token);
    return {
      pulls: [bearer(docker), basic('iambearer', token)],
      tokens: [token],
      revoke: () => iam.make('DELETE', `${users}/${id}`),
    };
  };
};

const membershipRemoved: Kind = async (iam, repository) => {
  const robot = await iam.robot('member');
  const { id } = await iam.make('POST', `/v2/groups?account_id=${iam.accountId}`, { name: 'readers' });
  await iam.reader(id);
  const members = `/v2/groups/${id}/members`;
  const { pulls } = await ofKey(iam, repository, robot.apikey.apikey);
  return async () => {
    await iam.make('PUT', members, { members: [{ iam_id: robot.iam_id }] });
    return { pulls, tokens: [], revoke: () => iam.make('DELETE', `${members}/${robot.iam_id}`) };
  };
};

const policyDeleted: Kind = async (iam, repository) => {
  const robot = await iam.robot('reader');
  const { pulls } = await ofKey(iam, repository, robot.apikey.apikey);
  return async () => {
    const id = await iam.reader(robot.iam_id);
    return { pulls, tokens: [], revoke: () => iam.make('DELETE', `/v2/policies/${id}`) };
  };
};

const sessionEnded: Kind = async (iam, repository) => {
  const body = { name: 'sessions', iam_id: iam.iamId, account_id: iam.accountId };
  const { apikey } = await iam.make('POST', '/v1/apikeys', body);
  return async () => {
    const made = await iam.exchange({ grant_type: GRANTS.apikey, apikey }, 'bx');
    const bearers = await Promise.all([
      iam.bearer(repository, 'iambearer', made.access_token),
      iam.bearer(repository, 'iamrefresh', made.refresh_token),
    ]);
    return {
      pulls: [...bearers.map(bearer), basic('iamrefresh', made.refresh_token)],
      tokens: [made.access_token],
      revoke: () => iam.make('PATCH', `/v1/sessions/${made.session_id}/state`, { state: 'invalid' }),
    };
  };
};

const trustRemoved: Kind = async (iam, repository) => {
  const robot = await iam.robot('trusted');
  const profile = await iam.make('POST', '/v1/profiles', { name: 'bench', account_id: iam.accountId });
  await iam.reader(profile.iam_id);
  const path = `/v1/profiles/${profile.id}/identities/serviceid`;
  const identity = { type: 'serviceid', identifier: robot.id };
  const { access_token: own } = await iam.exchange({
    grant_type: GRANTS.apikey,
    apikey: robot.apikey.apikey,
  });
  return async () => {
    await iam.make('POST', path, identity);
    const assume = { grant_type: GRANTS.assume, access_token: own, profile_id: profile.id };
    const { access_token: token } = await iam.exchange(assume);
    const docker = await iam.bearer(repository, 'iambearer', token);
    return {
      pulls: [bearer(docker), basic('iambearer', token)],
      tokens: [token],
      revoke: () => iam.make('DELETE', `${path}/${robot.id}`),
    };
  };
};

export const KINDS: Readonly<Record<string, Kind>> = {
  'API key deleted': keyDeleted,
  'API key disabled': keyDisabled,
  'user removed': userRemoved,
  'group membership removed': membershipRemoved,
  'policy deleted': policyDeleted,
  'session ended': sessionEnded,
  'profile trust removed': trustRemoved,
};
