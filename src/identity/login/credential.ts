import type { RefusedCredential } from '../../errors.ts';
import { ANONYMOUS, accountOf, type Principal, principalName } from '../../principal.ts';

export type CredentialKind =
  | 'api-key'
  | 'access-token'
  | 'refresh-token'
  | 'registry-token'
  | 'password'
  | 'passcode'
  | 'device-code'
  | 'authorization-code'
  | 'compute-token'
  | 'workload-token'
  | 'sign-in';

/**
 * What a token can have come from. `member` is one membership of a user (`<account>.<since>.<iam_id>`), `service-id` and
 * `profile-trust` are entities, `password` is one password as it was set, `issuer` is a declared issuer as it was then, `sign-in` one sign-in
 * of a person there.
 * `api-key-secret` is the number of the secret of the chain's API key; without one it is the first.
 */
const LINK_KINDS = [
  'api-key',
  'api-key-secret',
  'session',
  'registry-token',
  'member',
  'service-id',
  'password',
  'profile-trust',
  'issuer',
  'federated-session',
  'sign-in',
] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** One link of the chain a token came from: each is looked up on every request, and must be alive. */
export interface ChainLink {
  readonly kind: LinkKind;
  readonly id: string;
}

/**
 * A secret that was presented and verified: whose it is, and what it depends on. It carries no rights, only
 * identity; rights are decided on the state of now.
 */
export interface Credential {
  readonly kind: CredentialKind;
  readonly principal: Principal;
  readonly chain: readonly ChainLink[];
  /** Epoch milliseconds; undefined for one that does not expire by itself. */
  readonly expiresAt: number | undefined;
  /** Registry tokens: the only region it is worth anything in. */
  readonly regionId?: string;
  /** A trusted profile's, as it is assumed: the account of who assumes it. */
  readonly from?: string;
  /** Who signed in, as the issuer of their token said; for the audit alone. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** What a request without credentials has. */
export const ANONYMOUS_CREDENTIAL: Credential = {
  kind: 'access-token',
  principal: ANONYMOUS,
  chain: [],
  expiresAt: undefined,
};

/** The id an audit event and a log line name: the innermost link, never the secret. */
export const credentialId = (credential: Credential): string | undefined => credential.chain[0]?.id;

export const printChain = (chain: readonly ChainLink[]): string[] =>
  chain.map(({ kind, id }) => `${kind}/${id}`);

/** Reads what printChain wrote; undefined if any of it is not understood, since an unknown link cannot be checked. */
export const parseChain = (value: unknown): ChainLink[] | undefined => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const links: ChainLink[] = [];
  for (const text of value) {
    const [kind, id, ...rest] = typeof text === 'string' ? text.split('/') : [];
    const known = LINK_KINDS.find((each) => each === kind);
    if (!known || !id || rest.length > 0) return undefined;
    links.push({ kind: known, id });
  }
  return links;
};

/** Which secret of its API key a chain came from. */
export const secretNumberOf = (chain: readonly ChainLink[]): number =>
  Number(chain.find(({ kind }) => kind === 'api-key-secret')?.id ?? 1);

/** What the audit log says of it where it lets no one in. */
export const refusedOf = (credential: Credential): RefusedCredential => ({
  accountId: accountOf(credential.principal),
  principal: principalName(credential.principal),
  credentialId: credentialId(credential),
});
