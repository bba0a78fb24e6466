import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Identity } from '../../principal.ts';
import { entityIdOf } from '../iam-ids.ts';
import { findProfile } from '../profiles/rows.ts';
import { findServiceId } from '../service-ids/rows.ts';
import { findUser } from '../users/rows.ts';
import { userOfRow } from '../users/user.ts';

/** What an access token says of an identity. */
export interface TokenSubject {
  readonly identity: Identity;
  /** IBM's `sub`: a user's name, `ServiceId-…`, `Profile-…`. */
  readonly sub: string;
  readonly subType: 'ServiceId' | 'Profile' | undefined;
  readonly name: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string;
}

/** Reads it; throws CREDENTIAL_INVALID when there is no such identity any more. */
export const tokenSubject = async ({ db }: Database, identity: Identity): Promise<TokenSubject> => {
  if (identity.kind === 'user') {
    const row = await findUser(db, identity.iamId);
    if (row) {
      const { userName: sub, firstName, lastName, email } = userOfRow(row);
      const name = `${firstName} ${lastName}`.trim();
      return {
        identity,
        sub,
        subType: undefined,
        name,
        givenName: firstName,
        familyName: lastName,
        email,
      };
    }
  } else {
    const sub = entityIdOf(identity.iamId);
    const row = identity.kind === 'service-id' ? await findServiceId(db, sub) : await findProfile(db, sub);
    const subType = identity.kind === 'service-id' ? 'ServiceId' : 'Profile';
    if (row) return { identity, sub, subType, name: row.name };
  }
  throw new RegistryError('CREDENTIAL_INVALID', { reason: `the ${identity.kind} does not exist` });
};
