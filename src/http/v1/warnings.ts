import { RegistryError } from '../../errors.ts';
import type { FoundWarning } from '../../warnings/room.ts';
import { type Warning, WarningList, WarningLook, WarningQuery } from '../../wire/warnings.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, actorOf, principalOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Needs } from '../needs.ts';
import { parsePlace, printPlace } from '../pages.ts';
import { timestamp } from '../timestamp.ts';
import { operator, type V1Parts } from './parts.ts';

const PAGE = 100;

/** /api/v1/warnings, ours: what ends, sleeps, fills or fails, of an account or of the installation. */
export const warningRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { warnings, accounts, clock } = parts;
  app.get(
    '/api/v1/warnings',
    {
      schema: {
        summary: 'What needs attention in an account; for the operator in every account and the installation',
        tags: ['registry'],
        querystring: WarningQuery,
        response: { 200: WarningList },
      },
      config: { needs: readersOf(parts) },
    },
    async (request) => {
      const { start, limit = PAGE } = request.query;
      const accountId = await accountSeen(request, parts);
      const found = await warnings.list(accountId, placeOf(start), limit);
      const last = found.length === limit ? found.at(-1) : undefined;
      const look = await warnings.lastLook();
      return {
        warnings: found.map(wireWarning),
        ...(last ? { next: printPlace([last.kind, last.target]) } : {}),
        ...(look ? { looked_at: timestamp(look.at) } : {}),
        looking: await warnings.isLooking(),
      };
    },
  );

  app.post(
    '/api/v1/warnings/looks',
    {
      schema: {
        summary: 'Look for what needs attention now, and not within the hour (operator)',
        tags: ['registry'],
        response: { 202: WarningLook },
      },
      config: { needs: operator('tidegate.warning.find', accounts) },
    },
    async (request, reply) => {
      const askedAt = clock.now();
      await warnings.begin(actorOf(request));
      reply.code(202);
      return { asked_at: timestamp(askedAt) };
    },
  );
};

type Asking = Pick<RequestHead, 'query' | 'credential'>;

const asked = (request: Asking): string | undefined => (request.query as { account?: string }).account;

const isOwn = (request: Asking): boolean => (asked(request) ?? accountOf(request)) === accountOf(request);

/** Administrator of one's own account; the operator for any other account, and for all of them. */
const readersOf = ({ accounts }: V1Parts): Needs => ({
  action: 'iam-access-management.warning.list',
  when: isOwn,
  on: (request) => ({ accountId: accountOf(request) }),
  and: [
    {
      action: 'tidegate.warning.list',
      when: (request) => !isOwn(request),
      on: async () => {
        const operators = await accounts.operators();
        return operators === undefined ? undefined : { accountId: operators };
      },
    },
  ],
});

/** An operator who asks for no account sees everything; undefined stands for that. */
const accountSeen = async (request: Asking, { access, accounts }: V1Parts): Promise<string | undefined> => {
  const account = asked(request);
  if (account !== undefined) return account === 'all' ? undefined : account;
  const own = accountOf(request);
  const isOperator =
    own === (await accounts.operators()) &&
    (await mayDo(access, principalOf(request), 'tidegate.warning.list', { accountId: own }));
  return isOperator ? undefined : own;
};

const placeOf = (start: string | undefined): { kind: string; target: string } => {
  if (start === undefined) return { kind: '', target: '' };
  const [kind, target] = parsePlace(start, 2) ?? [];
  if (kind !== undefined && target !== undefined) return { kind, target };
  throw new RegistryError('BAD_REQUEST', { message: 'start is not of this list; begin again without it' });
};

const wireWarning = ({ accountId, at, since, ...warning }: FoundWarning): Warning => ({
  ...warning,
  ...(accountId === undefined ? {} : { account_id: accountId }),
  at: timestamp(at),
  since: timestamp(since),
});
