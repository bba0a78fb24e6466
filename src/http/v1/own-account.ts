import type { Resource } from '../../access/room.ts';
import type { QuotaPlace } from '../../tenancy/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf, regionOf } from '../json-request.ts';

/**
 * The account of the token, in the region the request was sent to. Vulnerability Advisor's clients send any text in the
 * header Account (IBM's own tests a literal), so it is not looked at there: it could only ever name the token's account.
 */
export const inOwnAccount = (request: RequestHead): Resource => {
  const { id, names } = regionOf(request);
  return { accountId: accountOf(request), region: names, regionId: id };
};

export const ownPlace = (request: Pick<RequestHead, 'raw' | 'credential'>): QuotaPlace => ({
  accountId: accountOf(request),
  regionId: regionOf(request).id,
});
