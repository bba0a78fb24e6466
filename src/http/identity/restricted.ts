import type { FastifyRequest } from 'fastify';
import type { Access } from '../../access/decision/access.ts';
import { RegistryError } from '../../errors.ts';

/** What an account has restricted, only its Administrators may still make (IBM: those with a role for that alone). */
export const refuseRestricted = async (
  { credential }: FastifyRequest,
  access: Access,
  accountId: string,
  what: 'service IDs' | 'API keys of their own',
): Promise<void> => {
  const { allowed } = await access.decide(credential.principal, 'iam-identity.account.update', { accountId });
  if (allowed) return;
  throw new RegistryError('DENIED', {
    message: `You are not authorized: the account's settings let only its Administrators make ${what}.`,
  });
};
