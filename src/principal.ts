/**
 * Who acts. A value, handed down by the door; told apart by `kind`, never by how an id is spelt.
 */
export type Principal =
  | Identity
  | { readonly kind: 'registry-token'; readonly id: string; readonly accountId: string }
  | { readonly kind: 'system'; readonly job: string }
  | { readonly kind: 'anonymous' };

/** What IAM knows by an `iam_id`: a person, a service ID or a trusted profile, acting in one account. */
export interface Identity {
  readonly kind: 'user' | 'service-id' | 'profile';
  readonly iamId: string;
  readonly accountId: string;
}

export const isIdentity = (principal: Principal): principal is Identity => 'iamId' in principal;

export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** One text per principal, the same for ever: for logs, audit, and to bind an upload to who began it. */
export const principalName = (principal: Principal): string => {
  switch (principal.kind) {
    case 'user':
    case 'service-id':
    case 'profile':
      return `${principal.kind}:${principal.accountId}/${principal.iamId}`;
    case 'registry-token':
      return `registry-token:${principal.accountId}/${principal.id}`;
    case 'system':
      return `system:${principal.job}`;
    case 'anonymous':
      return 'anonymous';
  }
};

/** The account a principal acts in; anonymous and system act in none. */
export const accountOf = (principal: Principal): string | undefined =>
  'accountId' in principal ? principal.accountId : undefined;

/** The id policies and audit events name an identity by; undefined for a principal that has none. */
export const iamIdOf = (principal: Principal): string | undefined =>
  isIdentity(principal) ? principal.iamId : undefined;

/** Who acts, through which credential, from where: what an audit event tells. */
export interface Actor {
  readonly principal: string;
  readonly credentialId: string | undefined;
  readonly address: string | undefined;
  readonly requestId: string | undefined;
  /** What the client calls itself, cut to a bound and without secrets. */
  readonly agent?: string | undefined;
  /** The name of the region the request was sent to. */
  readonly region?: string | undefined;
  /** The process that answered. */
  readonly replica?: string | undefined;
  /** What the identity provider said of who signed in; only the claims that matter. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
}

export const systemActor = (job: string): Actor => ({
  principal: principalName({ kind: 'system', job }),
  credentialId: undefined,
  address: undefined,
  requestId: undefined,
});
