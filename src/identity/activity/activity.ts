import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { SecretUse } from '../api-keys/rows.ts';
import type { ChainLink } from '../login/credential.ts';
import { recordActivity } from './writes.ts';

/** Who sends a secret, and from where. */
interface SeenAs {
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
}

interface Use {
  readonly at: number;
  readonly times: number;
}

const listOf = (uses: ReadonlyMap<string, Use>): { id: string; at: number; times: number }[] =>
  [...uses].map(([id, use]) => ({ id, ...use }));

/** When credentials were last used, collected in memory and written in batches, never in the request path. */
export class Activity {
  readonly #database: Database;
  readonly #clock: Clock;
  #keys = new Map<string, Use>();
  #secrets = new Map<string, SecretUse>();
  #tokens = new Map<string, Use>();
  /** By the id of a registry token: who sent it last. */
  #tokenSenders = new Map<string, SeenAs>();
  #profiles = new Map<string, Use>();
  readonly #sessions = new Map<string, number>();
  #unwritten = new Set<string>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A secret was verified: a login in IBM's sense. */
  signedIn(chain: readonly ChainLink[]): void {
    for (const { kind, id } of chain) {
      const counted = kind === 'api-key' ? this.#keys : kind === 'registry-token' ? this.#tokens : undefined;
      counted?.set(id, { at: this.#clock.now(), times: (counted.get(id)?.times ?? 0) + 1 });
    }
    this.used(chain);
  }

  /** One secret of a key signed in. A client's name is kept with the time, so that its owner can find it. */
  secretUsed(id: string, number: number, by: SeenAs = {}): void {
    const use = { id, number, at: this.#clock.now(), from: by.address, with: by.agent };
    this.#secrets.set(`${id}.${number}`, use);
  }

  /** A registry token signed in, as `signedIn` was told. */
  registryTokenUsed(id: string, by: SeenAs): void {
    this.#tokenSenders.set(id, { address: by.address, agent: by.agent });
  }

  /** A trusted profile was assumed. */
  assumed(profileId: string): void {
    const times = (this.#profiles.get(profileId)?.times ?? 0) + 1;
    this.#profiles.set(profileId, { at: this.#clock.now(), times });
  }

  /** A token that came from these was used: sessions stay awake. */
  used(chain: readonly ChainLink[]): void {
    for (const { kind, id } of chain) {
      if (kind !== 'session') continue;
      this.#sessions.set(id, this.#clock.now());
      this.#unwritten.add(id);
    }
  }

  lastSessionUse(id: string): number | undefined {
    return this.#sessions.get(id);
  }

  /** Writes what was collected. Run by a job and at the end. */
  async flush(): Promise<void> {
    if (this.#keys.size + this.#tokens.size + this.#profiles.size + this.#unwritten.size === 0) return;
    const keys = listOf(this.#keys);
    const secrets = [...this.#secrets.values()];
    const senders = this.#tokenSenders;
    const tokens = listOf(this.#tokens).map((use) => {
      const { address: from, agent } = senders.get(use.id) ?? {};
      return { ...use, from, with: agent };
    });
    const profiles = listOf(this.#profiles);
    const sessions = [...this.#unwritten].map((id) => ({ id, at: this.#sessions.get(id) ?? 0 }));
    this.#keys = new Map();
    this.#secrets = new Map();
    this.#tokens = new Map();
    this.#tokenSenders = new Map();
    this.#profiles = new Map();
    this.#unwritten = new Set();
    await this.#database.write(recordActivity, { keys, secrets, tokens, profiles, sessions });
    this.#forgetIdle();
  }

  #forgetIdle(): void {
    const day = this.#clock.now() - 24 * 3_600_000;
    for (const [id, at] of this.#sessions) if (at < day) this.#sessions.delete(id);
  }
}
