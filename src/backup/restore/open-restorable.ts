import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RegistryError } from '../../errors.ts';
import { RowFileFault } from '../rows/row-file.ts';
import { snapshotIds } from '../snapshots/list.ts';
import {
  isVouched,
  type ReadManifest,
  readManifest,
  rowsName,
  type SnapshotFile,
  timeOfSnapshot,
  type Voucher,
} from '../snapshots/manifest.ts';
import { POOL } from '../snapshots/pool.ts';
import { readTarget } from '../target/open.ts';
import { parseOpeningKey } from '../target/seal-keys.ts';
import type { BackupTarget } from '../target/target.ts';
import type { Restorable } from './restorable.ts';

export interface OpenedRestorable extends AsyncDisposable {
  readonly snapshot: Restorable;
}

export interface AskedSnapshot {
  readonly from: string;
  /** Undefined: the newest. */
  readonly snapshot: string | undefined;
  /** The file of the private key. */
  readonly privateKey: string | undefined;
}

/** The snapshot that is asked for. Its manifest is compared, and the master key with it, before anything else is read. */
export const openRestorable = async (asked: AskedSnapshot, masterKey: Voucher): Promise<OpenedRestorable> => {
  await using stack = new AsyncDisposableStack();
  const key =
    asked.privateKey === undefined ? undefined : parseOpeningKey(readFileSync(asked.privateKey, 'utf8'));
  const opened = stack.use(await readTarget(asked.from, key));
  if (!opened.opens)
    throw new Error(
      `the backups in ${opened.target.name} are sealed to the key ${opened.sealedTo}; give its private key with --private-key FILE`,
    );
  const snapshot = await restorableOf(opened.target, asked.snapshot, masterKey);
  const resources = stack.move();
  return { snapshot, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

const restorableOf = async (
  target: BackupTarget,
  asked: string | undefined,
  masterKey: Voucher,
): Promise<Restorable> => {
  const ids = await snapshotIds(target);
  const [newest] = ids;
  const id = asked ?? newest;
  if (id === undefined || newest === undefined || !ids.includes(id))
    throw new RegistryError('NOT_FOUND', {
      message:
        asked === undefined
          ? `there is no complete backup in ${target.name}`
          : `there is no complete backup ${asked} in ${target.name}; tidegate backup list shows them`,
    });
  const manifest = await readManifest(target, id);
  refuseOtherKey(manifest, masterKey);
  return {
    id,
    at: manifest.at,
    newest: await timeOf(target, newest),
    marker: manifest.marker.name,
    blobs: manifest.blobs,
    bytes: manifest.bytes,
    damaged: new Set(manifest.damaged.map(({ name }) => name)),
    journal: manifest.journal,
    target,
    rows: () => compared(target.get(rowsName(id)), manifest.rows),
    blob: (key) => target.get(POOL + key),
  };
};

/** The manifest says which key it needs, and only a holder of that key can have written it. */
const refuseOtherKey = (manifest: ReadManifest, masterKey: Voucher): void => {
  if (manifest.masterKey !== masterKey.id)
    throw new Error(
      `the master key given (${masterKey.id}) is not the one of the backup (${manifest.masterKey}): no key and no token of it would work. Nothing was written`,
    );
  if (!isVouched(manifest, masterKey))
    throw new Error(
      `the manifest of the backup ${manifest.id} was not written by an installation with this master key: it was changed. Nothing was written`,
    );
};

/** Of a backup whose manifest is damaged, the id tells the time. */
const timeOf = async (target: BackupTarget, id: string): Promise<number> => {
  const manifest = await readManifest(target, id).catch(() => undefined);
  return manifest?.at ?? timeOfSnapshot(id) ?? 0;
};

async function* compared(
  bytes: AsyncIterable<Uint8Array>,
  { sha256 }: SnapshotFile,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256)
    throw new RowFileFault('the rows file is damaged: it is not the one that the manifest tells of');
}
