import { setTimeout as sleep } from 'node:timers/promises';
import { type SmallBlob, smallBlob } from '../content.ts';
import type { RegistryClient } from '../registry-client.ts';

const BLOB_BYTES = 64 * 1024;
const PIECES = 8;

export interface Pace {
  /** How many uploads are open at any time. */
  readonly parallel: number;
  /** How many of them finish in a second, all together. */
  readonly perSecond: number;
}

export interface SlowUploadsOptions {
  readonly registry: RegistryClient;
  readonly repository: string;
  readonly pace: Pace;
  /** Told whenever an upload was begun (1) or has ended (-1). */
  readonly onChange: (change: 1 | -1) => void;
  readonly signal: AbortSignal;
}

/**
 * Keeps `parallel` uploads open, each trickling in as slowly as the pace wants it, until the signal aborts; then
 * finishes them without further waiting. Rejects with the first upload that fails.
 */
export const runSlowUploads = async (options: SlowUploadsOptions): Promise<void> => {
  const { parallel, perSecond } = options.pace;
  const uploader = async (number: number) => {
    // Evenly spread beginnings make evenly spread work.
    await pause((number / perSecond) * 1000, options.signal);
    while (!options.signal.aborted) await upload(options);
  };
  await Promise.all(Array.from({ length: parallel }, (_, number) => uploader(number)));
};

const upload = async (options: SlowUploadsOptions): Promise<void> => {
  const { registry, repository, onChange } = options;
  const blob = smallBlob(BLOB_BYTES);
  const location = await registry.beginUpload(repository);
  onChange(1);
  try {
    const body = { length: blob.length, pieces: () => trickle(blob, options) };
    await registry.finishUpload(
      repository,
      await registry.sendUpload(repository, location, blob, body),
      blob,
    );
  } finally {
    onChange(-1);
  }
};

/** The blob in pieces, spread over the time that one of the parallel uploads takes. */
const trickle = async function* (blob: SmallBlob, { pace, signal }: SlowUploadsOptions) {
  const size = blob.length / PIECES;
  for (let piece = 0; piece < PIECES; piece++) {
    await pause((pace.parallel / pace.perSecond / PIECES) * 1000, signal);
    yield blob.bytes.subarray(piece * size, (piece + 1) * size);
  }
};

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
};
