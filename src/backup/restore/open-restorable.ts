import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RegistryError } from '../../errors.ts';
import { RowFileFault } from '../rows/row-file.ts';
import { readTarget } from '../target/open.ts';
import { parseOpeningKey } from '../target/seal-keys.ts';
import { type BackupTarget, readWhole } from '../target/target.ts';
import type { Restorable } from './restorable.ts';

export interface OpenedRestorable extends AsyncDisposable {
  readonly snapshot: Restorable;
}

/** The snapshot that is asked for, or the newest; its manifest is compared before anything else is read. */
export const openRestorable = async (asked: {
  readonly from: string;
  readonly snapshot: string | undefined;
  readonly privateKey: string | undefined;
}): Promise<OpenedRestorable> => {
  const key =
    asked.privateKey === undefined ? undefined : parseOpeningKey(readFileSync(asked.privateKey, 'utf8'));
  await using stack = new AsyncDisposableStack();
  const opened = stack.use(await readTarget(asked.from, key));
  if (!opened.opens)
    throw new Error(
      `the backups in ${opened.target.name} are sealed to the key ${opened.sealedTo}; give its private key with --private-key FILE`,
    );
  const snapshot = await restorableOf(opened.target, asked.snapshot);
  const resources = stack.move();
  return { snapshot, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

const restorableOf = async (target: BackupTarget, asked: string | undefined): Promise<Restorable> => {
  const ids: string[] = [];
  for await (const { name } of target.list('snapshots/')) {
    const [, id] = /^snapshots\/([^/]+)\/manifest\.json$/.exec(name) ?? [];
    if (id !== undefined) ids.push(id);
  }
  const id = asked ?? ids.at(-1);
  if (id === undefined || !ids.includes(id))
    throw new RegistryError('NOT_FOUND', {
      message:
        asked === undefined
          ? `there is no complete backup in ${target.name}`
          : `there is no complete backup ${asked} in ${target.name}; tidegate backup list shows them`,
    });
  const manifest = JSON.parse((await readWhole(target, `snapshots/${id}/manifest.json`, 1 << 20)).toString());
  const name = `snapshots/${id}/rows`;
  return {
    id,
    at: manifest.at,
    newest: manifest.at,
    marker: manifest.marker,
    blobs: manifest.blobs,
    bytes: manifest.bytes,
    damaged: new Set(manifest.damaged),
    journal: manifest.journal,
    target,
    rows: () => compared(target.get(name), manifest.rows),
    blob: (key) => target.get(`pool/${key}`),
  };
};

async function* compared(
  bytes: AsyncIterable<Uint8Array>,
  { sha256 }: { sha256: string },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256)
    throw new RowFileFault('the rows file is damaged: it is not the one that the manifest tells of');
}
