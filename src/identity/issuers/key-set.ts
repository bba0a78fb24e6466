import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../../clock.ts';
import { NoSuchKey, PublishedKeys } from './jws.ts';
import type { Jwt } from './jwt.ts';
import type { KeptKeys } from './kept-keys.ts';
import { readDiscovery, readKeys } from './key-fetch.ts';

const MINUTE = 60_000;
/** Keys are read again after this long, in the background; */
const STALE = 5 * MINUTE;
/** and after this long before the next token is judged by them. */
const OLD = 10 * MINUTE;
/** Between two attempts, failed ones too: a flood of tokens with unknown keys asks the issuer no oftener. */
const COOLDOWN = 30_000;
/** How long the last good keys serve while the issuer cannot be reached. */
const LAST_GOOD = 24 * 60 * MINUTE;

interface Source {
  /** Asks the issuer. Throws where it gives no keys. */
  readonly ask: () => Promise<JSONWebKeySet>;
  /** Where the last good keys outlive the process. */
  readonly kept?: Pick<KeptKeys, 'read' | 'write'>;
}

/** Keys where an issuer's discovery document says they are. */
export const discovered =
  (discovery: URL, of: { issuer: string; keyHosts: readonly string[] }) => async (): Promise<JSONWebKeySet> =>
    readKeys(await readDiscovery(discovery, of));

interface Known {
  readonly keys: PublishedKeys;
  readonly at: number;
}

/** The keys of one issuer: those of a file, or those it publishes, kept within bounds. */
export class KeySet {
  readonly #source: Source | undefined;
  readonly #clock: Clock;
  #known: Known | undefined;
  #failing: { readonly since: number; readonly reason: string } | undefined;
  #tried = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(keys: JSONWebKeySet | Source, clock: Clock) {
    this.#clock = clock;
    if ('ask' in keys) this.#source = keys;
    else this.#known = { keys: new PublishedKeys(keys), at: clock.now() };
  }

  /** When keys were last read; and since when they cannot be, and why. */
  get state(): { readAt: number | undefined; failing: { since: number; reason: string } | undefined } {
    return { readAt: this.#known?.at, failing: this.#failing };
  }

  /** Throws where no key of the issuer signed a token. An unknown key is looked for at the issuer first. */
  async verify(jwt: Jwt): Promise<void> {
    await this.#refresh();
    try {
      this.#verifyNow(jwt);
    } catch (error) {
      if (!(error instanceof NoSuchKey) || !(await this.#readAgain())) throw error;
      this.#verifyNow(jwt);
    }
  }

  #verifyNow(jwt: Jwt): void {
    if (!this.#known) throw new Error(`the keys of its issuer could not be read: ${this.#failing?.reason}`);
    this.#known.keys.verify(jwt);
  }

  async #refresh(): Promise<void> {
    if (!this.#source) return;
    if (!this.#known) {
      const before = await this.#remembered(this.#source);
      // what was read at the issuer meanwhile is newer
      this.#known ??= before;
    }
    const age = this.#clock.now() - (this.#known?.at ?? Number.NEGATIVE_INFINITY);
    if (age > LAST_GOOD) this.#known = undefined;
    // where the issuer was down a moment ago, nothing waits for it while there are keys
    const isWaited = age > OLD && (!this.#known || !this.#failing);
    if (isWaited) await this.#readAgain();
    else if (age > STALE) void this.#readAgain();
  }

  /** The keys that were kept before this process began. */
  async #remembered({ kept }: Source): Promise<Known | undefined> {
    const before = await kept?.read();
    return before && { keys: new PublishedKeys(before.keys), at: before.at };
  }

  /** False where it is too early for another attempt. Those who ask meanwhile wait for the same one. */
  async #readAgain(): Promise<boolean> {
    if (!this.#source) return false;
    if (!this.#reading) {
      const now = this.#clock.now();
      if (now - this.#tried < COOLDOWN) return false;
      this.#tried = now;
      this.#reading = this.#read(this.#source).finally(() => {
        this.#reading = undefined;
      });
    }
    await this.#reading;
    return true;
  }

  async #read(source: Source): Promise<void> {
    try {
      const keys = await source.ask();
      const at = this.#clock.now();
      this.#known = { keys: new PublishedKeys(keys), at };
      this.#failing = undefined;
      await source.kept?.write({ keys, at });
    } catch (error) {
      this.#failing = { since: this.#failing?.since ?? this.#clock.now(), reason: (error as Error).message };
    }
  }
}
