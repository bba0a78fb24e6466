import { type FileHandle, open } from 'node:fs/promises';
import type { AuditClient, AuditFilter } from '../../client/audit.ts';
import type { AuditEvent } from '../../wire/audit.ts';
import { CliError } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Input } from '../input.ts';
import { FILTERS, filterAsked } from './audit.ts';

/** The end of a file that is read to find its last line. */
const TAIL = 1 << 20;

/** The number of the event in the last line of a file; a line that broke off is taken away. */
const lastNumberIn = async (file: FileHandle, path: string): Promise<number> => {
  const { size } = await file.stat();
  if (size === 0) return 0;
  const start = Math.max(0, size - TAIL);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const tail = buffer.subarray(0, bytesRead);
  const end = tail.lastIndexOf('\n') + 1;
  const line = tail.subarray(0, end).toString().trimEnd().split('\n').at(-1) ?? '';
  if (line === '' && start === 0 && tail.toString().startsWith('{"id":"Event-')) {
    await file.truncate(0);
    return 0;
  }
  const number = numberIn(line);
  if (number === undefined)
    throw new CliError(EXIT.USAGE, `${path} is no export of the audit log: its last line is no event.`);
  if (end < tail.length) await file.truncate(start + end);
  return number;
};

const numberIn = (line: string): number | undefined => {
  try {
    const { sequence } = JSON.parse(line) as Partial<AuditEvent>;
    return typeof sequence === 'number' ? sequence : undefined;
  } catch {
    return undefined;
  }
};

const afterAsked = (input: Input): number => {
  const text = input.text('after');
  if (text === undefined) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CliError(
    EXIT.USAGE,
    `'${text}' is no number of an event. Give the one that the last export printed.`,
  );
};

const opened = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'a+', 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.FAILED, `Cannot write the export: ${reason}.`, { cause: error });
  }
};

/** Adds what there is behind a number, and answers how many events that were, and the last number. */
const exportTo = async (
  file: FileHandle,
  audit: AuditClient,
  filter: AuditFilter,
  after: number,
): Promise<{ count: number; last: number }> => {
  let last = after;
  let count = 0;
  let page = await audit.behind(filter, after);
  for (;;) {
    const text = page.events.map((event) => `${JSON.stringify(event)}\n`).join('');
    if (text !== '') await file.appendFile(text);
    count += page.events.length;
    last = page.events.at(-1)?.sequence ?? last;
    if (!page.more) break;
    page = await audit.following(filter, page.cursor);
  }
  await file.sync();
  return { count, last };
};

export const auditExport: Command = {
  name: 'export',
  summary: 'Add the events to a file, a line of JSON each, in the one order; run it again to go on',
  flags: [
    { flags: '--to <file>', summary: 'The file. What it has already is not added again' },
    { flags: '--after <cursor>', summary: 'Begin behind this event: what the last export printed' },
    ...FILTERS,
  ],
  async run({ io, clock, connect }, input) {
    const { audit } = await connect();
    const path = input.text('to');
    if (path === undefined) throw new CliError(EXIT.USAGE, 'Say which file: --to FILE.');
    const asked = afterAsked(input);
    const filter = filterAsked(input, clock.now());
    io.begin(`Exporting the audit log to ${path}`);
    await using file = await opened(path);
    const after = Math.max(asked, await lastNumberIn(file, path));
    const { count, last } = await exportTo(file, audit, filter, after);
    io.say(`${count} events were added. The next export into another file goes on with --after ${last}.`);
    io.ok();
  },
};
