import { randomBytes } from 'node:crypto';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { AuditBlockRow } from '../../database/audit-schema.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { SigningKey, SigningKeys } from '../../identity/room.ts';
import type { Log } from '../../observe/log.ts';
import type { Actor } from '../../principal.ts';
import type { AuditLog } from '../events/room.ts';
import { blockOf, headOf, NO_BLOCK_BEFORE } from './block.ts';
import { checkpointText, type IssuedCheckpoint, issuedOf } from './checkpoint.ts';
import { GrowingTree, leafHash } from './merkle.ts';
import { lastBlock, newestBlocks, WHOLE } from './rows.ts';
import { signText } from './signed-note.ts';
import { askForCheckpoint, sealBlock } from './writes.ts';

export interface SealParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: AuditLog;
  readonly signingKeys: SigningKeys;
  readonly log: Log;
  /** Where clients reach the registry: the beginning of the log's name. */
  readonly host: string;
}

/** Events of one block: its hashes are read at once, 128 KB. */
const LARGEST_BLOCK = 4096;
/** Blocks that one question for a checkpoint seals. */
const AT_ONCE = 8;

/** Events that are about to be sealed. */
interface Gathered {
  readonly first: number;
  readonly leaves: readonly Buffer[];
  /** The tree of the leaves: it grows with them, so that no turn of the loop has it all to do. */
  readonly tree: GrowingTree;
}

/**
 * Seals events after they were committed: a block has the hash of the block before and a Merkle tree of its events. The tree of
 * all blocks is signed after each: a checkpoint.
 */
export class Seals {
  readonly #parts: SealParts;
  #sealing: Promise<boolean> = Promise.resolve(true);

  constructor(parts: SealParts) {
    this.#parts = parts;
  }

  /** Seals what is there, block after block. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#parts.events.giveNumbers();
    while (!signal.aborted && (await this.#sealNext()));
  }

  /** A checkpoint that covers what was there when it was asked for; of a long backlog the first blocks. */
  async ask(actor: Actor): Promise<IssuedCheckpoint> {
    const { database, clock, events } = this.#parts;
    await database.write(askForCheckpoint, { actor, at: clock.now() });
    await events.giveNumbers();
    for (let count = 0; count < AT_ONCE && (await this.#sealNext()); count++);
    const [newest] = await this.newest(undefined, 1);
    if (newest) return newest;
    throw new RegistryError('UNAVAILABLE', { reason: 'older transactions have not ended; ask again' });
  }

  /** Checkpoints before a position, the newest first. */
  async newest(before: number | undefined, limit: number): Promise<IssuedCheckpoint[]> {
    const { database, signingKeys } = this.#parts;
    const rows = await newestBlocks(database.db, before ?? Number.MAX_SAFE_INTEGER, limit);
    const keys = new Map((await sealKeys(signingKeys)).map((key) => [key.id, key]));
    return rows.flatMap((row) => {
      const key = keys.get(row.key_id);
      return key ? [issuedOf(blockOf(row), key)] : [];
    });
  }

  /** The number up to which events are sealed. */
  async sealed(): Promise<number> {
    return (await lastBlock(this.#parts.database.db))?.last_number ?? 0;
  }

  /** Runs take turns; the job and a request for a checkpoint may ask at the same time. */
  #sealNext(): Promise<boolean> {
    this.#sealing = this.#sealing.catch(() => false).then(() => this.#sealOne());
    return this.#sealing;
  }

  /** Seals one block; false where nothing is left to seal, or another process seals. */
  async #sealOne(): Promise<boolean> {
    const { database, events, signingKeys, log } = this.#parts;
    const last = await lastBlock(database.db);
    const gathered = await gather(events, last?.last_number ?? 0);
    if (!gathered) return false;
    const key = await signingKeys.current('audit-seal');
    const { history } = await events.history();
    const row = this.#blockAfter(last, gathered, history, key);
    if (!(await database.write(sealBlock, row))) return false;
    const { origin, size, note } = issuedOf(blockOf(row), key);
    log.info({ origin, size, events: row.last_number, checkpoint: note }, 'audit log sealed');
    return true;
  }

  #blockAfter(
    last: AuditBlockRow | undefined,
    { first, leaves, tree: events }: Gathered,
    history: number,
    key: SigningKey,
  ): AuditBlockRow {
    const { clock, host } = this.#parts;
    const begun = last && last.history === history ? last : undefined;
    const size = (begun?.size ?? 0) + 1;
    const origin = begun?.origin ?? `${host}/audit/${randomBytes(4).toString('hex')}`;
    const now = clock.now();
    const covered = {
      origin,
      size,
      previous: last?.head ?? NO_BLOCK_BEFORE,
      root: events.root.toString('base64'),
      first,
      last: first + leaves.length - 1,
      sealedAt: now,
    };
    const head = headOf(covered);
    const grown = GrowingTree.parse(size - 1, begun?.frontier ?? '');
    grown.add(head);
    const tree = grown.root.toString('base64');
    return {
      position: (last?.position ?? 0) + 1,
      history,
      origin,
      size,
      previous: covered.previous,
      root: covered.root,
      first_number: first,
      last_number: covered.last,
      sealed_at: now,
      head: head.toString('base64'),
      tree,
      frontier: grown.print(),
      key_id: key.id,
      signature: signText(checkpointText({ origin, size, root: tree }), key),
      leaves: Buffer.concat(leaves),
      gone: null,
      state: WHOLE,
      looked_at: now,
    };
  }
}

/** Keys that sign or have signed blocks. */
export const sealKeys = async (signingKeys: SigningKeys): Promise<SigningKey[]> =>
  (await signingKeys.list()).filter(
    ({ purpose, privateKey }) => purpose === 'audit-seal' && privateKey?.asymmetricKeyType === 'ed25519',
  );

/**
 * The next events behind a number, without a hole: a number that is missing ends the block, and verification names it.
 * Undefined where there are none.
 */
const gather = async (events: AuditLog, after: number): Promise<Gathered | undefined> => {
  const leaves: Buffer[] = [];
  const tree = new GrowingTree();
  let first: number | undefined;
  let next = after;
  for (;;) {
    const page = await events.sealable(next);
    for (const { number, text } of page) {
      first ??= number;
      if (number !== first + leaves.length) return { first, leaves, tree };
      const leaf = leafHash(text);
      leaves.push(leaf);
      tree.add(leaf);
      if (leaves.length === LARGEST_BLOCK) return { first, leaves, tree };
      next = number;
    }
    if (page.length === 0) return first === undefined ? undefined : { first, leaves, tree };
    await turnOfLoop();
  }
};
