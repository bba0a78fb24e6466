import type { PolicyRow } from '../../database/iam-schema.ts';
import { fingerprintOf } from './fingerprint.ts';
import { termsOfRow } from './policy-grants.ts';

/** A policy of an identity as it is for another one; undefined for one that cannot be read. */
export const forIdentity = (row: PolicyRow, iamId: string): PolicyRow | undefined => {
  const terms = termsOfRow(row);
  if (terms?.subjectKey !== 'iam_id') return undefined;
  const document = JSON.parse(row.document);
  const before: Subject = row.version === 'v1' ? document.subjects[0] : document.subject;
  // the rest of the subject stays: tags narrow the policy
  const named = { ...before, attributes: [{ ...before.attributes[0], value: iamId }] };
  const subject = row.version === 'v1' ? { subjects: [named] } : { subject: named };
  return {
    ...row,
    subject: iamId,
    document: JSON.stringify({ ...document, ...subject }),
    fingerprint: fingerprintOf({ ...terms, subject: iamId }),
  };
};

/** In a document that was read there is exactly one, with one attribute. */
interface Subject {
  readonly attributes: readonly object[];
}
