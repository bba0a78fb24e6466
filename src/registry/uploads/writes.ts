import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { findNamespaceById } from '../../tenancy/tx.ts';
import * as uploads from './rows.ts';

/** Relaxed: a power cut takes the staged bytes too, whose file was not synced yet. */
export const beginUpload = defineWrite(
  'registry.upload.begin',
  async (tx: Tx, upload: uploads.Upload): Promise<void> => {
    if (!(await findNamespaceById(tx.db, upload.namespaceId))) throw new RegistryError('NAME_UNKNOWN');
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
