import type { webcrypto } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { MasterKey } from '../master-key.ts';
import { allSigningKeys } from './rows.ts';
import { type SignedToken, signedTokens } from './signed-tokens.ts';
import {
  makeSigningKey,
  openSigningKey,
  PURPOSES,
  type SigningKey,
  type SigningPurpose,
} from './signing-key.ts';
import { ensureSigningKey, retireSigningKey, rotateSigningKey } from './writes.ts';

/** The signing keys of the installation, sealed in the database, open in memory. The newest of a purpose signs. */
export class SigningKeys {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  #keys: Promise<Map<SigningPurpose, SigningKey[]>> | undefined;

  constructor(database: Database, masterKey: MasterKey) {
    this.#database = database;
    this.#masterKey = masterKey;
    database.onChange((changes) => {
      if (changes.some(({ kind }) => kind === 'signing-key')) this.#keys = undefined;
    });
  }

  /**
   * Makes the keys that are missing and opens the others. Throws when the master key is not the one that sealed them:
   * a replica with a wrong key must not start.
   */
  async start(clock: Clock): Promise<void> {
    const keys = await allSigningKeys(this.#database.db);
    // where the journal of revocations has retired the last one that a backup has, another signs from now on
    const present = new Set(keys.filter((key) => key.retired_at === null).map(({ purpose }) => purpose));
    for (const purpose of PURPOSES) {
      if (present.has(purpose)) continue;
      await this.#database.write(
        ensureSigningKey,
        await makeSigningKey(purpose, this.#masterKey, clock.now()),
      );
    }
    await this.#all();
  }

  /** False while what other replicas did to the keys may not have been heard: then nothing verified earlier counts. */
  get areFresh(): boolean {
    return this.#database.fresh();
  }

  async current(purpose: SigningPurpose): Promise<SigningKey> {
    const key = (await this.#all()).get(purpose)?.findLast(({ retired }) => !retired);
    if (!key) throw new Error(`no signing key for ${purpose}`);
    return key;
  }

  /** The key with this id if it has this purpose and is not retired. */
  async find(purpose: SigningPurpose, id: string): Promise<SigningKey | undefined> {
    return (await this.#all()).get(purpose)?.find((key) => key.id === id && !key.retired);
  }

  /** Public keys of access tokens, for /identity/keys. */
  async published(): Promise<webcrypto.JsonWebKey[]> {
    const keys = (await this.#all()).get('access-token') ?? [];
    return keys.flatMap(({ publicJwk, retired }) => (publicJwk && !retired ? [publicJwk] : []));
  }

  /** Every key there is, oldest first. */
  async list(): Promise<SigningKey[]> {
    return [...(await this.#all()).values()].flat();
  }

  /** Makes a new key for a purpose; the old ones go on verifying. Answers its id. */
  async rotate(purpose: SigningPurpose, clock: Clock, actor: Actor): Promise<string> {
    const row = await makeSigningKey(purpose, this.#masterKey, clock.now());
    await this.#database.write(rotateSigningKey, { row, actor });
    return row.id;
  }

  /**
   * Refuses from now on everything this key signed. The last key of its purpose is replaced first. Docker bearers that
   * were given for it do not name it, so all there are end with it: clients ask for new ones by themselves.
   */
  async retire(id: string, clock: Clock, actor: Actor): Promise<void> {
    const all = await this.list();
    const key = all.find((each) => each.id === id);
    if (!key)
      throw new RegistryError('NOT_FOUND', {
        message: `there is no signing key ${id}; tidegate keys list shows them`,
      });
    if ((await this.current(key.purpose)).id === id) await this.rotate(key.purpose, clock, actor);
    await this.#database.write(retireSigningKey, { id, at: clock.now(), actor });
    if (key.purpose === 'bearer' || key.purpose === 'audit-seal') return;
    await this.rotate('bearer', clock, actor);
    for (const bearers of all.filter(({ purpose, retired }) => purpose === 'bearer' && !retired))
      await this.#database.write(retireSigningKey, { id: bearers.id, at: clock.now(), actor });
  }

  /** A page of the registry tokens that a key signed, by id, after `after`. */
  signedBy(id: string, after: string): Promise<{ tokens: SignedToken[]; next: string | undefined }> {
    return signedTokens(this.#database, id, after);
  }

  #all(): Promise<Map<SigningPurpose, SigningKey[]>> {
    if (!this.#database.fresh()) return this.#load();
    this.#keys ??= this.#load().catch((error) => {
      this.#keys = undefined; // an outage is not remembered
      throw error;
    });
    return this.#keys;
  }

  async #load(): Promise<Map<SigningPurpose, SigningKey[]>> {
    const byPurpose = new Map<SigningPurpose, SigningKey[]>();
    for (const row of await allSigningKeys(this.#database.db)) {
      const keys = byPurpose.get(row.purpose) ?? [];
      keys.push(openSigningKey(row, this.#masterKey));
      byPurpose.set(row.purpose, keys);
    }
    return byPurpose;
  }
}
