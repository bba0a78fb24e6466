import { setTimeout as pause } from 'node:timers/promises';
import type { AuditClient, AuditFilter } from '../../client/audit.ts';
import type { AuditEvent, AuditSettings } from '../../wire/audit.ts';
import { CliError } from '../cli-error.ts';
import { type Command, type Flag, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { momentOf } from '../expiry.ts';
import type { Input } from '../input.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';
import { dayAndTime } from '../units.ts';

const POLL_MS = 1000;
const DEFAULT_LIMIT = 50;
const MOST = 100_000;

/** What narrows the list, in the list's and the export's help. */
export const FILTERS: readonly Flag[] = [
  {
    flags: '--action <action>',
    summary: 'push, pull, tag, untag, delete, an action in full, or its beginning and a star',
  },
  { flags: '--repository <name>', summary: 'Events of this repository' },
  { flags: '--reference <reference>', summary: 'Events of this tag or digest' },
  { flags: '--principal <id>', summary: 'Events of this user, service ID, profile or registry token' },
  { flags: '--credential <id>', summary: 'Events of this API key, session or registry token' },
  { flags: '--target <id>', summary: 'What was done to this' },
  { flags: '--address <address>', summary: 'Events from this address' },
  { flags: '--outcome <outcome>', summary: 'Successes or failures only', choices: ['success', 'failure'] },
  { flags: '--since <time>', summary: 'From a date on, or for a duration until now, such as 24h or 30d' },
  { flags: '--until <time>', summary: 'Before a date, or before a duration ago' },
  { flags: '--account <id>', summary: 'Another account, or all (operator only)' },
];

const IMAGE_VERBS = ['push', 'pull', 'tag', 'untag', 'delete'];

/** The filter that the options ask for. `now`: milliseconds, for durations. */
export const filterAsked = (input: Input, now: number): AuditFilter => {
  const { action, since, until, ...rest } = input.given({
    action: 'action',
    repository: 'repository',
    reference: 'reference',
    principal: 'principal',
    credential: 'credential',
    target: 'target',
    address: 'address',
    outcome: 'outcome',
    since: 'since',
    until: 'until',
    account: 'account',
  });
  return {
    ...rest,
    ...(action === undefined
      ? {}
      : { action: IMAGE_VERBS.includes(action) ? `container-registry.image.${action}` : action }),
    ...(since === undefined ? {} : { since: momentOf(since, now) }),
    ...(until === undefined ? {} : { until: momentOf(until, now) }),
  };
};

const HEAD = ['TIME', 'ACTION', 'TARGET', 'BY', 'CREDENTIAL', 'FROM', 'OUTCOME'];

/** `birds/app:1.0`, `birds/app@sha256:1234567890ab`, or what it is called with its id. */
const targetOf = ({ target: { id, name, reference } }: AuditEvent): string => {
  if (reference !== undefined)
    return reference.includes(':') ? `${id}@${reference.slice(0, 19)}` : `${id}:${reference}`;
  return name === undefined || name === id ? id : `${name} (${id})`;
};

const outcomeOf = ({ outcome, reason, count }: AuditEvent): string => {
  const times = count > 1 ? `${count} times` : '';
  if (outcome === 'success') return times;
  return [`failure ${reason.reasonCode}`, times, reason.reasonForFailure].filter(Boolean).join(', ');
};

const rowOf = (event: AuditEvent): string[] => [
  dayAndTime(event.eventTime),
  event.action,
  targetOf(event),
  event.initiator.id,
  event.initiator.credential?.id ?? '',
  event.initiator.host.address ?? '',
  outcomeOf(event),
];

const limitAsked = (input: Input): number => {
  const text = input.text('limit');
  const limit = Number(text ?? DEFAULT_LIMIT);
  if (Number.isInteger(limit) && limit > 0 && limit <= MOST) return limit;
  throw new CliError(EXIT.USAGE, `'${text}' is not a number of events. Give one from 1 to ${MOST}.`);
};

interface Following {
  readonly audit: AuditClient;
  readonly io: Io;
  readonly filter: AuditFilter;
  readonly show: (event: AuditEvent) => void;
  readonly seen: Set<string>;
}

/** Shows what comes, until the process is ended. */
const followOn = async (
  { audit, filter, show, seen }: Following,
  from: string | undefined,
): Promise<never> => {
  let cursor = from;
  for (;;) {
    const page = await audit.following(filter, cursor);
    for (const event of page.events) if (!seen.delete(event.id)) show(event);
    cursor = page.cursor;
    if (!page.more) await pause(POLL_MS);
  }
};

const list: Command = {
  name: '',
  summary: 'Show who did what, newest first',
  flags: [
    ...FILTERS,
    { flags: '-n, --limit <number>', summary: `How many events at most; ${DEFAULT_LIMIT} without it` },
    { flags: '--follow', summary: 'Then go on and show events as they come, oldest first' },
    {
      flags: '-o, --output <format>',
      summary: 'Print JSON and nothing else; ndjson is one event a line',
      choices: ['json', 'ndjson'],
    },
  ],
  async run({ io, clock, connect }, input) {
    const { audit } = await connect();
    const filter = filterAsked(input, clock.now());
    const isFollowing = input.on('follow');
    const isLines = input.text('output') === 'ndjson' || (input.json && isFollowing);
    if (isLines) io.resultsOnly();
    io.begin('Reading the audit log');
    const { events, follow } = await audit.newest(filter, limitAsked(input));
    if (input.json && !isFollowing) return io.json(events);
    const inOrder = isFollowing ? events.toReversed() : events;
    if (isLines) io.lines(inOrder.map((event) => JSON.stringify(event)));
    else if (events.length === 0 && !isFollowing) io.say('There are no such events.');
    else io.lines(table([HEAD, ...inOrder.map(rowOf)]));
    if (!isFollowing) return io.ok();
    const show = (event: AuditEvent): void =>
      io.line(isLines ? JSON.stringify(event) : rowOf(event).join('   '));
    await followOn({ audit, io, filter, show, seen: new Set(events.map(({ id }) => id)) }, follow);
  },
};

const PULLS = ['minute', 'each', 'none'] as const;

const settings: Command = {
  name: 'settings',
  summary: 'Show or change what is recorded of pulls in this account',
  flags: [
    {
      flags: '--pulls <events>',
      summary: 'One event for all alike of a minute, one for each pull, or none',
      choices: PULLS,
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { audit } = await connect();
    const pulls = input.text('pulls') as AuditSettings['pulls'] | undefined;
    io.begin(pulls === undefined ? 'Reading the settings of the audit log' : 'Changing what is recorded');
    const current = pulls === undefined ? await audit.settings() : await audit.set({ pulls });
    if (input.json) return io.json(current);
    io.lines(table([['Pulls', current.pulls]]));
    io.ok();
  },
};

export const auditCommands: readonly Command[] = [list, settings];
