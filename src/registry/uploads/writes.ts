import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { findNamespaceById, refuseAtLimit } from '../../tenancy/tx.ts';
import * as uploads from './rows.ts';

/**
 * `limited`: the account has a storage limit, and STORAGE_QUOTA_EXCEEDED refuses the upload where it is reached. Relaxed:
 * a power cut takes the staged bytes too, whose file was not synced yet.
 */
export const beginUpload = defineWrite(
  'registry.upload.begin',
  async (tx: Tx, { limited, ...upload }: uploads.Upload & { limited?: boolean }): Promise<void> => {
    const namespace = await findNamespaceById(tx.db, upload.namespaceId);
    if (!namespace) throw new RegistryError('NAME_UNKNOWN');
    if (limited) await refuseAtLimit(tx, { accountId: namespace.accountId, regionId: upload.regionId });
    await uploads.insertUpload(tx, upload);
  },
  { relaxed: true },
);

export const endUpload = defineWrite(
  'registry.upload.end',
  async (tx: Tx, id: string): Promise<boolean> => uploads.deleteUpload(tx, id),
);

export const extendUpload = defineWrite(
  'registry.upload.extend',
  async (tx: Tx, { id, expiresAt }: { id: string; expiresAt: number }): Promise<void> =>
    uploads.extendUpload(tx, id, expiresAt),
  { relaxed: true },
);
