import type { Db, Tx } from '../../database/database.ts';
import type { DeviceLoginRow } from '../../database/login-schema.ts';

export const findDeviceLogin = (db: Db, deviceHash: string): Promise<DeviceLoginRow | undefined> =>
  db.selectFrom('device_logins').selectAll().where('device_hash', '=', deviceHash).executeTakeFirst();

export const findDeviceLoginOfUserCode = (db: Db, userHash: string): Promise<DeviceLoginRow | undefined> =>
  db.selectFrom('device_logins').selectAll().where('user_hash', '=', userHash).executeTakeFirst();

export const insertDeviceLogin = async (tx: Tx, row: DeviceLoginRow): Promise<void> => {
  await tx.uncached.insertInto('device_logins').values(row).execute();
};

export const changeDeviceLogin = async (
  tx: Tx,
  id: string,
  changes: Partial<Omit<DeviceLoginRow, 'id'>>,
): Promise<void> => {
  await tx.uncached.updateTable('device_logins').set(changes).where('id', '=', id).execute();
};

export const deleteDeviceLogin = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('device_logins').where('id', '=', id).execute();
};

/** The ids of those that ended before a time, oldest first. */
export const endedDeviceLogins = async (db: Db, before: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('device_logins')
    .select('id')
    .where('expires_at', '<=', before)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Those that a person let in, in one account. */
export const deleteDeviceLoginsOf = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await tx.uncached
    .deleteFrom('device_logins')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};
