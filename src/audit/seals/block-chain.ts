import type { AuditBlockRow } from '../../database/audit-schema.ts';
import type { SigningKey } from '../../identity/room.ts';
import { type Block, blockOf, headOf, NO_BLOCK_BEFORE } from './block.ts';
import { type Checkpoint, checkpointOf, checkpointText } from './checkpoint.ts';
import type { Finding } from './finding.ts';
import { GrowingTree } from './merkle.ts';
import { isSignedBy } from './signed-note.ts';

/** Holds blocks against those before them, against their signatures, and against a checkpoint that was kept elsewhere. */
export class BlockChain {
  readonly #keys: ReadonlyMap<string, SigningKey>;
  readonly #kept: Checkpoint | undefined;
  #tree = new GrowingTree();
  #before: Block | undefined;
  #retired = new Set<string>();
  /** What became of the checkpoint. */
  #isMet = false;
  #hasOrigin = false;

  constructor(keys: readonly SigningKey[], kept?: Checkpoint) {
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#kept = kept;
  }

  add(row: AuditBlockRow): Finding[] {
    const block = blockOf(row);
    const before = this.#before;
    const found = [...faultsOfOrder(before, block), ...numbersBetween(before, block)];
    if (before?.origin !== block.origin) this.#tree = new GrowingTree();
    const head = headOf(block);
    this.#tree.add(head);
    const faults = [
      ...(head.toString('base64') === block.head ? [] : ['it was changed: its head is another']),
      ...(this.#tree.root.toString('base64') === block.tree
        ? []
        : ['the tree of blocks up to it is not the one that was signed']),
    ];
    found.push(...faults.map((reason) => faultOf(block, reason)), ...this.#signature(block));
    found.push(...this.#checkpoint(block));
    this.#before = block;
    return found;
  }

  /** What is known only behind the last block. */
  end(): Finding[] {
    const kept = this.#kept;
    if (!kept || this.#isMet) return [];
    const last = this.#before;
    if (!this.#hasOrigin) {
      const reason = `the checkpoint is of the log ${kept.origin}, of which no block is here`;
      return [{ kind: 'checkpoint', reason }];
    }
    if (last && last.origin !== kept.origin) {
      const reason = `the checkpoint covers ${kept.size} blocks of ${kept.origin}; those behind the backup that was restored are not here`;
      return [{ kind: 'restored', block: last.position, first: last.first, last: last.last, reason }];
    }
    const reason = `the checkpoint covers ${kept.size} blocks, and only ${last?.size ?? 0} are here: the end was cut off`;
    return [{ kind: 'checkpoint', reason }];
  }

  #signature(block: Block): Finding[] {
    const key = this.#keys.get(block.keyId);
    if (!key) return [faultOf(block, `its key ${block.keyId} is not one of this installation`)];
    if (!isSignedBy(checkpointText(checkpointOf(block)), block.signature, key))
      return [faultOf(block, 'its signature is not valid')];
    if (!key.retired || this.#retired.has(key.id)) return [];
    this.#retired.add(key.id);
    const { position, first, last } = block;
    const reason = `the key ${key.id} was retired: what it signed proves nothing without a checkpoint that was kept elsewhere before`;
    return [{ kind: 'retired', block: position, first, last, reason }];
  }

  #checkpoint(block: Block): Finding[] {
    const kept = this.#kept;
    if (kept?.origin !== block.origin) return [];
    this.#hasOrigin = true;
    if (kept.size !== block.size) return [];
    this.#isMet = true;
    const root = this.#tree.root.toString('base64');
    const { position, first, last } = block;
    if (root === kept.root) {
      const reason = `the checkpoint that was kept elsewhere agrees: it proves everything up to event ${last}`;
      return [{ kind: 'agrees', block: position, first, last, reason }];
    }
    const reason = `the blocks up to ${position} are not those of the checkpoint: one of them was changed and signed again`;
    return [{ kind: 'checkpoint', reason }];
  }
}

const faultOf = ({ position, first, last }: Block, reason: string): Finding => ({
  kind: 'block',
  block: position,
  first,
  last,
  reason,
});

/** Faults of a block's place. */
const faultsOfOrder = (before: Block | undefined, block: Block): Finding[] => {
  const found: Finding[] = [];
  if (block.position !== (before?.position ?? 0) + 1)
    found.push(
      faultOf(block, `blocks before it are missing: the one before is ${before?.position ?? 'none'}`),
    );
  else if (block.previous !== (before?.head ?? NO_BLOCK_BEFORE))
    found.push(faultOf(block, 'it does not follow the block before it: that one is another'));
  if (!before) return found;
  if (block.origin === before.origin) {
    if (block.size !== before.size + 1)
      found.push(faultOf(block, 'blocks of its origin are missing before it'));
    return found;
  }
  if (block.size !== 1 || block.history <= before.history)
    return [...found, faultOf(block, 'another origin begins at it, without a restore')];
  const { position, first, last } = block;
  const reason = `a backup was restored: ${before.origin} ends with its block ${before.size} (event ${before.last}), and ${block.origin} begins. What was recorded between the backup and the restore is not here`;
  return [...found, { kind: 'restored', block: position, first, last, reason }];
};

/** Numbers a history of the installation can give out; each begins behind the last of these. */
const A_HISTORY = 1e12;

/** Numbers that were given out between two blocks and stand in none. */
const numbersBetween = (before: Block | undefined, block: Block): Finding[] => {
  const from = (before?.last ?? 0) + 1;
  if (block.first === from) return [];
  const begins = block.first % A_HISTORY === 1 && block.first > from && block.history > 0;
  if (begins) return [];
  const reason =
    block.first < from
      ? 'it has numbers of the block before it'
      : `the events ${from} to ${block.first - 1} were removed before they were sealed`;
  return [
    {
      kind: 'unsealed',
      block: block.position,
      first: Math.min(from, block.first),
      last: block.first - 1,
      reason,
    },
  ];
};
