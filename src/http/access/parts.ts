import type { FastifyRequest } from 'fastify';
import type { Access } from '../../access/access.ts';
import type { AccessSettings } from '../../access/account-settings.ts';
import type { CustomRoles } from '../../access/custom-roles.ts';
import type { AccessGroups } from '../../access/groups.ts';
import type { Author, Policies } from '../../access/policies.ts';
import { RegistryError } from '../../errors.ts';
import { accountOf, iamIdOf } from '../../principal.ts';
import type { ResourceGroups } from '../../tenancy/resource-groups.ts';
import type { Request } from '../request.ts';

/** The rooms the access door opens to. */
export interface AccessParts {
  readonly access: Access;
  readonly policies: Policies;
  readonly customRoles: CustomRoles;
  readonly groups: AccessGroups;
  readonly settings: AccessSettings;
  readonly resourceGroups: ResourceGroups;
  /** Origin of the links in answers. */
  readonly externalUrl: string;
}

/** Who writes, for the audit and for `created_by_id`. */
export const authorOf = (request: FastifyRequest): Author => ({
  actor: (request.raw as Request).actor,
  iamId: iamIdOf(request.credential.principal) ?? '',
});

/** The entity tag the caller has read; a change without one is refused, so that nobody overwrites what they never saw. */
export const ifMatchOf = (request: FastifyRequest): string => {
  const tag = request.headers['if-match'];
  if (!tag)
    throw new RegistryError('FIELD_MISSING', {
      message: 'Send the entity tag you have read (header ETag) in the header If-Match, or * for any.',
    });
  return tag.replace(/^(?:W\/)?"(.*)"$/, '$1');
};

/** The account a list is asked of, which must be the caller's. */
export const ownAccount = (request: FastifyRequest, accountId: string | undefined): string => {
  if (!accountId)
    throw new RegistryError('QUERY_MISSING', { message: 'the query parameter account_id is required' });
  if (accountId !== accountOf(request.credential.principal))
    throw new RegistryError('DENIED', {
      message: 'You are not authorized: your token is for another account.',
    });
  return accountId;
};

export const timestamp = (time: number): string => new Date(time).toISOString();

/** The caller's account: that of whatever they create. */
export const accountIn = ({ credential }: FastifyRequest): string => accountOf(credential.principal) ?? '';
