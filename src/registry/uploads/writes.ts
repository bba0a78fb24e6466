import { uploadBusy, uploadUnknown } from '../../blobs/refusals.ts';
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

/**
 * The bytes of an upload that was acknowledged so far, while they are few. Relaxed, as the bytes of a staging file are: a
 * killed process loses nothing, a power cut may take what was not sealed.
 */
export const appendToUpload = defineWrite(
  'registry.upload.append',
  async (tx: Tx, input: { id: string; offset: number; content: Uint8Array }): Promise<void> => {
    if (!(await uploads.replaceContent(tx, input))) throw await changedMeanwhile(tx, input.id);
  },
  { relaxed: true },
);

/** From now on the blob store has the bytes. */
export const stageUpload = defineWrite(
  'registry.upload.stage',
  async (tx: Tx, input: { id: string; offset: number; stagingId: string }): Promise<void> => {
    if (!(await uploads.moveToStaging(tx, input))) throw await changedMeanwhile(tx, input.id);
  },
  { relaxed: true },
);

const changedMeanwhile = async (tx: Tx, id: string): Promise<RegistryError> =>
  (await uploads.findUpload(tx.db, id)) === undefined ? uploadUnknown() : uploadBusy();

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
