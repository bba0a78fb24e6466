import type { PolicyRow } from '../../database/iam-schema.ts';
import { fingerprintOf } from './fingerprint.ts';
import { termsOfRow } from './policy-grants.ts';

/** A policy of an identity as it is for another one; undefined for one that cannot be read. */
export const forIdentity = (row: PolicyRow, iamId: string): PolicyRow | undefined => {
  const terms = termsOfRow(row);
  if (terms?.subjectKey !== 'iam_id') return undefined;
  const document = JSON.parse(row.document);
  const named = { attributes: [{ ...subjectAttribute(row.version, document), value: iamId }] };
  const subject = row.version === 'v1' ? { subjects: [named] } : { subject: named };
  return {
    ...row,
    subject: iamId,
    document: JSON.stringify({ ...document, ...subject }),
    fingerprint: fingerprintOf({ ...terms, subject: iamId }),
  };
};

/** Of a document that was read there is exactly one. */
const subjectAttribute = (
  version: PolicyRow['version'],
  { subject, subjects }: { subject?: Subject; subjects?: readonly Subject[] },
): object => (version === 'v1' ? subjects?.[0] : subject)?.attributes[0] ?? {};

interface Subject {
  readonly attributes: readonly object[];
}
