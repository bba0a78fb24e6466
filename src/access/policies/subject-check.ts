import type { Db } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { PUBLIC_ACCESS } from '../access-groups/access-group.ts';
import { findAccessGroup } from '../access-groups/rows.ts';
import { actionsOf } from '../actions/actions.ts';
import { findIdentity, typeByForm } from '../identities.ts';
import { roleOfCrn } from '../roles/roles.ts';
import type { PolicyTerms } from './policy-terms.ts';

/** Throws unless a policy of this account may be given to this subject. */
export const refuseSubject = async (db: Db, accountId: string, terms: PolicyTerms): Promise<void> => {
  if (terms.subjectKey === 'iam_id') return refuseIdentity(db, accountId, terms.subject);
  if (terms.subject === PUBLIC_ACCESS) return refuseMoreThanReader(terms.roles);
  if ((await findAccessGroup(db, terms.subject))?.account_id !== accountId)
    throw new RegistryError('BAD_REQUEST', {
      message: `there is no access group ${terms.subject} in the account`,
    });
};

const refuseIdentity = async (db: Db, accountId: string, iamId: string): Promise<void> => {
  const identity = await findIdentity(db, accountId, iamId);
  if (!identity && !typeByForm(iamId))
    throw new RegistryError('BAD_REQUEST', {
      message: `${iamId} is not an IAM id: it is written IBMid-…, iam-ServiceId-… or iam-Profile-…`,
    });
  if (identity?.locked)
    throw new RegistryError('LOCKED', {
      message: 'the service ID is locked; unlock it, then give it a policy',
    });
};

/** Public Access never gives more than Reader. A policy with another role is refused; it is not cut down. */
const refuseMoreThanReader = (roles: readonly string[]): void => {
  const reader = actionsOf('Reader');
  for (const crn of roles) {
    const role = roleOfCrn(crn);
    if (role && actionsOf(role).isSubsetOf(reader)) continue;
    throw new RegistryError('BAD_REQUEST', {
      message: 'the group Public Access can be given the role Reader only',
    });
  }
};
