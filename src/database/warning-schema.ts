import type { WarningKind } from '../warning.ts';

/** Row type of the table of migrations/0085-warnings.ts. */
export interface WarningRow {
  kind: WarningKind;
  target: string;
  account_id: string | null;
  name: string;
  level: number;
  at: number;
  says: string;
  mend: string;
  source: string;
  since: number;
  seen_at: number;
}
