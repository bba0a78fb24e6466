/** Writes that only tests make. The SQLite writer's thread imports this in place of src/writes.ts. */
import '../../src/writes.ts';
import { type AuditEvent, recordEvent } from '../../src/audit/events/tx.ts';
import { type ChangeKind, type Changing, defineWrite, type Tx } from '../../src/database/database.ts';
import type { Schema } from '../../src/database/schema.ts';
import { type ErrorCode, RegistryError } from '../../src/errors.ts';
import type { Actor } from '../../src/principal.ts';
import { type QueryName, runInside } from './queries.ts';

/** Rows by table, inserted in the order given. */
export const insert = defineWrite(
  'test.insert',
  async (tx: Tx, rows: { readonly [Table in keyof Schema]?: readonly Schema[Table][] }): Promise<void> => {
    for (const [table, values] of Object.entries(rows)) {
      await (tx.noting as Changing<keyof Schema>)
        .insertInto(table as keyof Schema)
        .values(values as never)
        .execute();
    }
  },
);

/** Gives every name of `installation` this value. */
export const rewrite = defineWrite('test.rewrite', async (tx: Tx, value: string): Promise<void> => {
  await tx.uncached.updateTable('installation').set({ value }).execute();
});

export interface Note {
  readonly name: string;
  readonly value: string;
  readonly changes?: readonly { readonly kind: ChangeKind; readonly id: string }[];
  readonly event?: AuditEvent & { readonly actor: Actor };
  /** What it throws when all else is done. */
  readonly refusal?: { code: ErrorCode; message: string; detail: unknown; reason: string };
  readonly failure?: string;
}

/** Puts a value under a name of `installation`, tells changes, writes an audit event, and then throws if it is to. */
const noteDown = async (tx: Tx, input: Note): Promise<string> => {
  const { name, value, changes = [], event, refusal, failure } = input;
  await tx.uncached.insertInto('installation').values({ name, value }).execute();
  for (const { kind, id } of changes) tx.changed(kind, id);
  if (event) await recordEvent(tx, event.actor, event);
  if (refusal) throw new RegistryError(refusal.code, refusal);
  if (failure !== undefined) throw new TypeError(failure);
  return value;
};

export const note = defineWrite('test.note', noteDown);

/** The same as bulk work, which takes some milliseconds. */
export const noteInBulk = defineWrite(
  'test.note-in-bulk',
  async (tx: Tx, input: Note): Promise<string> => {
    for (let count = 0; count < 100; count++)
      await tx.db.selectFrom('installation').select('name').limit(1).execute();
    return noteDown(tx, input);
  },
  { bulk: true },
);

/** Reads a number under a name and writes the next one; answers it. */
export const countUp = defineWrite('test.count-up', async (tx: Tx, name: string): Promise<number> => {
  const row = await tx.db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  const value = String(Number(row?.value ?? 0) + 1);
  if (row) await tx.uncached.updateTable('installation').set({ value }).where('name', '=', name).execute();
  else await tx.uncached.insertInto('installation').values({ name, value }).execute();
  return Number(value);
});

/** Runs one query function inside a write. */
export const runQuery = defineWrite(
  'test.query',
  async (tx: Tx, { query, args }: { query: QueryName; args: readonly unknown[] }): Promise<unknown> =>
    runInside(tx, query, args),
);
