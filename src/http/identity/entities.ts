import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import type { EntityEvent } from '../../audit/events/room.ts';
import type { Clock } from '../../clock.ts';
import type { Page, PageRequest } from '../../identity/room.ts';
import type { HistoryRecord, ResponseContext } from '../../wire/iam-entities.ts';
import type { JsonReply, RequestHead } from '../json-app.ts';
import { linkTo } from '../pages.ts';
import { formatIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';

export const EntityId = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const GetQuery = Type.Object({
  include_history: Type.Optional(Type.Boolean()),
  include_activity: Type.Optional(Type.Boolean()),
});

export const withTag = (reply: JsonReply, tag: string): JsonReply => reply.header('ETag', tag);

/** A header of IBM's that is a switch. */
export const isOn = (request: RequestHead, header: 'entity-lock' | 'entity-disable'): boolean =>
  request.headers[header] === 'true';

/** IBM's context of an answer. */
export const contextOf = (request: RequestHead, clock: Clock): Static<typeof ResponseContext> => {
  const raw = request.raw;
  const elapsed = Math.max(0, Math.round(performance.now() - raw.startedAt));
  const now = clock.now();
  return {
    transaction_id: raw.id,
    operation: `${request.method} ${request.routeOptions.url}`,
    user_agent: String(request.headers['user-agent'] ?? '').slice(0, 200),
    url: (request.url ?? '').split('?', 1)[0] ?? '',
    instance_id: '',
    thread_id: '',
    host: String(request.headers.host ?? ''),
    start_time: contextTime(now - elapsed),
    end_time: contextTime(now),
    elapsed_time: String(elapsed),
    cluster_name: '',
  };
};

/** IBM's way here: 30.05.2025 15:46:38:151 UTC. */
const contextTime = (time: number): string => {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `${date.split('-').toReversed().join('.')} ${clock.replace('.', ':').replace('Z', '')} UTC`;
};

interface ListQuery {
  readonly pagesize?: number;
  readonly pagetoken?: string;
  readonly sort?: string;
  readonly order?: 'asc' | 'desc';
  readonly filter?: string;
}

const PAGE_SIZE = 20;

export const pageRequest = ({ pagesize, pagetoken, sort, order, filter }: ListQuery): PageRequest => ({
  size: pagesize ?? PAGE_SIZE,
  token: pagetoken || undefined,
  sort: sort || undefined,
  descending: order === 'desc',
  filter,
});

/** What a page says beside its items: its links repeat the question, `first` without a place in the list. */
export const pageLinks = (
  request: RequestHead,
  { next }: Page<unknown>,
  { externalUrl, clock }: IdentityParts,
): {
  context: Static<typeof ResponseContext>;
  offset: number;
  limit: number;
  first: string;
  next?: string;
} => {
  const asked = request.query as Record<string, string | number | boolean>;
  const link = (pagetoken?: string): string =>
    linkTo(`${externalUrl}${request.routeOptions.url}`, { ...asked, pagetoken });
  return {
    context: contextOf(request, clock),
    offset: 0,
    limit: (asked.pagesize as number | undefined) ?? PAGE_SIZE,
    first: link(),
    ...(next === undefined ? {} : { next: link(next) }),
  };
};

/** The history of an entity, where the query asks for it. */
export const historyOf = async (
  request: RequestHead,
  accountId: string,
  id: string,
  { history }: IdentityParts,
): Promise<{ history?: Static<typeof HistoryRecord>[] }> => {
  const { include_history: isAsked } = request.query as { include_history?: boolean };
  return isAsked ? { history: (await history.of(accountId, id)).map(wireEvent) } : {};
};

/**
 * The entities of a page as a door answers them, each with the newest of its history where the query asks for it. One is read
 * after the other, and other requests have their turn in between.
 */
export const listedWithHistory = async <Entity extends { readonly id: string }, Wire extends object>(
  request: RequestHead,
  { accountId, entities }: { accountId: string; entities: readonly Entity[] },
  { history }: IdentityParts,
  wire: (entity: Entity) => Wire,
): Promise<(Wire & { history?: Static<typeof HistoryRecord>[] })[]> => {
  const { include_history: isAsked } = request.query as { include_history?: boolean };
  if (!isAsked) return entities.map(wire);
  const listed = [];
  for (const entity of entities) {
    const events = await history.of(accountId, entity.id, 'listed');
    listed.push({ ...wire(entity), history: events.map(wireEvent) });
    await turnOfLoop();
  }
  return listed;
};

/** An audit event names who acted as `<kind>:<account>/<iam_id>`. */
const wireEvent = ({ at, principal, action, reason, outcome }: EntityEvent): Static<typeof HistoryRecord> => {
  const [, account = '', iamId = ''] = /^[a-z-]+:([^/]*)\/(.*)$/.exec(principal) ?? [];
  return {
    timestamp: formatIamDate(at),
    iam_id: iamId || principal,
    iam_id_account: account,
    action,
    params: reason === undefined ? [] : [reason],
    message: outcome,
  };
};
