import { createHash } from 'node:crypto';
import type { PolicyTerms } from './policy-terms.ts';

/** The same for policies that state the same subject, resource and time, in any order and version. */
export const fingerprintOf = ({ subject, attributes, rule, pattern }: PolicyTerms): string => {
  const sorted = attributes.map(({ key, operator, value }) => JSON.stringify([key, operator, value])).sort();
  return createHash('sha256')
    .update(JSON.stringify([subject, sorted, rule ?? null, pattern ?? null]))
    .digest('hex');
};
