import type { PolicyRow } from '../../database/iam-schema.ts';
import type { Attribute } from '../decision/attributes.ts';
import { scopeOfRow } from './policy-grants.ts';
import type { PolicyVersion } from './policy-terms.ts';

/** A policy as it was sent: its version and its words. */
export interface SentPolicy {
  readonly version: PolicyVersion;
  readonly document: PolicyDocument;
}

export type PolicyDocument = Readonly<Record<string, unknown>>;

/** A stored policy. Times are in milliseconds since 1970. */
export interface Policy extends SentPolicy {
  readonly id: string;
  readonly accountId: string;
  readonly type: 'access' | 'authorization';
  /** An iam_id or an access group's id. */
  readonly subject: string;
  readonly state: 'active' | 'deleted';
  readonly entityTag: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
  /** The characters of its document. */
  readonly size: number;
  /** On what it is: its caller must govern all of it to change the policy. */
  readonly scope: readonly Attribute[];
}

export const policyOf = (row: PolicyRow): Policy => ({
  id: row.id,
  accountId: row.account_id,
  version: row.version,
  type: row.type,
  subject: row.subject,
  document: JSON.parse(row.document),
  state: row.state,
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
  size: row.document.length,
  scope: scopeOfRow(row),
});
