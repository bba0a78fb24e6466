import type { SigningKey } from '../../identity/room.ts';
import type { Block } from './block.ts';
import { noteOf, openNote, verifierKeyOf } from './signed-note.ts';

/**
 * The state of the log after a block, in the form of C2SP's tlog-checkpoint: origin, size and root, signed. Who keeps one
 * elsewhere can tell later whether anything before it was changed.
 */
export interface Checkpoint {
  readonly origin: string;
  /** Blocks. */
  readonly size: number;
  readonly root: string;
}

/** What is signed. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${root}\n`;

/** A block's checkpoint as it is given out. */
export interface IssuedCheckpoint extends Checkpoint {
  readonly note: string;
  /** The key that verifies the note. */
  readonly verifierKey: string;
  readonly sealedAt: number;
  /** Numbers of the events of its last block. */
  readonly first: number;
  readonly last: number;
  readonly position: number;
}

export const checkpointOf = ({
  origin,
  size,
  tree,
}: Pick<Block, 'origin' | 'size' | 'tree'>): Checkpoint => ({
  origin,
  size,
  root: tree,
});

export const issuedOf = (block: Block, key: SigningKey): IssuedCheckpoint => {
  const checkpoint = checkpointOf(block);
  const { origin, sealedAt, first, last, position } = block;
  const note = noteOf(checkpointText(checkpoint), origin, key, block.signature);
  return { ...checkpoint, note, verifierKey: verifierKeyOf(origin, key), sealedAt, first, last, position };
};

/** A checkpoint that was kept elsewhere, and whether one of these keys has signed it; undefined for what is none. */
export const openCheckpoint = (
  note: string,
  keys: readonly SigningKey[],
): (Checkpoint & { readonly signed: boolean }) | undefined => {
  const opened = openNote(`${note.replaceAll('\r\n', '\n').trimEnd()}\n`, keys);
  const [origin, size, root] = opened?.text.split('\n') ?? [];
  if (!opened || !origin || !root || !/^[1-9]\d{0,14}$/.test(size ?? '')) return undefined;
  return { origin, size: Number(size), root, signed: opened.key !== undefined };
};
