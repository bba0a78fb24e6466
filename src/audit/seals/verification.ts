import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { AuditBlockRow } from '../../database/audit-schema.ts';
import type { Database } from '../../database/database.ts';
import type { SigningKey, SigningKeys } from '../../identity/room.ts';
import type { AuditLog, SealableEvent } from '../events/room.ts';
import { BlockChain } from './block-chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import { EventMatch } from './event-match.ts';
import { EventReader } from './event-reader.ts';
import { type Finding, isFault, type Progress, type Verified } from './finding.ts';
import { Gone } from './gone.ts';
import { hashesOf, leafHash, rootOf } from './merkle.ts';
import { blocksAfter, EMPTY, findBlock } from './rows.ts';
import { sealKeys } from './seals.ts';

export interface VerificationParts {
  readonly database: Database;
  readonly events: AuditLog;
  readonly signingKeys: SigningKeys;
}

/** Blocks that are read at once, with at most 128 KB of hashes each. */
const PAGE = 20;
const BLOCKS_BETWEEN_PROGRESS = 200;

interface Counts {
  blocks: number;
  verified: number;
  gone: number;
  faults: number;
  sealed: number;
}

/** Reads the whole log against its blocks, a page at a time. What it keeps in memory does not grow with the log. */
export class Verification {
  readonly #database: Database;
  readonly #keys: readonly SigningKey[];
  readonly #chain: BlockChain;
  readonly #reader: EventReader;
  readonly #match = new EventMatch();
  readonly #counts: Counts = { blocks: 0, verified: 0, gone: 0, faults: 0, sealed: 0 };
  readonly #last: number;

  private constructor(
    parts: VerificationParts,
    keys: readonly SigningKey[],
    last: number,
    kept?: Checkpoint,
  ) {
    this.#database = parts.database;
    this.#keys = keys;
    this.#last = last;
    this.#chain = new BlockChain(keys, kept);
    this.#reader = new EventReader(parts.events);
  }

  /** Ends without its last line when the signal fires: a log without a fault has few lines, and takes long. */
  static async *run(
    parts: VerificationParts,
    kept: Checkpoint | undefined,
    signal: AbortSignal,
  ): AsyncIterable<Verified> {
    const keys = await sealKeys(parts.signingKeys);
    const { last } = await parts.events.state();
    yield* new Verification(parts, keys, last, kept).#all(signal);
  }

  async *#all(signal: AbortSignal): AsyncIterable<Verified> {
    let position = 0;
    for (;;) {
      const page = await blocksAfter(this.#database.db, position, PAGE);
      for (const block of page) {
        if (signal.aborted) return;
        position = block.position;
        yield* this.#found(this.#chain.add(block));
        yield* this.#found(await this.#events(block));
        this.#counts.blocks++;
        this.#counts.sealed = block.last_number;
        if (this.#counts.blocks % BLOCKS_BETWEEN_PROGRESS === 0) yield this.#progress('progress');
      }
      if (page.length < PAGE) break;
    }
    yield* this.#found(this.#chain.end());
    yield* this.#found(this.#match.faults());
    yield this.#progress('end');
  }

  *#found(findings: readonly Finding[]): Iterable<Finding> {
    for (const finding of findings) {
      if (isFault(finding)) this.#counts.faults++;
      yield finding;
    }
  }

  #progress(kind: Progress['kind']): Progress {
    const { faults, ...counts } = this.#counts;
    const { more } = this.#match;
    return { kind, ...counts, faults: faults + more, more, last: Math.max(this.#last, counts.sealed) };
  }

  /** Holds the events of a block against their hashes. */
  async #events(block: AuditBlockRow): Promise<Finding[]> {
    const { position, first_number: first, last_number: last } = block;
    const leaves = hashesOf(block.leaves ?? new Uint8Array());
    const count = last - first + 1;
    const isListed = leaves.length === count && (await rootOf(leaves)) === block.root;
    const seen = new Set<number>();
    const hashes: Buffer[] = [];
    for await (const page of this.#reader.upTo(last)) {
      for (const event of page) {
        const hash = leafHash(event.text);
        if (event.number < first || (block.state === EMPTY && !isListed)) this.#unexpected(event, hash);
        else {
          seen.add(event.number - first);
          if (isListed) this.#compare(event, hash, leaves[event.number - first]);
          else hashes.push(hash);
        }
      }
      await turnOfLoop();
    }
    if (isListed) return this.#absent(block, leaves, seen);
    if (seen.size === count && (await rootOf(hashes)) === block.root) {
      this.#counts.verified += count;
      return [
        {
          kind: 'block',
          block: position,
          first,
          last,
          reason: 'the list of its hashes was changed; its events are whole',
        },
      ];
    }
    return this.#unlisted(block, count, seen.size);
  }

  #compare(event: SealableEvent, hash: Buffer, leaf: Uint8Array | undefined): void {
    if (leaf && hash.equals(leaf)) {
      this.#counts.verified++;
      return;
    }
    this.#unexpected(event, hash);
    if (leaf) this.#match.missing(event.number, leaf);
  }

  #unexpected({ number, id }: SealableEvent, hash: Buffer): void {
    this.#match.unexpected({ number, id, hash: hash.toString('base64') });
  }

  /** What of a block is not there: retention has signed for it, or another hand has removed it. */
  async #absent(
    block: AuditBlockRow,
    leaves: readonly Uint8Array[],
    seen: ReadonlySet<number>,
  ): Promise<Finding[]> {
    if (seen.size === leaves.length) return [];
    const gone = await this.#gone(block);
    let count = 0;
    for (const [index, leaf] of leaves.entries()) {
      if (seen.has(index)) continue;
      if (gone?.has(index)) count++;
      else this.#match.missing(block.first_number + index, leaf);
    }
    return this.#byRetention(block, count);
  }

  /** Without its list of hashes a block is whole only where retention removed everything of it. */
  async #unlisted(block: AuditBlockRow, count: number, seen: number): Promise<Finding[]> {
    const { position, first_number: first, last_number: last } = block;
    const gone = await this.#gone(block);
    if (seen === 0 && gone?.isEverything) return this.#byRetention(block, count);
    const reason = 'its hashes are missing or changed, and so are events of it: which, cannot be told';
    return [{ kind: 'block', block: position, first, last, reason }];
  }

  #byRetention(
    { position, first_number: first, last_number: last }: AuditBlockRow,
    count: number,
  ): Finding[] {
    if (count === 0) return [];
    this.#counts.gone += count;
    const reason = `${count} of ${last - first + 1} events were removed when their time was over`;
    return [{ kind: 'retention', block: position, first, last, reason }];
  }

  /** Read again: retention signs before it removes, and may have done so since the block was read. */
  async #gone({
    position,
    head,
    first_number: first,
    last_number: last,
  }: AuditBlockRow): Promise<Gone | undefined> {
    const now = await findBlock(this.#database.db, position);
    const count = last - first + 1;
    return now?.gone ? Gone.open(now.gone, head, count, this.#keys) : undefined;
  }
}
