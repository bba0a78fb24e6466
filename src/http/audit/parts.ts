import type { AuditEvents } from '../../audit/events/room.ts';
import type { Accounts } from '../../identity/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';

/** What the doors of the audit log open to. */
export interface AuditParts {
  readonly events: AuditEvents;
  readonly accounts: Accounts;
}

/** The account that is asked for: the caller's own, another one by its id, or `all`. */
export const askedAccount = (request: Pick<RequestHead, 'query' | 'credential'>): string =>
  (request.query as { account?: string }).account ?? accountOf(request);

/** Administrator of one's own account; the operator for any other account, and for all of them. */
export const readersOf = ({ accounts }: AuditParts): Needs => ({
  action: 'iam-access-management.audit.list',
  when: isOwn,
  on: (request) => ({ accountId: accountOf(request) }),
  and: [
    {
      action: 'tidegate.audit.list',
      when: (request) => !isOwn(request),
      on: async () => {
        const operators = await accounts.operators();
        return operators === undefined ? undefined : { accountId: operators };
      },
    },
  ],
});

/** Whether the log of the caller's own account is asked for. */
export const isOwn = (request: Pick<RequestHead, 'query' | 'credential'>): boolean =>
  askedAccount(request) === accountOf(request);
