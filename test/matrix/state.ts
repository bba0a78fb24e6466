import { createHash } from 'node:crypto';
import { REMOVED } from '../../src/tenancy/tx.ts';
import { AllRows } from '../support/rows.ts';

/** What requests leave behind that changes no rights and no content: the trail of what was done, and of use. */
const TRAIL = new Set([
  'audit_events',
  'refusals',
  'refused_requests',
  'job_leases',
  'pull_traffic',
  'pulls',
]);
const USE = /^last_|^authn_count$/;

/** One hash per table of all that a registry keeps, read beside the server. */
export class State implements AsyncDisposable {
  readonly #rows: AllRows;

  private constructor(rows: AllRows) {
    this.#rows = rows;
  }

  /** `where` as test/support/rows.ts opens it. */
  static async open(where: string): Promise<State> {
    return new State(await AllRows.open(where));
  }

  async read(): Promise<Record<string, string>> {
    const tables = Object.entries(await this.#rows.read()).filter(([name]) => !TRAIL.has(name));
    return Object.fromEntries(tables.map(([name, rows]) => [name, hashOf(rows)]));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rows[Symbol.asyncDispose]();
  }
}

/** What is left of a removed namespace is cleared away in the background, whatever is asked meanwhile. */
const isRemoved = ({ region_id: region }: Record<string, unknown>): boolean => region === REMOVED;

const hashOf = (rows: readonly Record<string, unknown>[]): string => {
  const hash = createHash('sha256');
  for (const row of rows.filter((each) => !isRemoved(each)))
    hash.update(JSON.stringify(Object.entries(row).filter(([column]) => !USE.test(column))));
  return hash.digest('base64');
};
