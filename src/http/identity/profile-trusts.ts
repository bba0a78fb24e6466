import { Type } from 'typebox';
import { iamIdOfProfile, type ProfileTrust } from '../../identity/room.ts';
import { idOf } from '../json-request.ts';
import type { ActionNeeds } from '../needs.ts';
import { formatIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';
import { onProfile } from './profiles.ts';

export const TrustId = Type.Object({
  id: Type.String({ maxLength: 100 }),
  trust: Type.String({ maxLength: 100 }),
});

/** A trust hands on all the profile reaches. */
export const trusting = ({ identity }: IdentityParts): ActionNeeds => ({
  ...onProfile(identity, 'iam-identity.profile.trust'),
  reaching: (request) => [iamIdOfProfile(idOf(request))],
});

export const versionOf = (trust: ProfileTrust) => ({
  id: trust.id,
  entity_tag: trust.entityTag,
  created_at: formatIamDate(trust.createdAt),
  modified_at: formatIamDate(trust.modifiedAt),
});
