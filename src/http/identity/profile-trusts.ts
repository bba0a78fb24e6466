import { Type } from 'typebox';
import { iamIdOfProfile } from '../../identity/iam-ids.ts';
import type { ProfileTrust } from '../../identity/profiles/profiles.ts';
import { idOf } from '../json-request.ts';
import type { ActionNeeds } from '../needs.ts';
import { formatIamDate } from './iam-date.ts';
import { onProfile, type ProfileParts } from './profiles.ts';

export const TrustId = Type.Object({
  id: Type.String({ maxLength: 100 }),
  trust: Type.String({ maxLength: 100 }),
});

/** Who lets somebody become a profile hands on all it reaches. */
export const trusting = ({ profiles }: ProfileParts): ActionNeeds => ({
  ...onProfile(profiles, 'iam-identity.profile.trust'),
  reaching: (request) => [iamIdOfProfile(idOf(request))],
});

export const versionOf = (row: ProfileTrust) => ({
  id: row.id,
  entity_tag: row.entity_tag,
  created_at: formatIamDate(row.created_at),
  modified_at: formatIamDate(row.modified_at),
});
