import { Type } from 'typebox';
import type { EventHold } from '../../audit/seals/room.ts';
import { RegistryError } from '../../errors.ts';
import { AuditHold, AuditHoldQuery, NewAuditHold } from '../../wire/audit.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { type AuditParts, askedAccount, operatorOnly, ownOrOperator, readersOf } from './parts.ts';

/** Holds on the events of an account: ours. The account's Administrator sets one, only the operator lifts it. */
export const auditHoldRoutes = (app: JsonApp, parts: AuditParts): void => {
  const { holds } = parts.seals;
  app.get(
    '/api/v1/audit/hold',
    {
      schema: {
        summary: 'Whether the events of an account are held',
        tags: ['audit'],
        querystring: AuditHoldQuery,
        response: { 200: AuditHold },
      },
      config: { needs: readersOf(parts) },
    },
    async (request) => {
      const account = oneAccount(request);
      return wireOfHold(account, await holds.find(account));
    },
  );

  app.put(
    '/api/v1/audit/hold',
    {
      schema: {
        summary: 'Hold the events of an account: retention leaves them',
        tags: ['audit'],
        querystring: AuditHoldQuery,
        body: NewAuditHold,
        response: { 200: AuditHold },
      },
      config: { needs: ownOrOperator(parts, 'iam-access-management.audit.hold', 'tidegate.audit.hold') },
    },
    async (request) => {
      const account = oneAccount(request);
      await holds.set(account, request.body.reason, actorOf(request));
      return wireOfHold(account, await holds.find(account));
    },
  );

  app.delete(
    '/api/v1/audit/hold',
    {
      schema: {
        summary: 'Lift the hold on the events of an account (operator); it counts for seven days more',
        tags: ['audit'],
        querystring: AuditHoldQuery,
        response: { 204: Type.Null() },
      },
      config: { needs: operatorOnly(parts, 'tidegate.audit.release') },
    },
    async (request, reply) => {
      await holds.lift(oneAccount(request), actorOf(request));
      reply.code(204);
    },
  );
};

/** A hold is of one account. */
const oneAccount = (request: RequestHead): string => {
  const account = askedAccount(request);
  if (/^[0-9a-f]{32}$/.test(account)) return account;
  throw new RegistryError('BAD_REQUEST', { message: `${account} is no id of an account` });
};

const wireOfHold = (account: string, hold: EventHold | undefined): AuditHold => {
  if (!hold) return { account, held: false };
  const { reason, setAt, setBy, until } = hold;
  const times = { setAt: timestamp(setAt), ...(until === undefined ? {} : { until: timestamp(until) }) };
  return { account, held: true, reason, setBy, ...times };
};
