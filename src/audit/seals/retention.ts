import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { AuditBlockRow } from '../../database/audit-schema.ts';
import type { Database } from '../../database/database.ts';
import type { SigningKey, SigningKeys } from '../../identity/room.ts';
import { systemActor } from '../../principal.ts';
import type { AuditLog, CollectedEvents } from '../events/room.ts';
import { blockOf, headOf } from './block.ts';
import { Gone } from './gone.ts';
import { heldAmong, lastReleased } from './holds/rows.ts';
import { hashesOf, leafHash } from './merkle.ts';
import { blocksLookedAtBefore, EMPTY, HELD, WHOLE, WITHOUT_PULLS } from './rows.ts';
import { sealKeys } from './seals.ts';
import { noteGone, removeSealed, settleBlock } from './writes.ts';

export interface RetentionTimes {
  /** How long events stay after they were sealed, milliseconds; those of pulls. */
  readonly all: number;
  readonly pulls: number;
}

interface RetentionParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: AuditLog;
  readonly collected: CollectedEvents;
  readonly signingKeys: SigningKeys;
  readonly times: RetentionTimes;
}

/** A block, and what of it is to go. */
interface Due {
  readonly block: AuditBlockRow;
  readonly what: 'all' | 'pulls';
}

/** Blocks that are looked at in one go. */
const BLOCKS = 20;
/** Events that one write removes. */
const REMOVED_AT_ONCE = 200;
const PULL = 'container-registry.image.pull';
const ACTOR = systemActor('expire-audit-log');

/**
 * Removes sealed events whose time is over, block by block. Heads of blocks stay, and with them what proves the rest; so do the
 * events of held accounts, and an event that does not match its hash: it is evidence.
 */
export class AuditRetention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const due = await this.#due();
      for (const each of due) {
        if (signal.aborted || !(await this.#expire(each))) return;
      }
      if (due.length === 0) return;
    }
  }

  /** The next blocks of which something is to go, the oldest first. */
  async #due(): Promise<Due[]> {
    const { database, clock, times } = this.#parts;
    const { db } = database;
    const now = clock.now();
    const over = now - times.all;
    for (const state of [WHOLE, WITHOUT_PULLS]) {
      const blocks = await blocksLookedAtBefore(db, state, over, BLOCKS);
      if (blocks.length > 0) return blocks.map((block) => ({ block, what: 'all' }));
    }
    const released = await blocksLookedAtBefore(db, HELD, await lastReleased(db, now), BLOCKS);
    if (released.length > 0) return released.map((block) => ({ block, what: 'all' }));
    const pulls = await blocksLookedAtBefore(db, WHOLE, now - times.pulls, BLOCKS);
    return pulls.map((block) => ({ block, what: 'pulls' }));
  }

  /** False where the choice was overtaken: the next run chooses again. */
  async #expire({ block, what }: Due): Promise<boolean> {
    const { database, clock, collected, signingKeys } = this.#parts;
    const { position, head, origin } = block;
    const other = this.#untimely({ block, what });
    if (other) {
      await database.write(settleBlock, { position, ...other });
      return true;
    }
    const keys = await sealKeys(signingKeys);
    const before = goneOf(block, keys);
    const chosen = await this.#choose(block, what);
    const gone = before.with(chosen.indexes);
    const now = clock.now();
    if (chosen.indexes.length > 0) {
      const key = await signingKeys.current('audit-seal');
      const note = gone.sign(head, origin, now, key);
      const accounts = [...chosen.accounts];
      // held since
      if (!(await database.write(noteGone, { position, gone: note, accounts, now }))) return false;
      await this.#remove(chosen.indexes.map((index) => block.first_number + index));
      collected.note(ACTOR, {
        accountId: null,
        action: 'tidegate.audit.expire',
        target: 'audit log',
        reason: what === 'pulls' ? 'pulls whose time is over' : 'events whose time is over',
      });
    }
    await database.write(settleBlock, { position, ...this.#settled(block, what, gone, now) });
    return true;
  }

  /**
   * What a block is to be taken for that only seems to be due: the time that its head covers counts, and no other column. Or the
   * server itself would sign for a removal that another hand has arranged.
   */
  #untimely({ block, what }: Due): { state: number; lookedAt: number } | undefined {
    const { clock, times } = this.#parts;
    const now = clock.now();
    if (headOf(blockOf(block)).toString('base64') !== block.head) return { state: HELD, lookedAt: now };
    if (block.sealed_at < now - times[what]) return undefined;
    return { state: block.state === HELD ? WITHOUT_PULLS : block.state, lookedAt: block.sealed_at };
  }

  #settled(
    block: AuditBlockRow,
    what: Due['what'],
    gone: Gone,
    now: number,
  ): { state: number; lookedAt: number } {
    // what is left of a block whose pulls went is due when the time of all is over
    if (what === 'pulls') return { state: WITHOUT_PULLS, lookedAt: block.looked_at };
    return { state: gone.isEverything ? EMPTY : HELD, lookedAt: now };
  }

  /** Which events of the block go, and whose they are. */
  async #choose(
    block: AuditBlockRow,
    what: Due['what'],
  ): Promise<{ indexes: number[]; accounts: Set<string> }> {
    const { database, clock, events } = this.#parts;
    const leaves = hashesOf(block.leaves ?? new Uint8Array());
    const chosen = { indexes: [] as number[], accounts: new Set<string>() };
    let after = block.first_number - 1;
    while (after < block.last_number) {
      const page = await events.sealable(after);
      const inside = page.filter(({ number }) => number <= block.last_number);
      const accounts = new Set(inside.flatMap(({ accountId }) => accountId ?? []));
      const held = new Set(await heldAmong(database.db, [...accounts], clock.now()));
      for (const { number, action, accountId, text } of inside) {
        const index = number - block.first_number;
        const isDue = (what === 'all' || action === PULL) && !held.has(accountId ?? '');
        if (!isDue || !leaves[index] || !leafHash(text).equals(leaves[index])) continue;
        chosen.indexes.push(index);
        if (accountId !== undefined) chosen.accounts.add(accountId);
      }
      after = inside.at(-1)?.number ?? block.last_number;
      await turnOfLoop();
    }
    return chosen;
  }

  async #remove(numbers: readonly number[]): Promise<void> {
    for (let start = 0; start < numbers.length; start += REMOVED_AT_ONCE)
      await this.#parts.database.write(removeSealed, numbers.slice(start, start + REMOVED_AT_ONCE));
  }
}

/** What of a block has gone, as far as a signature says so. */
const goneOf = (
  { gone, head, first_number: first, last_number: last }: AuditBlockRow,
  keys: readonly SigningKey[],
): Gone => {
  const count = last - first + 1;
  const none = Gone.none(count);
  return gone === null ? none : (Gone.open(gone, head, count, keys) ?? none);
};
