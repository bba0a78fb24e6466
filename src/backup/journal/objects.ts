import { RegistryError } from '../../errors.ts';
import type { RowValue } from './rows.ts';

/*
 * Names in a backup target, and what the objects hold:
 *
 *   journal/<line>/<number>      one batch: the state of each row it notes, as it was when the batch was written there
 *   journal/<line>/state         until when the journal is complete in this target
 *
 * A line is one history of a database. A restored database begins another one, so that no number is used twice. Lines sort
 * by the time they began, numbers by their order.
 */

/** Where a database stands in its journal. Batches with a greater number hold what was revoked afterwards. */
export interface JournalPosition {
  readonly line: string;
  readonly number: number;
}

/** A row that the journal tells of; null: it was removed. */
export interface JournalRow {
  readonly table: string;
  readonly key: readonly RowValue[];
  readonly row: Readonly<Record<string, RowValue>> | null;
}

export interface JournalBatch extends JournalPosition {
  /** The number of the batch before it; between the two there is none. */
  readonly previous: number;
  readonly rows: readonly JournalRow[];
}

export interface JournalState {
  readonly line: string;
  /** The target has every batch behind this number … */
  readonly since: number;
  /** … up to this one. */
  readonly until: number;
  /** What was revoked before this time is in it, epoch milliseconds. */
  readonly at: number;
}

/** The part of a master key that vouches for what a journal tells: a place of backups can be written by others, too. */
export interface JournalKey {
  vouchFor(kind: 'revocation-journal', text: string): string;
}

export const JOURNAL = 'journal/';
const FORMAT = 1;
const KIND = 'revocation-journal';
/** Rows of a batch are bounded, and so are the documents in them. */
export const MOST_BYTES = 32 << 20;

const DIGITS = 12;
const LINE = /^\d{14}-[0-9a-f]{16}$/;

const isLine = (text: string): boolean => LINE.test(text);

/** The beginning of a line: it sorts by its time. `random`: 16 hexadecimal digits. */
export const newLine = (now: number, random: string): string =>
  `${new Date(now).toISOString().replaceAll(/\D/g, '').slice(0, 14)}-${random}`;

export const batchName = ({ line, number }: JournalPosition): string =>
  `${JOURNAL}${line}/${String(number).padStart(DIGITS, '0')}`;

export const stateName = (line: string): string => `${JOURNAL}${line}/state`;

/** What an object below journal/ is, by its name; undefined where it is none of the journal's. */
export const parseName = (name: string): { line: string; number: number | 'state' } | undefined => {
  const [, line = '', rest = ''] = /^journal\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (!isLine(line)) return undefined;
  if (rest === 'state') return { line, number: 'state' };
  return /^\d{12}$/.test(rest) ? { line, number: Number(rest) } : undefined;
};

/**
 * Two lines: the content, and what only a holder of the master key can write for it. A replay changes to whom keys belong
 * and what policies grant, so what another wrote is refused, also where it is sealed: every holder of the public key can seal.
 */
export const encode = (content: JournalBatch | JournalState, key: JournalKey): Buffer => {
  const text = JSON.stringify({ format: FORMAT, ...content });
  return Buffer.from(`${text}\n${key.vouchFor(KIND, text)}\n`);
};

export const decodeBatch = (name: string, bytes: Uint8Array, key: JournalKey): JournalBatch => {
  const content = decode(name, bytes, key) as Partial<JournalBatch>;
  const place = parseName(name);
  const { line, number, previous, rows } = content;
  const isRight = line === place?.line && number === place?.number && isCount(previous) && isRows(rows);
  if (!isRight) throw damaged(name);
  return {
    line: String(line),
    number: Number(number),
    previous: Number(previous),
    rows: rows as JournalRow[],
  };
};

export const decodeState = (name: string, bytes: Uint8Array, key: JournalKey): JournalState => {
  const { line, since, until, at } = decode(name, bytes, key) as Partial<JournalState>;
  if (line !== parseName(name)?.line || !isCount(since) || !isCount(until) || !isCount(at))
    throw damaged(name);
  return { line: String(line), since: Number(since), until: Number(until), at: Number(at) };
};

const decode = (name: string, bytes: Uint8Array, key: JournalKey): object => {
  const [text = '', vouched] = Buffer.from(bytes).toString('utf8').split('\n');
  if (key.vouchFor(KIND, text) !== vouched) throw damaged(name);
  const content = JSON.parse(text) as { format?: unknown };
  if (content.format !== FORMAT) {
    throw new RegistryError('BAD_REQUEST', {
      message: `${name} was written by a newer version of this program; restore with that version`,
    });
  }
  return content;
};

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const isValue = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'number';

const isRows = (rows: unknown): boolean => Array.isArray(rows) && rows.every(isRow);

const isRow = (each: Partial<JournalRow> | null): boolean => {
  if (typeof each?.table !== 'string' || !Array.isArray(each.key) || !each.key.every(isValue)) return false;
  const { row } = each;
  return row === null || (typeof row === 'object' && Object.values(row).every(isValue));
};

const damaged = (name: string): RegistryError =>
  new RegistryError('BAD_REQUEST', {
    message: `${name} of the revocation journal is damaged, or was not written by this installation`,
  });
