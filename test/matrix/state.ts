import { createHash } from 'node:crypto';
import { REMOVED } from '../../src/tenancy/tx.ts';
import { AllRows } from '../support/rows.ts';

/** What requests leave behind that changes no rights and no content: the trail of what was done, and of use. */
const TRAIL = new Set([
  'audit_events',
  'refusals',
  'refused_requests',
  'job_leases',
  // a run goes on in the background
  'retention_runs',
  'pull_traffic',
  'pulls',
  'repository_activity',
  // a removed namespace is taken off them in the background; what they are counted from is looked at
  'usage_counters',
  // jobs go on in the background: what they find, seal, count and ship
  'warnings',
  'webhook_deliveries',
  'audit_blocks',
  'audit_exports',
  'storage_position',
  'journal_line',
  'journal_notes',
  'journal_batches',
  'journal_targets',
]);
/** How far jobs have come; rows of `installation`. */
const PROGRESS: readonly unknown[] = [
  'audit.last-number',
  'warnings.last-look',
  'webhooks.position',
  'pulls-recorded-since',
  'usage-counted',
];
const USE = /^last_|^authn_count$|^(secret|previous)_used_|^failing_since$/;

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
    const all = await this.#rows.read();
    const gone = removedIds(all);
    const tables = Object.entries(all).filter(([name]) => !TRAIL.has(name));
    return Object.fromEntries(
      tables.map(([name, rows]) => [
        name,
        hashOf(rows.filter((row) => !belongsTo(gone, row) && !PROGRESS.includes(row.name))),
      ]),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rows[Symbol.asyncDispose]();
  }
}

type Row = Readonly<Record<string, unknown>>;

/** Ids of removed namespaces and their repositories: a job clears them away meanwhile. */
const removedIds = ({ namespaces = [], repositories = [] }: Record<string, Row[]>): ReadonlySet<unknown> =>
  new Set([...namespaces, ...repositories].filter((row) => row.region_id === REMOVED).map(({ id }) => id));

const belongsTo = (ids: ReadonlySet<unknown>, row: Row): boolean =>
  [row.id, row.namespace_id, row.repository_id].some((id) => id !== undefined && ids.has(id));

const hashOf = (rows: readonly Record<string, unknown>[]): string => {
  const hash = createHash('sha256');
  for (const row of rows)
    hash.update(JSON.stringify(Object.entries(row).filter(([column]) => !USE.test(column))));
  return hash.digest('base64');
};
