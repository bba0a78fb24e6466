import type { FastifyRequest } from 'fastify';
import { RegistryError } from '../errors.ts';
import { type Actor, iamIdOf } from '../principal.ts';
import type { Request } from './request.ts';

/** What the routes of every JSON door read off a request in the same way. */

/** Who acts, for the audit. */
export const actorOf = ({ raw }: FastifyRequest): Actor => (raw as Request).actor;

/** The iam_id of who asks; every credential of IAM has one. */
export const callerOf = ({ credential }: FastifyRequest): string => iamIdOf(credential.principal) ?? '';

export const idOf = ({ params }: FastifyRequest): string => (params as { id: string }).id;

/**
 * The entity tag a change is for, or `*`; it may come quoted, as in HTTP. Without one it is FIELD_MISSING, so that
 * nobody overwrites what they never saw.
 */
export const ifMatchOf = ({ headers }: FastifyRequest): string => {
  const value = headers['if-match'];
  if (value) return /^(?:W\/)?"(.*)"$/.exec(value)?.[1] ?? value;
  throw new RegistryError('FIELD_MISSING', {
    message: 'Send the entity tag of what you read in the header If-Match, or * for any version.',
  });
};
