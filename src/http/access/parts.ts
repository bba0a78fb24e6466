import type { AccessRoom, Author } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { ResourceGroups } from '../../tenancy/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf, actorOf, callerOf } from '../json-request.ts';

/** The rooms the access door opens to. */
export interface AccessParts extends AccessRoom {
  readonly resourceGroups: ResourceGroups;
  /** Origin of the links in answers. */
  readonly externalUrl: string;
}

/** Who writes, for the audit and for `created_by_id`. */
export const authorOf = (request: RequestHead): Author => ({
  actor: actorOf(request),
  iamId: callerOf(request),
});

/** The account a list is asked of, which must be the caller's. */
export const ownAccount = (request: RequestHead, accountId: string | undefined): string => {
  if (!accountId)
    throw new RegistryError('QUERY_MISSING', { message: 'the query parameter account_id is required' });
  if (accountId !== accountOf(request))
    throw new RegistryError('DENIED', {
      message: 'You are not authorized: your token is for another account.',
    });
  return accountId;
};
