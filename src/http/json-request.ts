import { formatEntityTags, parseEntityTags } from '../entity-tag.ts';
import { RegistryError } from '../errors.ts';
import type { Actor, Identity } from '../principal.ts';
import type { Region } from '../tenancy/room.ts';
import type { RequestHead } from './json-app.ts';

/** What the routes of every JSON door read off a request in the same way. None of it needs the body. */

/** Who asks: the identity the access token is for. */
export const principalOf = ({ credential }: Pick<RequestHead, 'credential'>): Identity =>
  credential.principal;

/** The account the caller acts in. */
export const accountOf = (request: Pick<RequestHead, 'credential'>): string => principalOf(request).accountId;

/** The iam_id of who asks. */
export const callerOf = (request: Pick<RequestHead, 'credential'>): string => principalOf(request).iamId;

/** Who acts, for the audit. */
export const actorOf = ({ raw }: Pick<RequestHead, 'raw'>): Actor => raw.actor;

/** The region the request was sent to. NOT_FOUND where none answers on its host. */
export const regionOf = ({ raw }: Pick<RequestHead, 'raw'>): Region => {
  if (raw.region) return raw.region;
  throw new RegistryError('NOT_FOUND', {
    message: 'no region answers on this host name; GET /api/v1/regions lists them',
  });
};

/** The account of the `Account` header, which must be the token's. */
export const accountHeader = (request: Pick<RequestHead, 'headers' | 'credential'>): string => {
  const own = accountOf(request);
  if (request.headers.account !== own)
    throw new RegistryError('ACCOUNT_UNAUTHORIZED', {
      message: 'Send the header Account with the id of the account your token is for.',
    });
  return own;
};

/** The console marks what a timer asks: that is no use of the session, which would otherwise never end. */
export const isBackground = ({ headers }: Pick<RequestHead, 'headers'>): boolean =>
  headers['x-tidegate-background'] !== undefined;

export const idOf = ({ params }: Pick<RequestHead, 'params'>): string => (params as { id: string }).id;

/**
 * The entity tags a change is for, or `*`, as src/entity-tag.ts compares them. Without the header it is FIELD_MISSING:
 * a client must not overwrite a version it has not read.
 */
export const ifMatchOf = ({ headers }: Pick<RequestHead, 'headers'>): string => {
  const value = headers['if-match'];
  if (value) return formatEntityTags(parseEntityTags(value));
  throw new RegistryError('FIELD_MISSING', {
    message: 'Send the entity tag of what you read in the header If-Match, or * for any version.',
  });
};
