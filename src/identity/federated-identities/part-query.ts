import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/**
 * A query that answers the text `is` where a person has any: to be asked together with another one, so that a decision about
 * a person without any asks nothing more.
 */
export const hasFederatedIdentity = (db: Db, iamId: string, is: string) =>
  db
    .selectFrom('federated_identities')
    .select(sql<string>`${sql.lit(is)}`.as('group_id'))
    .where('iam_id', '=', iamId);
