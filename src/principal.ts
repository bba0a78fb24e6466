/**
 * Who acts. A value, handed down by the door; told apart by `kind`, never by how an id is spelt.
 */
export type Principal =
  | { readonly kind: 'user'; readonly iamId: string; readonly accountId: string }
  | { readonly kind: 'registry-token'; readonly id: string; readonly accountId: string }
  | { readonly kind: 'system'; readonly job: string }
  | { readonly kind: 'anonymous' };

export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** One text per principal, the same for ever: for logs, audit, and to bind an upload to who began it. */
export const principalName = (principal: Principal): string => {
  switch (principal.kind) {
    case 'user':
      return `user:${principal.accountId}/${principal.iamId}`;
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
  principal.kind === 'user' || principal.kind === 'registry-token' ? principal.accountId : undefined;

/** Who acts, through which credential, from where: what an audit event tells. */
export interface Actor {
  readonly principal: string;
  readonly credentialId: string | undefined;
  readonly address: string | undefined;
  readonly requestId: string | undefined;
}

export const systemActor = (job: string): Actor => ({
  principal: principalName({ kind: 'system', job }),
  credentialId: undefined,
  address: undefined,
  requestId: undefined,
});
