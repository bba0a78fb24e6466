import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { iamIdOfProfile } from '../../identity/iam-ids.ts';
import type { ProfileTrust } from '../../identity/profiles.ts';
import type { Actor } from '../../principal.ts';
import type { ActionNeeds } from '../needs.ts';
import type { Request } from '../request.ts';
import { formatIamDate } from './iam-date.ts';
import { idOf, onProfile, type ProfileParts } from './profiles.ts';

export const TrustId = Type.Object({
  id: Type.String({ maxLength: 100 }),
  trust: Type.String({ maxLength: 100 }),
});

/** Who lets somebody become a profile hands on all it reaches. */
export const trusting = ({ profiles }: ProfileParts): ActionNeeds => ({
  ...onProfile(profiles, 'iam-identity.profile.trust'),
  reaching: (request) => [iamIdOfProfile(idOf(request))],
});

export const actorOf = (request: FastifyRequest): Actor => (request.raw as Request).actor;

export const versionOf = (row: ProfileTrust) => ({
  id: row.id,
  entity_tag: row.entity_tag,
  created_at: formatIamDate(row.created_at),
  modified_at: formatIamDate(row.modified_at),
});
