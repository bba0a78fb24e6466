import type { Db } from '../../database/database.ts';
import type { GroupMemberRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import { findProfile } from '../../identity/profiles/rows.ts';
import { findServiceId } from '../../identity/service-ids/rows.ts';
import { findMembership } from '../../identity/users/rows.ts';
import { findAccessGroup } from '../access-groups/rows.ts';
import { actionsOf } from '../actions/actions.ts';
import { PUBLIC_ACCESS } from '../decision/subjects.ts';
import { roleOfCrn } from '../roles/roles.ts';
import type { PolicyTerms } from './policy-terms.ts';

/** An identity of an account: what it is stands in the table it is found in, never in how its id is spelt. */
export interface KnownIdentity {
  readonly type: GroupMemberRow['type'];
  readonly locked: boolean;
}

/** A member, service ID or trusted profile of the account by its iam_id; undefined where it has none of that id. */
export const findIdentity = async (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<KnownIdentity | undefined> => {
  if (await findMembership(db, accountId, iamId)) return { type: 'user', locked: false };
  // iam_ids of service IDs and profiles are their ids behind iam- (facts 3.3)
  if (!iamId.startsWith('iam-')) return undefined;
  const id = iamId.slice('iam-'.length);
  const serviceId = await findServiceId(db, id);
  if (serviceId?.account_id === accountId) return { type: 'service', locked: serviceId.locked === 1 };
  return (await findProfile(db, id))?.account_id === accountId
    ? { type: 'profile', locked: false }
    : undefined;
};

/** Throws unless a policy of this account may be given to this subject. */
export const demandSubject = async (db: Db, accountId: string, terms: PolicyTerms): Promise<void> => {
  if (terms.subjectKey === 'iam_id') return demandIdentity(db, accountId, terms.subject);
  if (terms.subject === PUBLIC_ACCESS) return demandReader(terms.roles);
  if ((await findAccessGroup(db, terms.subject))?.account_id !== accountId)
    throw new RegistryError('BAD_REQUEST', {
      message: `there is no access group ${terms.subject} in the account`,
    });
};

const demandIdentity = async (db: Db, accountId: string, iamId: string): Promise<void> => {
  const identity = await findIdentity(db, accountId, iamId);
  if (!identity)
    throw new RegistryError('BAD_REQUEST', {
      message: `there is no user, service ID or trusted profile ${iamId} in the account`,
    });
  if (identity.locked)
    throw new RegistryError('LOCKED', {
      message: 'the service ID is locked; unlock it, then give it a policy',
    });
};

/** Everyone, signed in or not, never holds more than a Reader: a role that is more is refused rather than cut down. */
const demandReader = (roles: readonly string[]): void => {
  const reader = actionsOf('Reader');
  for (const crn of roles) {
    const role = roleOfCrn(crn);
    if (role && actionsOf(role).isSubsetOf(reader)) continue;
    throw new RegistryError('BAD_REQUEST', {
      message: 'the group Public Access can be given the role Reader only',
    });
  }
};
