import { RULE } from '../build-platform.ts';
import type { Credentials } from '../credentials.ts';
import { expectStatus, HttpClient } from '../http-client.ts';
import { measureCpu, needsTokenService, type Workload } from './workload.ts';

const CONNECTIONS = 8;
/** Signing takes longer than a login: it is done ahead, for more logins than a run makes. */
const TOKENS = 6000;

interface Builds {
  readonly repository: string;
  readonly profileId: string;
  readonly tokens: readonly string[];
}

type Target = Parameters<NonNullable<Workload<Builds>['obstacle']>>[0];

const obstacle = async (target: Target): Promise<string | undefined> =>
  (await needsTokenService(target)) ??
  (target.platform === undefined ? 'it knows no issuer of the bench' : undefined);

const prepared = async (target: Target, count: number): Promise<Builds> => {
  const { platform } = target;
  const account = await target.account();
  if (account === undefined || platform === undefined) throw new Error('it knows no issuer of the bench');
  const profileId = await account.createTrustedProfile(`bench-${Date.now()}`, RULE);
  const tokens = Array.from({ length: count }, () => platform.token());
  return { repository: target.repository('token'), profileId, tokens };
};

/** Docker's token request with the token of a build. */
const logIn = async (
  credentials: Credentials,
  http: HttpClient,
  { repository, profileId }: Builds,
  token: string,
): Promise<void> => {
  const asBuild = credentials.as({ user: profileId, password: token });
  expectStatus(await asBuild.requestToken(http, repository, 'pull'), 200, 'token request');
};

/** Each token is sent once: it is verified, and opens a session. */
export const buildLogin: Workload<Builds> = {
  name: 'build-login',
  obstacle,
  prepare: ({ target }) => prepared(target, TOKENS),

  async run(bench, builds) {
    const { credentials, url } = bench.target;
    using http = new HttpClient(credentials.realm ?? url, CONNECTIONS);
    return await measureCpu('build-login', bench, {
      workers: CONNECTIONS,
      warmupTurns: TOKENS / 4,
      mostTurns: TOKENS / 2,
      unit: async (index) => logIn(credentials, http, builds, builds.tokens[index] ?? ''),
    });
  },
};

/** The same tokens again and again, each in its session. */
export const buildAgain: Workload<Builds> = {
  name: 'build-again',
  obstacle,
  prepare: ({ target }) => prepared(target, CONNECTIONS),

  async run(bench, builds) {
    const { credentials, url } = bench.target;
    using http = new HttpClient(credentials.realm ?? url, CONNECTIONS);
    return await measureCpu('build-again', bench, {
      workers: CONNECTIONS,
      unit: async (_, worker) => logIn(credentials, http, builds, builds.tokens[worker] ?? ''),
    });
  },
};
