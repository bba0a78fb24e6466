import type { AuditLog, EventFilter, TimePlace } from '../../audit/events/room.ts';
import { RegistryError } from '../../errors.ts';
import { Turns } from '../../turns.ts';
import { type AuditEvent, AuditEventList, AuditExportQuery, AuditQuery } from '../../wire/audit.ts';
import { endOf, sendLinesAsMade } from '../as-made.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, actorOf } from '../json-request.ts';
import { parsePlace, printPlace } from '../pages.ts';
import { wireOfEvent } from './event-wire.ts';
import { type AuditParts, askedAccount, isOwn, readersOf } from './parts.ts';

const PAGE = 50;
/** Events of an export where it is not said. */
const EXPORTED = 10_000;
const AT_ONCE = 200;

/** GET /api/v1/audit/events: ours. */
export const auditEventRoutes = (app: JsonApp, parts: AuditParts): void => {
  const { log } = parts.events;
  const turns = new Turns();
  app.get(
    '/api/v1/audit/events',
    {
      schema: {
        summary: 'Events of the audit log',
        tags: ['audit'],
        querystring: AuditQuery,
        response: { 200: AuditEventList },
      },
      config: { needs: readersOf(parts) },
    },
    async (request): Promise<AuditEventList> => {
      const { order = 'newest', cursor, after, limit = PAGE } = request.query;
      const filter = filterOf(request);
      const page =
        order === 'sequence'
          ? await following(log, filter, parseNumber(cursor, after), limit)
          : await newest(log, filter, cursor, limit);
      noteReading(request, parts);
      return page;
    },
  );

  app.get(
    '/api/v1/audit/events/export',
    {
      schema: {
        summary: 'Events of the audit log, newest first, a line of JSON each',
        tags: ['audit'],
        querystring: AuditExportQuery,
      },
      config: { needs: readersOf(parts) },
    },
    async (request, reply) => {
      const { limit = EXPORTED } = request.query;
      noteReading(request, parts);
      const asking = {
        filter: filterOf(request),
        account: accountOf(request),
        most: limit,
        end: endOf(reply),
      };
      sendLinesAsMade(reply, exported(log, turns, asking));
      return reply;
    },
  );
};

interface Exporting {
  readonly filter: EventFilter;
  /** Who asks: exports of one account take turns, page by page. */
  readonly account: string;
  readonly most: number;
  readonly end: AbortSignal;
}

/**
 * The newest events, page by page; other requests have their turn between two pages. Where little is what is asked for, the
 * whole log is read: so all exports of an account together take no more of the event loop than one.
 */
async function* exported(
  log: AuditLog,
  turns: Turns,
  { filter, account, most, end }: Exporting,
): AsyncIterable<AuditEvent[]> {
  let before: TimePlace | undefined;
  for (let left = most; left > 0; ) {
    const page = await turns.take(account, async () =>
      end.aborted ? undefined : log.newest(filter, before, Math.min(left, AT_ONCE)),
    );
    if (page === undefined) return;
    yield page.events.map(wireOfEvent);
    if (!page.next) return;
    left -= page.events.length;
    before = page.next;
  }
}

/** Reading the log is an event, too. */
const noteReading = (request: RequestHead, { events }: AuditParts): void => {
  const asked = askedAccount(request);
  const accountId = asked === 'all' ? null : asked;
  events.collected.note(actorOf(request), {
    accountId,
    action: isOwn(request) ? 'iam-access-management.audit.list' : 'tidegate.audit.list',
    target: accountId ?? 'all accounts',
    targetType: 'account',
  });
};

const newest = async (
  log: AuditLog,
  filter: EventFilter,
  cursor: string | undefined,
  limit: number,
): Promise<AuditEventList> => {
  // asked before the page is read: what is written in between comes twice, and not never
  const follow = cursor === undefined ? printNumber(await log.end()) : undefined;
  const { events, next } = await log.newest(filter, parseTime(cursor), limit);
  return {
    events: events.map(wireOfEvent),
    ...(next ? { next: printPlace(['time', String(next.at), next.id]) } : {}),
    more: next !== undefined,
    ...(follow === undefined ? {} : { follow }),
  };
};

const following = async (
  log: AuditLog,
  filter: EventFilter,
  after: number,
  limit: number,
): Promise<AuditEventList> => {
  const { events, next, more } = await log.following(filter, after, limit);
  return { events: events.map(wireOfEvent), next: printNumber(next), more };
};

const filterOf = (request: RequestHead & { query: AuditExportQuery }): EventFilter => {
  const { since, until, limit: _limit, ...rest } = request.query;
  const asked = askedAccount(request);
  return {
    ...rest,
    accountId: asked === 'all' ? undefined : asked,
    since: since === undefined ? undefined : momentOf(since),
    until: until === undefined ? undefined : momentOf(until),
  };
};

const momentOf = (text: string): number => {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new RegistryError('BAD_REQUEST', {
    message: `${text} is not a time: write a date (2026-11-27) or RFC 3339 (2026-11-27T09:30:00Z)`,
  });
};

const printNumber = (number: number): string => printPlace(['number', String(number)]);

const parseNumber = (cursor: string | undefined, after = 0): number => {
  if (cursor === undefined) return after;
  const [kind, number] = parsePlace(cursor, 2) ?? [];
  if (kind !== 'number' || !/^\d{1,15}$/.test(number ?? '')) throw unknownCursor();
  return Number(number);
};

const parseTime = (cursor: string | undefined): TimePlace | undefined => {
  if (cursor === undefined) return undefined;
  const [kind, at, id = ''] = parsePlace(cursor, 3) ?? [];
  if (kind !== 'time' || !/^\d{1,15}$/.test(at ?? '')) throw unknownCursor();
  return { at: Number(at), id };
};

const unknownCursor = (): RegistryError =>
  new RegistryError('BAD_REQUEST', {
    message: 'The cursor is not one of this list and order; leave it out to begin at the start.',
  });
