import { Readable } from 'node:stream';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { wholeStored } from '../../blobs/read-back.ts';
import { RegistryError } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import type { DatabasePosition } from './rows.ts';

/** The folder of the blob store that holds what is no content: the marker of the installation, too. */
const FOLDER = 'installation';
const LONGEST = 512;
/** A process leaves one when it is killed. */
const MOST = 1000;

/** What is written beside the bytes, and under which name. */
export interface Beside {
  readonly position: DatabasePosition;
  readonly key: string;
}

/** Every position beside the bytes that is of this installation, the furthest first. */
export const readBeside = async (store: BlobStore, installation: string): Promise<Beside[]> => {
  const found: Beside[] = [];
  for await (const key of store.list(FOLDER)) {
    const position = key === installation ? undefined : parse(await read(store, key), installation);
    if (position) found.push({ position, key });
    if (found.length >= MOST) break;
  }
  return found.sort((one, other) => other.position.number - one.position.number);
};

/** Durable when it returns. Answers its name: none is used twice. */
export const writeBeside = async (
  store: BlobStore,
  installation: string,
  position: DatabasePosition,
): Promise<string> => {
  const bytes = Buffer.from(
    `${JSON.stringify({ position: position.number, at: position.at, installation })}\n`,
  );
  const staging = await store.begin(FOLDER);
  await store.append(staging, 0, Readable.from([bytes]));
  return (await store.seal(staging, digestOf(bytes))).key;
};

const read = async (store: BlobStore, key: string): Promise<string> => {
  if (((await store.stat(key)) ?? LONGEST) >= LONGEST) return '';
  try {
    return (await wholeStored(store, key)).toString();
  } catch (error) {
    // another replica has written a later one meanwhile
    if (error instanceof RegistryError && error.code === 'BLOB_UNKNOWN') return '';
    throw error;
  }
};

const parse = (text: string, installation: string): DatabasePosition | undefined => {
  try {
    const { position, at, installation: of } = JSON.parse(text);
    return of === installation && Number.isSafeInteger(position) && Number.isSafeInteger(at)
      ? { number: position, at }
      : undefined;
  } catch {
    return undefined;
  }
};
