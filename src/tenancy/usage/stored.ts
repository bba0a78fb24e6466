import { USAGE_COUNTED } from '../../database/contractions.ts';
import type { Database } from '../../database/database.ts';
import { findInstallation } from '../../database/installation.ts';
import { sumsOf } from './rows.ts';
import { NOTHING_STORED, type StorageUsage, usageOf } from './usage.ts';

/** What is stored, as it was counted when it changed: reading it is one short statement. */
export class Stored {
  readonly #database: Database;
  #isCounted = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** False after an upgrade until the job has counted what was there before. */
  async isCounted(): Promise<boolean> {
    this.#isCounted ||= (await findInstallation(this.#database.db, USAGE_COUNTED)) !== undefined;
    return this.#isCounted;
  }

  async ofAccount({ accountId, regionId }: { accountId: string; regionId: string }): Promise<StorageUsage> {
    const found = await this.#of('account', regionId, [accountId]);
    return found.get(accountId) ?? NOTHING_STORED;
  }

  /** By id of the namespace. */
  ofNamespaces(regionId: string, ids: readonly string[]): Promise<ReadonlyMap<string, StorageUsage>> {
    return this.#of('namespace', regionId, ids);
  }

  /** By id of the repository; at most a page of them. */
  ofRepositories(regionId: string, ids: readonly string[]): Promise<ReadonlyMap<string, StorageUsage>> {
    return this.#of('repository', regionId, ids);
  }

  async #of(
    kind: 'account' | 'namespace' | 'repository',
    regionId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StorageUsage>> {
    const rows = await sumsOf(this.#database.db, { kind, regionId, ids });
    return new Map(rows.map((row) => [row.id, usageOf(row)]));
  }
}
