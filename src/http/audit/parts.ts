import type { AuditEvents } from '../../audit/events/room.ts';
import type { Accounts } from '../../identity/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Right } from '../needs.ts';

/** What the doors of the audit log open to. */
export interface AuditParts {
  readonly events: AuditEvents;
  readonly accounts: Accounts;
}

/** The account that is asked for: the caller's own, another one by its id, or `all`. */
export const askedAccount = (request: Pick<RequestHead, 'query' | 'credential'>): string =>
  (request.query as { account?: string }).account ?? accountOf(request);

/** Administrator of one's own account; the operator for any other account, and for all of them. */
export const readersOf = ({ accounts }: AuditParts): Right => ({
  action: 'tidegate.audit.list',
  on: async (request) => {
    const own = accountOf(request);
    if (askedAccount(request) === own) return { accountId: own };
    const operators = await accounts.operators();
    return operators === undefined ? undefined : { accountId: operators };
  },
});
