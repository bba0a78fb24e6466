import { type Db, defineWrite, type Tx } from './database.ts';

/** A fact about the installation as a whole, by name. */
export const findInstallation = async (db: Db, name: string): Promise<string | undefined> => {
  const row = await db.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
};

/** Keeps the first value a name is given; answers the one that holds. */
export const rememberInstallation = defineWrite(
  'metadata.installation.remember',
  async (tx: Tx, { name, value }: { name: string; value: string }): Promise<string> => {
    const known = await findInstallation(tx.db, name);
    if (known !== undefined) return known;
    await tx.uncached.insertInto('installation').values({ name, value }).execute();
    return value;
  },
);

export const changeInstallation = defineWrite(
  'metadata.installation.change',
  async (tx: Tx, { name, value }: { name: string; value: string }): Promise<void> => {
    await tx.uncached.updateTable('installation').set({ value }).where('name', '=', name).execute();
  },
);

export const listInstallation = (db: Db): Promise<{ name: string; value: string }[]> =>
  db.selectFrom('installation').selectAll().orderBy('name').execute();
