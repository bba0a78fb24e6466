import type { JSONWebKeySet } from 'jose';
import type { Database } from '../../database/database.ts';
import type { IssuerKeysRow } from '../../database/federation-schema.ts';
import { findIssuerKeys } from './rows.ts';
import { keepIssuerKeys } from './writes.ts';

/** Keys that an issuer published, and when they were read. */
export interface KeysRead {
  readonly keys: JSONWebKeySet;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Bytes of the largest key set that is kept; a hundred keys of 4096 bits have less. */
const LARGEST = 128 * 1024;
/** Keys that did not change are written again after this long: their age counts at the next start. */
const HOUR = 3_600_000;

/**
 * The last good keys of one issuer in the database, so that a server that starts while the issuer is down knows them.
 * What cannot be read or written there is not worth refusing a login for.
 */
export class KeptKeys {
  readonly #database: Database;
  readonly #of: Pick<IssuerKeysRow, 'name' | 'issuer' | 'discovery'>;
  #written: { text: string; at: number } | undefined;

  constructor(database: Database, of: { name: string; issuer: string; discovery: URL }) {
    this.#database = database;
    this.#of = { ...of, discovery: String(of.discovery) };
  }

  /** Undefined where none were read from this address. */
  async read(): Promise<KeysRead | undefined> {
    const row = await findIssuerKeys(this.#database.db, this.#of.name).catch(() => undefined);
    if (!row || row.issuer !== this.#of.issuer || row.discovery !== this.#of.discovery) return undefined;
    return { keys: JSON.parse(row.keys), at: row.read_at };
  }

  async write({ keys, at }: KeysRead): Promise<void> {
    const text = JSON.stringify(keys);
    const isKept = this.#written?.text === text && at - this.#written.at < HOUR;
    if (isKept || text.length > LARGEST) return;
    const row = { ...this.#of, keys: text, read_at: at };
    await this.#database.write(keepIssuerKeys, row).then(
      () => {
        this.#written = { text, at };
      },
      () => undefined,
    );
  }
}
