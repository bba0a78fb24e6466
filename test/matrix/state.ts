import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** What requests leave behind that changes nobody's rights or content: the trail of what was done, and of use. */
const TRAIL = new Set([
  'audit_events',
  'changes',
  'refusals',
  'refused_requests',
  'job_leases',
  'pull_traffic',
]);
const USE = /^last_|^authn_count$/;

/** One hash per table of all that a registry keeps, read beside the server. */
export class State implements Disposable {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#database.exec('pragma busy_timeout = 5000');
  }

  read(): Record<string, string> {
    const names = this.#database
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
      .all()
      .map(({ name }) => String(name));
    return Object.fromEntries(
      names.filter((name) => !TRAIL.has(name)).map((name) => [name, this.#hash(name)]),
    );
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #hash(table: string): string {
    const hash = createHash('sha256');
    for (const row of this.#database.prepare(`select * from "${table}"`).iterate()) {
      const kept = Object.entries(row).filter(([column]) => !USE.test(column));
      hash.update(JSON.stringify(kept, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
    }
    return hash.digest('base64');
  }
}
