import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { endpointOf, isExposed } from './endpoint.ts';
import type { Streams } from './io.ts';

type Env = Streams['env'];

/** A build or a workload that logs in with the token of its platform, as its environment says. */
export interface Workload {
  /** The only registry that the token is sent to. */
  readonly endpoint: string;
  readonly profile: string;
  /** Another one for each build, and for each token where the platform hands out one: logins are kept by it. */
  readonly source: string;
  /** The token of now. Takes at most so many milliseconds. */
  token(timeout: number): Promise<string>;
}

type Source = Pick<Workload, 'source' | 'token'>;

/** Undefined where the environment names no registry and no profile. Throws where it names one of them, or has no token. */
export const workloadIn = (env: Env): Workload | undefined => {
  const { TIDEGATE_REGISTRY: registry, TIDEGATE_PROFILE: profile } = env;
  if (!registry && !profile) return undefined;
  if (!registry || !profile)
    throw new Error('set both TIDEGATE_REGISTRY and TIDEGATE_PROFILE, or neither of them');
  const endpoint = endpointOf(registry);
  if (isExposed(endpoint)) throw new Error(`${endpoint} is not encrypted: no token is sent there`);
  const found = sourceIn(env, env.TIDEGATE_AUDIENCE || endpoint);
  if (found) return { endpoint, profile, ...found };
  throw new Error(
    'there is no token of a platform: set TIDEGATE_ID_TOKEN or TIDEGATE_ID_TOKEN_FILE; on GitHub the job needs the permission id-token: write',
  );
};

/** The platforms, the one that was named by hand first. */
const sourceIn = (env: Env, audience: string): Source | undefined => {
  const { TIDEGATE_ID_TOKEN_FILE: file, TIDEGATE_ID_TOKEN: given, CIRCLE_OIDC_TOKEN_V2: circle } = env;
  if (file) return fixed(readFileSync(file, 'utf8').trim());
  if (given) return fixed(given.trim());
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  if (url && secret)
    return { source: digestOf(secret), token: (timeout) => fromGitHub(url, secret, audience, timeout) };
  return circle ? fixed(circle.trim()) : undefined;
};

const fixed = (token: string): Source => ({ source: digestOf(token), token: async () => token });

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Source: GitHub, "OpenID Connect reference": the address has a query already. */
const fromGitHub = async (
  address: string,
  secret: string,
  audience: string,
  timeout: number,
): Promise<string> => {
  const url = new URL(address);
  if (isExposed(url.origin)) throw new Error('ACTIONS_ID_TOKEN_REQUEST_URL is not encrypted');
  url.searchParams.set('audience', audience);
  const response = await fetch(url, {
    headers: { Authorization: `Bearer ${secret}`, Accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout),
  });
  if (!response.ok) throw new Error(`${url.host} answered ${response.status} to the request for a token`);
  const { value } = (await response.json()) as { value?: unknown };
  if (typeof value !== 'string') throw new Error(`${url.host} answered without a token`);
  return value;
};
