import type { Action } from '../../access/room.ts';
import type { AuditEvents } from '../../audit/events/room.ts';
import type { SealsRoom } from '../../audit/seals/room.ts';
import type { Accounts } from '../../identity/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';

/** What the doors of the audit log open to. */
export interface AuditParts {
  readonly events: AuditEvents;
  readonly seals: SealsRoom;
  readonly accounts: Accounts;
}

/** The account that is asked for: the caller's own, another one by its id, or `all`. */
export const askedAccount = (request: Pick<RequestHead, 'query' | 'credential'>): string =>
  (request.query as { account?: string }).account ?? accountOf(request);

/** Administrator of one's own account; the operator for any other account, and for all of them. */
export const readersOf = (parts: AuditParts): Needs =>
  ownOrOperator(parts, 'iam-access-management.audit.list', 'tidegate.audit.list');

/** One action for one's own account, another of the operator for any other. */
export const ownOrOperator = (parts: AuditParts, own: Action, operators: Action): Needs => ({
  action: own,
  when: isOwn,
  on: (request) => ({ accountId: accountOf(request) }),
  and: [{ action: operators, when: (request) => !isOwn(request), on: operatorsOf(parts) }],
});

/** What only the operator may do: an Administrator of the first account. */
export const operatorOnly = (parts: AuditParts, action: Action): Needs => ({
  action,
  on: operatorsOf(parts),
});

const operatorsOf =
  ({ accounts }: AuditParts) =>
  async (): Promise<{ accountId: string } | undefined> => {
    const accountId = await accounts.operators();
    return accountId === undefined ? undefined : { accountId };
  };

/** Whether the log of the caller's own account is asked for. */
export const isOwn = (request: Pick<RequestHead, 'query' | 'credential'>): boolean =>
  askedAccount(request) === accountOf(request);
