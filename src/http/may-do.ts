import type { Access, Action, Attribute, Governing, Resource } from '../access/room.ts';
import type { Principal } from '../principal.ts';

/**
 * Whether the caller may do something to one of several: for lists, which show what the caller may see, and for requests
 * about several entities, which answer for each. What a whole request needs is declared by its route (needs.ts).
 */
export const mayDo = async (
  access: Access,
  principal: Principal,
  action: Action,
  resource: Resource,
): Promise<boolean> => (await access.decide(principal, action, resource)).allowed;

/**
 * Whether the caller administers all that these scopes reach: the same, of one of several. `work` is the request's: all of
 * its questions share one bound. Where its steps are exhausted, the answer is no.
 */
export const mayGovern = async (
  access: Access,
  principal: Principal,
  accountId: string,
  scopes: readonly (readonly Attribute[])[],
  work: Governing,
): Promise<boolean> => (await access.governs(principal, accountId, scopes, work)).allowed;
