import type { ExemptionRow } from '../../database/account-options-schema.ts';
import type { Scope } from './scope.ts';

/** An issue that is not to count where a scope holds. */
export interface Exemption {
  readonly accountId: string;
  readonly scope: Scope;
  readonly issueType: string;
  readonly issueId: string;
}

export const exemptionOf = (row: ExemptionRow): Exemption => ({
  accountId: row.account_id,
  scope: { namespace: row.namespace, repository: row.repository, reference: row.reference },
  issueType: row.issue_type,
  issueId: row.issue_id,
});
