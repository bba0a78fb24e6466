import type { Db, Tx } from '../../database/database.ts';
import type { SigningKeyRow, SigningPurpose } from '../../database/schema.ts';

/** All signing keys, oldest first; there are few. */
export const allSigningKeys = (db: Db): Promise<SigningKeyRow[]> =>
  db.selectFrom('signing_keys').selectAll().orderBy('created_at').orderBy('id').execute();

/** One that is not retired. */
export const hasSigningKey = async (db: Db, purpose: SigningPurpose): Promise<boolean> =>
  (
    await db
      .selectFrom('signing_keys')
      .select('id')
      .where('purpose', '=', purpose)
      .where('retired_at', 'is', null)
      .limit(1)
      .execute()
  ).length > 0;

export const insertSigningKey = async (tx: Tx, row: SigningKeyRow): Promise<void> => {
  await tx.changed('signing-key', row.id).insertInto('signing_keys').values(row).execute();
};

export const retireSigningKey = async (tx: Tx, id: string, at: number): Promise<void> => {
  await tx
    .changed('signing-key', id)
    .updateTable('signing_keys')
    .set({ retired_at: at })
    .where('id', '=', id)
    .execute();
};

/** Nothing that keys of this purpose signed verifies any more. */
export const deleteSigningKeys = (tx: Tx, purpose: SigningPurpose): Promise<void> =>
  tx.changing('signing-key', async (tables) => {
    const rows = await tables
      .deleteFrom('signing_keys')
      .where('purpose', '=', purpose)
      .returning('id')
      .execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });
