import type { AuditBlockRow } from '../../database/audit-schema.ts';
import { leafHash } from './merkle.ts';

/** What the head of a block covers. */
export interface BlockHead {
  /** The name of the log. A restore from a backup begins another. */
  readonly origin: string;
  /** Its place among the blocks of its origin, from 1: the size of the log with it. */
  readonly size: number;
  /** The head of the block before, also where that is of another origin; `-` for the first of all. */
  readonly previous: string;
  /** Root of the Merkle tree of its events. */
  readonly root: string;
  /** Numbers of its events; none is left out. */
  readonly first: number;
  readonly last: number;
  /** Epoch milliseconds. */
  readonly sealedAt: number;
}

/** Events that were sealed together, without their hashes. */
export interface Block extends BlockHead {
  readonly position: number;
  /** How often the installation had been restored. */
  readonly history: number;
  readonly head: string;
  /** Root of the Merkle tree of the heads of its origin, up to its own. */
  readonly tree: string;
  readonly keyId: string;
  /** Ed25519 over the checkpoint, base64. */
  readonly signature: string;
  /** What retention removed of it: a signed text. */
  readonly gone: string | undefined;
}

export const NO_BLOCK_BEFORE = '-';

/** The hash that the next block and the tree of blocks refer to. */
export const headOf = ({ origin, size, previous, root, first, last, sealedAt }: BlockHead): Buffer =>
  leafHash(
    [
      'tidegate-audit-block/1',
      origin,
      size,
      previous,
      root,
      first,
      last,
      last - first + 1,
      sealedAt,
      '',
    ].join('\n'),
  );

export const blockOf = (row: Omit<AuditBlockRow, 'leaves' | 'frontier'>): Block => ({
  position: row.position,
  history: row.history,
  origin: row.origin,
  size: row.size,
  previous: row.previous,
  root: row.root,
  first: row.first_number,
  last: row.last_number,
  sealedAt: row.sealed_at,
  head: row.head,
  tree: row.tree,
  keyId: row.key_id,
  signature: row.signature,
  gone: row.gone ?? undefined,
});
